"""Looks into a ledger's file from beside: its tables, its health, its disk, and what waits in it.

It changes nothing, works while a bot runs on the file, and on tables of another version as far as they are
alike. A check of the whole file ends after a while, however large it is.
"""

import os
import sqlite3
import time
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from bot.domain.errors import StoreUnavailable
from bot.domain.values import Seconds
from bot.ledger import schema

BUSY_SECONDS = 2.0
CHECK_SECONDS_MAX = 20.0
_STEPS = 200_000
"""So many steps of SQLite's machine lie between two looks at the time."""
_WAITING = (
    "SELECT MIN(received_at) FROM deliveries WHERE state = 'received' AND translated_at IS NULL",
    "SELECT MIN(recorded_time) FROM work JOIN events e ON e.id = event WHERE state = 'pending' AND NOT timer",
    "SELECT MIN(created_at) FROM effects WHERE state IN ('pending', 'leased') AND NOT waiting",
)
_PARKED = (
    "SELECT COUNT(*) FROM work WHERE state = 'parked'",
    "SELECT COUNT(*) FROM effects WHERE state = 'parked'",
)


class Examined(Struct, frozen=True, kw_only=True):
    """What was seen. `health` is `ok`, what SQLite found, or None = the check was not finished in time.

    `oldest_waiting` is since when the oldest of what is to be done now waits; None = nothing does.
    """

    path: str
    bytes: int
    free_bytes: int
    revision: str | None
    revision_wanted: str
    journal: str
    health: str | None
    oldest_waiting: Seconds | None = None
    parked: int = 0


def examine(path: Path, check_seconds_max: float = CHECK_SECONDS_MAX) -> Examined:
    """Look into a file. Raises StoreUnavailable, also where there is none."""
    if not path.exists():
        raise StoreUnavailable(f"There is no ledger at {path} yet.")
    try:
        return _examine(path, check_seconds_max)
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f"The ledger {path} cannot be looked into: {error}") from error


def _examine(path: Path, check_seconds_max: float) -> Examined:
    # Not SQLite's own read-only mode: it cannot join a write-ahead log that nobody has open.
    uri = f"file:{quote(str(path.absolute()))}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA query_only=ON")
        return _examined(connection, path, check_seconds_max)
    finally:
        connection.close()


def _examined(connection: sqlite3.Connection, path: Path, check_seconds_max: float) -> Examined:
    disk = os.statvfs(path.absolute().parent)
    return Examined(
        path=str(path),
        bytes=path.stat().st_size,
        free_bytes=disk.f_bavail * disk.f_frsize,
        revision=_revision(connection),
        revision_wanted=schema.REVISION,
        journal=str(connection.execute("PRAGMA journal_mode").fetchone()[0]),
        health=_health(connection, check_seconds_max),
        oldest_waiting=_oldest_waiting(connection),
        parked=sum(int(_value(connection, statement) or 0) for statement in _PARKED),
    )


def _revision(connection: sqlite3.Connection) -> str | None:
    found = _value(connection, "SELECT version_num FROM alembic_version")
    return None if found is None else str(found)


def _health(connection: sqlite3.Connection, seconds_max: float) -> str | None:
    deadline = time.monotonic() + seconds_max
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
    try:
        rows = connection.execute("PRAGMA quick_check(5)").fetchall()
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            return None
        raise
    finally:
        connection.set_progress_handler(None, 0)
    return "; ".join(str(row[0]) for row in rows)


def _oldest_waiting(connection: sqlite3.Connection) -> Seconds | None:
    times = [_value(connection, statement) for statement in _WAITING]
    return min((float(at) for at in times if at is not None), default=None)


def _value(connection: sqlite3.Connection, statement: str) -> float | str | None:
    """Give the one value; None also where this version's tables are not there."""
    try:
        row = connection.execute(statement).fetchone()
    except sqlite3.OperationalError as error:
        if "no such" in str(error):
            return None
        raise
    found: float | str | None = None if row is None else row[0]
    return found
