"""Watches one program on behalf of a bot that may go away: starts it once, keeps its output, ends it in time.

It is run as a file of its own, `python -I -S watcher.py FOLDER`, reads what to do as JSON from stdin, answers
by its exit code, and goes on in the background. It must know nothing of the bot, so that it survives the
bot's end, restart and upgrade; it must never start a program twice, nor leave one running unwatched.

In the folder: `alive` is locked while anybody watches; `started` is made once, before the program starts;
`output` and `written` are what it said; a file `cancel` asks it to end; `exit` says how it ended.
"""

import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

HEAD_BYTES = 256 * 1024
RING_BYTES = 320 * 1024  # the last 256 KB, and what may be overwritten while somebody reads
CHUNK_BYTES = 64 * 1024
RESERVED_BYTES = 4096
DRAIN_CHUNKS = 64  # what a process that left the group goes on writing is not waited for
LOOK_SECONDS = 0.25
PRIVATE = 0o600
STARTED, FAILED, BUSY = 0, 1, 75
"""Exit codes: the folder says what came of it, now or earlier; nothing is known; another one is at it."""


def make_once(path: str, text: str) -> bool:
    """Make a file that lasts over a power cut; False = it is there already. Raises OSError."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    except FileExistsError:
        return False
    try:
        _fill(file, text)
        _sync_folder(path)
    except OSError:
        os.unlink(path)  # noqa: PTH108 - nothing was started, and nobody may believe it was
        raise
    return True


def reserve(path: str) -> None:
    """Take the room of a file that `write_whole` writes later: a program may fill the disk until then."""
    with suppress(OSError):  # there is none now; then there may be some
        _fill(os.open(path + ".new", os.O_WRONLY | os.O_CREAT, PRIVATE), " " * RESERVED_BYTES)


def write_whole(path: str, text: str) -> None:
    """Put a file in place, whole or not at all. Raises OSError."""
    _fill(os.open(path + ".new", os.O_WRONLY | os.O_CREAT, PRIVATE), text)  # over what was reserved
    os.replace(path + ".new", path)  # noqa: PTH105
    _sync_folder(path)


def _fill(file: int, text: str) -> None:
    data = text.encode()
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(file, left) :]
        os.ftruncate(file, len(data))
        os.fsync(file)
    finally:
        os.close(file)


def _sync_folder(path: str) -> None:
    folder = os.open(os.path.dirname(path), os.O_RDONLY)  # noqa: PTH120 - pathlib takes time to load
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def signal_group(group: int, number: int) -> bool:
    """Send a signal to a process group (0 only looks); False = nobody is in it."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says so of a group in which only the dead are left
        return number != 0
    return True


class Kept:
    """The first and the last part of a program's output; a full disk loses output, not the deployment."""

    def __init__(self, folder: str) -> None:
        self._output = os.open(f"{folder}/output", os.O_WRONLY | os.O_CREAT, PRIVATE)
        self._count = os.open(f"{folder}/written", os.O_WRONLY | os.O_CREAT, PRIVATE)
        self.written = 0

    def take(self, data: bytes) -> None:
        """Keep a piece of output, at most CHUNK_BYTES."""
        with suppress(OSError):
            self._store(memoryview(data))
        self.written += len(data)
        # After the data: whoever reads the count finds there what it counts.
        with suppress(OSError):
            os.pwrite(self._count, b"%020d\n" % self.written, 0)

    def _store(self, data: memoryview) -> None:
        at = self.written
        while data:
            if at < HEAD_BYTES:
                place, room = at, HEAD_BYTES - at
            else:
                inside = (at - HEAD_BYTES) % RING_BYTES
                place, room = HEAD_BYTES + inside, RING_BYTES - inside
            done = os.pwrite(self._output, data[:room], place)
            at, data = at + done, data[done:]


class Watch:
    """One program, from its start to its end."""

    def __init__(self, folder: str, order: dict[str, Any], tell_guard: Callable[[str], None]) -> None:
        self._folder = folder
        self._order = order
        self._tell_guard = tell_guard
        self._kept = Kept(folder)
        self._grace = float(order["grace"])
        self._reason: str | None = None
        self._kill_at = 0.0
        self._look_at = 0.0
        self._told_to_end = False

    def start(self) -> str | None:
        """Start the program; says in the system's words why it cannot be started, None = it runs."""
        self._wake = self._listen()
        self._pipe, into = os.pipe()
        os.set_blocking(self._pipe, False)
        try:
            self._program = subprocess.Popen(  # noqa: S603 - an argument list that the instance's owner wrote
                self._order["run"],
                cwd=self._order["directory"],
                env=self._order["environment"],
                stdin=subprocess.DEVNULL,
                stdout=into,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            return _words(error, self._order["run"][0])
        finally:
            os.close(into)
        self._tell_guard(f"{self._program.pid}\n")
        self._limit = time.monotonic() + float(self._order["timeout"])
        return None

    def _listen(self) -> int:
        """Let signals wake the loop. Handled, not ignored: the program would inherit that."""
        wake, waker = os.pipe()
        for end in (wake, waker):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        for number in (signal.SIGCHLD, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: None)
        signal.signal(signal.SIGTERM, self._on_term)
        return wake

    def _on_term(self, _number: int, _frame: object) -> None:
        self._told_to_end = True

    def follow(self) -> dict[str, Any]:
        """Watch until the program and its process group ended; gives how."""
        group = self._program.pid
        open_ones = [self._wake, self._pipe]
        while not self._is_over(group):
            ready, _, _ = select.select(open_ones, [], [], LOOK_SECONDS)
            if self._wake in ready:
                os.read(self._wake, CHUNK_BYTES)
            if self._pipe in ready and self._take() == b"":
                open_ones.remove(self._pipe)
            self._judge(group, time.monotonic())
        signal_group(group, signal.SIGKILL)  # what it left behind in its group ends with it
        self._drain()
        code = self._program.returncode
        return {
            "reason": self._reason or "ended",
            "code": code if code >= 0 else None,
            "signal": -code if code < 0 else None,
        }

    def _is_over(self, group: int) -> bool:
        if self._program.poll() is None:
            return False
        if self._reason is None:
            return True
        # A shell dies of SIGTERM at once; what it had called may still be putting things in order.
        return time.monotonic() >= self._kill_at or not signal_group(group, 0)

    def _judge(self, group: int, now: float) -> None:
        if self._reason is not None:
            if now >= self._kill_at:
                signal_group(group, signal.SIGKILL)
            return
        if self._told_to_end:
            self._reason = "stopped"
        elif now >= self._limit:
            self._reason = "timed_out"
        elif now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            if os.path.exists(f"{self._folder}/cancel"):  # noqa: PTH110
                self._reason = "cancelled"
        if self._reason is not None:
            self._kill_at = now + self._grace
            signal_group(group, signal.SIGTERM)

    def _take(self) -> bytes | None:
        """Keep what the pipe holds; empty = it is closed, None = nothing is in it now."""
        try:
            data = os.read(self._pipe, CHUNK_BYTES)
        except BlockingIOError:
            return None
        self._kept.take(data)
        return data

    def _drain(self) -> None:
        """Take what lies in the pipe; a process that left the group may hold it open for good."""
        for _ in range(DRAIN_CHUNKS):
            if not self._take():
                return


def _words(error: Exception, program: str) -> str:
    if isinstance(error, OSError):
        return f"{error.strerror}: {error.filename or program}"
    return f"{type(error).__name__}: {error}"


def guard(pipe: int, folder: str, grace: float) -> None:
    """End the program when its watcher is gone without having said that all is done.

    It has the watcher's lock too: while it is at work, the run is not over for anybody.
    """
    said = b""
    while data := os.read(pipe, 64):
        said += data
    words = said.split()
    if not words or words[-1] == b"done":
        return
    group = int(words[0])
    until = time.monotonic() + grace
    signal_group(group, signal.SIGTERM)
    while time.monotonic() < until and signal_group(group, 0):
        select.select([], [], [], 0.05)
    signal_group(group, signal.SIGKILL)
    write_whole(f"{folder}/exit", json.dumps({"reason": "unwatched", "code": None, "signal": None}))


def _with_guard(folder: str, grace: float) -> Callable[[str], None]:
    """Start the guard; gives the way to tell it something."""
    hears, tells = os.pipe()
    if os.fork() == 0:
        os.close(tells)
        os.setsid()
        guard(hears, folder, grace)
        os._exit(0)
    os.close(hears)

    def tell(text: str) -> None:
        with suppress(OSError):  # it is gone, and the program goes on
            os.write(tells, text.encode())

    return tell


def work(folder: str, order: dict[str, Any], answer: Callable[[int], None]) -> None:
    """Do what is ordered, once for each folder, and answer as soon as it is known to have begun."""
    alive = os.open(f"{folder}/alive", os.O_RDWR | os.O_CREAT, PRIVATE)
    try:
        fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        answer(BUSY)
        return
    tell_guard = _with_guard(folder, float(order["grace"]))
    watch = Watch(folder, order, tell_guard)
    layout = {"watcher": os.getpid(), "head": HEAD_BYTES, "ring": RING_BYTES}
    ending: dict[str, Any] | None = None
    is_ours = make_once(f"{folder}/started", json.dumps(layout))
    if is_ours:
        reserve(f"{folder}/exit")
    if is_ours and (refusal := watch.start()) is not None:
        ending = {"reason": "refused", "code": None, "signal": None, "words": refusal}
        write_whole(f"{folder}/exit", json.dumps(ending))
    answer(STARTED)
    if is_ours and ending is None:
        write_whole(f"{folder}/exit", json.dumps(watch.follow()))
    tell_guard("done\n")


def _detach(folder: str) -> None:
    """Let go of what the bot gave us. Trouble is written into the folder."""
    nothing = os.open(os.devnull, os.O_RDWR)
    trouble = os.open(f"{folder}/watcher.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE)
    for new, old in ((nothing, 0), (nothing, 1), (trouble, 2)):
        os.dup2(new, old)
    os.close(nothing)
    os.close(trouble)
    os.chdir("/")


def main() -> NoReturn:
    """Have a process outside of the bot's family work; wait only for its answer, and exit with that."""
    folder = sys.argv[1]
    order = json.loads(sys.stdin.buffer.read())  # cut off = no JSON = nothing is started
    hears, tells = os.pipe()
    if os.fork():
        os.close(tells)
        said = os.read(hears, 1)
        os._exit(said[0] if said else FAILED)
    os.close(hears)

    def answer(code: int) -> None:
        with suppress(OSError):  # whoever asked is gone, and the program goes on
            os.write(tells, bytes((code,)))
        os.close(tells)

    _detach(folder)
    work(folder, order, answer)
    sys.exit(0)


if __name__ == "__main__":
    main()
