"""A clock for tests: it runs faster than the wall's, and can be moved on."""

import asyncio
import time


class FastClock:
    """`speed` of its seconds pass in one real second; `advance` lets time pass at once."""

    def __init__(self, speed: float = 20.0) -> None:
        self._speed = speed
        self._offset = time.time()
        self._began = time.monotonic()
        self._moved = asyncio.Event()

    def now(self) -> float:
        """Give the time in epoch seconds."""
        return self._offset + (time.monotonic() - self._began) * self._speed

    async def sleep(self, seconds: float) -> None:
        """Wait so long on this clock."""
        until = self.now() + seconds
        while (left := until - self.now()) > 0:
            moved = self._moved
            try:
                await asyncio.wait_for(moved.wait(), left / self._speed)
            except TimeoutError:
                continue

    def advance(self, seconds: float) -> None:
        """Let time pass; whoever sleeps looks again."""
        self._offset += seconds
        self._moved.set()
        self._moved = asyncio.Event()
