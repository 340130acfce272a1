"""Mends what was written while the clock was ahead, once it has been set right.

Times in the ledger are the machine's. When its clock goes back, what is due at once would wait until the
clock has caught up, and younger work would overtake it. Here everything that claims to have been written
in the future keeps how long it had to wait, counted from now. Events themselves are never changed.
"""

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.values import Seconds
from bot.ledger import queues, schema

WAIT_SECONDS_MAX = 60.0
"""No lease and no hold lasts longer: one that seems to was written before the clock went back."""

_WORK, _EVENTS, _QUEUES = schema.work, schema.events, schema.queues
_EFFECTS, _LANES = schema.effects, schema.lanes
_NOW: sa.BindParameter[float] = sa.bindparam("now", type_=sa.Double)

_AHEAD = (
    sa.select(_WORK.c.id, _WORK.c.key, _WORK.c.due, _EVENTS.c.recorded_time)
    .select_from(_WORK.join(_EVENTS))
    .where(schema.PENDING, _EVENTS.c.recorded_time > _NOW)
)
_DUE_SOONER = sa.update(_WORK).where(_WORK.c.id == sa.bindparam("this")).values(due=sa.bindparam("when"))
_FAILED_NOW = (
    sa.update(_WORK).where(schema.PENDING, _WORK.c.first_failed_at > _NOW).values(first_failed_at=_NOW)
)
_TOO_LATE = sa.select(_QUEUES.c.key, _QUEUES.c.token, _QUEUES.c.held_until).where(_QUEUES.c.visible_at > _NOW)
_CUT_LEASE = (
    sa.update(_QUEUES)
    .where(_QUEUES.c.key == sa.bindparam("this"), _QUEUES.c.visible_at > sa.bindparam("latest"))
    .values(visible_at=sa.bindparam("latest"))
)
# By the indexes of what is open: what is done is most of the table.
_EFFECTS_AHEAD = tuple(
    sa.update(_EFFECTS)
    .where(some, _EFFECTS.c.state.in_(("pending", "leased")), _EFFECTS.c.updated_at > _NOW)
    .values(
        not_before=_EFFECTS.c.not_before - _EFFECTS.c.updated_at + _NOW,
        first_attempt_at=sa.case(
            (_EFFECTS.c.first_attempt_at > _NOW, _NOW), else_=_EFFECTS.c.first_attempt_at
        ),
        updated_at=_NOW,
    )
    for some in (schema.OPEN, schema.WAITING)
)
_LANES_AHEAD = (
    sa.update(_LANES)
    .where(_LANES.c.updated_at > _NOW)
    .values(paused_until=_LANES.c.paused_until - _LANES.c.updated_at + _NOW, updated_at=_NOW)
)


def turn_back(connection: Connection, now: Seconds) -> int:
    """Count waits anew that were written in the future; gives how many pieces of work there were."""
    ahead = connection.execute(_AHEAD, {"now": now}).all()
    for row in ahead:
        when = now + max(row.due - row.recorded_time, 0.0)
        connection.execute(_DUE_SOONER, {"this": row.id, "when": when})
    connection.execute(_FAILED_NOW, {"now": now})
    for queue in connection.execute(_TOO_LATE, {"now": now}).all():
        if queue.token is not None:
            connection.execute(_CUT_LEASE, {"this": queue.key, "latest": now + WAIT_SECONDS_MAX})
        else:
            held = queue.held_until
            queues.release(connection, queue.key, held if held and held <= now + WAIT_SECONDS_MAX else None)
    for statement in _EFFECTS_AHEAD:
        connection.execute(statement, {"now": now})
    connection.execute(_LANES_AHEAD, {"now": now})
    return len(ahead)
