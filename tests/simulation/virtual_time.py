"""An event loop whose time is made up: it never waits, and jumps to the next timer when nothing is ready.

So everything that asyncio itself times (timeouts, sleeps) is on the same clock. Must never touch a socket, a
thread or the system's clock.
"""

import asyncio
import selectors
from collections.abc import Callable, Mapping
from typing import Any

BASE = 1_764_000_000.0
"""When every simulation begins, in epoch seconds: a Monday in November 2025."""
SECONDS_MAX = 48 * 3600.0
TURNS_AT_ONCE_MAX = 200_000


class Stuck(Exception):
    """Nothing can happen any more, or time stands still because something never rests."""


class JumpingSelector(selectors.BaseSelector):
    """Watches nothing. To wait is to let the loop's time go on by that much."""

    def __init__(self) -> None:
        self.now = 0.0
        self._watched: dict[Any, selectors.SelectorKey] = {}
        self._turns = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Let time go on. Raises Stuck."""
        if timeout is None:
            raise Stuck("nobody waits for anything, and yet the story is not over")
        self._turns = 0 if timeout > 0 else self._turns + 1
        if self._turns > TURNS_AT_ONCE_MAX:
            raise Stuck("something goes round and round without waiting")
        self.now += max(timeout, 0.0)
        if self.now > SECONDS_MAX:
            raise Stuck("the story has no end")
        return []

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Take note of the loop's own pipe, which is never written to."""
        key = self._watched[fileobj] = selectors.SelectorKey(fileobj, 0, events, data)
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Forget it."""
        return self._watched.pop(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """What was taken note of."""
        return self._watched


class SimulatedLoop(asyncio.SelectorEventLoop):
    """The loop. `task_made` is told of each task."""

    def __init__(self, task_made: Callable[["asyncio.Task[Any]"], None]) -> None:
        self._jumping = JumpingSelector()
        super().__init__(self._jumping)
        self._clock_resolution = 1e-6
        self._task_made = task_made
        self.set_task_factory(self._make_task)

    def time(self) -> float:
        """Seconds since the beginning."""
        return self._jumping.now

    def _make_task(
        self, loop: asyncio.AbstractEventLoop, coroutine: Any, **settings: Any
    ) -> "asyncio.Task[Any]":
        task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **settings)
        self._task_made(task)
        return task

    def run_in_executor(self, *_: Any, **__: Any) -> Any:  # type: ignore[override]
        """There are no threads."""
        raise AssertionError("the simulation was asked for a thread")


class TrueTime:
    """The time by which the world goes. The worlds' clock."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop

    def now(self) -> float:
        """Epoch seconds."""
        return BASE + self._loop.time()


class MachineClock:
    """The clock of the bot's machine: wrong by `off` seconds until it is set right."""

    def __init__(self, true: TrueTime) -> None:
        self._true = true
        self.off = 0.0

    def now(self) -> float:
        """Epoch seconds, as this machine has them."""
        return self._true.now() + self.off

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
