"""Runs the real bot as a program of its own beside the stage, and starts it again if it dies.

It is `pointsman serve` with nothing but settings to tell it that GitHub and Slack are simulated. It ends
when the demo ends, in whatever way.
"""

import asyncio
import contextlib
import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path

import aiohttp

START_SECONDS = 20.0
LOOK_SECONDS = 0.05
END_SECONDS = 15.0
RESTARTS_MAX = 50
_LEFT_ALONE = ("GITHUB_", "SLACK_", "POINTSMAN_", "DATABASE_", "NATS_", "OTEL_", "METRICS_", "LOG_")


class BotDied(Exception):
    """The bot does not start; `log` has its last words."""


class BotProcess:
    """The bot as a child process. `restarts` counts how often it had to be started again."""

    def __init__(self, environment: dict[str, str], url: str, log: Path) -> None:
        self._environment = _clean_environment() | environment
        self._url = url
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._ending = False
        self.restarts = 0
        self.on_restart: Callable[[], None] | None = None

    @property
    def pid(self) -> int | None:
        """The number of the running process."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start it and wait until it is ready. Raises BotDied if it gives up by itself."""
        while not await self._spawned():
            self._count_restart()
        self._keeper = asyncio.create_task(self._keep(), name="bot-process")

    async def end(self) -> int:
        """Ask it to end and wait; gives its exit code."""
        self._ending = True
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        process = self._process
        if process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            return await asyncio.wait_for(process.wait(), END_SECONDS)
        except TimeoutError:
            process.kill()
            return await process.wait()

    async def _spawned(self) -> bool:
        """Start it; False = it was killed before it was ready. Raises BotDied."""
        with self._log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "serve",
                env=self._environment,
                cwd=self._log.parent,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,
            )
        self._process = process
        async with aiohttp.ClientSession() as session, asyncio.timeout(START_SECONDS):
            while not await self._is_ready(session):
                if process.returncode is not None and process.returncode >= 0:
                    raise BotDied(self._log.read_text(errors="replace")[-2_000:])
                if process.returncode is not None:
                    return False
                await asyncio.sleep(LOOK_SECONDS)
        return True

    async def _is_ready(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(f"{self._url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def _keep(self) -> None:
        while self.restarts < RESTARTS_MAX:
            if self._process is not None:
                await self._process.wait()
            if self._ending:
                return
            self._count_restart()
            await self._spawned()

    def _count_restart(self) -> None:
        self.restarts += 1
        if self.on_restart is not None:
            self.on_restart()


def _clean_environment() -> dict[str, str]:
    """The environment without settings of another Pointsman that may be around."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_ALONE)}
    return kept | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def _die_with_parent() -> None:
    """On Linux a child is told to end when the demo is killed; elsewhere it notices by itself or stays."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, 15)
