"""`python -m bot demo` as a child process of a test: what it prints, how it is ended, which bots it has."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import bot

ROOT = Path(bot.__file__).parents[1]
STORY_SECONDS = 100.0
PROC = Path("/proc")


class Demo:
    """`python -m bot demo` as a child process."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._folder = folder
        self._arguments = arguments
        self.lines: list[str] = []
        self.complaints = ""

    async def __aenter__(self) -> "Demo":
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "demo",
            *self._arguments,
            env=os.environ
            | {"PYTHONPATH": str(ROOT), "TMPDIR": str(self._folder), "XDG_STATE_HOME": str(self._folder)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Whatever happened, neither the demo nor its bot stays."""
        bots = self.bots()
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        for pid in bots:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def bots(self) -> list[int]:
        """The demo's own child processes that are not dead already."""
        return [pid for pid, parent, state in processes() if parent == self._process.pid and state != "Z"]

    async def line(self) -> str | None:
        """The next line of the transcript; None at its end."""
        assert self._process.stdout is not None
        written = (await self._process.stdout.readline()).decode()
        if written:
            self.lines.append(written.rstrip("\n"))
        return written.rstrip("\n") if written else None

    async def line_with(self, words: str) -> str:
        while (line := await self.line()) is not None:
            if words in line:
                return line
        raise AssertionError(f"{words!r} is not in {self.lines}, {self.complaints}")

    async def ended(self, number: signal.Signals | None = None) -> int:
        assert self._process.stderr is not None
        if number is not None:
            self._process.send_signal(number)
        while await self.line() is not None:
            pass
        self.complaints = (await self._process.stderr.read()).decode()
        return await self._process.wait()


def processes() -> Iterator[tuple[int, int, str]]:
    """Each process of this machine: its number, its parent's, and its state."""
    for path in PROC.glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            yield int(path.parent.name), int(parent), state
