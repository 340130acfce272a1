"""`/ask`: ask whoever holds a lock to let one in, and be told when it is free."""

from bot.commands.asked import Asked, Command, accepted, refused, reply_to
from bot.commands.holding import HoldFacts, lock_meant, not_allowed, read
from bot.domain.events import New
from bot.domain.hold_events import HolderAsked, Waiter
from bot.domain.holds import holds_key
from bot.domain.values import Seconds
from bot.messages import answers
from bot.ports import Decision


def decide(asked: Asked, facts: HoldFacts, now: Seconds) -> Decision:
    """Hand the question to the repository's holds, which know the holder now."""
    reply = reply_to(asked)
    no = not_allowed(asked, facts)
    meant = lock_meant(asked, now)
    held = facts.holds.in_the_way_of(meant, now)
    if no is None and held is None:
        no = "nothing_locked", {}
    if no is not None or held is None:
        reason, values = no or ("nothing_locked", {})
        return refused(reply, reason, answers.refusal(reason, values), values)
    waiter = Waiter(person=asked.person, place=asked.place, behind=held.id, since=now)
    asking = HolderAsked(waiter=waiter)
    return accepted(reply, "holder_asked", (New(key=holds_key(asked.repository), data=asking),), None)


ROW = Command(
    word="ask",
    summary="Ask who holds a lock to let you in.",
    read=read,
    decide=decide,
    facts=HoldFacts,
)
