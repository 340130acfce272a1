"""What people and reactors read: rows as they stand, without locks, beside the writer.

Nothing here changes anything.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from bot.domain.events import Event
from bot.domain.state import decode
from bot.domain.values import Seconds
from bot.ledger import codec, deliveries, effects, queues, schema
from bot.ledger import events as stored_events
from bot.ports import DeliveryFilter, DeliveryRow, EffectRow, EventFilter, Incoming, OutcomeRow

SHA_PREFIX_MIN = 7
_SHA = re.compile(rf"[0-9a-f]{{{SHA_PREFIX_MIN},64}}")
# Behind every character that a key or an alias can hold, in the order of the bytes.
_LAST = "\U0010ffff"

_DELIVERIES = schema.deliveries
DELIVERY_COLUMNS = (
    _DELIVERIES.c.id,
    _DELIVERIES.c.source,
    _DELIVERIES.c.event,
    _DELIVERIES.c.action,
    _DELIVERIES.c.received_at,
    _DELIVERIES.c.state,
    _DELIVERIES.c.outcome,
    _DELIVERIES.c.reason,
    _DELIVERIES.c.subject,
    _DELIVERIES.c.sha,
    _DELIVERIES.c.compared,
)
_LIST_DELIVERIES: sa.Select[Any] = sa.select(*DELIVERY_COLUMNS).order_by(_DELIVERIES.c.seq.desc())
_DELIVERY = (
    sa.select(_DELIVERIES)
    .where(_DELIVERIES.c.id == sa.bindparam("this"))
    .order_by(_DELIVERIES.c.seq.desc())
    .limit(1)
)
_STATE = sa.select(schema.state.c.body).where(schema.state.c.key == sa.bindparam("this"))
_STATES = (
    sa.select(schema.state.c.key, schema.state.c.body)
    .where(schema.state.c.key >= sa.bindparam("first"), schema.state.c.key < sa.bindparam("last"))
    .order_by(schema.state.c.key)
)
_ALIAS = (
    sa.select(schema.aliases.c.key)
    .where(schema.aliases.c.alias >= sa.bindparam("first"), schema.aliases.c.alias <= sa.bindparam("last"))
    .distinct()
    .order_by(schema.aliases.c.key)
)
_EVENT = sa.select(schema.events).where(schema.events.c.id == sa.bindparam("this"))
_HISTORY = (
    sa.select(schema.events)
    .where(schema.events.c.key == sa.bindparam("this"), schema.events.c.applied.is_not(None))
    .order_by(schema.events.c.applied, schema.events.c.seq)
)
_OUTCOMES = (
    sa.select(schema.outcomes)
    .where(schema.outcomes.c.event == sa.bindparam("this"))
    .order_by(schema.outcomes.c.decided_at, schema.outcomes.c.reactor)
)


def _count(table: sa.Table, *where: sa.ColumnElement[bool] | sa.TextClause) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(table).where(*where).scalar_subquery()


_WORK = schema.work
_NEXT_DUE = sa.select(queues.SOONEST, effects.SOONEST)
_BACKLOG = sa.select(
    _count(_DELIVERIES, schema.UNTRANSLATED).label("deliveries"),
    _count(_WORK, schema.PENDING, ~_WORK.c.timer).label("work"),
    _count(_WORK, schema.PENDING, _WORK.c.timer).label("timers"),
    (
        _count(schema.effects, schema.OPEN)
        + _count(schema.effects, schema.WAITING, schema.effects.c.state == "pending")
    ).label("effects"),
    (_count(_WORK, schema.PARKED) + _count(schema.effects, schema.GIVEN_UP)).label("parked"),
)


def list_deliveries(connection: Connection, limit: int, wanted: DeliveryFilter) -> list[DeliveryRow]:
    """List deliveries, the newest first; 0 = all."""
    statement = _LIST_DELIVERIES.where(*_conditions(wanted))
    rows = connection.execute(statement.limit(limit) if limit else statement)
    return [delivery_row(row) for row in rows]


def _conditions(wanted: DeliveryFilter) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.state is not None:  # written into the statement, so that the index of the failed ones can serve
        yield _DELIVERIES.c.state == sa.literal(wanted.state, literal_execute=True)
    if wanted.event is not None:
        yield _DELIVERIES.c.event == wanted.event
    if wanted.source is not None:
        yield _DELIVERIES.c.source == wanted.source
    if wanted.since is not None:
        yield _DELIVERIES.c.received_at >= wanted.since
    if wanted.about is not None:
        yield _about(wanted.about)


def _about(name: str) -> sa.ColumnElement[bool]:
    first = name.lower()
    if not _SHA.fullmatch(first):
        return _DELIVERIES.c.subject == name
    return (_DELIVERIES.c.sha >= first) & (_DELIVERIES.c.sha <= first + _LAST)


def delivery(connection: Connection, id: str) -> tuple[DeliveryRow, Incoming] | None:
    """Read a delivery with its body; of two senders with the same id, the newer."""
    row = connection.execute(_DELIVERY, {"this": id}).first()
    return None if row is None else (delivery_row(row), deliveries.decode(row))


def delivery_row(row: Row[Any]) -> DeliveryRow:
    """Give a delivery as people see it, from its `DELIVERY_COLUMNS`."""
    return DeliveryRow(
        id=row.id,
        source=row.source,
        event=row.event,
        action=row.action,
        received_at=row.received_at,
        state=row.state,
        outcome=row.outcome,
        reason=row.reason,
        subject=row.subject,
        sha=row.sha,
        values={} if row.compared is None else codec.unpack(row.compared),
    )


def state(connection: Connection, key: str) -> Any:
    """Read a key's state; None = nothing yet."""
    stored = connection.execute(_STATE, {"this": key}).scalar()
    return None if stored is None else decode(key, stored)


def states(connection: Connection, prefix: str) -> Mapping[str, Any]:
    """Read the states whose key begins so."""
    rows = connection.execute(_STATES, {"first": prefix, "last": prefix + _LAST})
    return {row.key: decode(row.key, row.body) for row in rows}


def locate(connection: Connection, alias: str) -> list[str]:
    """Find the keys that an alias leads to; a SHA also by its first seven characters or more."""
    exact = connection.execute(_ALIAS, {"first": alias, "last": alias}).scalars().all()
    if exact or not _SHA.fullmatch(alias.lower()):
        return list(exact)
    first = alias.lower()
    return list(connection.execute(_ALIAS, {"first": first, "last": first + _LAST}).scalars())


def list_events(connection: Connection, limit: int, wanted: EventFilter) -> list[Event]:
    """List events in their order; the newest `limit` of them, 0 = all. Raises Unreadable."""
    columns = schema.events.c
    named = {"key": wanted.key, "correlation": wanted.correlation, "delivery": wanted.delivery}
    named["type"] = wanted.type
    conditions = [columns[name] == value for name, value in named.items() if value is not None]
    if wanted.since is not None:
        conditions.append(columns.recorded_time >= wanted.since)
    statement = sa.select(schema.events).where(*conditions)
    if not limit:
        rows: Sequence[Row[Any]] = connection.execute(statement.order_by(schema.events.c.seq)).all()
    else:
        rows = connection.execute(statement.order_by(schema.events.c.seq.desc()).limit(limit)).all()[::-1]
    return [stored_events.read(row) for row in rows]


def event(connection: Connection, id: str) -> Event | None:
    """Read one event. Raises Unreadable."""
    row = connection.execute(_EVENT, {"this": id}).first()
    return None if row is None else stored_events.read(row)


def history(connection: Connection, key: str) -> list[Event]:
    """List the events that made a key's state, in the order in which they were applied."""
    return [stored_events.read(row) for row in connection.execute(_HISTORY, {"this": key})]


def outcomes(connection: Connection, event: str) -> list[OutcomeRow]:
    """List what the reactors made of an event."""
    return [
        OutcomeRow(
            event=row.event,
            reactor=row.reactor,
            outcome=row.outcome,
            reason=row.reason,
            values=codec.unpack(row.compared),
            facts=codec.unpack(row.facts),
            decided_at=row.decided_at,
        )
        for row in connection.execute(_OUTCOMES, {"this": event})
    ]


def list_effects(connection: Connection, wanted: Mapping[str, str | None]) -> list[EffectRow]:
    """List effects in the order of their creation, by columns."""
    # Written into the statement, so that the index of the parked ones can serve.
    conditions = (
        schema.effects.c[name] == sa.literal(value, literal_execute=True)
        for name, value in wanted.items()
        if value is not None
    )
    statement = sa.select(schema.effects).where(*conditions).order_by(schema.effects.c.seq)
    return [effect_row(row) for row in connection.execute(statement)]


def effect_row(row: Row[Any]) -> EffectRow:
    """Give an effect as people see it."""
    return EffectRow(
        key=row.key,
        kind=row.kind,
        state=row.state,
        attempts=row.attempts,
        version=row.version,
        done_version=row.done_version,
        not_before=row.not_before,
        reason=row.reason,
        hint=row.hint,
        causation=row.causation,
        correlation=row.correlation,
        handle=None if row.handle is None else codec.unpack(row.handle),
        updated_at=row.updated_at,
        lane=row.lane,
    )


def next_due(connection: Connection, now: Seconds) -> Seconds | None:
    """When the next key can be leased or the next effect falls due; None = nothing waits for a time.

    An effect that is due already waits for room in its lane, not for a time.
    """
    found = connection.execute(_NEXT_DUE, {"now": now}).one()
    return min((when for when in found if when is not None), default=None)


def backlog(connection: Connection) -> Mapping[str, int]:
    """Count what waits."""
    return dict(connection.execute(_BACKLOG).mappings().one())
