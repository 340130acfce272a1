"""What decisions want done, stored in their transaction.

A *once* effect exists once for its cause. A *converge* effect is its target's: a newer body replaces
one that waits, follows one that is under way, and takes up again what was parked. A body that is what
was wanted last already is no news, or giving up and saying so could go on for ever.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import Connection

from bot.domain.effects import Wanted
from bot.domain.events import Event
from bot.domain.identity import derive
from bot.domain.values import Seconds
from bot.ledger import codec, schema
from bot.ledger.dialects import insert_new

_EFFECTS = schema.effects
_THIS = _EFFECTS.c.key == sa.bindparam("this")

_FIND = sa.select(_EFFECTS).where(_THIS).with_for_update()
_HANDLE = sa.select(_EFFECTS.c.handle).where(_THIS)
_UPDATE_BODY = (
    sa.update(_EFFECTS)
    .where(_THIS)
    .values(
        body=sa.bindparam("new_body"),
        lane=sa.bindparam("new_lane"),
        version=_EFFECTS.c.version + 1,
        owner=sa.bindparam("new_owner"),
        causation=sa.bindparam("new_causation"),
        correlation=sa.bindparam("new_correlation"),
        updated_at=sa.bindparam("at"),
    )
)
_WAKE = (
    sa.update(_EFFECTS)
    .where(_THIS)
    .values(
        state="pending",
        not_before=sa.bindparam("start"),
        attempts=0,
        first_attempt_at=None,
        reason=None,
        hint=None,
    )
)


class Cause(Struct, frozen=True, kw_only=True):
    """What effects follow from: an event, as decided by a reactor. `seed` makes their keys."""

    event: Event
    seed: tuple[str, ...]
    at: Seconds


def order(connection: Connection, wanted: Iterable[Wanted], cause: Cause) -> None:
    """Store what a decision wants done. Raises ValueError for a converging effect without a target."""
    for index, one in enumerate(wanted):
        if one.body.MODE == "once":
            key = one.target or derive("x", *cause.seed, index)
            insert_new(connection, _EFFECTS, _new_row(connection, one, key, cause))
        elif one.target is None:
            raise ValueError(f"{one.body.KIND} converges and names no target")
        else:
            _converge(connection, one, one.target, cause)


def _converge(connection: Connection, wanted: Wanted, key: str, cause: Cause) -> None:
    row = _new_row(connection, wanted, key, cause)
    if insert_new(connection, _EFFECTS, row):
        return
    found = connection.execute(_FIND, {"this": key}).one()
    if found.body == row["body"]:
        return
    connection.execute(
        _UPDATE_BODY,
        {
            "this": key,
            "new_body": row["body"],
            "new_lane": row["lane"],
            "new_owner": wanted.owner,
            "new_causation": cause.event.id,
            "new_correlation": cause.event.correlation,
            "at": cause.at,
        },
    )
    if found.state != "leased":
        # One that a target put off is not sent sooner because there is more to say.
        start = max(found.not_before, cause.at) if found.state == "pending" else cause.at
        connection.execute(_WAKE, {"this": key, "start": start})


def _new_row(connection: Connection, wanted: Wanted, key: str, cause: Cause) -> dict[str, Any]:
    body = wanted.body
    return {
        "key": key,
        "kind": body.KIND,
        "mode": body.MODE,
        "lane": body.lane,
        "body": codec.pack(body),
        "version": 1,
        "done_version": 0,
        "after_key": wanted.after,
        "waiting": wanted.after is not None and not _has_handle(connection, wanted.after),
        "owner": wanted.owner,
        "state": "pending",
        "attempts": 0,
        "uncertain": False,
        "not_before": cause.at,
        "causation": cause.event.id,
        "correlation": cause.event.correlation,
        "created_at": cause.at,
        "updated_at": cause.at,
    }


def _has_handle(connection: Connection, key: str) -> bool:
    return connection.execute(_HANDLE, {"this": key}).scalar() is not None
