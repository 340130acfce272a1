"""Old stories go, and what they made of each key stays: a snapshot in their place.

A story is all events of one correlation. It goes as a whole with its outcomes and effects, when all of it is
old and nothing of it is to be done (what somebody discarded is not). Before that, each key that it changed
gets a snapshot which covers it; what a key's events do not lead to is never removed. An effect that is about
a request or a deployment stays, without its body, while either is known: what the target called it is found
nowhere else, and nothing is said twice.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import Connection, Row

from bot.domain.state import encode
from bot.domain.values import Seconds
from bot.ledger import codec, rebuilding, schema
from bot.ledger.parked import DISCARDED
from bot.ledger.rebuilding import Place, Point

EVENTS_LOOKED_AT = 100
"""At once: a step keeps the writer for about 20 ms."""
CHECKED_EVENTS_MAX = 500
"""A key with more events than this behind the cut is not compared as a whole before something goes."""

_ID = re.compile(r"\b[dr]-[0-9a-hjkmnp-tv-z]{10}\b")

_EVENTS = schema.events
_EFFECTS = schema.effects
_SNAPSHOTS = schema.snapshots
_OF_THESE = _EVENTS.c.correlation.in_(sa.bindparam("these", expanding=True))

_OLDEST = (
    sa.select(_EVENTS.c.seq, _EVENTS.c.correlation, _EVENTS.c.recorded_time)
    .where(_EVENTS.c.seq > sa.bindparam("after"))
    .order_by(_EVENTS.c.seq)
    .limit(EVENTS_LOOKED_AT)
)
_MEMBERS: sa.Select[Any] = sa.select(
    _EVENTS.c.seq, _EVENTS.c.key, _EVENTS.c.correlation, _EVENTS.c.applied, _EVENTS.c.recorded_time
).where(_OF_THESE)
_AT_WORK = (
    sa.select(_EVENTS.c.correlation)
    .select_from(_EVENTS.join(schema.work, schema.work.c.event == _EVENTS.c.id))
    .where(_OF_THESE, schema.work.c.state != DISCARDED)
    .distinct()
)
_UNDONE = (
    sa.select(_EFFECTS.c.correlation)
    .where(
        _EFFECTS.c.correlation.in_(sa.bindparam("these", expanding=True)),
        _EFFECTS.c.state.not_in(("done", DISCARDED)) | (_EFFECTS.c.updated_at >= sa.bindparam("before")),
    )
    .distinct()
)
_MANY_BEHIND = sa.select(
    sa.select(sa.literal(1))
    .where(_EVENTS.c.key == sa.bindparam("this"), _EVENTS.c.applied > sa.bindparam("at"))
    .limit(1)
    .offset(CHECKED_EVENTS_MAX)
    .exists()
)
_TAKEN = sa.select(_SNAPSHOTS.c.version, _SNAPSHOTS.c.sequence).where(
    _SNAPSHOTS.c.key == sa.bindparam("this")
)
_DROP_SNAPSHOT = sa.delete(_SNAPSHOTS).where(_SNAPSHOTS.c.key == sa.bindparam("this"))
_INSERT_SNAPSHOT = sa.insert(_SNAPSHOTS)
_DONE_EFFECTS: sa.Select[Any] = sa.select(_EFFECTS.c.seq, _EFFECTS.c.key).where(
    _EFFECTS.c.correlation.in_(sa.bindparam("these", expanding=True))
)
_KNOWN_NAMES = (
    sa.select(schema.aliases.c.alias)
    .where(schema.aliases.c.alias.in_(sa.bindparam("these", expanding=True)))
    .distinct()
)
_EMPTY_EFFECTS = (
    sa.update(_EFFECTS)
    .where(_EFFECTS.c.seq.in_(sa.bindparam("these", expanding=True)))
    .values(body=b"", reason=None, hint=None)
)
_DELETE_EFFECTS = sa.delete(_EFFECTS).where(_EFFECTS.c.seq.in_(sa.bindparam("these", expanding=True)))
_DELETE_OUTCOMES = sa.delete(schema.outcomes).where(
    schema.outcomes.c.event.in_(sa.select(_EVENTS.c.id).where(_OF_THESE))
)
_DELETE_DISCARDED = sa.delete(schema.work).where(
    schema.work.c.event.in_(sa.select(_EVENTS.c.id).where(_OF_THESE)), schema.work.c.state == DISCARDED
)
_DELETE_EVENTS = sa.delete(_EVENTS).where(_OF_THESE)


class Cut(Struct, frozen=True, kw_only=True):
    """A snapshot to be taken: from where it was made, and what was made."""

    made_from: Place
    made: Point


class Prepared(Struct, frozen=True, kw_only=True):
    """What one step removes, as it was found: `correlations` are the stories, `cuts` the snapshots by key."""

    after: int
    ended: bool
    correlations: tuple[str, ...]
    cuts: Mapping[str, Cut]
    refused: Mapping[str, str]


def prepare(connection: Connection, after: int, before: Seconds) -> Prepared:
    """Look at the oldest events behind a place: which stories can go, and what they made of their keys."""
    rows = connection.execute(_OLDEST, {"after": after}).all()
    old = [row for row in rows if row.recorded_time < before]
    # Clocks are set back now and then; a story that began behind a younger event has its turn later.
    ended = len(old) < EVENTS_LOOKED_AT
    members = _finished(connection, list(dict.fromkeys(row.correlation for row in old)), before)
    cuts, refused = _cuts(connection, members)
    for key in refused:
        members = _without(members, key)
    kept = {key: cut for key, cut in cuts.items() if any(row.key == key for row in _all(members))}
    return Prepared(
        after=old[-1].seq if old else after,
        ended=ended,
        correlations=tuple(members),
        cuts=kept,
        refused=refused,
    )


def compact(connection: Connection, prepared: Prepared, before: Seconds, now: Seconds) -> int:
    """Take the snapshots and remove the stories; gives how many events went.

    What changed since it was prepared is left to the next time.
    """
    wanted = list(prepared.correlations)
    if not wanted or tuple(_finished(connection, wanted, before)) != prepared.correlations:
        return 0
    if any(_taken(connection, key) != cut.made_from for key, cut in prepared.cuts.items()):
        return 0
    for key, cut in prepared.cuts.items():
        _take(connection, key, cut.made, now)
    connection.execute(_DELETE_OUTCOMES, {"these": wanted})
    connection.execute(_DELETE_DISCARDED, {"these": wanted})
    _end_effects(connection, connection.execute(_DONE_EFFECTS, {"these": wanted}).all())
    return connection.execute(_DELETE_EVENTS, {"these": wanted}).rowcount


def named_things(key: str) -> list[str]:
    """The ids of requests and deployments in an effect's key."""
    return _ID.findall(key)


def known_names(connection: Connection, names: Iterable[str]) -> frozenset[str]:
    """Which of these names somebody can still ask for."""
    wanted = sorted(set(names))
    return frozenset(connection.execute(_KNOWN_NAMES, {"these": wanted}).scalars()) if wanted else frozenset()


def drop_effects(connection: Connection, sequences: Sequence[int]) -> None:
    """Remove effects for good."""
    if sequences:
        connection.execute(_DELETE_EFFECTS, {"these": list(sequences)})


def _finished(connection: Connection, correlations: list[str], before: Seconds) -> dict[str, list[Row[Any]]]:
    """Of these stories those of which all is old and nothing is to be done, with their events."""
    if not correlations:
        return {}
    these = {"these": correlations}
    open_ones = set(connection.execute(_AT_WORK, these).scalars())
    open_ones.update(connection.execute(_UNDONE, these | {"before": before}).scalars())
    members: dict[str, list[Row[Any]]] = {correlation: [] for correlation in correlations}
    for row in connection.execute(_MEMBERS, these):
        members[row.correlation].append(row)
        if row.recorded_time >= before:
            open_ones.add(row.correlation)
    return {name: rows for name, rows in members.items() if rows and name not in open_ones}


def _cuts(
    connection: Connection, members: Mapping[str, list[Row[Any]]]
) -> tuple[dict[str, Cut], dict[str, str]]:
    """The snapshots that cover these stories, and the keys whose events do not lead to their state."""
    newest: dict[str, Place] = {}
    for row in _all(members):
        if row.applied:
            place = Place(row.applied, row.seq)
            newest[row.key] = max(place, newest.get(row.key, place))
    cuts: dict[str, Cut] = {}
    refused: dict[str, str] = {}
    for key, place in newest.items():
        try:
            cuts[key] = _cut(connection, key, place)
        except codec.Unreadable as error:
            refused[key] = str(error)
    return cuts, refused


def _cut(connection: Connection, key: str, until: Place) -> Cut:
    base = rebuilding.snapshot(connection, key)
    made = rebuilding.follow(connection, key, base, until)
    if not connection.execute(_MANY_BEHIND, {"this": key, "at": until.version}).scalar_one():
        found = rebuilding.compared(connection, key, rebuilding.follow(connection, key, made))
        if found is not None:
            raise codec.Unreadable(" ".join((found.reason, *found.fields)))
    return Cut(made_from=base.place, made=made)


def _without(members: Mapping[str, list[Row[Any]]], key: str) -> dict[str, list[Row[Any]]]:
    return {name: rows for name, rows in members.items() if all(row.key != key for row in rows)}


def _all(members: Mapping[str, list[Row[Any]]]) -> Iterable[Row[Any]]:
    return (row for rows in members.values() for row in rows)


def _taken(connection: Connection, key: str) -> Place:
    row = connection.execute(_TAKEN, {"this": key}).first()
    return rebuilding.BEGINNING.place if row is None else Place(row.version, row.sequence)


def _take(connection: Connection, key: str, made: Point, now: Seconds) -> None:
    connection.execute(_DROP_SNAPSHOT, {"this": key})
    connection.execute(
        _INSERT_SNAPSHOT,
        {
            "key": key,
            "version": made.place.version,
            "sequence": made.place.sequence,
            "body": encode(made.state),
            "taken_at": now,
        },
    )


def _end_effects(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    named = {row.seq: named_things(row.key) for row in rows}
    known = known_names(connection, (name for names in named.values() for name in names))
    kept = [seq for seq, names in named.items() if known.intersection(names)]
    if kept:
        connection.execute(_EMPTY_EFFECTS, {"these": kept})
    drop_effects(connection, [row.seq for row in rows if row.seq not in set(kept)])
