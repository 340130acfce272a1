"""SQLite's way to run operations: one thread writes, others read.

The writer takes what has gathered while it was committing and commits it together: one wait for the
disk, however many senders. Each operation has its savepoint, so that a bad one fails only its own
sender; if the database itself is in trouble, nothing of the group was stored and everybody is told so.
"""

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby, islice
from typing import Any, TypeVar

import structlog
from msgspec import Struct
from sqlalchemy import Connection, Engine, exc

from bot.domain.errors import StoreUnavailable
from bot.ledger.execution import GroupedOperation, Item, Operation, explained, unavailable

GROUP_MAX = 256
WAITING_MAX = 4096
READERS = 2

T = TypeVar("T")
log = structlog.get_logger(__name__)


class _Waiting(Struct, eq=False):
    """An operation for an item, and its sender. Without grouping the item is not used."""

    operation: GroupedOperation[Any, Any]
    item: Any
    sender: "asyncio.Future[Any]"


class _Result(Struct, eq=False):
    """What to tell a sender."""

    sender: "asyncio.Future[Any]"
    value: Any = None
    error: Exception | None = None


class Threads:
    """Runs operations in threads, so that the event loop never waits for the disk."""

    def __init__(self, writing: Engine, reading: Engine, check: Callable[[], None] | None = None) -> None:
        """`check` raises StoreUnavailable where what was committed will not last: nobody is told it does."""
        self._writing = writing
        self._reading = reading
        self._check = check
        self._waiting: deque[_Waiting] = deque()
        self._lock = threading.Lock()
        self._draining = False
        self._closed = False
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="ledger-writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="ledger-reader")

    async def write(self, operation: Operation[T]) -> T:
        """Run it in the next group; returns after the commit."""
        return await self._enqueue(lambda connection, _: (operation(connection),), None)

    async def write_grouped(self, operation: GroupedOperation[Item, T], item: Item) -> T:
        """Run it in the next group, at once for all items that wait for the same operation in a row."""
        return await self._enqueue(operation, item)

    async def read(self, operation: Operation[T]) -> T:
        """Run it in a reading thread; it sees what was committed before."""
        if self._closed:
            raise StoreUnavailable("The ledger is closed.")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, operation)

    async def close(self) -> None:
        """Refuse new operations, finish those that wait, end the threads."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        loop = asyncio.get_running_loop()
        # Behind what waits: the writer's one thread takes its tasks in order, and drains to the end.
        await loop.run_in_executor(self._writer, self._writing.dispose)
        self._writer.shutdown()
        self._readers.shutdown()
        self._reading.dispose()

    async def _enqueue(self, operation: GroupedOperation[Item, T], item: Item) -> T:
        sender: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._closed:
                raise StoreUnavailable("The ledger is closed.")
            if len(self._waiting) >= WAITING_MAX:
                raise StoreUnavailable(f"{WAITING_MAX} operations wait for the disk already.")
            self._waiting.append(_Waiting(operation, item, sender))
            if not self._draining:
                self._draining = True
                self._writer.submit(self._drain)
        return await sender

    def _drain(self) -> None:
        """Commit group after group until nothing waits. Runs in the writer's thread."""
        while group := self._take():
            _tell(self._commit(group))

    def _take(self) -> list[_Waiting]:
        with self._lock:
            group = list(islice(self._waiting, GROUP_MAX))
            for _ in group:
                self._waiting.popleft()
            self._draining = bool(group)
        return group

    def _commit(self, group: Sequence[_Waiting]) -> list[_Result]:
        try:
            with self._writing.connect() as connection, connection.begin():
                results = [
                    result
                    for _, run in groupby(group, key=lambda waiting: waiting.operation)
                    for result in _run(connection, list(run))
                ]
            if self._check is not None:
                self._check()  # after the commit: what was removed before it is still gone now
            return results
        except Exception as error:  # noqa: BLE001 - no sender may wait for ever, whatever it was
            return _all_lost(group, error)

    def _read(self, operation: Operation[T]) -> T:
        try:
            with self._reading.connect() as connection:
                return operation(connection)
        except exc.SQLAlchemyError as error:
            raise explained(error) from error


def _run(connection: Connection, waiting: Sequence[_Waiting]) -> list[_Result]:
    """Run one operation for its items: together, and if that fails, each alone."""
    savepoint = connection.begin_nested()
    try:
        values = waiting[0].operation(connection, [one.item for one in waiting])
    except Exception as error:
        # Some failures (a full disk) end SQLite's transaction; what follows would commit by itself.
        if not _in_transaction(connection):
            raise
        savepoint.rollback()
        if len(waiting) == 1:
            return [_Result(waiting[0].sender, error=explained(error))]
        return [result for one in waiting for result in _run(connection, [one])]
    savepoint.commit()
    return [_Result(one.sender, value) for one, value in zip(waiting, values, strict=True)]


def _in_transaction(connection: Connection) -> bool:
    sqlite: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    return sqlite.in_transaction


def _all_lost(group: Sequence[_Waiting], error: Exception) -> list[_Result]:
    """Nothing of the group was stored. The traceback goes to the senders, not what they sent to the log."""
    told = unavailable(error)
    told.__cause__ = error
    log.error("ledger.commit_failed", operations=len(group), reason=str(told))
    return [_Result(waiting.sender, error=told) for waiting in group]


def _tell(results: Iterable[_Result]) -> None:
    """Wake the senders, all of a loop's at once."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Result]] = {}
    for result in results:
        by_loop.setdefault(result.sender.get_loop(), []).append(result)
    for loop, told in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, told)


def _resolve(results: Iterable[_Result]) -> None:
    for result in results:
        if result.sender.done():  # its sender was cancelled; what it stored is stored
            continue
        if result.error is not None:
            result.sender.set_exception(result.error)
        else:
            result.sender.set_result(result.value)
