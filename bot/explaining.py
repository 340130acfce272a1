"""Why something happened, or did not: delivery, events, decisions with what they compared, effects.

Reads the ledger and nothing else, so that the answer is what was decided then and not what would be
decided now. Serves `pointsman why`; makes no sentence up: where nothing is known, it says so.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from bot.domain.events import Event
from bot.ports import DeliveryRow, EffectRow, Ledger, OutcomeRow

EVENTS_MAX = 2_000
_PULL_REQUEST = re.compile(r"[\w.-]+/[\w.-]+#\d+")


class Told(Struct, frozen=True):
    """One event, what each reactor made of it, and the effects that it led to."""

    event: Event
    outcomes: Sequence[OutcomeRow]
    effects: Sequence[EffectRow]


class Explanation(Struct, frozen=True):
    """Everything that is recorded about a subject, in the order in which it happened."""

    subject: str
    deliveries: Sequence[DeliveryRow]
    events: Sequence[Told]

    @property
    def known(self) -> bool:
        """Whether anything is recorded about the subject."""
        return bool(self.deliveries or self.events)

    def as_json(self) -> dict[str, Any]:
        """The explanation as plain data for `--json`."""
        return {
            "subject": self.subject,
            "known": self.known,
            "deliveries": [delivery_json(row) for row in self.deliveries],
            "events": [_told_json(told) for told in self.events],
        }


async def explain(ledger: Ledger, subject: str) -> Explanation:
    """Explain a deployment, a request, a pull request `owner/repo#12`, a SHA, or a delivery id."""
    delivery = await ledger.delivery(subject)
    if delivery is not None:
        events = await ledger.events(delivery=subject)
        return await _explained(ledger, subject, events, [delivery[0]])
    events = []
    for key in await _keys(ledger, subject):
        events.extend(await ledger.events(key=key))
    return await _explained(ledger, subject, events, [])


async def _keys(ledger: Ledger, subject: str) -> Sequence[str]:
    if _PULL_REQUEST.fullmatch(subject):
        return (f"pr:{subject}",)
    return await ledger.locate(subject)


async def _explained(
    ledger: Ledger, subject: str, events: Sequence[Event], deliveries: list[DeliveryRow]
) -> Explanation:
    """Follow each event's correlation: the whole story that it belongs to."""
    stories = dict.fromkeys(event.correlation for event in events)
    whole: dict[str, Event] = {}
    for correlation in stories:
        for event in await ledger.events(correlation=correlation):
            whole[event.id] = event
    ordered = sorted(whole.values(), key=lambda event: event.sequence)[:EVENTS_MAX]
    told = [await _told(ledger, event) for event in ordered]
    known = {row.id for row in deliveries}
    for event in ordered:
        found = await ledger.delivery(event.delivery) if event.delivery else None
        if found is not None and found[0].id not in known:
            known.add(found[0].id)
            deliveries.append(found[0])
    return Explanation(subject, deliveries, told)


async def _told(ledger: Ledger, event: Event) -> Told:
    return Told(event, await ledger.outcomes(event.id), await ledger.effects(causation=event.id))


def delivery_json(row: DeliveryRow) -> dict[str, Any]:
    """A delivery as `deliveries list --json` prints it; times in RFC 3339, UTC."""
    return {**msgspec.structs.asdict(row), "received_at": rfc3339(row.received_at)}


def event_json(event: Event) -> dict[str, Any]:
    """An event as a CloudEvent with our extensions."""
    return {
        "specversion": "1.0",
        "id": event.id,
        "type": f"pointsman.{event.data.TYPE}",
        "source": event.source,
        "time": rfc3339(event.time),
        "recordedtime": rfc3339(event.recorded_time),
        "partitionkey": event.key,
        "correlationid": event.correlation,
        "causationid": event.causation,
        "traceparent": event.traceparent,
        "schemaversion": event.data.VERSION,
        "delivery": event.delivery,
        "data": msgspec.to_builtins(event.data),
    }


def _told_json(told: Told) -> dict[str, Any]:
    return {
        **event_json(told.event),
        "outcomes": [_outcome_json(row) for row in told.outcomes],
        "effects": [effect_json(row) for row in told.effects],
    }


def _outcome_json(row: OutcomeRow) -> dict[str, Any]:
    return {
        "reactor": row.reactor,
        "outcome": row.outcome,
        "reason": row.reason,
        "values": msgspec.to_builtins(row.values),
        "decided_at": rfc3339(row.decided_at),
    }


def effect_json(row: EffectRow) -> dict[str, Any]:
    """An effect as `why --json` prints it."""
    return {
        "key": row.key,
        "kind": row.kind,
        "state": row.state,
        "attempts": row.attempts,
        "reason": row.reason,
        "hint": row.hint,
        "handle": row.handle,
        "updated_at": rfc3339(row.updated_at),
    }


def rfc3339(seconds: float) -> str:
    """Write epoch seconds as RFC 3339 in UTC, with milliseconds."""

    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
