"""What the recovery of lost deliveries reads and keeps: which of a sender's ids are here, how far was looked.

A mark is a point in time under a name, which outlasts a restart. It stands in `aliases`, since it is as small
and as rarely written as they are; whoever loses it only looks back further. Nothing is decided here.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.values import Seconds
from bot.ledger import reading, schema
from bot.ports import DeliveryRow

NAMES_AT_ONCE = 500
MARK = "mark:"

_DELIVERIES = schema.deliveries
_EFFECTS = schema.effects
_ALIASES = schema.aliases
_KNOWN = sa.select(*reading.DELIVERY_COLUMNS).where(
    _DELIVERIES.c.id.in_(sa.bindparam("ids", expanding=True)), _DELIVERIES.c.source == sa.bindparam("sender")
)
_OLDEST = (
    sa.select(_DELIVERIES.c.received_at)
    .where(_DELIVERIES.c.source == sa.bindparam("sender"))
    .order_by(_DELIVERIES.c.seq)
    .limit(1)
)
_WANTED = sa.select(_EFFECTS.c.key).where(_EFFECTS.c.key.in_(sa.bindparam("keys", expanding=True)))
_READ_MARK = sa.select(_ALIASES.c.key).where(_ALIASES.c.alias == sa.bindparam("name"))
_DROP_MARK = sa.delete(_ALIASES).where(_ALIASES.c.alias == sa.bindparam("name"))
_KEEP_MARK = sa.insert(_ALIASES)
_EFFECT_COUNTS = tuple(
    sa.select(_EFFECTS.c.kind, _EFFECTS.c.state, sa.func.count().label("many"))
    .where(condition)
    .group_by(_EFFECTS.c.kind, _EFFECTS.c.state)
    for condition in (schema.OPEN, schema.WAITING, schema.GIVEN_UP)
)


def known(connection: Connection, source: str, ids: Sequence[str]) -> Mapping[str, DeliveryRow]:
    """Give the rows of those of a sender's ids that are stored."""
    found: dict[str, DeliveryRow] = {}
    for some in _batches(ids):
        rows: sa.CursorResult[Any] = connection.execute(_KNOWN, {"ids": some, "sender": source})
        found |= {row.id: reading.delivery_row(row) for row in rows}
    return found


def oldest(connection: Connection, source: str) -> Seconds | None:
    """Say when the oldest delivery of a sender that is kept here came; None = there is none."""
    found: Seconds | None = connection.execute(_OLDEST, {"sender": source}).scalar()
    return found


def wanted_effects(connection: Connection, keys: Sequence[str]) -> frozenset[str]:
    """Give those of the keys under which an effect was ever wanted."""
    found: set[str] = set()
    for some in _batches(keys):
        found |= set(connection.execute(_WANTED, {"keys": some}).scalars())
    return frozenset(found)


def mark(connection: Connection, name: str) -> Seconds | None:
    """Read a mark; None = it was never set, or is gone."""
    stored = connection.execute(_READ_MARK, {"name": MARK + name}).scalars().first()
    return None if stored is None else float(stored)


def set_mark(connection: Connection, name: str, at: Seconds) -> None:
    """Set a mark anew."""
    connection.execute(_DROP_MARK, {"name": MARK + name})
    connection.execute(_KEEP_MARK, {"alias": MARK + name, "key": repr(at), "named_at": at})


def effect_counts(connection: Connection) -> Mapping[tuple[str, str], int]:
    """Count the effects that wait, are under way or were given up, by kind and state."""
    counts: dict[tuple[str, str], int] = {}
    for statement in _EFFECT_COUNTS:
        for row in connection.execute(statement):
            counts[row.kind, row.state] = counts.get((row.kind, row.state), 0) + row.many
    return counts


def _batches(names: Sequence[str]) -> Iterator[list[str]]:
    """Databases take so many values in a statement and no more."""
    for start in range(0, len(names), NAMES_AT_ONCE):
        yield list(names[start : start + NAMES_AT_ONCE])
