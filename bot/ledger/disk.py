"""What a ledger in a file asks of its disk: that it lasts, stays, and that only one program writes to it."""

import fcntl
import os
import re
from collections.abc import Mapping
from pathlib import Path

from bot.domain.errors import StoreUnavailable

_GONE_AT_RESTART = {"tmpfs": "is kept in memory", "ramfs": "is kept in memory"}


class LedgerInUse(Exception):
    """Another program has this ledger; the message says what to do."""


class FileLock:
    """Holds the lock beside a ledger until it is released, or the process ends in whatever way."""

    def __init__(self, ledger: Path) -> None:
        """Take the lock. Raises LedgerInUse, and OSError where the file cannot be made."""
        path = ledger.with_name(ledger.name + ".lock")
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(self._file, 32).decode("ascii", "replace").strip()
            os.close(self._file)
            raise LedgerInUse(
                f"Another Pointsman{f' (process {holder})' if holder else ''} already runs on {ledger}. "
                "Stop it first, or give this one a DATABASE_URL of its own."
            ) from error
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Let another program have the ledger. The file stays: removing it would race with the next."""
        os.close(self._file)


class SameFile:
    """The file of an open ledger. Whoever removes or replaces it leaves us with one that nobody can find.

    Storing goes on without an error then, and all of it is gone with the process: so it has to be asked.
    """

    def __init__(self, ledger: Path) -> None:
        """Remember which file it is. Raises OSError where there is none."""
        self._ledger = ledger
        self._identity = _identity(ledger)

    def check(self) -> None:
        """Raise StoreUnavailable unless the file is still where it was opened."""
        try:
            found = _identity(self._ledger)
        except OSError as error:
            raise StoreUnavailable(
                f"The ledger {self._ledger} is gone ({error.strerror}). {_PUT_BACK}"
            ) from error
        if found != self._identity:
            raise StoreUnavailable(f"The ledger {self._ledger} was replaced by another file. {_PUT_BACK}")


_PUT_BACK = "Nothing is stored any more. Stop this process, put the file back, and start again."


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def unusable(ledger: Path, error: BaseException | None) -> StoreUnavailable:
    """Say why a ledger cannot be opened, and what to do; `error` is what SQLite or the system said."""
    name = getattr(error, "sqlite_errorname", None) or ""
    for start, sentence in _UNUSABLE.items():
        if name.startswith(start):
            return StoreUnavailable(sentence.format(ledger=ledger, error=error))
    words = error.strerror if isinstance(error, OSError) and error.strerror else error
    return StoreUnavailable(f"The ledger {ledger} cannot be opened: {words}")


_NO_RIGHT = (
    "The ledger {ledger} cannot be written to ({error}). SQLite writes to the file and makes others beside "
    "it: the user that runs Pointsman needs the right to write to both the file and its folder, on a disk "
    "that is not mounted read-only."
)
_UNUSABLE = {
    "SQLITE_NOTADB": (
        "{ledger} cannot be a ledger ({error}); it was left as it is. If DATABASE_URL names the wrong file, "
        "correct it. If the file was overwritten, put the newest backup in its place. Without a backup move "
        "it away: an empty ledger is made, and what GitHub still has in its log is asked for again."
    ),
    "SQLITE_CORRUPT": (
        "The ledger {ledger} is damaged ({error}). Keep a copy of it and of its -wal file. Then put the "
        "newest backup in its place, or save what can be read: sqlite3 DAMAGED .recover | sqlite3 RECOVERED."
    ),
    "SQLITE_READONLY": _NO_RIGHT,
    "SQLITE_CANTOPEN": _NO_RIGHT,
    "SQLITE_PERM": _NO_RIGHT,
    "SQLITE_FULL": (
        "There is no room left on the disk of the ledger {ledger} ({error}). Make room, then start again."
    ),
    "SQLITE_IOERR": (
        "The disk of the ledger {ledger} does not take what is written ({error}): it is full, a limit on the "
        "size of files is reached, or it is broken. The system's log says which."
    ),
    "SQLITE_BUSY": (
        "Another program keeps the ledger {ledger} locked ({error}). Find it (lsof {ledger}), let it end, "
        "then start again."
    ),
}
"""By the beginning of SQLite's name for an error."""


def ephemeral_reason(
    ledger: Path, environ: Mapping[str, str], mounts: Path = Path("/proc/mounts")
) -> str | None:
    """Say why what is written there is lost at a restart; None = nothing speaks for it."""
    if "DYNO" in environ:
        return "Heroku empties a dyno's disk at every restart"
    kind = _file_system(ledger.resolve(), mounts)
    fate = _GONE_AT_RESTART.get(kind or "")
    return None if fate is None else f"{ledger.resolve()} {fate} ({kind}), which a restart empties"


def _file_system(path: Path, mounts: Path) -> str | None:
    """Give the kind of file system of a path: that of the longest mount point above it, the last mounted."""
    if not mounts.exists():  # not Linux
        return None
    best: tuple[int, str] | None = None
    for line in mounts.read_text("utf-8", "replace").splitlines():
        _, point, kind, *_ = line.split(" ")
        mounted = Path(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), point))
        depth = len(mounted.parts)
        if (path == mounted or mounted in path.parents) and (best is None or depth >= best[0]):
            best = (depth, kind)
    return None if best is None else best[1]
