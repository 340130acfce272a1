"""What a ledger in a file asks of its disk: that it lasts, and that only one program writes to it."""

import fcntl
import os
import re
from collections.abc import Mapping
from pathlib import Path

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
