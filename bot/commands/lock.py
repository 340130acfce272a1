"""`/lock`: keep others out of services and environments for a while. Without a name: what is locked.

Whoever comes second stands in line and gets the lock when it is free. The lock itself is taken at the
repository's holds, where two people who ask at once meet.
"""

from bot.commands.asked import Asked, Command, accepted, answered, refused, reply_to
from bot.commands.holding import HoldFacts, command_of, lock_meant, not_allowed, read
from bot.domain.events import New
from bot.domain.hold_events import LockAsked
from bot.domain.holds import holds_key
from bot.domain.speech import Lock
from bot.domain.values import Seconds
from bot.messages import answers, holds
from bot.ports import Decision


def decide(asked: Asked, facts: HoldFacts, now: Seconds) -> Decision:
    """Hand the wish to the repository's holds, or tell what is locked."""
    command, reply = command_of(asked), reply_to(asked)
    if isinstance(command, Lock) and not command.targets and not command.all_targets:
        return answered(reply, "locks_told", holds.listed_holds(facts.holds, now))
    no = not_allowed(asked, facts)
    if no is not None:
        reason, values = no
        return refused(reply, reason, answers.refusal(reason, values), values)
    wanted = LockAsked(lock=lock_meant(asked, now))
    return accepted(reply, "lock_asked", (New(key=holds_key(asked.repository), data=wanted),), None)


ROW = Command(word="lock", summary="Keep others out for a while.", read=read, decide=decide, facts=HoldFacts)
