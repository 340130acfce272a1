"""Work: one event for one reactor, in order within a key, and decisions in one transaction or not at all.

A lease that somebody else took, or a state that moved on, undoes the whole decision. A failure holds
its key; a timer that is not due holds nobody. What cannot be read is parked, and the key goes on.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import Connection, Row

from bot.domain.errors import LeaseLost
from bot.domain.events import New
from bot.domain.identity import derive
from bot.domain.state import decode, encode
from bot.domain.values import Seconds
from bot.ledger import codec, deliveries, queues, schema, wanted
from bot.ledger import events as stored_events
from bot.ledger.dialects import insert_new
from bot.ledger.events import Appended, Origin
from bot.ports import Decision, Lease, OutcomeRow, Recorded, Work

WORK_PER_LEASE_MAX = 20

_WORK = schema.work
_EVENTS = schema.events
_STATE = schema.state
_OUTCOMES = schema.outcomes
_THIS = (_WORK.c.id == sa.bindparam("this")) & schema.PENDING

_DUE = (
    sa.select(
        _EVENTS, _WORK.c.id.label("work_id"), _WORK.c.reactor, _WORK.c.attempts, _WORK.c.first_failed_at
    )
    .select_from(_WORK.join(_EVENTS))
    # Adding nothing keeps the planner off the index by time: the first few are wanted, not all sorted.
    .where(_WORK.c.key == sa.bindparam("of_key"), schema.PENDING, _WORK.c.due + 0.0 <= sa.bindparam("now"))
    .order_by(_WORK.c.id)
    .limit(WORK_PER_LEASE_MAX)
)
_READ_STATE = sa.select(_STATE.c.version, _STATE.c.body).where(_STATE.c.key == sa.bindparam("of_key"))
_UPDATE_STATE = (
    sa.update(_STATE)
    .where(_STATE.c.key == sa.bindparam("of_key"), _STATE.c.version == sa.bindparam("expected"))
    .values(version=_STATE.c.version + 1, body=sa.bindparam("new_body"), updated_at=sa.bindparam("at"))
)
_FINISH = sa.delete(_WORK).where(_THIS)
_PARK = (
    sa.update(_WORK)
    .where(_THIS)
    .values(state="parked", attempts=_WORK.c.attempts + 1, last_reason=sa.bindparam("why"))
)
_POSTPONE = (
    sa.update(_WORK)
    .where(_THIS)
    .values(
        attempts=_WORK.c.attempts + 1,
        first_failed_at=sa.func.coalesce(_WORK.c.first_failed_at, sa.bindparam("at")),
        last_reason=sa.bindparam("why"),
    )
)
_FORGET_OUTCOME = sa.delete(_OUTCOMES).where(
    _OUTCOMES.c.event == sa.bindparam("of_event"), _OUTCOMES.c.reactor == sa.bindparam("by")
)
_INSERT_OUTCOME = sa.insert(_OUTCOMES)


class Hold(Struct, frozen=True):
    """Until when a key waits after a failure, and which."""

    until: Seconds
    reason: str


class _Stored(Struct, frozen=True):
    """A key's state as it was read."""

    state: Any
    version: int


def lease(
    connection: Connection, keys: Iterable[str], until: Seconds, token: Callable[[], str], now: Seconds
) -> list[Lease]:
    """Lease these keys with their state and what is due; a key that nothing is left for is left alone."""
    return [found for key in keys if (found := _lease_key(connection, key, until, token(), now)) is not None]


def _lease_key(connection: Connection, key: str, until: Seconds, token: str, now: Seconds) -> Lease | None:
    stored = _read_state(connection, key)
    rows = connection.execute(_DUE, {"of_key": key, "now": now}).all()
    due = _readable(connection, rows, stored, now)
    if isinstance(stored, str) or not due:
        # Everything that was due has been parked just now.
        queues.release(connection, key)
        return None
    queues.lease(connection, key, token, until)
    return Lease(key=key, token=token, state=stored.state, version=stored.version, work=tuple(due))


def _read_state(connection: Connection, key: str) -> _Stored | str:
    """Read a state; a text is the reason why it cannot be read."""
    row = connection.execute(_READ_STATE, {"of_key": key}).first()
    if row is None:
        return _Stored(None, 0)
    try:
        return _Stored(decode(key, row.body), row.version)
    except msgspec.DecodeError as error:
        return f"the state of {key} cannot be read: {error}"


def _readable(
    connection: Connection, rows: Iterable[Row[Any]], stored: _Stored | str, now: Seconds
) -> list[Work]:
    due: list[Work] = []
    for row in rows:
        try:
            if isinstance(stored, str):
                raise codec.Unreadable(stored)
            due.append(_work(row, due))
        except codec.Unreadable as error:
            _park_unreadable(connection, row, str(error), now)
    return due


def _work(row: Row[Any], before: list[Work]) -> Work:
    event = stored_events.read(row)
    return Work(
        id=row.work_id,
        event=event,
        reactor=row.reactor,
        attempts=row.attempts,
        first_failed_at=row.first_failed_at,
        # By the time that a second reactor's turn comes, the first one's decision has applied the event.
        applied=row.applied is not None or any(work.event.id == event.id for work in before),
    )


def _park_unreadable(connection: Connection, row: Row[Any], reason: str, now: Seconds) -> None:
    connection.execute(_PARK, {"this": row.work_id, "why": reason})
    outcome = OutcomeRow(
        event=row.id,
        reactor=row.reactor,
        outcome="failed",
        reason="unreadable",
        values={"error": reason},
        facts=None,
        decided_at=now,
    )
    _store_outcome(connection, outcome)
    deliveries.settle(connection, row.source, row.delivery)


def record(connection: Connection, recorded: Recorded, release: bool) -> int:
    """Commit a decision; gives the state's version after it. Raises LeaseLost, ValueError."""
    lease, work, decision = recorded.lease, recorded.work, recorded.decision
    queues.check(connection, lease.key, lease.token)
    version = _apply(connection, recorded)
    _emit(connection, recorded, version)
    cause = wanted.Cause(event=work.event, seed=_seed(recorded), at=recorded.decided_at)
    wanted.order(connection, decision.effects, cause)
    _store_outcome(connection, _outcome(recorded))
    _end(connection, work, decision)
    deliveries.settle(connection, work.event.source, work.event.delivery)
    if release:
        queues.release(connection, lease.key)
    return version


def _apply(connection: Connection, recorded: Recorded) -> int:
    """Store the state if an event changed it, and mark the event that was decided as applied."""
    lease, event = recorded.lease, recorded.work.event
    applies = recorded.applied and not recorded.work.applied
    version = lease.version
    if applies or recorded.own:
        version = _store_state(connection, recorded)
    if applies and not stored_events.mark_applied(connection, event.id, version):
        raise LeaseLost(f"{event.id} was applied meanwhile")
    return version


def _store_state(connection: Connection, recorded: Recorded) -> int:
    key, version = recorded.lease.key, recorded.lease.version
    if recorded.state is None and version == 0:
        return 0
    body = encode(recorded.state)
    if version == 0:
        row = {"key": key, "version": 1, "body": body, "updated_at": recorded.decided_at}
        stored = insert_new(connection, _STATE, row)
    else:
        change = {"of_key": key, "expected": version, "new_body": body, "at": recorded.decided_at}
        stored = connection.execute(_UPDATE_STATE, change).rowcount == 1
    if not stored:
        raise LeaseLost(f"the state of {key} is no longer version {version}")
    return version + 1


def _emit(connection: Connection, recorded: Recorded, version: int) -> None:
    """Append what the decision emits: its own key's events as applied, the rest (and timers) as work."""
    event, decision = recorded.work.event, recorded.decision
    if len(recorded.own) + len(recorded.others) != len(decision.events):
        raise ValueError("own and others are not the events of the decision")
    origin = Origin(correlation=event.correlation, causation=event.id, traceparent=event.traceparent)
    appended = [
        _appended(recorded, new, derive("e", *_seed(recorded), index), origin, version)
        for index, new in enumerate(decision.events)
    ]
    stored_events.append(connection, appended, recorded.reactors)


def _appended(recorded: Recorded, new: New, id: str, origin: Origin, version: int) -> Appended:
    return Appended(
        event=stored_events.caused(new, id, origin, recorded.decided_at),
        due=new.due,
        applied=version if new in recorded.own else None,
    )


def _seed(recorded: Recorded) -> tuple[str, ...]:
    """Give what the ids of events and effects are made of.

    What is said when work is given up must not take the names of what a later try decides.
    """
    seed = (recorded.work.event.id, recorded.work.reactor)
    return (*seed, "failed", repr(recorded.decided_at)) if recorded.decision.outcome == "failed" else seed


def _outcome(recorded: Recorded) -> OutcomeRow:
    decision = recorded.decision
    return OutcomeRow(
        event=recorded.work.event.id,
        reactor=recorded.work.reactor,
        outcome=decision.outcome,
        reason=decision.reason,
        values=dict(decision.values),
        facts=recorded.facts,
        decided_at=recorded.decided_at,
    )


def _store_outcome(connection: Connection, outcome: OutcomeRow) -> None:
    # What was parked before leaves its outcome to what came of it.
    connection.execute(_FORGET_OUTCOME, {"of_event": outcome.event, "by": outcome.reactor})
    row = {
        "event": outcome.event,
        "reactor": outcome.reactor,
        "outcome": outcome.outcome,
        "reason": outcome.reason,
        "compared": codec.pack(outcome.values),
        "facts": codec.pack(outcome.facts),
        "decided_at": outcome.decided_at,
    }
    connection.execute(_INSERT_OUTCOME, row)


def _end(connection: Connection, work: Work, decision: Decision) -> None:
    if decision.outcome == "failed":
        ended = connection.execute(_PARK, {"this": work.id, "why": decision.reason})
    else:
        ended = connection.execute(_FINISH, {"this": work.id})
    if ended.rowcount != 1:
        raise LeaseLost(f"work {work.id} was done meanwhile")


def release(connection: Connection, lease: Lease) -> None:
    """Give a lease back; nothing happens if somebody else has it by now."""
    try:
        queues.check(connection, lease.key, lease.token)
    except LeaseLost:
        return
    queues.release(connection, lease.key)


def postpone(connection: Connection, lease: Lease, work: Work, hold: Hold, now: Seconds) -> None:
    """Hold the key until then, count the attempt, give the lease back. Raises LeaseLost."""
    queues.check(connection, lease.key, lease.token)
    connection.execute(_POSTPONE, {"this": work.id, "why": hold.reason, "at": now})
    queues.release(connection, lease.key, held_until=hold.until)
