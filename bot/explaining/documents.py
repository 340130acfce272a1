"""What is recorded as plain data, for programs: the documents that `--json` prints.

Their shape is relied on by other people's scripts: names are added and never changed.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from bot.domain.events import Event
from bot.explaining import reasons
from bot.explaining.explained import Explained
from bot.explaining.notes import Note
from bot.explaining.stories import Plot, QuietRun
from bot.ports import DeliveryRow, EffectRow, OutcomeRow


def explanation_json(explained: Explained, missing: Sequence[Note] = ()) -> dict[str, Any]:
    """Everything that is recorded about a subject, in the order in which it happened.

    `now` is what is waited for, `missing` what GitHub says that it sent and is not here. A reason is a code
    of docs/reasons.md, with its sentence and what to do next.
    """
    found = explained.found
    told = [entry for entry in found.entries if isinstance(entry, Plot)]
    quiet = [row for entry in found.entries if isinstance(entry, QuietRun) for row in entry.deliveries]
    rows = {(row.source, row.id): row for plot in told for row in plot.deliveries.values()}
    rows |= {(row.source, row.id): row for row in (*quiet, *found.ignored)}
    return {
        "subject": explained.subject,
        "known": found.known,
        "deliveries": [
            delivery_json(row) for row in sorted(rows.values(), key=lambda row: (row.received_at, row.id))
        ],
        "events": _events_json(told),
        "now": [_note_json(note) for note in explained.now],
        "missing": [_note_json(note) for note in missing],
    }


def _note_json(note: Note) -> dict[str, str]:
    return {"said": note.said, "next": note.next}


def _events_json(told: Iterable[Plot]) -> list[dict[str, Any]]:
    """Each event once, however many stories tell of it."""
    events = {event.id: (event, plot) for plot in told for event in plot.events}
    ordered = sorted(events.values(), key=lambda pair: pair[0].sequence)
    return [
        {
            **event_json(event),
            "outcomes": [_outcome_json(row) for row in plot.outcomes[event.id]],
            "effects": [effect_json(row) for row in plot.effects[event.id]],
        }
        for event, plot in ordered
    ]


def delivery_json(row: DeliveryRow) -> dict[str, Any]:
    """A delivery as `deliveries list --json` prints it; times in RFC 3339, UTC."""
    return {
        **msgspec.structs.asdict(row),
        "received_at": rfc3339(row.received_at),
        "sentence": reasons.reason(row.reason, row.values),
        "next": reasons.next_step(row.reason),
    }


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


def _outcome_json(row: OutcomeRow) -> dict[str, Any]:
    return {
        "reactor": row.reactor,
        "outcome": row.outcome,
        "reason": row.reason,
        "sentence": reasons.reason(row.reason, row.values),
        "next": reasons.next_step(row.reason),
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
