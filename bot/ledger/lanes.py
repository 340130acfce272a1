"""What is known of each target's health, kept over restarts and shared by all processes.

A row is replaced by whoever knew something newer; a pause ends by time only.
"""

from collections.abc import Iterable

import sqlalchemy as sa
from msgspec.structs import asdict
from sqlalchemy import Connection

from bot.ledger import schema
from bot.ledger.dialects import insert_new
from bot.ports import LaneRow

_LANES = schema.lanes
_ALL = sa.select(_LANES).order_by(_LANES.c.lane)
_REPLACE = (
    sa.update(_LANES)
    .where(_LANES.c.lane == sa.bindparam("this"), _LANES.c.updated_at <= sa.bindparam("at"))
    .values(
        # Who knew nothing of a pause must not end it.
        paused_until=sa.case(
            (_LANES.c.paused_until > sa.bindparam("until"), _LANES.c.paused_until),
            else_=sa.bindparam("until"),
        ),
        reason=sa.bindparam("why"),
        failures=sa.bindparam("failed"),
        opened_at=sa.bindparam("opened"),
        updated_at=sa.bindparam("at"),
    )
)


def listed(connection: Connection) -> list[LaneRow]:
    """List what is known of each lane, also of those that are well again."""
    return [
        LaneRow(
            lane=row.lane,
            paused_until=row.paused_until,
            reason=row.reason,
            failures=row.failures,
            opened_at=row.opened_at,
            updated_at=row.updated_at,
        )
        for row in connection.execute(_ALL)
    ]


def note(connection: Connection, rows: Iterable[LaneRow]) -> None:
    """Keep what is known of lanes, unless something newer is known."""
    for row in rows:
        if not insert_new(connection, _LANES, asdict(row)):
            connection.execute(
                _REPLACE,
                {
                    "this": row.lane,
                    "until": row.paused_until,
                    "why": row.reason,
                    "failed": row.failures,
                    "opened": row.opened_at,
                    "at": row.updated_at,
                },
            )
