"""Decides again what is recorded, and says where the result is not what was recorded.

Calls nobody: a decision is a pure function of the event, its key's state, the stored facts and the time. What
is compared: outcome, reason, values, the events that follow (by id, type, data), the effects (by key, body).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from bot.domain.effects import Wanted
from bot.domain.events import Event, New
from bot.domain.identity import derive
from bot.ports import Decision, OutcomeRow
from bot.ports.retelling import Carried
from bot.reactors.row import Row
from bot.replaying.walking import Step

GIVEN_UP = "failed"
"""The outcome of what was parked: nothing was decided then."""


class Emitted(Struct, frozen=True, kw_only=True):
    """What is recorded of a decision's consequences, by id and by effect key."""

    events: Mapping[str, Event] = {}
    effects: Mapping[str, Carried] = {}


class Disagreement(Struct, frozen=True, kw_only=True):
    """A decision that comes out otherwise than it is recorded. `what` names the parts that differ."""

    event: str
    key: str
    type: str
    reactor: str
    what: tuple[str, ...]


Blur = Callable[[Any], Any]
"""Takes out of plain values what need not agree."""


def plainly(value: Any) -> Any:
    """Give a value as it lies in the ledger: plain, without the difference of tuple and list."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(value))


class Undecidable(Exception):
    """A recorded decision cannot be made again: facts of another version can be anything."""


def recalled(row: Row, outcome: OutcomeRow) -> Any:
    """Give the facts of a decision as its reactor takes them. Raises Undecidable."""
    try:
        return row.recall(outcome.facts)
    except Exception as error:
        raise Undecidable(f"its facts are not those of {row.name}: {error}") from error


def decide_again(row: Row, step: Step, state: Any) -> Decision:
    """Decide as the worker did: with the stored facts, at the same time. Raises Undecidable."""
    return decide_with(row, step, state, recalled(row, step.outcome))


def decide_with(row: Row, step: Step, state: Any, facts: Any) -> Decision:
    """Decide at the same time with these facts. Raises Undecidable."""
    try:
        return row.decide(step.event, state, facts, step.outcome.decided_at)
    except Exception as error:
        raise Undecidable(f"{row.name} fails: {type(error).__name__}: {error}") from error


def event_id(outcome: OutcomeRow, index: int) -> str:
    """The id under which a decision's event is recorded (see `ledger.work`)."""
    return derive("e", outcome.event, outcome.reactor, index)


def effect_key(outcome: OutcomeRow, wanted: Wanted, index: int) -> str:
    """The key under which an effect is recorded: its target's, or its own."""
    return wanted.target or derive("x", outcome.event, outcome.reactor, index)


def wanted_ids(outcome: OutcomeRow, decision: Decision) -> tuple[list[str], list[str]]:
    """Name what to look up for the comparison: events (and the one behind the last), effects."""
    events = [event_id(outcome, index) for index in range(len(decision.events) + 1)]
    effects = [effect_key(outcome, wanted, index) for index, wanted in enumerate(decision.effects)]
    return events, effects


def differences(
    outcome: OutcomeRow, decision: Decision, emitted: Emitted, blur: Blur = plainly
) -> tuple[str, ...]:
    """Name what a decision made again does not have in common with the recorded one."""
    found = []
    if decision.outcome != outcome.outcome:
        found.append(f"outcome: {outcome.outcome} is recorded, now {decision.outcome}")
    if decision.reason != outcome.reason:
        found.append(f"reason: {outcome.reason} is recorded, now {decision.reason}")
    if blur(dict(decision.values)) != blur(outcome.values):
        found.append("values")
    found += _differing_events(outcome, decision.events, emitted.events, blur)
    for index, wanted in enumerate(decision.effects):
        found += _differing_effect(outcome, index, wanted, emitted, blur)
    return tuple(found)


def _differing_events(
    outcome: OutcomeRow, events: Sequence[New], recorded: Mapping[str, Event], blur: Blur
) -> list[str]:
    found = []
    for index, new in enumerate(events):
        event = recorded.get(event_id(outcome, index))
        if event is None:
            found.append(f"event {index}: no {new.data.TYPE} is recorded")
        elif event.key != new.key or event.data.TYPE != new.data.TYPE:
            found.append(f"event {index}: {event.data.TYPE} of {event.key} is recorded, now {new.data.TYPE}")
        elif blur(event.data) != blur(new.data):
            found.append(f"event {index}: another {new.data.TYPE} is recorded")
        elif new.due is not None and event.time != new.due:
            found.append(f"event {index}: {new.data.TYPE} is recorded for another time")
    if event_id(outcome, len(events)) in recorded:
        found.append(f"event {len(events)}: one more is recorded")
    return found


def _differing_effect(
    outcome: OutcomeRow, index: int, wanted: Wanted, emitted: Emitted, blur: Blur
) -> list[str]:
    """A target that was wanted again since carries something newer, and may be gone with its last story."""
    made, recorded = wanted.body, emitted.effects.get(effect_key(outcome, wanted, index))
    if recorded is None:
        return [] if wanted.target else [f"effect {index}: no {made.KIND} is recorded"]
    body = recorded.body
    if body is None or recorded.causation != outcome.event:
        return []
    if made.KIND == body.KIND and blur(made) == blur(body):
        return []
    return [f"effect {index}: another {body.KIND} is recorded, now {made.KIND}"]
