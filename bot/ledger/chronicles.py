"""Whole stories at once: events with their outcomes, effects and deliveries, for those who look on.

A page shows many stories and is asked for at every change, so nothing here reads more than what is shown:
rows are found by indexes, and their number is bounded. Nothing here changes anything.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from bot.domain.events import Event
from bot.ledger import codec, reading, schema
from bot.ledger import events as stored_events
from bot.ports import Chronicle, DeliveryRow, EffectRow, Mark, OutcomeRow, WaitRow

CORRELATIONS_OF_A_KEY_MAX = 300

_EVENTS = schema.events
_OUTCOMES = schema.outcomes
_BEHIND_ALL = 2**62
_MARKS: sa.Select[Any] = (
    sa.select(_EVENTS.c.seq, _EVENTS.c.correlation, _EVENTS.c.key)
    .where(_EVENTS.c.seq < sa.bindparam("before"))
    .order_by(_EVENTS.c.seq.desc())
    .limit(sa.bindparam("most"))
)
_CORRELATIONS_OF = (
    sa.select(_EVENTS.c.key, _EVENTS.c.correlation)
    .where(_EVENTS.c.key.in_(sa.bindparam("these", expanding=True)))
    .group_by(_EVENTS.c.key, _EVENTS.c.correlation)
    .order_by(_EVENTS.c.key, sa.func.min(_EVENTS.c.seq))
)
# By "+ 0" the order is no reason to walk through the whole table for the newest.
_EVENTS_OF = (
    sa.select(_EVENTS)
    .where(_EVENTS.c.correlation.in_(sa.bindparam("these", expanding=True)))
    .order_by((_EVENTS.c.seq + 0).desc())
    .limit(sa.bindparam("most"))
)
_OUTCOMES_OF = (
    sa.select(
        _OUTCOMES.c.event,
        _OUTCOMES.c.reactor,
        _OUTCOMES.c.outcome,
        _OUTCOMES.c.reason,
        _OUTCOMES.c.compared,
        _OUTCOMES.c.decided_at,
    )
    .where(_OUTCOMES.c.event.in_(sa.bindparam("these", expanding=True)))
    .order_by(_OUTCOMES.c.decided_at, _OUTCOMES.c.reactor)
)
# What waits for its time, and what a worker is about to take, is not held up.
_HELD = schema.queues.c.held_until.is_not(None) & (~schema.work.c.timer | (schema.work.c.attempts > 0))
_WAITS_OF = (
    sa.select(
        schema.work.c.event,
        schema.work.c.reactor,
        schema.work.c.key,
        schema.work.c.attempts,
        schema.work.c.last_reason,
        schema.queues.c.held_until,
    )
    .select_from(schema.work.join(schema.queues, schema.queues.c.key == schema.work.c.key))
    .where(schema.work.c.event.in_(sa.bindparam("these", expanding=True)), schema.PENDING, _HELD)
    .order_by(schema.work.c.id)
)
_EFFECTS_OF = (
    sa.select(schema.effects)
    .where(schema.effects.c.correlation.in_(sa.bindparam("these", expanding=True)))
    .order_by(schema.effects.c.seq)
)
_DELIVERIES_OF: sa.Select[Any] = sa.select(*reading.DELIVERY_COLUMNS).where(
    schema.deliveries.c.id.in_(sa.bindparam("these", expanding=True))
)


def marks(connection: Connection, limit: int, before: int | None, key: str | None) -> list[Mark]:
    """Say where the newest events stand, the newest first."""
    statement = _MARKS if key is None else _MARKS.where(_EVENTS.c.key == key)
    values = {"before": _BEHIND_ALL if before is None else before, "most": limit}
    return [Mark(row.seq, row.correlation, row.key) for row in connection.execute(statement, values)]


def chronicle(
    connection: Connection, correlations: Sequence[str], keys: Sequence[str], limit: int
) -> Chronicle:
    """Read all that is recorded about correlations, and about those in which one of the keys occurs."""
    found = list(dict.fromkeys([*correlations, *_correlations_of(connection, keys)]))
    rows = connection.execute(_EVENTS_OF, {"these": found, "most": limit + 1}).all() if found else []
    events, unreadable = _readable(reversed(rows[:limit]))
    named = [event.id for event in events]
    return Chronicle(
        events=events,
        outcomes=_outcomes(connection, named),
        waits=_waits(connection, named),
        effects=_effects(connection, found),
        deliveries=_deliveries(connection, events),
        unreadable=unreadable,
        cut=len(rows) > limit,
    )


def _correlations_of(connection: Connection, keys: Sequence[str]) -> Iterable[str]:
    """The chains in which keys occur: of each key its first one, which began it, and the newest."""
    if not keys:
        return []
    by_key: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(_CORRELATIONS_OF, {"these": list(keys)}):
        by_key[row.key].append(row.correlation)
    kept = ((one[:1] + one[1:][-CORRELATIONS_OF_A_KEY_MAX:]) for one in by_key.values())
    return (correlation for one in kept for correlation in one)


def _readable(rows: Iterable[Row[Any]]) -> tuple[list[Event], list[str]]:
    """Read events; one that this version does not know must not hide the others."""
    events, unreadable = [], []
    for row in rows:
        try:
            events.append(stored_events.read(row))
        except codec.Unreadable:
            unreadable.append(str(row.id))
    return events, unreadable


def _outcomes(connection: Connection, events: list[str]) -> list[OutcomeRow]:
    if not events:
        return []
    return [
        OutcomeRow(
            event=row.event,
            reactor=row.reactor,
            outcome=row.outcome,
            reason=row.reason,
            values=codec.unpack(row.compared),
            facts=None,
            decided_at=row.decided_at,
        )
        for row in connection.execute(_OUTCOMES_OF, {"these": events})
    ]


def _waits(connection: Connection, events: list[str]) -> list[WaitRow]:
    if not events:
        return []
    return [
        WaitRow(
            event=row.event,
            reactor=row.reactor,
            key=row.key,
            attempts=row.attempts,
            reason=row.last_reason,
            again_at=row.held_until,
        )
        for row in connection.execute(_WAITS_OF, {"these": events})
    ]


def _effects(connection: Connection, correlations: list[str]) -> list[EffectRow]:
    if not correlations:
        return []
    return [reading.effect_row(row) for row in connection.execute(_EFFECTS_OF, {"these": correlations})]


def _deliveries(connection: Connection, events: list[Event]) -> list[DeliveryRow]:
    wanted = {(event.source, event.delivery) for event in events if event.delivery is not None}
    if not wanted:
        return []
    rows = connection.execute(_DELIVERIES_OF, {"these": sorted({str(id) for _, id in wanted})})
    return [reading.delivery_row(row) for row in rows if (row.source, row.id) in wanted]
