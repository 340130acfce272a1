"""What is said of locks and freezes: who holds what, why, how long ago, until when, and how it ends.

A lock has one message that changes. Must never say that something is free while somebody holds it.
"""

from collections.abc import Iterable

from bot.domain.hold_events import Ending, Freeze, Lock, Waiter
from bot.domain.holds import Holds, is_over
from bot.domain.values import Person, Seconds
from bot.messages import blocks
from bot.messages.blocks import told
from bot.messages.dialects import Dialect, listed
from bot.messages.message import Message
from bot.messages.moments import duration

REASON_LENGTH_MAX = 500
_ENDINGS: dict[Ending, str] = {
    "unlocked": "Unlocked",
    "expired": "Its time is over",
    "taken_away": "Taken away",
    "change_closed": "Its pull request was closed",
}


def what(dialect: Dialect, lock: Lock) -> str:
    """What a lock keeps others out of."""
    services = listed(dialect.code(each) for each in lock.services)
    environments = listed(dialect.code(each) for each in lock.environments)
    if services and environments:
        return f"{services} in {environments}"
    return services or environments or "everything"


def targets(lock: Lock) -> str:
    """The words after `/lock` or `/unlock` that mean the same."""
    return " ".join((*lock.services, *lock.environments)) or "all"


def _held(dialect: Dialect, lock: Lock) -> Iterable[str]:
    until = f", until {dialect.moment(lock.until)}" if lock.until is not None else ""
    yield f"{dialect.person(lock.person)} holds it since {dialect.moment(lock.since)}{until}."
    if lock.because:
        yield f"Because: {dialect.text(lock.because, REASON_LENGTH_MAX)}"


def taken(lock: Lock, *, handed_over: bool) -> Message:
    """A lock that somebody has: others know why, and how it ends."""

    def written(dialect: Dialect) -> Iterable[str]:
        passed_on = " It was passed on in line." if handed_over else ""
        yield dialect.heading(f"🔒 Locked: {what(dialect, lock)}")
        yield " ".join([*_held(dialect, lock)]) + passed_on
        unlock, ask = dialect.command(f"unlock {targets(lock)}"), dialect.command(f"ask {targets(lock)}")
        yield "Others are refused meanwhile, automation too."
        ends = " It ends with the pull request." if lock.number is not None and lock.until is None else ""
        yield f"{unlock} ends it; others say {ask}.{ends}"

    return told(written)


def released(lock: Lock, ending: Ending, person: Person | None, because: str | None) -> Message:
    """A lock that has ended: the same message, changed."""

    def written(dialect: Dialect) -> Iterable[str]:
        yield dialect.heading(f"🔓 Free: {what(dialect, lock)}")
        by = f" by {dialect.person(person)}" if person is not None else ""
        had = f"{dialect.person(lock.person)} had it since {dialect.moment(lock.since)}."
        yield f"{_ENDINGS[ending]}{by}. {had}"
        if because:
            yield f"Because: {dialect.text(because, REASON_LENGTH_MAX)}"

    return told(written)


def yours(lock: Lock) -> Message:
    """Tell who asked that they have it."""
    return told(lambda dialect: [f"🔒 {what(dialect, lock)} is yours now."])


def in_line(lock: Lock, held: Lock, place: int | None) -> Message:
    """Tell who asked that somebody else has it, and their place in line."""

    def written(dialect: Dialect) -> Iterable[str]:
        yield dialect.heading(f"⛔ Not locked: {what(dialect, held)} is somebody else's")
        yield " ".join(_held(dialect, held))
        wait = f"You stand in line, place {place}" if place is not None else "The line is full"
        yield f"{wait}. When it is free it is yours, and you are told here."
        ask, leave = dialect.command(f"ask {targets(lock)}"), dialect.command(f"unlock {targets(lock)}")
        yield f"{ask} asks {dialect.person(held.person)} now; {leave} leaves the line."

    return told(written)


def handed_over(lock: Lock) -> Message:
    """Tell who waited that the lock has come to them."""

    def written(dialect: Dialect) -> Iterable[str]:
        mine = f"{what(dialect, lock)} is yours now; you stood in line for it."
        yield f"🔒 {dialect.person(lock.person)}: {mine}"
        yield f"{dialect.command(f'unlock {targets(lock)}')} if you do not need it any more."

    return told(written)


def free_again(waiter: Waiter, lock: Lock) -> Message:
    """Tell who wanted to know that it is free."""
    return told(lambda dialect: [f"🔓 {dialect.person(waiter.person)}: {what(dialect, lock)} is free again."])


def asked_for(waiter: Waiter, lock: Lock) -> Message:
    """Ask the holder, where the lock was taken."""

    def written(dialect: Dialect) -> Iterable[str]:
        who, asks = dialect.person(lock.person), dialect.person(waiter.person)
        held = f"which you hold since {dialect.moment(lock.since)}"
        yield f"🙋 {who}: {asks} asks for {what(dialect, lock)}, {held}."
        yield f"{dialect.command(f'unlock {targets(lock)}')} lets them in."

    return _with_buttons(told(written), lock)


def reminder(lock: Lock, now: Seconds) -> Message:
    """Remind the holder before the end, or each day where there is none."""

    def written(dialect: Dialect) -> Iterable[str]:
        left = "" if lock.until is None else f" It ends by itself in {duration(lock.until - now)}."
        held = f"you hold {what(dialect, lock)} for {duration(now - lock.since)} now."
        yield f"⏰ {dialect.person(lock.person)}: {held}{left}"
        keep = dialect.command(f"lock {targets(lock)} for 1h")
        end = dialect.command(f"unlock {targets(lock)}")
        yield f"{keep} keeps it for an hour more; {end} ends it now."

    return _with_buttons(told(written), lock, keep=True)


def _with_buttons(message: Message, lock: Lock, *, keep: bool = False) -> Message:
    named = targets(lock)
    shown = [blocks.button("Unlock", f"unlock {named}", f"Unlock {named}")]
    if keep:
        shown.append(blocks.button("Keep for 1 h more", f"lock {named} for 1h", f"Keep {named} for an hour"))
    return Message(message.text, (*message.blocks, blocks.actions(shown)), message.markdown)


def line_left() -> Message:
    """Tell who asked that they do not wait any more."""
    return told(lambda dialect: ["You do not stand in line any more."])


def frozen(freeze: Freeze) -> Message:
    """Somebody froze an environment."""

    def written(dialect: Dialect) -> Iterable[str]:
        until = "until it is unfrozen" if freeze.until is None else f"until {dialect.moment(freeze.until)}"
        yield dialect.heading(f"🧊 Frozen: {dialect.code(freeze.environment)}, {until}")
        because = dialect.text(freeze.because or "", REASON_LENGTH_MAX)
        by = f"By {dialect.person(freeze.person)}."
        yield f"{by} Because: {because}" if because else by
        end = dialect.command(f"unfreeze {freeze.environment}")
        yield f"Nothing is deployed there meanwhile; rollbacks are. {end} ends it."

    return told(written)


def unfrozen(environment: str, person: Person | None) -> Message:
    """A freeze ended."""

    def written(dialect: Dialect) -> Iterable[str]:
        by = f"By {dialect.person(person)}." if person is not None else "Its time is over."
        yield dialect.heading(f"☀️ Not frozen any more: {dialect.code(environment)}")
        yield f"{by} What was refused meanwhile is not started by itself: give the command again."

    return told(written)


def listed_holds(holds: Holds, now: Seconds) -> Message:
    """What is locked and frozen, and who stands in line."""

    def written(dialect: Dialect) -> Iterable[str]:
        held = [*_listed(dialect, holds, now)]
        if not held:
            yield "🔓 Nothing is locked, and nothing is frozen by command."
            return
        yield dialect.heading("🔒 Locked and frozen")
        yield dialect.bullets(held)
        if holds.line:
            yield "In line: " + ", ".join(dialect.person(each.person) for each in holds.line[:20])

    return told(written)


def _listed(dialect: Dialect, holds: Holds, now: Seconds) -> Iterable[str]:
    for lock in holds.locks:
        if not is_over(lock.until, now):
            yield f"{what(dialect, lock)}: {' '.join(_held(dialect, lock))}"
    for freeze in holds.freezes:
        if not is_over(freeze.until, now):
            yield f"🧊 {dialect.code(freeze.environment)} by {dialect.person(freeze.person)}"
