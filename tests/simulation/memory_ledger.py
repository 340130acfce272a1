"""The ledger of a simulation: SQLite in memory, one for all lives, with a disk that can fail.

The tables are made once for the whole process and copied for each run. Must never answer for an operation
that was not committed, and never run one of a bot that is dead.
"""

import random
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, exc, pool

from bot.domain.effects import Effect
from bot.domain.errors import StoreUnavailable
from bot.domain.values import Seconds
from bot.ledger.execution import GroupedOperation, Item, Operation, explained
from bot.ledger.store import SqlLedger
from bot.ledger.upgrading import upgrade
from bot.ports import Accepted, Incoming, Lease, Performed, Recorded
from tests.simulation import crashes
from tests.simulation.incarnation import Incarnation

T = TypeVar("T")

_DOING: ContextVar[str] = ContextVar("ledger operation", default="")
_UNTRANSLATED = "SELECT 1 FROM deliveries WHERE state = 'received' AND translated_at IS NULL LIMIT 1"
_VISIBLE = "SELECT 1 FROM queues WHERE visible_at <= ? LIMIT 1"
_DUE = (
    "SELECT 1 FROM effects WHERE state IN ('pending', 'leased') AND NOT waiting AND not_before <= ? LIMIT 1"
)
_BEFORE = {"accept": crashes.BEFORE_INSERT}
_WITHIN = {
    "accept": crashes.BEFORE_COMMIT,
    "record": crashes.BEFORE_DECISION_COMMIT,
    "finish": crashes.BEFORE_RESULT_COMMIT,
}
_AFTER = {
    "accept": crashes.BEFORE_ACKNOWLEDGED,
    "lease": crashes.AFTER_CLAIM,
    "lease effects": crashes.BEFORE_CALL,
}


@cache
def _engine() -> tuple[Engine, sqlite3.Connection]:
    """One engine and one connection for the process: compiling its statements would cost each run most."""
    raw = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    # No listener on "begin", as the product has one: with any listener at all every statement looks for more.
    engine = sa.create_engine("sqlite://", creator=lambda: raw, poolclass=pool.StaticPool)
    return engine, raw


@cache
def _empty() -> bytes:
    """A ledger in which nothing stands yet."""
    engine, raw = _engine()
    upgrade(engine)
    return raw.serialize()


class Database:
    """What lasts over all lives of a run."""

    def __init__(self) -> None:
        empty = _empty()
        engine, self.raw = _engine()
        self.raw.deserialize(empty)
        self.raw.execute("PRAGMA foreign_keys=ON")
        self.connection = engine.connect()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commit what is done within, or nothing of it."""
        with self.connection.begin():
            self.raw.execute("BEGIN IMMEDIATE")
            yield self.connection

    def close(self) -> None:
        """Let the next run have the connection."""
        self.connection.close()


class Disk:
    """Runs operations in place for one life, and fails in between as disks do."""

    def __init__(self, database: Database, incarnation: Incarnation, fails: Callable[[], bool]) -> None:
        self._database = database
        self._incarnation = incarnation
        self._fails = fails

    def check(self) -> None:
        """Raise Dead for a bot that is."""
        self._incarnation.check()

    async def write(self, operation: Operation[T]) -> T:
        """Run it and commit."""
        doing = _DOING.get()
        incarnation = self._incarnation
        incarnation.check()
        if doing in _BEFORE:
            incarnation.reach(_BEFORE[doing])
        if self._fails():
            raise StoreUnavailable("The ledger cannot store now: disk I/O error")
        try:
            with self._database.transaction() as connection:
                result = operation(connection)
                if doing in _WITHIN:
                    incarnation.reach(_WITHIN[doing])
        except exc.SQLAlchemyError as error:
            raise explained(error) from error
        if result and doing in _AFTER:
            incarnation.reach(_AFTER[doing])
        return result

    async def write_grouped(self, operation: GroupedOperation[Item, T], item: Item) -> T:
        """Run it for this item alone."""
        return (await self.write(lambda connection: operation(connection, (item,))))[0]

    async def read(self, operation: Operation[T]) -> T:
        """Run it."""
        self._incarnation.check()
        return look(self._database, operation)

    async def close(self) -> None:
        """The database lasts."""


class SimulatedLedger(SqlLedger):
    """The ledger as the bot has it; it says what it does, so that the disk knows where a bot may die."""

    def __init__(self, database: Database, disk: Disk, token: Callable[[], str]) -> None:
        super().__init__(disk, token)
        self._raw = database.raw
        self._disk = disk

    def _is_there(self, statement: str, *values: float) -> bool:
        """Whether there can be anything to find: idle looks would cost more than all that happens."""
        self._disk.check()
        return self._raw.execute(statement, values).fetchone() is not None

    async def accept(self, incoming: Incoming) -> Accepted:
        """Store a delivery."""
        return await _doing("accept", super().accept(incoming))

    async def untranslated(self, limit: int) -> Sequence[Incoming]:
        """Give what was not translated yet."""
        return await super().untranslated(limit) if self._is_there(_UNTRANSLATED) else ()

    async def lease(
        self, limit: int, now: Seconds, duration: Seconds, busy: frozenset[str], share: int | None = None
    ) -> Sequence[Lease]:
        """Lease keys."""
        if not self._is_there(_VISIBLE, now):
            return ()
        return await _doing("lease", super().lease(limit, now, duration, busy, share))

    async def record(self, recorded: Recorded, *, release: bool = False) -> int:
        """Commit a decision."""
        return await _doing("record", super().record(recorded, release=release))

    async def lease_effects(
        self,
        limit: int,
        now: Seconds,
        duration: Seconds,
        busy_lanes: Mapping[str, int],
        lane_limit: Callable[[str], int],
    ) -> Sequence[Effect]:
        """Lease effects."""
        if not self._is_there(_DUE, now):
            return ()
        return await _doing(
            "lease effects", super().lease_effects(limit, now, duration, busy_lanes, lane_limit)
        )

    async def finish_effect(
        self, effect: Effect, performed: Performed, reactors: Mapping[str, tuple[str, ...]], now: Seconds
    ) -> None:
        """Record an effect's success."""
        await _doing("finish", super().finish_effect(effect, performed, reactors, now))


async def _doing(name: str, work: Awaitable[T]) -> T:
    before = _DOING.set(name)
    try:
        return await work
    finally:
        _DOING.reset(before)


def open_ledger(
    database: Database, incarnation: Incarnation, chance: random.Random, fails: Callable[[], bool]
) -> SimulatedLedger:
    """Open the ledger for one life; the words of its leases come from `chance`."""

    def token() -> str:
        return f"{incarnation.number}-{chance.getrandbits(64):016x}"

    return SimulatedLedger(database, Disk(database, incarnation, fails), token)


class Beside:
    """Runs operations beside the bots, for who looks at the ledger, or changes it as an operator does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, operation: Operation[T]) -> T:
        """Run it and commit."""
        with self._database.transaction() as connection:
            return operation(connection)

    async def write_grouped(self, operation: GroupedOperation[Item, T], item: Item) -> T:
        """Run it for this item alone."""
        return (await self.write(lambda connection: operation(connection, (item,))))[0]

    async def read(self, operation: Operation[T]) -> T:
        """Run it."""
        return look(self._database, operation)

    async def close(self) -> None:
        """The database lasts."""


def reader(database: Database) -> SqlLedger:
    """Open the ledger beside the bots; nothing is ever leased there."""
    return SqlLedger(Beside(database), lambda: "nobody leases")


def look(database: Database, operation: Operation[T]) -> T:
    """Read something. Nobody else is at this connection, so that a reader needs no transaction."""
    try:
        with database.connection.begin():
            return operation(database.connection)
    except exc.SQLAlchemyError as error:
        raise explained(error) from error


def rows(database: Database, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Look at the tables themselves."""
    return database.raw.execute(statement, values).fetchall()
