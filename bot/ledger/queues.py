"""One queue for each key: when it can be leased, and by whom it is.

A key is leased by making it invisible until the lease ends, so that finding what to do next is one
walk along an index, however much waits. Whoever changes a key's pending work settles its queue.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.errors import LeaseLost
from bot.domain.values import Seconds
from bot.ledger import schema
from bot.ledger.dialects import insert_new
from bot.ports import Held

_QUEUES = schema.queues
_WORK = schema.work

_FIND = sa.select(_QUEUES).where(_QUEUES.c.key == sa.bindparam("queue")).with_for_update()
_UPDATE = (
    sa.update(_QUEUES)
    .where(_QUEUES.c.key == sa.bindparam("queue"))
    .values(
        visible_at=sa.bindparam("visible"),
        head=sa.bindparam("oldest"),
        held_until=sa.bindparam("held"),
        token=sa.bindparam("lease"),
    )
)
_DELETE = sa.delete(_QUEUES).where(_QUEUES.c.key == sa.bindparam("queue"))
_WAITING = sa.select(
    sa.select(sa.func.min(_WORK.c.due))
    .where(_WORK.c.key == sa.bindparam("queue"), schema.PENDING)
    .scalar_subquery()
    .label("due"),
    sa.select(sa.func.min(_WORK.c.id))
    .where(_WORK.c.key == sa.bindparam("queue"), schema.PENDING)
    .scalar_subquery()
    .label("head"),
)
_LEASABLE = (
    sa.select(_QUEUES.c.key)
    .where(
        _QUEUES.c.visible_at <= sa.bindparam("now"),
        _QUEUES.c.key.not_in(sa.bindparam("busy", expanding=True)),
    )
    .order_by(_QUEUES.c.visible_at, _QUEUES.c.head)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_LEASE = (
    sa.update(_QUEUES)
    .where(_QUEUES.c.key == sa.bindparam("queue"))
    .values(token=sa.bindparam("lease"), visible_at=sa.bindparam("visible"))
)
_RENEW = (
    sa.update(_QUEUES)
    .where(_QUEUES.c.key == sa.bindparam("queue"), _QUEUES.c.token == sa.bindparam("lease"))
    .values(visible_at=sa.bindparam("visible"))
)
_LEASED = sa.select(_QUEUES.c.key).where(_QUEUES.c.token.is_not(None)).order_by(_QUEUES.c.key)
SOONEST = sa.select(sa.func.min(_QUEUES.c.visible_at)).scalar_subquery()
"""When the next key can be leased; NULL = nothing waits."""


def enqueue(connection: Connection, work: Iterable[tuple[str, Seconds]]) -> None:
    """Make keys visible for new work, given as keys and when it is due.

    A key that is leased or held is looked at when that ends.
    """
    soonest: dict[str, Seconds] = {}
    for key, due in work:
        soonest[key] = min(due, soonest.get(key, due))
    # In the order of their names, so that two transactions cannot wait for each other.
    for key, due in sorted(soonest.items()):
        _enqueue(connection, key, due)


def _enqueue(connection: Connection, key: str, due: Seconds) -> None:
    waiting = connection.execute(_WAITING, {"queue": key}).one()
    row = {"key": key, "visible_at": due, "head": waiting.head}
    if insert_new(connection, _QUEUES, row):
        return
    found = connection.execute(_FIND, {"queue": key}).one()
    if found.token is None and max(due, found.held_until or due) < found.visible_at:
        _settle(connection, key, found.held_until)


def leasable(
    connection: Connection, limit: int, now: Seconds, busy: frozenset[str], share: int | None = None
) -> list[str]:
    """Give the keys that can be leased now, those first that wait longest.

    Of those that wait for the same target at most `share`, what is busy included: however many keys wait for
    one slow installation, others go on (promise 6).
    """
    found: list[str] = []
    taken = Counter(shared_with(key) for key in busy)
    while len(found) < limit:
        full = () if share is None else sorted(name for name, count in taken.items() if count >= share)
        most = limit - len(found)
        rows = _visible(connection, most, now, busy.union(found), full)
        for key in rows:
            if share is None or taken[shared_with(key)] < share:
                taken[shared_with(key)] += 1
                found.append(key)
        if len(rows) < most:
            break
    return found


def shared_with(key: str) -> str:
    """Name what a key waits for together with others: the owner, whose installation it is, else its kind."""
    kind, _, name = key.partition(":")
    owner, slash, _ = name.partition("/")
    return f":{owner}/" if slash else f"{kind}:"


def _visible(
    connection: Connection, most: int, now: Seconds, busy: Collection[str], full: Sequence[str]
) -> list[str]:
    others = (
        ~(
            _QUEUES.c.key.contains(name, autoescape=True)
            if name.startswith(":")
            else _QUEUES.c.key.startswith(name, autoescape=True)
        )
        for name in full
    )
    found = connection.execute(_LEASABLE.where(*others), {"now": now, "busy": sorted(busy), "most": most})
    return list(found.scalars())


def lease(connection: Connection, key: str, token: str, until: Seconds) -> None:
    """Hide a key from everybody else until then."""
    connection.execute(_LEASE, {"queue": key, "lease": token, "visible": until})


def renew(connection: Connection, held: Iterable[Held], until: Seconds) -> list[Held]:
    """Let leases last until then; gives those that are lost, because somebody else took over."""
    lost = []
    for one in held:
        row = {"queue": one.key, "lease": one.token, "visible": until}
        if connection.execute(_RENEW, row).rowcount != 1:
            lost.append(one)
    return lost


def hand_back(connection: Connection, held: Iterable[Held]) -> None:
    """Give leases back at once; those that somebody else has by now are left alone."""
    for one in held:
        found = connection.execute(_FIND, {"queue": one.key}).first()
        if found is not None and found.token == one.token:
            release(connection, one.key)


def check(connection: Connection, key: str, token: str) -> None:
    """Raise LeaseLost unless the key is leased under this token."""
    found = connection.execute(_FIND, {"queue": key}).first()
    if found is None or found.token != token:
        raise LeaseLost(f"{key} was leased again by somebody else")


def release(connection: Connection, key: str, held_until: Seconds | None = None) -> None:
    """Let others see the key again, when its next work is due or its hold ends."""
    _settle(connection, key, held_until)


def release_all(connection: Connection) -> int:
    """Take back every lease; gives how many there were."""
    keys = list(connection.execute(_LEASED).scalars())
    for key in keys:
        _settle(connection, key, None)
    return len(keys)


def _settle(connection: Connection, key: str, held_until: Seconds | None) -> None:
    waiting = connection.execute(_WAITING, {"queue": key}).one()
    if waiting.head is None:
        connection.execute(_DELETE, {"queue": key})
        return
    visible = waiting.due if held_until is None else max(waiting.due, held_until)
    row = {"queue": key, "visible": visible, "oldest": waiting.head, "held": held_until, "lease": None}
    connection.execute(_UPDATE, row)
