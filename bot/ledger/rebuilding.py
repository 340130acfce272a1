"""A key's state made anew: from its snapshot and the events behind it, in the order of their application.

This is what shows that state is only `apply(state, event)`. Memory is bounded by a chunk of events, however
many a key has. Nothing here changes anything.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, Row

from bot.domain.state import apply, decode, encode
from bot.ledger import codec, schema
from bot.ports.retention import Difference, Rebuilt

EVENTS_AT_ONCE = 500

_EVENTS = schema.events
_SNAPSHOTS = schema.snapshots
_STATE = schema.state

_SNAPSHOT = sa.select(_SNAPSHOTS).where(_SNAPSHOTS.c.key == sa.bindparam("this"))
_STORED = sa.select(_STATE.c.version, _STATE.c.body).where(_STATE.c.key == sa.bindparam("this"))
_NEXT: sa.Select[Any] = (
    sa.select(_EVENTS.c.seq, _EVENTS.c.applied, _EVENTS.c.type, _EVENTS.c.version, _EVENTS.c.data)
    .where(
        _EVENTS.c.key == sa.bindparam("this"),
        _EVENTS.c.applied >= sa.bindparam("at"),
        (_EVENTS.c.applied > sa.bindparam("at")) | (_EVENTS.c.seq > sa.bindparam("behind")),
    )
    .order_by(_EVENTS.c.applied, _EVENTS.c.seq)
    .limit(EVENTS_AT_ONCE)
)
_KEYS_OF = {
    table.name: sa.select(table.c.key)
    .where(table.c.key > sa.bindparam("after"))
    .order_by(table.c.key)
    .limit(sa.bindparam("most"))
    for table in (_STATE, _SNAPSHOTS)
}
_NEXT_KEY_OF_EVENTS = sa.select(sa.func.min(_EVENTS.c.key)).where(_EVENTS.c.key > sa.bindparam("after"))


class Place(NamedTuple):
    """An event's place in the order of application: the version that it led to, then its number."""

    version: int
    sequence: int


class Point(NamedTuple):
    """A key's state as it was at a place."""

    place: Place
    state: Any


# Events of keys that keep no state are applied as version 0: they are not behind it.
BEGINNING = Point(Place(0, 2**62), None)


def snapshot(connection: Connection, key: str) -> Point:
    """Give a key's snapshot; the beginning where it has none. Raises Unreadable."""
    row = connection.execute(_SNAPSHOT, {"this": key}).first()
    if row is None:
        return BEGINNING
    return Point(Place(row.version, row.sequence), _decoded(key, row.body))


def follow(connection: Connection, key: str, point: Point, until: Place | None = None) -> Point:
    """Apply the events behind a point, up to and with a place; None = all. Raises Unreadable."""
    place, state = point
    for row in _behind(connection, key, place):
        reached = Place(row.applied, row.seq)
        if until is not None and reached > until:
            break
        data = codec.read_data(row.type, row.version, row.data)
        try:
            state = apply(key, state, data)
        except Exception as error:
            raise codec.Unreadable(
                f"{row.type} cannot be applied: {type(error).__name__}: {error}"
            ) from error
        place = reached
    return Point(place, state)


def rebuilt(connection: Connection, key: str) -> Rebuilt:
    """Make a key's state anew. Raises Unreadable."""
    point = follow(connection, key, snapshot(connection, key))
    return Rebuilt(state=point.state, version=point.place.version)


def difference(connection: Connection, key: str) -> Difference | None:
    """Compare what is stored with what the events make; None = they agree."""
    try:
        return compared(connection, key, follow(connection, key, snapshot(connection, key)))
    except codec.Unreadable as error:
        return Difference(key=key, reason=str(error))


def compared(connection: Connection, key: str, made: Point) -> Difference | None:
    """Compare what is stored with what was made of all events; None = they agree. Raises Unreadable."""
    row = connection.execute(_STORED, {"this": key}).first()
    version = 0 if row is None else row.version
    if version != made.place.version:
        return Difference(
            key=key, reason=f"version {version} is stored, its events lead to {made.place.version}"
        )
    if row is None:
        return None
    stored, same = _decoded(key, row.body), _decoded(key, encode(made.state))
    if stored == same:
        return None
    return Difference(key=key, reason="the state differs", fields=_differing(stored, same))


def keys(connection: Connection, after: str, limit: int) -> list[str]:
    """List keys in the order of their names: those with a state, a snapshot, or events."""
    found = set(_keys_of_events(connection, after, limit))
    for statement in _KEYS_OF.values():
        found.update(connection.execute(statement, {"after": after, "most": limit}).scalars())
    return sorted(found, key=str.encode)[:limit]


def _keys_of_events(connection: Connection, after: str, limit: int) -> Iterator[str]:
    """Leap from key to key along the index: a key may have very many events."""
    for _ in range(limit):
        found = connection.execute(_NEXT_KEY_OF_EVENTS, {"after": after}).scalar()
        if found is None:
            return
        yield found
        after = found


def _behind(connection: Connection, key: str, place: Place) -> Iterator[Row[Any]]:
    while True:
        rows: Sequence[Row[Any]] = connection.execute(
            _NEXT, {"this": key, "at": place.version, "behind": place.sequence}
        ).all()
        yield from rows
        if len(rows) < EVENTS_AT_ONCE:
            return
        place = Place(rows[-1].applied, rows[-1].seq)


def _decoded(key: str, body: bytes) -> Any:
    try:
        return decode(key, body)
    except msgspec.DecodeError as error:
        raise codec.Unreadable(f"the state of {key} cannot be read: {error}") from error


def _differing(one: Any, other: Any) -> tuple[str, ...]:
    if type(one) is not type(other) or not isinstance(one, msgspec.Struct):
        return ()
    names = one.__struct_fields__
    return tuple(name for name in names if getattr(one, name) != getattr(other, name))
