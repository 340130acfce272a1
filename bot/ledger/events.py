"""Appends events, with the work that they mean for reactors and the names under which they are found.

An event is never changed or removed here (see `compaction`), only marked as applied to its key's state.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import Connection, Row

from bot.domain.events import Event, EventData, New
from bot.domain.state import aliases as names_of
from bot.domain.values import Seconds
from bot.ledger import codec, queues, schema
from bot.ledger.dialects import insert_new

OWN_SOURCE = "pointsman"
Reactors = Mapping[str, tuple[str, ...]]

_INSERT_EVENT = sa.insert(schema.events)
_INSERT_WORK = sa.insert(schema.work)
_APPLIED = (
    sa.update(schema.events)
    .where(schema.events.c.id == sa.bindparam("event_id"), schema.events.c.applied.is_(None))
    .values(applied=sa.bindparam("led_to"))
)
# It is forgotten by its last use.
_NAMED_AGAIN = (
    sa.update(schema.aliases)
    .where(schema.aliases.c.alias == sa.bindparam("name"), schema.aliases.c.key == sa.bindparam("of_key"))
    .values(named_at=sa.bindparam("at"))
)


class Origin(Struct, frozen=True, kw_only=True):
    """Where an event comes from: the chain that it belongs to, and the event that caused it."""

    correlation: str
    causation: str | None
    traceparent: str | None = None


class Appended(Struct, frozen=True, kw_only=True):
    """An event as it goes into the ledger: `due` None = at once, `applied` = it needs no work."""

    event: Event
    due: Seconds | None = None
    applied: int | None = None


def caused(new: New, id: str, origin: Origin, now: Seconds) -> Event:
    """Give the event that a decision or an effect's result makes."""
    return Event(
        id=id,
        source=OWN_SOURCE,
        time=new.due if new.due is not None else now,  # a timer happens when it is due
        recorded_time=now,
        key=new.key,
        correlation=origin.correlation,
        causation=origin.causation,
        traceparent=origin.traceparent,
        data=new.data,
    )


def append(connection: Connection, appended: Sequence[Appended], reactors: Reactors) -> None:
    """Insert events in this order; those that are not applied yet become work for their reactors.

    Raises ValueError for a type that nobody is named for: it would vanish.
    """
    if not appended:
        return
    connection.execute(_INSERT_EVENT, [_row(one) for one in appended])
    _insert_aliases(connection, appended)
    work = [row for one in appended if one.applied is None for row in _work_rows(one, reactors)]
    if work:
        connection.execute(_INSERT_WORK, work)
        queues.enqueue(connection, [(row["key"], row["due"]) for row in work])


def mark_applied(connection: Connection, event: str, version: int) -> bool:
    """Note that an event led to this version of its key's state; False = it was applied before."""
    return connection.execute(_APPLIED, {"event_id": event, "led_to": version}).rowcount == 1


def read(row: Row[Any]) -> Event:
    """Read an event. Raises Unreadable."""
    data: EventData = codec.read_data(row.type, row.version, row.data)
    return Event(
        id=row.id,
        source=row.source,
        time=row.time,
        recorded_time=row.recorded_time,
        key=row.key,
        correlation=row.correlation,
        causation=row.causation,
        data=data,
        delivery=row.delivery,
        traceparent=row.traceparent,
        sequence=row.seq,
    )


def _row(one: Appended) -> dict[str, Any]:
    event = one.event
    return {
        "id": event.id,
        "type": event.data.TYPE,
        "version": event.data.VERSION,
        "source": event.source,
        "key": event.key,
        "time": event.time,
        "recorded_time": event.recorded_time,
        "correlation": event.correlation,
        "causation": event.causation,
        "traceparent": event.traceparent,
        "delivery": event.delivery,
        "data": codec.pack(event.data),
        "applied": one.applied,
    }


def _work_rows(one: Appended, reactors: Reactors) -> list[dict[str, Any]]:
    event = one.event
    names = reactors.get(event.data.TYPE, ())
    if not names:
        raise ValueError(f"no reactor is named for {event.data.TYPE}")
    due = event.recorded_time if one.due is None else one.due
    return [
        {
            "event": event.id,
            "reactor": name,
            "key": event.key,
            "due": due,
            "timer": due > event.recorded_time,
            "state": "pending",
            "attempts": 0,
        }
        for name in names
    ]


def _insert_aliases(connection: Connection, appended: Sequence[Appended]) -> None:
    for one in appended:
        for alias in names_of(one.event.data):
            row = {"alias": alias, "key": one.event.key, "named_at": one.event.recorded_time}
            if not insert_new(connection, schema.aliases, row):
                connection.execute(
                    _NAMED_AGAIN, {"name": alias, "of_key": one.event.key, "at": one.event.recorded_time}
                )
