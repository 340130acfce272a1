"""The recorded past for those who go through it once more: events as applied, decisions with their facts.

Read in bounded steps beside the writer. Nothing here changes anything.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.effects import EffectBody
from bot.domain.events import Event
from bot.domain.values import Seconds
from bot.ledger import codec, rebuilding, schema
from bot.ledger import events as stored_events
from bot.ledger.execution import Executor
from bot.ports import OutcomeRow
from bot.ports.retelling import Beginning, Carried, Place, Told

_EVENTS = schema.events
_OUTCOMES = schema.outcomes
_EFFECTS = schema.effects

_TOLD: sa.Select[Any] = (
    sa.select(_EVENTS)
    .where(
        _EVENTS.c.key == sa.bindparam("this"),
        _EVENTS.c.applied >= sa.bindparam("at"),
        (_EVENTS.c.applied > sa.bindparam("at")) | (_EVENTS.c.seq > sa.bindparam("behind")),
    )
    .order_by(_EVENTS.c.applied, _EVENTS.c.seq)
    .limit(sa.bindparam("most"))
)
_OUTCOMES_OF = (
    sa.select(_OUTCOMES)
    .where(_OUTCOMES.c.event.in_(sa.bindparam("these", expanding=True)))
    .order_by(_OUTCOMES.c.decided_at, _OUTCOMES.c.reactor)
)
_NAMED: sa.Select[Any] = sa.select(_EVENTS).where(_EVENTS.c.id.in_(sa.bindparam("these", expanding=True)))
_CARRIED = sa.select(_EFFECTS.c.key, _EFFECTS.c.kind, _EFFECTS.c.body, _EFFECTS.c.causation).where(
    _EFFECTS.c.key.in_(sa.bindparam("these", expanding=True))
)
_KEYS_SINCE = (
    sa.select(_EVENTS.c.key)
    .where(_EVENTS.c.key > sa.bindparam("after"), _EVENTS.c.recorded_time >= sa.bindparam("since"))
    .distinct()
    .order_by(_EVENTS.c.key)
    .limit(sa.bindparam("most"))
)


def beginning(connection: Connection, key: str) -> Beginning:
    """Say from which state the recorded events of a key lead on. Raises Unreadable."""
    point = rebuilding.snapshot(connection, key)
    if point == rebuilding.BEGINNING:  # keys without a state have all their events at version 0
        return Beginning(state=None, place=Place(0, 0))
    return Beginning(state=point.state, place=Place(*point.place))


def told(connection: Connection, key: str, behind: Place, limit: int) -> list[Told]:
    """List the events of a key that were applied behind a place, in that order. Raises Unreadable."""
    rows = connection.execute(
        _TOLD, {"this": key, "at": behind.version, "behind": behind.sequence, "most": limit}
    ).all()
    outcomes = _outcomes(connection, [row.id for row in rows])
    return [
        Told(
            event=stored_events.read(row),
            place=Place(row.applied, row.seq),
            outcomes=tuple(outcomes[row.id]),
        )
        for row in rows
    ]


def _outcomes(connection: Connection, events: list[str]) -> Mapping[str, list[OutcomeRow]]:
    found: dict[str, list[OutcomeRow]] = defaultdict(list)
    for row in connection.execute(_OUTCOMES_OF, {"these": events}) if events else ():
        found[row.event].append(
            OutcomeRow(
                event=row.event,
                reactor=row.reactor,
                outcome=row.outcome,
                reason=row.reason,
                values=codec.unpack(row.compared),
                facts=codec.unpack(row.facts),
                decided_at=row.decided_at,
            )
        )
    return found


def events_named(connection: Connection, ids: Sequence[str]) -> dict[str, Event]:
    """Read events by their ids. Raises Unreadable."""
    rows = connection.execute(_NAMED, {"these": list(ids)}) if ids else ()
    return {row.id: stored_events.read(row) for row in rows}


def carried(connection: Connection, keys: Sequence[str]) -> dict[str, Carried]:
    """Read what effects carry, by their keys; those that are not stored are left out."""
    rows = connection.execute(_CARRIED, {"these": list(keys)}) if keys else ()
    return {row.key: Carried(causation=row.causation, body=_body(row.kind, row.body)) for row in rows}


def _body(kind: str, stored: bytes) -> EffectBody | None:
    try:
        return codec.read_effect(kind, stored) if stored else None
    except codec.Unreadable:
        return None


class Retold:
    """Reading the past, on whatever runs the operations."""

    _executor: Executor

    async def keys_since(self, since: Seconds, after: str, limit: int) -> Sequence[str]:
        """List the keys that have events recorded since then, in the order of their names."""
        values = {"since": since, "after": after, "most": limit}
        return await self._executor.read(
            lambda connection: list(connection.execute(_KEYS_SINCE, values).scalars())
        )

    async def beginning(self, key: str) -> Beginning:
        """Say from which state the recorded events of a key lead on. Raises Unreadable."""
        return await self._executor.read(lambda connection: beginning(connection, key))

    async def told(self, key: str, behind: Place, limit: int) -> Sequence[Told]:
        """List the events of a key that were applied behind a place, in that order. Raises Unreadable."""
        return await self._executor.read(lambda connection: told(connection, key, behind, limit))

    async def events_named(self, ids: Sequence[str]) -> Mapping[str, Event]:
        """Read events by their ids; those that are not stored are left out. Raises Unreadable."""
        return await self._executor.read(lambda connection: events_named(connection, ids))

    async def carried(self, keys: Sequence[str]) -> Mapping[str, Carried]:
        """Read what effects carry, by their keys; those that are not stored are left out."""
        return await self._executor.read(lambda connection: carried(connection, keys))
