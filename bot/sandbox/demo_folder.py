"""The folder in which a demo keeps what happened: whose it is, who uses it now, what is in it.

    stage.state   what GitHub, Slack and the deployer remember (keeping.py)
    bot/          the bot's own folder: its ledger, its log, its instance file
    demo.lock     held while a demo runs here; says where
    bot.lock      held for as long as a bot of this demo lives, also when the demo itself was killed

Must never read or remove anything in a folder that is not recognisably a demo's.
"""

import asyncio
import fcntl
import json
import os
import shutil
import signal
import stat
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from bot.sandbox.keeping import Clock, Kept, Unreadable, load

MARK = "a demo of Pointsman"
STATE, BOT, LOCK, BOT_LOCK = "stage.state", "bot", "demo.lock", "bot.lock"
PUT_ASIDE = ".unreadable"
_KNOWN = {STATE, f"{STATE}.new", STATE + PUT_ASIDE, BOT, BOT + PUT_ASIDE, LOCK, BOT_LOCK}
END_SECONDS = 20.0
LOOK_SECONDS = 0.1


class FolderRefused(Exception):
    """The demo cannot run in this folder; the message says why and what to do."""


def default_folder(environ: Mapping[str, str], home: Path) -> Path:
    """Where a demo keeps its state if nobody says otherwise ("XDG Base Directory Specification")."""
    state = environ.get("XDG_STATE_HOME", "")
    above = Path(state) if Path(state).is_absolute() else home / ".local" / "state"
    return above / "pointsman" / "demo"


class DemoFolder:
    """The folder, held for one demo. `release` lets another one have it."""

    def __init__(self, path: Path) -> None:
        """Make the folder if it is not there, and take it. Raises FolderRefused."""
        self.path = path.absolute()
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            _check_owner(self.path)
            _check_content(self.path)
            self.path.chmod(0o700)
            self._lock = _opened(self.path / LOCK)
        except OSError as error:
            raise FolderRefused(
                f"The demo cannot keep its state in {self.path}: {error.strerror}. Name another folder "
                "with --folder."
            ) from error
        self._take()
        self._bot_lock: int | None = None

    @property
    def state(self) -> Path:
        """The file with the simulated services in it."""
        return self.path / STATE

    @property
    def bot(self) -> Path:
        """The folder of the bot, made if it is not there."""
        folder = self.path / BOT
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def release(self) -> None:
        """Let another demo have the folder. The locks' files stay: removing them would race with the next."""
        for number in (self._lock, self._bot_lock):
            if number is not None:
                os.close(number)
        self._bot_lock = None

    def announce(self, url: str) -> None:
        """Say where this demo is, for whoever tries to start another one here."""
        text = json.dumps({"this is": MARK, "process": os.getpid(), "url": url})
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, text.encode(), 0)

    def begin_anew(self) -> None:
        """Remove what was kept."""
        for name in _KNOWN - {LOCK, BOT_LOCK}:
            _remove(self.path / name)

    def load(self, version: str, clock: Clock) -> tuple[Kept | None, str]:
        """What was kept, None without anything to go on from; with a sentence if something was put aside."""
        try:
            return load(self.state, version, clock), ""
        except FileNotFoundError:
            _remove(self.path / BOT)  # a ledger without its world: the first start did not come far
            return None, ""
        except Unreadable as why:
            for name in (STATE, BOT):
                _put_aside(self.path / name)
            aside = self.path / (STATE + PUT_ASIDE)
            return None, (
                f"What was kept cannot be gone on from: {why}. It is put aside as {aside}, and the demo "
                "begins anew."
            )

    async def bot_gone(
        self, say: Callable[[str], None], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> int:
        """Wait until no bot of an earlier demo lives; gives the lock's file, which new bots are to inherit.

        A demo that was killed leaves its bot behind for as long as that takes to end.
        """
        lock = self._bot_lock = _opened(self.path / BOT_LOCK)
        if _is_locked(lock):
            return lock
        pid = _number_in(lock)
        say(f"The bot of the demo before{_named(pid)} has not ended yet; it is told to.")
        for number in (signal.SIGTERM, signal.SIGKILL):
            if pid:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)  # it holds the lock, so the number is still its own
            for _ in range(round(END_SECONDS / LOOK_SECONDS)):
                await sleep(LOOK_SECONDS)
                if _is_locked(lock):
                    return lock
        raise FolderRefused(
            f"A bot of an earlier demo in {self.path}{_named(pid)} does not end. End it, then start again."
        )

    def _take(self) -> None:
        if _is_locked(self._lock):
            self.announce("")
            return
        other = _content_of(self._lock)
        os.close(self._lock)
        where = f", and its page is {other['url']}/" if other.get("url") else ""
        raise FolderRefused(
            f"A demo already runs in {self.path}{_named(other.get('process'))}{where}. Use that one, end it "
            "first, or give this one a folder of its own with --folder."
        )


def _check_owner(path: Path) -> None:
    """What is kept there is run when it is read: nobody else may be able to write it."""
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise FolderRefused(f"{path} is no folder of its own. Name another one with --folder.")
    if status.st_uid != os.getuid():
        raise FolderRefused(f"{path} belongs to somebody else. Name a folder of your own with --folder.")
    if status.st_mode & 0o022:
        raise FolderRefused(
            f"Others can write into {path}. Forbid it (chmod 700 {path}), or name another one with --folder."
        )


def _check_content(path: Path) -> None:
    names = {entry.name for entry in path.iterdir()}
    if not names:
        return
    strange = sorted(names - _KNOWN)
    if strange or LOCK not in names or not _is_marked(path / LOCK, alone=len(names) == 1):
        why = (
            f"holds {strange[0]}, which is none of a demo's files"
            if strange
            else "does not look like a demo's"
        )
        raise FolderRefused(f"{path} {why}. Nothing was touched; name an empty folder with --folder.")


def _is_marked(lock: Path, *, alone: bool) -> bool:
    """Whether it says that it is a demo's; an empty one does where a demo has only just begun."""
    number = os.open(lock, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        return _content_of(number).get("this is") == MARK or (alone and not os.fstat(number).st_size)
    finally:
        os.close(number)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _is_locked(number: int) -> bool:
    """Try to take the lock; whether it is ours now."""
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _content_of(lock: int) -> dict[str, Any]:
    try:
        content = json.loads(os.pread(lock, 4096, 0))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _number_in(lock: int) -> int | None:
    """Which process holds it; None where it has not come to writing that down."""
    written = os.pread(lock, 32, 0).strip()
    return int(written) if written.isdigit() else None


def _named(process: int | None) -> str:
    return f" (process {process})" if process else ""


def _put_aside(path: Path) -> None:
    aside = path.with_name(path.name + PUT_ASIDE)
    if path.exists():
        _remove(aside)
        path.rename(aside)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
