"""Runs the real bot as a program of its own beside the stage, and starts it again if it dies.

It is `pointsman serve` with nothing but settings to tell it that GitHub and Slack are simulated. It ends
when the demo ends, in whatever way.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import aiohttp

START_SECONDS = 20.0
LOOK_SECONDS = 0.05
END_SECONDS = 15.0
RESTARTS_MAX = 50
STEADY_SECONDS = 30.0
"""A bot that lived so long does not count among those that died one after the other."""
_LEFT_ALONE = (
    "GITHUB_",
    "SLACK_",
    "POINTSMAN_",
    "DATABASE_",
    "NATS_",
    "OTEL_",
    "METRICS_",
    "DASHBOARD_",
    "LOG_",
)


class BotDied(Exception):
    """The bot does not start; the message has its last words."""


class BotProcess:
    """The bot as a child process, which a task starts again whenever it ends.

    `restarts` counts how often. `on_restart` is told each time, with whether somebody asked for it;
    `on_given_up` once the bot cannot be started any more, with its last words. `hold` is an open file that
    each bot inherits; its number is written there.
    """

    def __init__(self, environment: dict[str, str], url: str, log: Path, hold: int | None = None) -> None:
        self._environment = _clean_environment() | environment
        self._url = url
        self._log = log
        self._hold = hold
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._settled = asyncio.Event()
        self._last_words: str | None = None
        self._ending = False
        self._asked = False
        self._deaths = 0
        self._ready_at: float | None = None
        self.restarts = 0
        self.on_restart: Callable[[bool], None] | None = None
        self.on_given_up: Callable[[str], None] | None = None

    @property
    def pid(self) -> int | None:
        """The number of the running process."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start it and wait until it is ready. Raises BotDied if it gives up by itself."""
        self._settled.clear()
        self._last_words, self._deaths = None, 0
        try:
            await self._begin()
        finally:
            self._settled.set()
        self._keeper = asyncio.create_task(self._keep(), name="bot-process")

    async def restart(self) -> None:
        """End it as a deployment of it would, and wait until it is there again. Raises BotDied.

        One that is just starting, or was given up, is only waited for, or started.
        """
        if self._keeper is None or self._keeper.done():
            await self.start()
            return
        process = self._process
        if self._settled.is_set() and process is not None:
            self._settled.clear()
            self._asked = True
            await _ended(process)
        await self._settled.wait()
        if self._last_words is not None:
            raise BotDied(self._last_words)

    async def kill(self) -> None:
        """Kill it in whatever it does; it is started again by itself."""
        process = self._process
        if process is not None and process.returncode is None:
            self._asked = True
            _send(process, signal.SIGKILL)
            await process.wait()

    async def end(self) -> int:
        """Ask it to end and wait; gives its exit code."""
        self._ending = True
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        return 0 if self._process is None else await _ended(self._process)

    def hurry(self) -> None:
        """Whoever waits for its end has no patience any more."""
        if self._process is not None:
            _send(self._process, signal.SIGKILL)

    async def _begin(self) -> None:
        """Start it until it is ready. Raises BotDied."""
        while not await self._spawned():
            self._count_restart()
        self._ready_at = asyncio.get_running_loop().time()

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
                pass_fds=() if self._hold is None else (self._hold,),
                process_group=0,  # Ctrl-C in the terminal is for the demo, which then ends its bot
                preexec_fn=_die_with_parent,
            )
        self._process = process
        if self._hold is not None:
            os.ftruncate(self._hold, 0)
            os.pwrite(self._hold, f"{process.pid}\n".encode(), 0)
        try:
            async with aiohttp.ClientSession() as session, asyncio.timeout(START_SECONDS):
                while not await self._is_ready(session):
                    if process.returncode is not None and process.returncode >= 0:
                        raise BotDied(self._said())
                    if process.returncode is not None:
                        return False
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError as error:
            await _ended(process)
            raise BotDied(f"It was not ready after {START_SECONDS:.0f} s.\n{self._said()}") from error
        return True

    async def _is_ready(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(f"{self._url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def _keep(self) -> None:
        while self._process is not None:
            await self._process.wait()
            if self._ending:
                return
            self._settled.clear()
            try:
                self._count_restart()
                await self._begin()
            except BotDied as died:
                self._last_words = str(died)
                if self.on_given_up is not None:
                    self.on_given_up(self._last_words)
                return
            finally:
                self._settled.set()

    def _count_restart(self) -> None:
        """Note that it died, and whether somebody wanted that. Raises BotDied when it did too often."""
        asked, self._asked = self._asked, False
        ready_at, self._ready_at = self._ready_at, None
        if ready_at is not None and asyncio.get_running_loop().time() - ready_at > STEADY_SECONDS:
            self._deaths = 0
        if not asked:
            self._deaths += 1
        if self._deaths > RESTARTS_MAX:
            raise BotDied(f"It died {self._deaths} times, one after the other.\n{self._said()}")
        self.restarts += 1
        if self.on_restart is not None:
            self.on_restart(asked)

    def _said(self) -> str:
        """Its last words."""
        return self._log.read_text(errors="replace")[-2_000:]


async def _ended(process: asyncio.subprocess.Process) -> int:
    """Ask a process to end, and see to it that it does; gives its exit code."""
    _send(process, signal.SIGTERM)
    try:
        return await asyncio.wait_for(process.wait(), END_SECONDS)
    except TimeoutError:
        _send(process, signal.SIGKILL)
        return await process.wait()


def _send(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Send a signal if it still runs.

    `Process.send_signal` looks first whether it has ended, and so can take the exit code away from asyncio,
    which then reports 255.
    """
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)


def _clean_environment() -> dict[str, str]:
    """The environment without settings of another Pointsman that may be around."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_ALONE)}
    return kept | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def _die_with_parent() -> None:
    """On Linux a child is told to end when the demo is killed; elsewhere the next demo ends it."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, 15)
