"""Deliveries: stored before they are acknowledged, counted once, ended in a stated outcome.

A delivery is known by its sender's id. One that failed is repaired when it comes again; one that was
done is never done again. Its first body is kept, whatever a later one with the same id says.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, Row, exc
from zstandard import ZstdError

from bot.domain.events import Event
from bot.domain.identity import derive
from bot.domain.values import Seconds
from bot.ledger import codec, queues, schema
from bot.ledger.dialects import insert_new
from bot.ledger.events import Appended, Reactors, append
from bot.ports import Accepted, Incoming, Meant, Translated

DUPLICATE_EVENT = "duplicate_event"
_TELLING = ("failed", "acted", "deferred", "superseded", "ignored")

DAMAGED = "damaged"

Values = dict[str, Any]
Meaning = tuple[Incoming, Translated | str]

# What one delivery can be refused for; anything else is the database's trouble, and everybody's.
_UNSTORABLE = (ValueError, TypeError, exc.IntegrityError, exc.DataError, exc.ProgrammingError)

_DELIVERIES = schema.deliveries
_WORK = schema.work
_OF_EVENTS = _WORK.c.event.in_(
    sa.select(schema.events.c.id).where(
        schema.events.c.delivery == sa.bindparam("of_delivery"),
        schema.events.c.source == sa.bindparam("of_source"),
    )
)
_THIS = (_DELIVERIES.c.id == sa.bindparam("of_delivery")) & (
    _DELIVERIES.c.source == sa.bindparam("of_source")
)

_INSERT = sa.insert(_DELIVERIES)
_KNOWN = (
    sa.select(_DELIVERIES.c.state, _DELIVERIES.c.body_hash, _DELIVERIES.c.translated_at)
    .where(_THIS)
    .with_for_update()
)
_REVIVE = sa.update(_DELIVERIES).where(_THIS).values(state="received", outcome=None, reason=None)
_MEND = (
    sa.update(_DELIVERIES)
    .where(_THIS)
    .values(headers=sa.bindparam("new_headers"), body=sa.bindparam("new_body"))
)
_PARKED_WORK = sa.select(_WORK.c.key, _WORK.c.due).where(_OF_EVENTS, schema.PARKED)
_UNPARK = (
    sa.update(_WORK)
    .where(_OF_EVENTS, schema.PARKED)
    .values(state="pending", attempts=0, first_failed_at=None, last_reason=None)
)
_UNTRANSLATED = (
    sa.select(_DELIVERIES).where(schema.UNTRANSLATED).order_by(_DELIVERIES.c.seq).limit(sa.bindparam("most"))
)
_STILL_UNTRANSLATED = sa.select(_DELIVERIES.c.source, _DELIVERIES.c.id).where(
    _DELIVERIES.c.id.in_(sa.bindparam("ids", expanding=True)), schema.UNTRANSLATED
)
_TRANSLATED = (
    sa.update(_DELIVERIES)
    .where(_THIS)
    .values(
        state=sa.bindparam("new_state"),
        translated_at=sa.bindparam("at"),
        outcome=sa.bindparam("new_outcome"),
        reason=sa.bindparam("new_reason"),
        subject=sa.bindparam("new_subject"),
        sha=sa.bindparam("new_sha"),
        compared=sa.bindparam("new_compared"),
        action=sa.func.coalesce(sa.bindparam("new_action"), _DELIVERIES.c.action),
    )
)
_KNOWN_EVENTS = sa.select(schema.events.c.id).where(
    schema.events.c.id.in_(sa.bindparam("ids", expanding=True))
)
_STILL_AT_WORK = sa.select(sa.exists().where(_OF_EVENTS, schema.PENDING))
_OUTCOMES = (
    sa.select(schema.outcomes.c.outcome, schema.outcomes.c.reason)
    .select_from(schema.outcomes.join(schema.events))
    .where(
        schema.events.c.delivery == sa.bindparam("of_delivery"),
        schema.events.c.source == sa.bindparam("of_source"),
    )
    .order_by(schema.events.c.seq, schema.outcomes.c.reactor)
)
_END = (
    sa.update(_DELIVERIES)
    .where(_THIS)
    .values(
        state=sa.bindparam("new_state"),
        outcome=sa.bindparam("new_outcome"),
        reason=sa.bindparam("new_reason"),
    )
)


def encode(incoming: Incoming) -> Values:
    """Give a delivery as its row. Compressing is the caller's work, not the writer's."""
    return {
        "source": incoming.source,
        "id": incoming.id,
        "event": incoming.event,
        "action": incoming.action,
        "headers": codec.pack(dict(incoming.headers)),
        "body": codec.compress(incoming.body),
        "body_hash": codec.digest(incoming.body),
        "received_at": incoming.received_at,
        "state": "received",
    }


def decode(row: Row[Any]) -> Incoming:
    """Read a delivery with its body."""
    return Incoming(
        source=row.source,
        id=row.id,
        event=row.event,
        action=row.action,
        headers=codec.unpack(row.headers),
        body=codec.decompress(row.body),
        received_at=row.received_at,
    )


def accept(connection: Connection, rows: Sequence[Values]) -> list[Accepted]:
    """Store deliveries. Several at once only if all are new: else it raises, and each is tried alone."""
    if len(rows) > 1:
        connection.execute(_INSERT, rows)
        return [Accepted("new")] * len(rows)
    return [_accept_one(connection, row) for row in rows]


def _accept_one(connection: Connection, row: Values) -> Accepted:
    if insert_new(connection, _DELIVERIES, row):
        return Accepted("new")
    this = {"of_delivery": row["id"], "of_source": row["source"]}
    known = connection.execute(_KNOWN, this).one()
    conflict = known.body_hash != row["body_hash"]
    if known.state != "failed":
        return Accepted("duplicate", conflict)
    connection.execute(_REVIVE, this)
    if not conflict:  # the same content: where what lies here was damaged, this mends it
        connection.execute(_MEND, this | {"new_headers": row["headers"], "new_body": row["body"]})
    if known.translated_at is not None:
        parked = connection.execute(_PARKED_WORK, this).all()
        connection.execute(_UNPARK, this)
        queues.enqueue(connection, [(row.key, row.due) for row in parked])
    return Accepted("revived", conflict)


def untranslated(connection: Connection, limit: int) -> tuple[list[Incoming], list[Meaning]]:
    """Give the oldest deliveries whose meaning is not known yet, and apart from them those that are damaged.

    What is given of a damaged one is enough to record why it fails.
    """
    readable: list[Incoming] = []
    damaged: list[Meaning] = []
    for row in connection.execute(_UNTRANSLATED, {"most": limit}):
        try:
            readable.append(decode(row))
        except (ZstdError, msgspec.MsgspecError) as error:
            damaged.append((_without_body(row), f"{DAMAGED}: {error}"))
    return readable, damaged


def _without_body(row: Row[Any]) -> Incoming:
    return Incoming(
        source=row.source,
        id=row.id,
        event=row.event,
        action=row.action,
        headers={},
        body=b"",
        received_at=row.received_at,
    )


def record_translations(
    connection: Connection, translations: Sequence[Meaning], reactors: Reactors, now: Seconds
) -> None:
    """Store what deliveries mean. One that cannot be stored fails alone, with the reason."""
    try:
        with connection.begin_nested():
            _record_translations(connection, translations, reactors, now)
    except _UNSTORABLE as error:
        if len(translations) > 1:
            for one in translations:
                record_translations(connection, [one], reactors, now)
            return
        incoming, translated = translations[0]
        if isinstance(translated, str):
            raise
        reason = f"unstorable: {type(error).__name__}: {error}"
        _record_translations(connection, [(incoming, reason)], reactors, now)


def _record_translations(
    connection: Connection, translations: Sequence[Meaning], reactors: Reactors, now: Seconds
) -> None:
    # A delivery that was translated meanwhile stays as it is.
    todo = _still_untranslated(connection, translations)
    fresh = _without_known(connection, _events(todo, now))
    append(connection, [Appended(event=event) for event in fresh.values()], reactors)
    begun = {(event.source, event.delivery) for event in fresh.values()}
    rows = [
        _meaning(incoming, translated, (incoming.source, incoming.id) in begun, now)
        for incoming, translated in todo
    ]
    if rows:
        connection.execute(_TRANSLATED, rows)


def _still_untranslated(connection: Connection, translations: Iterable[Meaning]) -> list[Meaning]:
    by_name = {(incoming.source, incoming.id): (incoming, meaning) for incoming, meaning in translations}
    found = connection.execute(_STILL_UNTRANSLATED, {"ids": sorted({id for _, id in by_name})})
    still = {(row.source, row.id) for row in found}
    return [both for name, both in by_name.items() if name in still]


def _events(todo: Iterable[Meaning], now: Seconds) -> dict[str, Event]:
    """Give the events by their ids; the first of two with the same id counts."""
    events: dict[str, Event] = {}
    for incoming, translated in todo:
        if isinstance(translated, Translated):
            for index, meant in enumerate(translated.events):
                event = _event(incoming, meant, index, now)
                events.setdefault(event.id, event)
    return events


def _event(incoming: Incoming, meant: Meant, index: int, now: Seconds) -> Event:
    if meant.natural is not None:
        id = derive("e", meant.sender or incoming.source, meant.natural)
    else:
        id = derive("e", incoming.source, incoming.id, index)
    return Event(
        id=id,
        source=incoming.source,
        time=meant.time,
        recorded_time=now,
        key=meant.key,
        correlation=id,
        causation=None,
        data=meant.data,
        delivery=incoming.id,
        traceparent=incoming.headers.get("traceparent"),
    )


def _without_known(connection: Connection, events: Mapping[str, Event]) -> dict[str, Event]:
    if not events:
        return {}
    known = set(connection.execute(_KNOWN_EVENTS, {"ids": list(events)}).scalars())
    return {id: event for id, event in events.items() if id not in known}


def _meaning(incoming: Incoming, translated: Translated | str, begun: bool, now: Seconds) -> Values:
    row: Values = {
        "of_delivery": incoming.id,
        "of_source": incoming.source,
        "at": now,
        "new_state": "received",
        "new_outcome": None,
        "new_reason": None,
        "new_subject": None,
        "new_sha": None,
        "new_compared": None,
        "new_action": None,
    }
    if isinstance(translated, str):
        return row | {"new_state": "failed", "at": None, "new_outcome": "failed", "new_reason": translated}
    row |= {
        "new_subject": translated.subject,
        "new_sha": translated.sha,
        "new_compared": codec.pack(dict(translated.values)) if translated.values else None,
        "new_action": translated.action,
    }
    if begun:
        return row
    reason = DUPLICATE_EVENT if translated.events else translated.reason
    return row | {"new_state": "done", "new_outcome": "ignored", "new_reason": reason}


def settle(connection: Connection, source: str, delivery: str | None) -> None:
    """End a delivery when the last work of its events is finished, with the most telling outcome."""
    if delivery is None:
        return
    this = {"of_delivery": delivery, "of_source": source}
    if connection.execute(_STILL_AT_WORK, this).scalar_one():
        return
    outcomes = connection.execute(_OUTCOMES, this).all()
    telling = min(outcomes, key=lambda row: _TELLING.index(row.outcome))
    state = "failed" if telling.outcome == "failed" else "done"
    row = this | {"new_state": state, "new_outcome": telling.outcome, "new_reason": telling.reason}
    connection.execute(_END, row)
