"""Effects as a runner meets them: leased, finished, tried again or parked; never silently done twice.

Leasing is the durable mark that an attempt began: whoever finds a lease that ended without a result
knows that it may have been applied. What is given up is parked, and its owner is told.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import Connection, Row

from bot.domain.effects import Effect
from bot.domain.errors import LeaseLost
from bot.domain.events import EffectParked, New
from bot.domain.identity import derive
from bot.domain.values import Seconds
from bot.ledger import codec, schema
from bot.ledger.events import Appended, Origin, Reactors, append, caused
from bot.ports import Held, Performed

LOOK_AGAIN_SECONDS = 5.0
"""After a lost reply a target is not asked again sooner: its own records need a moment (promise 4)."""

_EFFECTS = schema.effects
_THIS = _EFFECTS.c.key == sa.bindparam("this")

_FIND = sa.select(_EFFECTS).where(_THIS).with_for_update()
_LANES = (
    sa.select(_EFFECTS.c.lane)
    .where(schema.OPEN, _EFFECTS.c.not_before <= sa.bindparam("now"))
    .group_by(_EFFECTS.c.lane)
    .order_by(sa.func.min(_EFFECTS.c.not_before), _EFFECTS.c.lane)
)
_PARENT = _EFFECTS.alias("parent")
_DUE = (
    sa.select(_EFFECTS, _PARENT.c.handle.label("parent_handle"))
    .select_from(_EFFECTS.outerjoin(_PARENT, _PARENT.c.key == _EFFECTS.c.after_key))
    .where(
        schema.OPEN,
        _EFFECTS.c.lane == sa.bindparam("this_lane"),
        _EFFECTS.c.not_before <= sa.bindparam("now"),
    )
    .order_by(_EFFECTS.c.seq)
    .limit(sa.bindparam("most"))
    .with_for_update(of=_EFFECTS, skip_locked=True)
)
_LEASE = (
    sa.update(_EFFECTS)
    .where(_THIS)
    .values(
        state="leased",
        token=sa.bindparam("lease"),
        not_before=sa.bindparam("ends"),
        attempts=_EFFECTS.c.attempts + 1,
        first_attempt_at=sa.func.coalesce(_EFFECTS.c.first_attempt_at, sa.bindparam("first")),
        uncertain=sa.bindparam("maybe"),
        updated_at=sa.bindparam("at"),
    )
)
_FINISH = (
    sa.update(_EFFECTS)
    .where(_THIS)
    .values(
        state=sa.bindparam("new_state"),
        done_version=sa.bindparam("done"),
        handle=sa.func.coalesce(sa.bindparam("new_handle"), _EFFECTS.c.handle),
        token=None,
        uncertain=False,
        attempts=0,
        first_attempt_at=None,
        not_before=sa.bindparam("at"),
        reason=sa.bindparam("note"),
        hint=None,
        updated_at=sa.bindparam("at"),
    )
)
_UNBLOCK = (
    sa.update(_EFFECTS)
    .where(_EFFECTS.c.after_key == sa.bindparam("this"), schema.WAITING)
    .values(waiting=False)
)
_END_ATTEMPT = (
    sa.update(_EFFECTS)
    .where(_THIS)
    .values(
        state=sa.bindparam("new_state"),
        not_before=sa.bindparam("start"),
        token=None,
        uncertain=sa.bindparam("maybe"),
        reason=sa.bindparam("why"),
        hint=sa.bindparam("what_to_do"),
        updated_at=sa.bindparam("at"),
    )
)
_RESTART_COUNT = sa.update(_EFFECTS).where(_THIS).values(attempts=0, first_attempt_at=None)
_WAITING_FOR = (
    sa.select(_EFFECTS)
    .where(_EFFECTS.c.after_key == sa.bindparam("this"), schema.WAITING, _EFFECTS.c.state == "pending")
    .order_by(_EFFECTS.c.seq)
    .with_for_update()
)
_LEASED = (
    sa.select(_EFFECTS)
    .where(schema.OPEN, _EFFECTS.c.state == "leased")
    .order_by(_EFFECTS.c.lane, _EFFECTS.c.seq)
)
_RENEW = (
    sa.update(_EFFECTS)
    .where(_THIS, _EFFECTS.c.token == sa.bindparam("lease"))
    .values(not_before=sa.bindparam("ends"))
)
SOONEST = (
    sa.select(sa.func.min(_EFFECTS.c.not_before))
    .where(schema.OPEN, _EFFECTS.c.not_before > sa.bindparam("now"))
    .scalar_subquery()
)
"""When the next effect that is not due yet at `now` falls due; NULL = nothing waits for a time."""


class Capacity(Struct, frozen=True, kw_only=True):
    """How much a runner can take: in all, for how long, and how much of it in each lane."""

    limit: int
    duration: Seconds
    busy_lanes: Mapping[str, int]
    lane_limit: Callable[[str], int]

    def of(self, lane: str) -> int:
        """How many more effects of a lane may be under way."""
        return self.lane_limit(lane) - self.busy_lanes.get(lane, 0)


class Setback(Struct, frozen=True):
    """Why an attempt failed, when the next one is due, and whether this one may have been applied."""

    reason: str
    until: Seconds
    uncertain: bool


class Refusal(Struct, frozen=True):
    """Why an effect is given up, and what a person can do about it."""

    reason: str
    hint: str


def lease(connection: Connection, capacity: Capacity, token: Callable[[], str], now: Seconds) -> list[Effect]:
    """Lease what is due, in the order of creation within a lane. What cannot be read is parked."""
    leased: list[Effect] = []
    for lane in list(connection.execute(_LANES, {"now": now}).scalars()):
        room = min(capacity.of(lane), capacity.limit - len(leased))
        if room > 0:
            due = connection.execute(_DUE, {"this_lane": lane, "now": now, "most": room}).all()
            leased.extend(_lease_rows(connection, due, capacity.duration, token, now))
    return leased


def _lease_rows(
    connection: Connection,
    rows: Iterable[Row[Any]],
    duration: Seconds,
    token: Callable[[], str],
    now: Seconds,
) -> Iterable[Effect]:
    for row in rows:
        try:
            effect = _effect(row, token(), now)
        except codec.Unreadable as error:
            _end_attempt(connection, row, "parked", now, {"why": str(error), "what_to_do": None})
            continue
        lease_row = {"this": row.key, "lease": effect.token, "ends": now + duration, "at": now}
        doubt = {"maybe": effect.uncertain, "first": effect.first_attempt_at}
        connection.execute(_LEASE, lease_row | doubt)
        yield effect


def _effect(row: Row[Any], token: str, now: Seconds) -> Effect:
    # A lease that ended without a result: the attempt may have been applied, as late as its lease ended.
    uncertain = row.uncertain or row.state == "leased"
    return Effect(
        key=row.key,
        body=codec.read_effect(row.kind, row.body),
        version=row.version,
        handle=None if row.handle is None else codec.unpack(row.handle),
        parent_handle=None if row.parent_handle is None else codec.unpack(row.parent_handle),
        uncertain=uncertain,
        attempts=row.attempts + 1,
        token=token,
        owner=row.owner,
        correlation=row.correlation,
        causation=row.causation,
        first_attempt_at=_first_attempt(row, now, uncertain=uncertain),
        last_attempt_at=_last_attempt(row) if uncertain else None,
    )


def _first_attempt(row: Row[Any], now: Seconds, *, uncertain: bool) -> Seconds:
    """From when on it can be found. A newer body or a retry by hand ends the count, and not the doubt."""
    if row.first_attempt_at is not None:
        return float(row.first_attempt_at)
    return float(row.created_at) if uncertain else now


def _last_attempt(row: Row[Any]) -> Seconds:
    """When an attempt can have sent its last word: its holder may work as long as the lease lasts."""
    return float(row.not_before if row.state == "leased" else row.updated_at)


def finish(
    connection: Connection, effect: Effect, performed: Performed, reactors: Reactors, now: Seconds
) -> None:
    """Record a success. If a newer body came meanwhile, it is due at once. Raises LeaseLost."""
    row = _leased_row(connection, effect)
    connection.execute(
        _FINISH,
        {
            "this": effect.key,
            "new_state": "done" if row.version == effect.version else "pending",
            "done": effect.version,
            "new_handle": None if performed.handle is None else codec.pack(dict(performed.handle)),
            "note": performed.note or None,
            "at": now,
        },
    )
    if performed.handle is not None:
        connection.execute(_UNBLOCK, {"this": effect.key})
    news = [
        _news(effect, new, derive("e", effect.key, effect.version, index), now)
        for index, new in enumerate(performed.events)
    ]
    append(connection, news, reactors)


def retry(connection: Connection, effect: Effect, setback: Setback, now: Seconds) -> None:
    """Try again later. Raises LeaseLost."""
    row = _leased_row(connection, effect)
    _end_attempt(
        connection,
        row,
        "pending",
        now,
        {"start": setback.until, "maybe": setback.uncertain, "why": setback.reason},
    )
    if row.version != effect.version:
        connection.execute(_RESTART_COUNT, {"this": effect.key})


def park(connection: Connection, effect: Effect, refusal: Refusal, reactors: Reactors, now: Seconds) -> None:
    """Give up, and on those that wait for its handle; their owners are told. Raises LeaseLost.

    A newer body that came meanwhile is tried first: it may be just what the target wanted.
    """
    row = _leased_row(connection, effect)
    if row.version != effect.version:
        _end_attempt(
            connection, row, "pending", now, {"start": now, "maybe": effect.uncertain, "why": refusal.reason}
        )
        connection.execute(_RESTART_COUNT, {"this": effect.key})
        return
    told: list[Appended] = []
    pending = [row]
    while pending:
        one = pending.pop(0)
        tried = effect if one is row else None
        maybe = bool(one.uncertain) or (tried is not None and tried.uncertain)
        end = {"why": refusal.reason, "what_to_do": refusal.hint, "maybe": maybe}
        _end_attempt(connection, one, "parked", now, end)
        if one.owner is not None:
            told.append(_parked(one, refusal, tried, now))
        if one.handle is None:
            pending.extend(connection.execute(_WAITING_FOR, {"this": one.key}))
    append(connection, told, reactors)


def take_back(connection: Connection, now: Seconds) -> int:
    """At the start of the only process: what was under way is uncertain, and looked for after a moment."""
    rows = connection.execute(_LEASED).all()
    for row in rows:
        _cut_short(connection, row, now)
    return len(rows)


def renew(connection: Connection, held: Iterable[Held], until: Seconds) -> list[Held]:
    """Let leases last until then; gives those that are lost, because somebody else took over."""
    lost = []
    for one in held:
        row = {"this": one.key, "lease": one.token, "ends": until}
        if connection.execute(_RENEW, row).rowcount != 1:
            lost.append(one)
    return lost


def hand_back(connection: Connection, held: Iterable[Held], now: Seconds) -> None:
    """Give leases of attempts back that were broken off: the next process looks for them after a moment."""
    for one in held:
        row = connection.execute(_FIND, {"this": one.key}).first()
        if row is not None and row.token == one.token:
            _cut_short(connection, row, now)


def _cut_short(connection: Connection, row: Row[Any], now: Seconds) -> None:
    """End an attempt of which nobody knows how far it came, nor when it sent its last word.

    While its lease lasted it may have been at work, so its target's records get their moment from then on.
    """
    start = max(now, min(now, row.not_before) + LOOK_AGAIN_SECONDS)
    _end_attempt(connection, row, "pending", now, {"start": start, "maybe": True, "why": row.reason})


def _leased_row(connection: Connection, effect: Effect) -> Row[Any]:
    row = connection.execute(_FIND, {"this": effect.key}).first()
    if row is None or row.token != effect.token:
        raise LeaseLost(f"{effect.key} was leased again by somebody else")
    return row


def _end_attempt(
    connection: Connection, row: Row[Any], state: str, now: Seconds, changes: Mapping[str, Any]
) -> None:
    end = {
        "this": row.key,
        "new_state": state,
        "start": row.not_before,
        "maybe": row.uncertain,
        "what_to_do": None,
        "at": now,
    }
    connection.execute(_END_ATTEMPT, end | dict(changes))


def _news(effect: Effect, new: New, id: str, now: Seconds) -> Appended:
    origin = Origin(correlation=effect.correlation, causation=effect.causation)
    return Appended(event=caused(new, id, origin, now), due=new.due)


def _parked(row: Row[Any], refusal: Refusal, tried: Effect | None, now: Seconds) -> Appended:
    """Tell of one that was given up; `tried` is None where it only waited for another one."""
    data = EffectParked(
        effect=row.key,
        kind=row.kind,
        reason=refusal.reason,
        hint=refusal.hint,
        uncertain=bool(row.uncertain) or (tried is not None and tried.uncertain),
        deployment=None if tried is None else tried.body.asks_about,
    )
    # An effect that was taken up again can be parked again: the time tells one from the other.
    id = derive("e", row.key, row.version, "parked", repr(now))
    origin = Origin(correlation=row.correlation, causation=row.causation)
    return Appended(event=caused(New(key=row.owner, data=data), id, origin, now))
