"""What is no longer needed goes in small steps: deliveries, names, requests, and what targets called things.

A delivery that is not done stays, whatever its age. A name stays while its key has something of that age
left, or while the slot still holds what it names: `/rollback to d-…` must work as long as the slot
remembers. Of a request that no slot remembers nothing can be asked any more, so it goes with its names.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from bot.domain.deployment import Deployment
from bot.domain.request import Request
from bot.domain.slot import Slot
from bot.domain.state import request_key, slot_key
from bot.domain.values import Seconds
from bot.ledger import compaction, reading, schema
from bot.ports.retention import Swept

AT_ONCE = 200

_DELIVERIES = schema.deliveries
_ALIASES = schema.aliases
_EVENTS = schema.events
_EFFECTS = schema.effects

_OLDEST_DELIVERIES = (
    sa.select(_DELIVERIES.c.seq, _DELIVERIES.c.received_at)
    .where(_DELIVERIES.c.seq > sa.bindparam("after"))
    .order_by(_DELIVERIES.c.seq)
    .limit(AT_ONCE)
)
# What it meant was discarded, and its story has gone since.
_GIVEN_UP_AND_GONE = (
    (_DELIVERIES.c.state == "failed")
    & _DELIVERIES.c.translated_at.is_not(None)
    & ~sa.exists().where(_EVENTS.c.delivery == _DELIVERIES.c.id, _EVENTS.c.source == _DELIVERIES.c.source)
)
_DELETE_DELIVERIES = sa.delete(_DELIVERIES).where(
    _DELIVERIES.c.seq > sa.bindparam("after"),
    _DELIVERIES.c.seq <= sa.bindparam("last"),
    _DELIVERIES.c.received_at < sa.bindparam("before"),
    (_DELIVERIES.c.state == "done") | _GIVEN_UP_AND_GONE,
)
_NAMES = (
    sa.select(_ALIASES)
    .where(_ALIASES.c.alias > sa.bindparam("after"))
    .order_by(_ALIASES.c.alias)
    .limit(AT_ONCE)
)
_NAMES_LIKE = sa.select(_ALIASES).where(_ALIASES.c.alias == sa.bindparam("this"))
_OLDEST_OF_KEY = (
    sa.select(_EVENTS.c.recorded_time)
    .where(_EVENTS.c.key == sa.bindparam("this"))
    .order_by(_EVENTS.c.seq)
    .limit(1)
)
_HAS_EVENTS = sa.exists().where(_EVENTS.c.key == sa.bindparam("this"))
_OLD_NAME = sa.func.coalesce(_ALIASES.c.named_at, 0.0) < sa.bindparam("before")
_DELETE_NAME = sa.delete(_ALIASES).where(
    _ALIASES.c.alias == sa.bindparam("name"), _ALIASES.c.key == sa.bindparam("this"), _OLD_NAME
)
_DELETE_STATE = sa.delete(schema.state).where(schema.state.c.key == sa.bindparam("this"), ~_HAS_EVENTS)
_DELETE_SNAPSHOT = sa.delete(schema.snapshots).where(
    schema.snapshots.c.key == sa.bindparam("this"), ~_HAS_EVENTS
)
_EMPTIED = (
    sa.select(_EFFECTS.c.seq, _EFFECTS.c.key)
    .where(_EFFECTS.c.seq > sa.bindparam("after"), schema.EMPTIED)
    .order_by(_EFFECTS.c.seq)
    .limit(AT_ONCE)
)


class Name(NamedTuple):
    """A name, and the key that it leads to."""

    alias: str
    key: str


class Unused(NamedTuple):
    """Some names that nobody can ask for: where the next step goes on, whether there is one, and which."""

    after: str
    ended: bool
    names: tuple[Name, ...]


def deliveries(connection: Connection, after: int, before: Seconds) -> Swept[int]:
    """Remove the next old deliveries that are done."""
    rows = connection.execute(_OLDEST_DELIVERIES, {"after": after}).all()
    old = [row for row in rows if row.received_at < before]
    if not old:
        return Swept(after=after, ended=True, removed=0)
    last = old[-1].seq
    removed = connection.execute(
        _DELETE_DELIVERIES, {"after": after, "last": last, "before": before}
    ).rowcount
    return Swept(after=last, ended=len(old) < AT_ONCE, removed=removed)


def unused_names(connection: Connection, after: str, before: Seconds) -> Unused:
    """Find the next names that nobody can ask for any more. Only reads."""
    rows = connection.execute(_NAMES, {"after": after}).all()
    if not rows:
        return Unused(after, True, ())
    last = rows[-1].alias
    # A name may lead to several keys: those of the last one are looked at together.
    looked_at = [row for row in rows if row.alias != last]
    looked_at.extend(connection.execute(_NAMES_LIKE, {"this": last}))
    memory = _Memory(connection, before)
    old = (row for row in looked_at if (row.named_at or 0.0) < before)
    unused = tuple(Name(row.alias, row.key) for row in old if memory.is_unused(row))
    return Unused(last, len(rows) < AT_ONCE, unused)


def drop_names(connection: Connection, names: Iterable[Name], before: Seconds) -> int:
    """Remove names, and requests with theirs. One that was used meanwhile stays; gives how many went."""
    removed = 0
    for name in names:
        this = {"name": name.alias, "this": name.key, "before": before}
        gone = connection.execute(_DELETE_NAME, this).rowcount
        removed += gone
        if gone and name.key == request_key(name.alias):
            connection.execute(_DELETE_SNAPSHOT, {"this": name.key})
            connection.execute(_DELETE_STATE, {"this": name.key})
    return removed


def emptied_effects(connection: Connection, after: int) -> Swept[int]:
    """Remove the next effects that were kept for their handle, where nobody can change what they made."""
    rows = connection.execute(_EMPTIED, {"after": after}).all()
    if not rows:
        return Swept(after=after, ended=True, removed=0)
    names = {row.seq: compaction.named_things(row.key) for row in rows}
    known = compaction.known_names(connection, (name for each in names.values() for name in each))
    gone = [seq for seq, each in names.items() if not known.intersection(each)]
    compaction.drop_effects(connection, gone)
    return Swept(after=rows[-1].seq, ended=len(rows) < AT_ONCE, removed=len(gone))


class _Memory:
    """What the keys that names lead to still know; each state is read once."""

    def __init__(self, connection: Connection, before: Seconds) -> None:
        self._connection = connection
        self._before = before
        self._states: dict[str, Any] = {}
        self._oldest: dict[str, Seconds | None] = {}

    def is_unused(self, row: Row[Any]) -> bool:
        """Whether nobody can ask by this name; names of keys of other kinds are somebody else's."""
        if not row.key.startswith(("slot:", "request:")):
            return False
        oldest = self._oldest_of(row.key)
        if oldest is not None and oldest < self._before:
            return False  # a story of that age is not finished, and may be what is asked for
        state = self._state(row.key)
        if isinstance(state, Slot):
            return all(row.alias not in (*each.known_as, each.order.sha) for each in _deployments(state))
        if isinstance(state, Request):
            return oldest is None and not self._remembers(state)
        return True

    def _remembers(self, request: Request) -> bool:
        orders = [part.deployment.order for part in request.parts]
        slots = ((order, self._state(slot_key(order))) for order in orders)
        return any(isinstance(slot, Slot) and slot.find(order.id) is not None for order, slot in slots)

    def _state(self, key: str) -> Any:
        if key not in self._states:
            self._states[key] = reading.state(self._connection, key)
        return self._states[key]

    def _oldest_of(self, key: str) -> Seconds | None:
        if key not in self._oldest:
            self._oldest[key] = self._connection.execute(_OLDEST_OF_KEY, {"this": key}).scalar()
        return self._oldest[key]


def _deployments(slot: Slot) -> Iterable[Deployment]:
    return (*slot.queue, *slot.history, *((slot.current,) if slot.current else ()))
