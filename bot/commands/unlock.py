"""`/unlock`: let others in again. Without a name: what is locked.

One's own locks, and one's place in line. Somebody else's lock is taken away only by administrators and those
who are named for emergencies, with a reason, and its holder is told. It is ended by its id: a newer one is
never hit.
"""

from typing import Any

from bot.commands.asked import Asked, Command, accepted, answered, refused, reply_to
from bot.commands.holding import HoldFacts, because_of, command_of, lock_meant, read
from bot.domain.events import New
from bot.domain.hold_events import LineLeft, Lock, LockReleaseAsked
from bot.domain.holds import holds_key, is_over, overlap
from bot.domain.speech import Unlock
from bot.domain.values import Seconds, is_same
from bot.messages import answers, holds
from bot.ports import Decision


def decide(asked: Asked, facts: HoldFacts, now: Seconds) -> Decision:
    """Ask for the end of each lock that is meant and that this person may end."""
    command, reply = command_of(asked), reply_to(asked)
    if isinstance(command, Unlock) and not command.targets and not command.all_targets:
        return answered(reply, "locks_told", holds.listed_holds(facts.holds, now))
    meant = lock_meant(asked, now)
    found = [each for each in facts.holds.locks if overlap(each, meant) and not is_over(each.until, now)]
    own = [each for each in found if is_same(each.person, asked.person)]
    in_line = facts.holds.place_of(asked.person) is not None
    ended = own or ([] if in_line else found)
    if not ended and not in_line:
        return refused(reply, "nothing_locked", answers.refusal("nothing_locked", {}), {})
    no = None if own or in_line else _not_yours(asked, facts, ended[0])
    if no is not None:
        reason, values = no
        return refused(reply, reason, answers.refusal(reason, values), values)
    key = holds_key(asked.repository)
    wishes = [New(key=key, data=_release(asked, each, bool(own))) for each in ended]
    if in_line and not own:
        wishes.append(New(key=key, data=LineLeft(person=asked.person)))
    return accepted(reply, "unlock_asked", tuple(wishes), None)


def _not_yours(asked: Asked, facts: HoldFacts, lock: Lock) -> tuple[str, dict[str, Any]] | None:
    values = {"by": lock.person.login, "lock": lock.id, "since": lock.since, "until": lock.until}
    if not facts.over:
        return "not_your_lock", values
    return None if because_of(asked) else ("taking_needs_reason", values)


def _release(asked: Asked, lock: Lock, own: bool) -> LockReleaseAsked:
    return LockReleaseAsked(
        lock=lock.id,
        person=asked.person,
        place=asked.place,
        ending="unlocked" if own else "taken_away",
        because=because_of(asked),
    )


ROW = Command(word="unlock", summary="Let others in again.", read=read, decide=decide, facts=HoldFacts)
