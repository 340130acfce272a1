"""What was given up: listed for people, tried again, or discarded with the name of who did so.

A short transaction is enough for each, so that it can be done beside the running bot. Nothing vanishes:
what is discarded stays, with who discarded it and why it had been given up. What may have been done is
looked for first when it is tried again.
"""

from collections.abc import Iterator
from typing import Any, Literal

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import Connection, Row

from bot.domain.values import Seconds
from bot.ledger import codec, queues, schema
from bot.ports import Choice, ParkedRow

DISCARDED = "discarded"

_EFFECTS, _WORK, _EVENTS = schema.effects, schema.work, schema.events
_OUTCOMES, _DELIVERIES = schema.outcomes, schema.deliveries

_LIST_EFFECTS = sa.select(_EFFECTS).order_by(_EFFECTS.c.seq)
_LIST_WORK = (
    sa.select(
        _WORK,
        _EVENTS.c.type,
        _EVENTS.c.correlation,
        _EVENTS.c.causation,
        _EVENTS.c.recorded_time,
        _EVENTS.c.source,
        _EVENTS.c.delivery,
        _OUTCOMES.c.compared,
        _OUTCOMES.c.decided_at,
    )
    .select_from(
        _WORK.join(_EVENTS).outerjoin(
            _OUTCOMES, (_OUTCOMES.c.event == _WORK.c.event) & (_OUTCOMES.c.reactor == _WORK.c.reactor)
        )
    )
    .order_by(_WORK.c.id)
)
_LIST_DELIVERIES = (
    sa.select(
        _DELIVERIES.c.seq,
        _DELIVERIES.c.id,
        _DELIVERIES.c.source,
        _DELIVERIES.c.event,
        _DELIVERIES.c.action,
        _DELIVERIES.c.reason,
        _DELIVERIES.c.received_at,
    )
    .where(schema.FAILED, _DELIVERIES.c.translated_at.is_(None))
    .order_by(_DELIVERIES.c.seq)
)
_CHANGE_EFFECT = (
    sa.update(_EFFECTS)
    .where(_EFFECTS.c.seq == sa.bindparam("this"), _EFFECTS.c.state == "parked")
    .values(
        state=sa.bindparam("new_state"),
        attempts=sa.bindparam("tried"),
        first_attempt_at=None,
        not_before=sa.bindparam("at"),
        reason=sa.bindparam("why"),
        hint=sa.bindparam("what_to_do"),
        updated_at=sa.bindparam("at"),
    )
)
_PENDING_AGAIN = (
    sa.update(_WORK)
    .where(_WORK.c.id == sa.bindparam("this"), schema.PARKED)
    .values(state="pending", due=sa.bindparam("at"), attempts=0, first_failed_at=None, last_reason=None)
)
_DISCARD_WORK = (
    sa.update(_WORK)
    .where(_WORK.c.id == sa.bindparam("this"), schema.PARKED)
    .values(state=DISCARDED, last_reason=sa.bindparam("why"))
)
_OUTCOME_DISCARDED = (
    sa.update(_OUTCOMES)
    .where(_OUTCOMES.c.event == sa.bindparam("of_event"), _OUTCOMES.c.reactor == sa.bindparam("by_reactor"))
    .values(reason=DISCARDED, compared=sa.bindparam("values"), decided_at=sa.bindparam("at"))
)
_DELIVERY_AT_WORK = (
    sa.update(_DELIVERIES)
    .where(
        _DELIVERIES.c.id == sa.bindparam("of_delivery"),
        _DELIVERIES.c.source == sa.bindparam("of_source"),
        schema.FAILED,
    )
    .values(state="received", outcome=None, reason=None)
)
_DISCARD_DELIVERY = (
    sa.update(_DELIVERIES)
    .where(_DELIVERIES.c.seq == sa.bindparam("this"), schema.FAILED)
    .values(state="done", outcome="ignored", reason=sa.bindparam("why"))
)


class _Found(Struct, frozen=True):
    """A thing as people see it, and the row that it is."""

    shown: ParkedRow
    row: Row[Any]


def listed(connection: Connection, *, discarded: bool = False) -> list[ParkedRow]:
    """List what was given up, or what was discarded of it; the longest parked first."""
    found = _found(connection, "discarded" if discarded else "parked")
    return sorted((one.shown for one in found), key=lambda row: (row.since, row.id))


def retry(connection: Connection, choice: Choice, now: Seconds) -> list[ParkedRow]:
    """Let what is chosen be tried again as if for the first time; gives what that is.

    An effect goes with those that it waits for, and with those that wait for it.
    """
    chosen = _chosen(connection, choice, with_parents=True)
    for one in chosen:
        row = one.row
        if one.shown.type == "effect":
            change = {"new_state": "pending", "tried": 0, "why": None, "what_to_do": None}
            connection.execute(_CHANGE_EFFECT, {"this": row.seq, "at": now} | change)
        elif one.shown.type == "event":
            connection.execute(_PENDING_AGAIN, {"this": row.id, "at": now})
            _at_work(connection, row.source, row.delivery)
            queues.enqueue(connection, [(row.key, now)])
        else:
            _at_work(connection, row.source, row.id)
    return [one.shown for one in chosen]


def discard(connection: Connection, choice: Choice, by: str, now: Seconds) -> list[ParkedRow]:
    """Give up for good what is chosen, in somebody's name; gives what that is.

    Effects that wait for one of these go with it: they could never be performed.
    """
    chosen = _chosen(connection, choice, with_parents=False)
    for one in chosen:
        row, why = one.row, f"{one.shown.reason} (discarded by {by})"
        if one.shown.type == "effect":
            change = {"new_state": DISCARDED, "tried": row.attempts, "why": why, "what_to_do": row.hint}
            connection.execute(_CHANGE_EFFECT, {"this": row.seq, "at": now} | change)
        elif one.shown.type == "event":
            connection.execute(_DISCARD_WORK, {"this": row.id, "why": why})
            values = codec.pack({"error": one.shown.reason, "by": by})
            which = {"of_event": row.event, "by_reactor": row.reactor}
            connection.execute(_OUTCOME_DISCARDED, which | {"values": values, "at": now})
        else:
            connection.execute(_DISCARD_DELIVERY, {"this": row.seq, "why": f"{DISCARDED}: by {by}"})
    return [one.shown for one in chosen]


def _at_work(connection: Connection, source: str, delivery: str | None) -> None:
    """A delivery whose work goes on is no longer a failed one."""
    connection.execute(_DELIVERY_AT_WORK, {"of_delivery": delivery, "of_source": source})


def _chosen(connection: Connection, choice: Choice, *, with_parents: bool) -> list[_Found]:
    found = list(_found(connection, "parked"))
    chosen = {one.shown.id for one in found if choice.means(one.shown)}
    effects = {one.row.key: one.row for one in found if one.shown.type == "effect"}
    waiting = [
        (key, row.after_key) for key, row in effects.items() if row.waiting and row.after_key in effects
    ]
    before = -1
    while before != len(chosen):  # chains are short: a message, its prompt, what is said in its thread
        before = len(chosen)
        for key, parent in waiting:
            if parent in chosen or (with_parents and key in chosen):
                chosen |= {key, parent}
    return [one for one in found if one.shown.id in chosen]


def _found(connection: Connection, state: Literal["parked", "discarded"]) -> Iterator[_Found]:
    # Written into the statements, so that the indexes of what is parked can serve.
    literal = sa.literal(state, literal_execute=True)
    for row in connection.execute(_LIST_EFFECTS.where(_EFFECTS.c.state == literal)).all():
        yield _Found(_effect(row), row)
    for row in connection.execute(_LIST_WORK.where(_WORK.c.state == literal)).all():
        yield _Found(_event(row), row)
    if state == "parked":
        for row in connection.execute(_LIST_DELIVERIES).all():
            yield _Found(_delivery(row), row)


def _effect(row: Row[Any]) -> ParkedRow:
    reason, by = _who(row.reason)
    return ParkedRow(
        id=row.key,
        type="effect",
        what=row.kind,
        subject=row.owner or row.lane,
        reason=reason,
        hint=row.hint or None,
        since=row.updated_at,
        attempts=row.attempts,
        lane=row.lane,
        uncertain=bool(row.uncertain),
        correlation=row.correlation,
        cause=row.causation,
        discarded_by=by,
    )


def _event(row: Row[Any]) -> ParkedRow:
    values = {} if row.compared is None else codec.unpack(row.compared)
    said = values.get("error") if isinstance(values, dict) else None
    _, by = _who(row.last_reason)
    return ParkedRow(
        id=f"{row.event}/{row.reactor}",
        type="event",
        what=row.type,
        subject=row.key,
        reason=str(said or row.last_reason or "unknown"),
        hint=None,
        since=row.recorded_time if row.decided_at is None else row.decided_at,
        attempts=row.attempts,
        correlation=row.correlation,
        cause=row.causation or row.delivery,
        discarded_by=by,
    )


def _delivery(row: Row[Any]) -> ParkedRow:
    return ParkedRow(
        id=row.id,
        type="delivery",
        what=f"{row.event}.{row.action}" if row.action else row.event,
        subject=row.source,
        reason=row.reason or "unknown",
        hint=None,
        since=row.received_at,
        attempts=1,
    )


def _who(reason: str | None) -> tuple[str, str | None]:
    """Take apart what `discard` has put together: why it was given up, and who discarded it."""
    text = reason or "unknown"
    why, mark, by = text.rpartition(" (discarded by ")
    return (why, by.removesuffix(")")) if mark else (text, None)
