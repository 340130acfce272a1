"""A clock for tests, on which nobody waits longer than it takes to compute.

Time stands still while anything is going on. When the event loop has nothing to do, and no thread works for
it, the clock goes on to the next moment for which somebody sleeps. So a story of minutes takes milliseconds,
and it takes the same course on a slow machine as on a fast one.
"""

import asyncio
import heapq
import selectors
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

SETTLE_SECONDS = 0.001
"""Of the system's clock, before a loop counts as quiet: what was sent here may not have arrived at once."""
START = 1_795_560_000.5
"""When every story begins: in the middle of a second, so that rounding would show."""


class ManualClock:
    """Seconds since 1970 that pass only by `advance`, or when the loop is quiet."""

    def __init__(self, now: float = START) -> None:
        self._now = now
        self._numbers = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self.listeners: list[Callable[[], None]] = []

    def now(self) -> float:
        """Give the time in epoch seconds."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Wait so long on this clock."""
        if seconds <= 0:
            return await asyncio.sleep(0)
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._numbers), sleeper))
        return await sleeper

    def advance(self, seconds: float) -> None:
        """Let time pass at once; everybody whose time has come wakes up."""
        self._now += seconds
        while self._sleepers and self._sleepers[0][0] <= self._now:
            sleeper = heapq.heappop(self._sleepers)[2]
            if not sleeper.done():
                sleeper.set_result(None)
        for listener in self.listeners:
            listener()

    def go_on(self) -> bool:
        """Go to the next moment for which somebody sleeps; False = nobody does."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)  # it was cancelled
        if not self._sleepers:
            return False
        self.advance(max(self._sleepers[0][0] - self._now, 0.0))
        return True


class QuietSelector(selectors.BaseSelector):
    """The system's selector, which calls `on_quiet` before it would wait for something to happen."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self.on_quiet: Callable[[], bool] = lambda: False
        self.patience_seconds = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Give what is ready; where nothing is, let `on_quiet` see to it that something is."""
        ready = self._selector.select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        patience = max(self.patience_seconds, SETTLE_SECONDS)
        ready = self._selector.select(patience if timeout is None else min(timeout, patience))
        if ready or self.on_quiet():
            return ready
        return self._selector.select(timeout)

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Watch a file."""
        return self._selector.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Watch it no longer."""
        return self._selector.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Watch it for something else."""
        return self._selector.modify(fileobj, events, data)

    def get_map(self) -> Any:
        """Give what is watched."""
        return self._selector.get_map()

    def close(self) -> None:
        """Watch nothing any more."""
        self._selector.close()


class QuietLoop(asyncio.SelectorEventLoop):
    """An event loop that knows when it is quiet, and then lets a clock go on."""

    def __init__(self) -> None:
        self._quiet = QuietSelector()
        self._under_way = 0
        super().__init__(self._quiet)

    def drive(self, clock: ManualClock) -> None:
        """From now on this clock goes on whenever nothing else does."""
        self._quiet.on_quiet = lambda: not self._under_way and clock.go_on()

    @contextmanager
    def something_under_way(self) -> Iterator[None]:
        """A thread works for the loop meanwhile: it is not quiet."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    @contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """Real seconds to wait before the clock goes on, for what waits by the system's clock."""
        self._quiet.patience_seconds = seconds
        try:
            yield
        finally:
            self._quiet.patience_seconds = 0.0


def quiet_loop() -> QuietLoop:
    """The running loop, where it is one that knows when it is quiet. Raises TypeError elsewhere."""
    loop = asyncio.get_running_loop()
    if not isinstance(loop, QuietLoop):
        raise TypeError("this test runs on a loop that does not know when it is quiet")
    return loop
