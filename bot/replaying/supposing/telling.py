"""What two decisions about the same event have and have not in common, in words for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from bot.domain.effects import PublishCheck
from bot.domain.events import (
    ChangeMerged,
    ChangeOpened,
    ChangeUpdated,
    ChecksRequested,
    CommandAnswered,
    CommandGiven,
    EventData,
    New,
    RequestMade,
)
from bot.domain.values import Person
from bot.ports import Decision
from bot.reactors.command import CommandFacts
from bot.replaying.redeciding import plainly
from bot.replaying.supposing.facts import Scene, chosen_in

CHANGES_MAX = 8
CHARS_MAX = 120
_AUTOMATION = "automation"


def who_and_what(scene: Scene, facts: Any) -> tuple[str, str]:
    """Say whose decision it was about, and what it was about."""
    data = scene.event.data
    if isinstance(data, CommandGiven):
        linked = facts.login if isinstance(facts, CommandFacts) else None
        return linked or _name(data.person), _short(data.text)
    if isinstance(data, ChangeMerged):
        return _name(data.merged_by), f"merge of #{data.change.number}"
    if isinstance(data, ChangeOpened | ChangeUpdated):
        return data.change.author, f"checks of #{data.change.number} at {data.change.head_sha[:7]}"
    if isinstance(data, ChecksRequested):
        return _name(data.asker), f"checks of {data.head_sha[:7]}"
    chosen = chosen_in(scene.state, facts)
    if chosen is None:
        return _AUTOMATION, data.TYPE
    order = chosen.order
    asker = _AUTOMATION if order.automatic else _name(order.asker)
    return asker, f"start of {order.id} ({order.service} in {order.environment})"


def _name(person: Person) -> str:
    return person.login or person.slack or _AUTOMATION


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= CHARS_MAX else line[: CHARS_MAX - 1] + "…"


def label(decision: Decision) -> str:
    """Say in a few words how something was decided."""
    for new in decision.events:
        if isinstance(new.data, CommandAnswered):
            return _joined(new.data.answer, new.data.reason)
    return _joined(decision.outcome, decision.reason)


def _joined(word: str, reason: str) -> str:
    return word if word == reason else f"{word}: {reason}"


def rule(values: Mapping[str, Any]) -> str:
    """Say which values were compared."""
    return _short(
        ", ".join(f"{name} = {_value(value)}" for name, value in values.items() if value is not None)
    )


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return str(value)


def changes(before: Decision, after: Decision) -> tuple[str, ...]:
    """Name what follows otherwise, although outcome and reason may be the same."""
    found = [*_events(before, after), *_checks(before, after)]
    if len(found) > CHANGES_MAX:
        found[CHANGES_MAX:] = [f"and {len(found) - CHANGES_MAX} more"]
    return tuple(found)


def _events(before: Decision, after: Decision) -> Iterator[str]:
    """What the answer says stands in the label already."""
    rest = [new for new in after.events if not isinstance(new.data, CommandAnswered)]
    for old in before.events:
        match = next((new for new in rest if is_same(old, new)), None)
        if match is not None:
            rest.remove(match)
            yield from _values(old.data.TYPE, _told_once(old.data), _told_once(match.data))


def _told_once(data: EventData) -> Any:
    """The orders of a request are told by their slots' events."""
    return plainly(replace(data, orders=()) if isinstance(data, RequestMade) else data)


def is_same(one: New, other: New) -> bool:
    """Whether two decisions tell the same kind of thing about the same key."""
    return (one.key, one.data.TYPE) == (other.key, other.data.TYPE)


def _values(path: str, before: Any, after: Any) -> Iterator[str]:
    """Walk down to the values that differ."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            yield from _values(f"{path}.{name}", before.get(name), after.get(name))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from _values(path, one, other)
    else:
        yield f"{path}: {_short(_value(before))} → {_short(_value(after))}"


def _checks(before: Decision, after: Decision) -> Iterator[str]:
    old, new = _published(before), _published(after)
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield f"{name}: {_check(old.get(name))} → {_check(new.get(name))}"


def _published(decision: Decision) -> dict[str, PublishCheck]:
    bodies = (wanted.body for wanted in decision.effects)
    return {body.name: body for body in bodies if isinstance(body, PublishCheck)}


def _check(body: PublishCheck | None) -> str:
    return "none" if body is None else _short(f"{body.conclusion}, {body.title}")
