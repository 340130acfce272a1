"""Erases one person from the ledger, in steps of a few hundred rows beside the running bot.

Events, states, snapshots, facts and values get the same other name in the same places, so that `events replay
--check` still agrees. What was said of them in comments and messages, and what senders wrote in deliveries,
is emptied. What is not done yet is left alone and counted: an erasure is repeated when that is through.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import Column, Connection, Table

from bot.domain.erasure import Erased, without, words_of
from bot.ledger import codec, schema

ROWS_AT_ONCE = 200
EMPTY_BODY = b'{"erased": true}'


class Place(Struct, frozen=True):
    """How far a table was gone through: its number, and the last row's key."""

    table: int = 0
    after: Any = None


class Step(Struct, frozen=True):
    """What one step found: where to go on (None = all is done), rows that changed, rows that are not done."""

    next: Place | None
    changed: int = 0
    left: int = 0


def collect(connection: Connection, erased: Erased, after: int) -> tuple[frozenset[str], int | None]:
    """Find what the person wrote in the events behind a place; gives the next place, None = that was all."""
    events = schema.events
    rows = connection.execute(
        sa.select(events.c.seq, events.c.data)
        .where(events.c.seq > after)
        .order_by(events.c.seq)
        .limit(ROWS_AT_ONCE)
    ).all()
    words: frozenset[str] = frozenset()
    for row in rows:
        words |= words_of(codec.unpack(row.data), erased)
    return words, (rows[-1].seq if len(rows) == ROWS_AT_ONCE else None)


def step(connection: Connection, erased: Erased, words: frozenset[str], place: Place) -> Step:
    """Go through the next rows, in one transaction."""
    if place.table >= len(_TABLES):
        return Step(None)
    table, key, visit = _TABLES[place.table]
    query = sa.select(table).order_by(*key).limit(ROWS_AT_ONCE)
    if place.after is not None:
        query = query.where(sa.tuple_(*key) > sa.tuple_(*place.after))
    rows = connection.execute(query).all()
    changed = left = 0
    for row in rows:
        update, is_left = visit(row, erased, words)
        left += is_left
        if update:
            this = sa.and_(*(column == getattr(row, column.name) for column in key))
            connection.execute(sa.update(table).where(this).values(**update))
            changed += 1
    if len(rows) < ROWS_AT_ONCE:
        following = Place(place.table + 1)
        return Step(following if following.table < len(_TABLES) else None, changed, left)
    last = tuple(getattr(rows[-1], column.name) for column in key)
    return Step(Place(place.table, last), changed, left)


Update = dict[str, Any]
Visit = Callable[[Any, Erased, frozenset[str]], tuple[Update, bool]]


def _values(*columns: str) -> Visit:
    """Rewrite packed values, and the names of people in keys."""

    def visit(row: Any, erased: Erased, words: frozenset[str]) -> tuple[Update, bool]:
        update: Update = {}
        for name in columns:
            stored = getattr(row, name)
            if stored:
                plain = codec.unpack(stored)
                other = without(plain, erased, words)
                if other != plain:
                    update[name] = codec.pack_like(stored, other)
        update.update(_keys(row, erased))
        return update, False

    return visit


def _keys(row: Any, erased: Erased) -> Iterator[tuple[str, str]]:
    """Conversations and forms are kept under Slack's user ids."""
    if erased.slack is None:
        return
    for name in ("key", "lane", "after_key", "owner"):
        text = getattr(row, name, None)
        if isinstance(text, str) and erased.slack in text:
            yield name, text.replace(erased.slack, erased.other_slack)


def _effect(row: Any, erased: Erased, words: frozenset[str]) -> tuple[Update, bool]:
    """Empty what was said; one that is not done needs its words still."""
    plain = codec.unpack(row.body) if row.body else None
    handle = codec.unpack(row.handle) if row.handle else None
    told = any(erased.stands_in(text, words) for text in _texts(plain))
    told = told or any(erased.stands_in(str(text), words) for text in (row.reason, row.hint) if text)
    update: Update = dict(_keys(row, erased))
    if not told and handle == without(handle, erased, words) and not update:
        return {}, False
    if row.state in ("pending", "leased", "parked"):
        return {}, True
    if handle is not None:
        update["handle"] = codec.pack(without(handle, erased, words))
    if told:
        update |= {"body": b"", "reason": None, "hint": None}
    return update, False


def _delivery(row: Any, erased: Erased, words: frozenset[str]) -> tuple[Update, bool]:
    """Empty what the sender wrote; its hash stays, so that it is still known when it comes again."""
    body = codec.decompress(row.body).decode(errors="replace")
    headers = codec.unpack(row.headers)
    compared = codec.unpack(row.compared) if row.compared else None
    update: Update = {}
    if compared is not None and without(compared, erased, words) != compared:
        update["compared"] = codec.pack(without(compared, erased, words))
    if erased.stands_in(body, words) or any(erased.stands_in(text, words) for text in _texts(headers)):
        if row.state != "done":
            return {}, True
        update |= {"body": codec.compress(EMPTY_BODY), "headers": codec.pack({})}
    return update, False


def _texts(value: Any) -> Iterator[str]:
    """Every text in plain values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


_TABLES: tuple[tuple[Table, tuple[Column[Any], ...], Visit], ...] = (
    (schema.events, (schema.events.c.seq,), _values("data")),
    (schema.state, (schema.state.c.key,), _values("body")),
    (schema.snapshots, (schema.snapshots.c.key,), _values("body")),
    (schema.outcomes, (schema.outcomes.c.event, schema.outcomes.c.reactor), _values("compared", "facts")),
    (schema.effects, (schema.effects.c.seq,), _effect),
    (schema.deliveries, (schema.deliveries.c.seq,), _delivery),
    (schema.lanes, (schema.lanes.c.lane,), _values()),
)
"""Events first: a state that was not reached yet is found by the next run, which takes the same names."""


def record(connection: Connection, erased: Erased, by: str, counts: dict[str, int], now: float) -> None:
    """Keep on record that somebody was erased, by whom and how much; not who it was."""
    body = msgspec.json.encode({"erased": erased.other, "by": by, **counts})
    connection.execute(
        sa.insert(schema.deliveries).values(
            source="pointsman",
            id=f"erasure:{erased.other}:{now:.0f}",
            event="person.erased",
            action=None,
            headers=codec.pack({}),
            body=codec.compress(body),
            body_hash=codec.digest(body),
            received_at=now,
            state="done",
            translated_at=now,
            outcome="ignored",
            reason="person_erased",
            compared=codec.pack({"erased": erased.other, "by": by, **counts}),
        )
    )
