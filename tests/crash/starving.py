"""Ways to take a running bot's disk away, and to give it back.

Each is a real one of the system's: a limit on the size of files, and a file system that is full. Must never
touch more than the process or the folder that it was given.
"""

import resource
import shutil
import subprocess
from pathlib import Path

SMALL_DISK_BYTES = 6 * 1024 * 1024
"""Enough for a fresh ledger with its log; little enough to be filled at once."""
_MOUNTED = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"'
_READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'


class SizeLimit:
    """The system lets this process make no long file any more (RLIMIT_FSIZE): writing fails with EFBIG."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def take(self) -> None:
        """From now on nothing grows, and nothing that is there can be written behind the first bytes."""
        _, hard = resource.prlimit(self._pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (1024, hard))

    def give_back(self) -> None:
        """Files may grow again."""
        _, hard = resource.prlimit(self._pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (hard, hard))


class FullDisk:
    """The disk has no room left: writing fails with ENOSPC."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def take(self) -> None:
        """Fill it to the last byte."""
        with self._ballast.open("ab", buffering=0) as ballast:
            for size in (65_536, 1):
                try:
                    while True:
                        ballast.write(b"x" * size)
                except OSError:
                    continue

    def give_back(self) -> None:
        """Remove what fills it."""
        self._ballast.unlink()


def can_mount() -> bool:
    """Whether this machine lets a process have a file system of its own."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return False
    tried = subprocess.run(
        [unshare, "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
    )
    return tried.returncode == 0


def on_a_small_disk(folder: Path) -> tuple[str, ...]:
    """What to start a program with so that this folder is a small disk to it, and to nobody else."""
    return ("unshare", "-rm", "sh", "-c", _MOUNTED, "sh", str(SMALL_DISK_BYTES), str(folder))


def on_a_read_only_disk(folder: Path) -> tuple[str, ...]:
    """What to start a program with so that it cannot write to this folder, whoever it runs as."""
    return ("unshare", "-rm", "sh", "-c", _READ_ONLY, "sh", str(folder))


def seen_by(pid: int, path: Path) -> Path:
    """The path by which others reach what a process sees at this one."""
    return Path(f"/proc/{pid}/root{path}")
