"""The folders of runs: what was asked for, whether it was started, whether somebody watches, how it ended.

One folder for each attempt of a deployment, readable by us alone. Nothing here waits, and nothing is
remembered but in the folders, so that a bot that was restarted knows what the one before knew.
"""

import fcntl
import os
import re
import shutil
from itertools import islice
from pathlib import Path
from typing import Literal
from uuid import uuid4

import msgspec
from msgspec import Struct

from bot.drivers.programs.recording import Layout

FOLDERS_KEPT = 200
REMOVED_AT_ONCE = 20
_DEPLOYMENT = re.compile(r"d-[a-z0-9]{1,40}")
_NAME = re.compile(_DEPLOYMENT.pattern + r"-([0-9]{1,9})")


class About(Struct, frozen=True, kw_only=True):
    """What a run is for. `variables` are the names of those that the program sees, never their values.

    `page` is where people read its output.
    """

    deployment: str
    attempt: int
    slot: str
    timeout: float
    variables: tuple[str, ...] = ()
    page: str | None = None


class Ending(Struct, frozen=True, kw_only=True):
    """How a run ended, as its watcher wrote it. `words` are the system's where nothing could be started."""

    reason: Literal["ended", "timed_out", "cancelled", "stopped", "unwatched", "refused"]
    code: int | None = None
    signal: int | None = None
    words: str | None = None


class Standing(Struct, frozen=True):
    """How a run stands.

    `prepared` = nothing was started yet; `lost` = it was started, nobody watches it, and how it ended is not
    known; `absent` = there is no folder of it here.
    """

    phase: Literal["absent", "prepared", "running", "ended", "lost"]
    ending: Ending | None = None


class RunFolder:
    """The folder of one attempt of one deployment."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def prepare(self, about: About) -> None:
        """Make the folder, if it is not there. Raises OSError."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self.path / "about.json.new"
        new.touch(mode=0o600)
        new.write_bytes(msgspec.json.encode(about))
        new.replace(self.path / "about.json")

    def about(self) -> About | None:
        """What the run is for; None = there is no such run."""
        try:
            return msgspec.json.decode((self.path / "about.json").read_bytes(), type=About)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def layout(self) -> Layout | None:
        """How the output is kept; None = nothing was started."""
        try:
            return msgspec.json.decode((self.path / "started").read_bytes(), type=Layout)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def standing(self) -> Standing:
        """How the run stands now."""
        if not self.path.is_dir():
            return Standing("absent")
        if not (self.path / "started").exists():
            return Standing("prepared")
        watched = self._is_watched()  # before its end: it is written while somebody still watches
        ending = self._ending()
        if ending is None:
            return Standing("running" if watched else "lost")
        return Standing("lost" if ending.reason == "unwatched" else "ended", ending)

    def ask_to_end(self) -> None:
        """Ask the watcher to end the program. Raises OSError."""
        (self.path / "cancel").touch(mode=0o600)

    def _ending(self) -> Ending | None:
        try:
            return msgspec.json.decode((self.path / "exit").read_bytes(), type=Ending)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def _is_watched(self) -> bool:
        try:
            file = os.open(self.path / "alive", os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False


class Runs:
    """All the folders of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute() / "runs"

    @property
    def machine(self) -> str:
        """What this machine's folders are called, to tell them from another worker's. Raises OSError."""
        path = self._folder / "machine"
        try:
            return path.read_text("ascii")
        except FileNotFoundError:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = self._folder / f"machine.{uuid4().hex}"
            new.write_text(new.suffix[1:], "ascii")
            try:
                os.link(new, path)  # the first of two bots that begin at once says it for both
            except FileExistsError:
                pass
            finally:
                new.unlink()
            return path.read_text("ascii")

    def of(self, deployment: str, attempt: int) -> RunFolder:
        """The folder of an attempt, there or not. Raises ValueError for what is no deployment's id."""
        if not _DEPLOYMENT.fullmatch(deployment):
            raise ValueError("this is no id of a deployment")
        return RunFolder(self._folder / f"{deployment}-{attempt:d}")

    def newest(self, deployment: str) -> RunFolder | None:
        """The folder of a deployment's last attempt; None = there is none."""
        if not _DEPLOYMENT.fullmatch(deployment):
            return None
        found = [each for each in self._all() if each.name.rpartition("-")[0] == deployment]
        newest = max(found, key=lambda each: int(each.name.rpartition("-")[2]), default=None)
        return None if newest is None else RunFolder(newest)

    def tidy(self) -> None:
        """Remove the oldest folders beyond those that are kept, a few at a time, never one that runs."""
        by_age = sorted(self._all(), key=_made_at)
        excess = len(by_age) - FOLDERS_KEPT
        over = (path for path in by_age[: max(excess, 0)] if _is_over(path))
        for path in islice(over, REMOVED_AT_ONCE):
            shutil.rmtree(path, ignore_errors=True)  # what cannot be removed is tried again next time

    def _all(self) -> list[Path]:
        try:
            return [each for each in self._folder.iterdir() if _NAME.fullmatch(each.name)]
        except FileNotFoundError:
            return []


def _is_over(path: Path) -> bool:
    return RunFolder(path).standing().phase in ("ended", "lost")


def _made_at(path: Path) -> tuple[float, str]:
    try:
        return ((path / "about.json").stat().st_mtime, path.name)
    except FileNotFoundError:
        return (0.0, path.name)
