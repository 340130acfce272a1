"""Lets others wait until a simulated service has reached a state, without sleeping.

Must never poll: every change of the world wakes those who wait, and they look for themselves.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """Wakes all who wait; register `notify` as a listener."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def notify(self) -> None:
        """Something is different now."""
        self._event.set()
        self._event = asyncio.Event()

    async def next(self) -> None:
        """Wait for the next change."""
        await self._event.wait()

    async def wait_until(self, predicate: Callable[[], T], timeout_seconds: float = 5.0) -> T:
        """Wait until the predicate holds and hand back what it returned; TimeoutError."""
        async with asyncio.timeout(timeout_seconds):
            while not (found := predicate()):
                await self.next()
        return found
