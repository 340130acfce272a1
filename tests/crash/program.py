"""The bot as its users run it: a process of its own, which can be killed in whatever it does.

What it says is kept, line by line. Must never outlive the test: whoever starts one also ends it.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import bot

ROOT = Path(bot.__file__).parents[1]
PATIENCE_SECONDS = 90.0
"""By the system's clock, on a machine that others use too: for what has to come, never for an assertion."""
END_SECONDS = 15.0
"""What CONTRACT gives a process to end after SIGTERM."""
READY = '"started"'
_OWN_SETTINGS = (
    *("GITHUB_", "SLACK_", "POINTSMAN_", "DATABASE_", "NATS_", "OTEL_", "METRICS_", "LOG_", "DASHBOARD_"),
)


class Ended(Exception):
    """The program ended before it said what was waited for."""


class Program:
    """One run of `python -m bot`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._lines: list[str] = []
        self._changed = asyncio.Event()
        self._reading = asyncio.create_task(self._read())
        self.spawned_at = asyncio.get_running_loop().time()
        self.ready_at: float | None = None

    @classmethod
    async def run(
        cls, *arguments: str, environ: Mapping[str, str], folder: Path, through: Sequence[str] = ()
    ) -> "Program":
        """Start it. `through` is a program that changes its surroundings, and becomes it then."""
        process = await asyncio.create_subprocess_exec(
            *(*through, sys.executable, "-m", "bot", *arguments),
            env=clean_environ() | dict(environ),
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    @property
    def is_ready(self) -> bool:
        """Whether it runs, and has said that it listens."""
        return self.is_running and self.ready_at is not None

    @property
    def said(self) -> str:
        """All that it has said."""
        return "".join(self._lines)

    @property
    def last_words(self) -> str:
        """The end of what it said."""
        return self.said[-3_000:]

    async def ready(self) -> float:
        """Wait until it listens; gives the seconds since it was started. Raises Ended."""
        await self.says(READY)
        assert self.ready_at is not None
        return self.ready_at - self.spawned_at

    async def says(self, words: str) -> None:
        """Wait for a line with these words. Raises Ended where it ended without them."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while words not in self.said:
                if self._reading.done():
                    raise Ended(self.last_words)
                self._changed.clear()
                await self._changed.wait()

    def strike(self) -> None:
        """Kill it, now: when this returns it does nothing more."""
        self.signal(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal if it still runs.

        `Process.send_signal` looks first whether it has ended, and so can take asyncio's exit code away.
        """
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    async def gone(self, seconds: float = END_SECONDS) -> int:
        """Wait for its end; gives its exit code. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            await self._reading
            return await self._process.wait()

    async def kill(self) -> None:
        """End it in whatever state it is, and wait until it is gone."""
        self.strike()
        await self.gone()

    async def _read(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            text = line.decode("utf-8", "replace")
            self._lines.append(text)
            if self.ready_at is None and READY in text:
                self.ready_at = asyncio.get_running_loop().time()
            self._changed.set()
        self._changed.set()


def clean_environ() -> dict[str, str]:
    """The environment without the settings of another Pointsman that may be around."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OWN_SETTINGS)}
    return kept | {"PYTHONPATH": str(ROOT), "LOG_FORMAT": "json"}
