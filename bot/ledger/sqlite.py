"""A ledger in one SQLite file: how it is opened, and by how many.

One program writes (`exclusive`), any number may read beside it. Every commit reaches the disk before it
is answered (WAL with full synchronisation).
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event, exc, pool

from bot.domain.errors import StoreUnavailable
from bot.ledger.disk import FileLock, SameFile, unusable
from bot.ledger.execution import InPlace
from bot.ledger.store import SqlLedger, random_token
from bot.ledger.upgrading import check_revision, upgrade
from bot.ledger.writer import READERS, Threads

BUSY_SECONDS = 5.0
_CACHE_KIB = 8192
_WAL_BYTES_KEPT = 64 * 1024 * 1024


class _Access(NamedTuple):
    """How a connection uses the file. `begin` is said aloud: sqlite3 itself begins late, or not at all."""

    begin: str
    mode: str
    pragmas: tuple[str, ...]


_WORKING = _Access("BEGIN IMMEDIATE", "rwc", ("synchronous=FULL", f"journal_size_limit={_WAL_BYTES_KEPT}"))
# Read-only by pragma: SQLite's own read-only mode cannot join a write-ahead log that nobody has open.
_READING = _Access("BEGIN", "rw", ("query_only=ON",))
_SIMULATED = _Access("BEGIN IMMEDIATE", "rwc", ("synchronous=OFF",))


def path_of(url: str) -> Path | None:
    """Give the file that a database URL names; None = it is no SQLite file."""
    made = sa.make_url(url)
    return Path(made.database) if made.get_backend_name() == "sqlite" and made.database else None


def open_sqlite(path: Path, *, exclusive: bool, token: Callable[[], str] = random_token) -> SqlLedger:
    """Open a ledger: `exclusive` to work on it (made or brought up to date first), else only to read.

    `token` gives the secret words of leases. Raises LedgerInUse, LedgerOutdated, StoreUnavailable.
    """
    return _open_to_work(path, token) if exclusive else _open_to_read(path, token)


def _open_to_work(path: Path, token: Callable[[], str]) -> SqlLedger:
    try:
        lock = FileLock(path)
    except OSError as error:
        raise unusable(path, error) from error
    writing = _engine(path, _WORKING)
    try:
        path.touch(mode=0o600)  # it holds what people wrote in private places
        file = SameFile(path)
        _log_ahead(writing)
        upgrade(writing)
    except BaseException as error:
        writing.dispose()
        lock.release()
        raise _said(path, error) from error
    return SqlLedger(Threads(writing, _engine(path, _READING), file.check), token, lock.release)


def _open_to_read(path: Path, token: Callable[[], str]) -> SqlLedger:
    if not path.exists():
        raise StoreUnavailable(f"There is no ledger at {path} yet.")
    reading = _engine(path, _READING)
    try:
        check_revision(reading)
    except BaseException as error:
        reading.dispose()
        raise _said(path, error) from error
    return SqlLedger(Threads(reading, reading), token)


def open_beside(path: Path, token: Callable[[], str] = random_token) -> SqlLedger:
    """Open a ledger for a short change, beside the program that works on it or while none does.

    Must never lease anything. Raises StoreUnavailable, LedgerOutdated.
    """
    if not path.exists():
        raise StoreUnavailable(f"There is no ledger at {path} yet.")
    writing = _engine(path, _WORKING)
    try:
        check_revision(writing)
    except BaseException as error:
        writing.dispose()
        raise _said(path, error) from error
    return SqlLedger(Threads(writing, _engine(path, _READING)), token)


def open_in_place(path: Path, token: Callable[[], str]) -> SqlLedger:
    """Open a ledger without threads and without waiting for the disk, for a simulation on its own clock."""
    engine = _engine(path, _SIMULATED)
    upgrade(engine)
    return SqlLedger(InPlace(engine), token)


def _said(path: Path, error: BaseException) -> BaseException:
    """Give what whoever opens a ledger is told: in words where the disk or the file is at fault."""
    if isinstance(error, exc.DBAPIError):
        return unusable(path, error.orig)
    return unusable(path, error) if isinstance(error, (sqlite3.Error, OSError)) else error


def _engine(path: Path, access: _Access) -> Engine:
    uri = f"file:{quote(str(path.absolute()))}?mode={access.mode}"
    pragmas = ("foreign_keys=ON", f"cache_size=-{_CACHE_KIB}", *access.pragmas)

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    # An error's text must not carry what was in a delivery.
    engine = sa.create_engine(
        "sqlite://", creator=connect, poolclass=pool.QueuePool, pool_size=READERS, hide_parameters=True
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(access.begin)

    return engine


def _log_ahead(engine: Engine) -> None:
    """Let readers read while the writer writes; the mode stays with the file."""
    with engine.connect() as connection:
        # Past SQLAlchemy, which would begin a transaction first; the mode cannot be changed in one.
        own: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
        mode = own.execute("PRAGMA journal_mode=WAL").fetchone()
    if mode != ("wal",):
        raise StoreUnavailable("The disk of the ledger does not allow SQLite's write-ahead log.")
