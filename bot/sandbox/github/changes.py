"""Waiting for a state without sleeping: whoever waits is woken by each change and looks again.

It must never poll.
"""

import asyncio
from collections.abc import Callable


class Changes:
    """A bell that rings at every change."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def notify(self) -> None:
        """Something changed: everybody who waits looks again."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def next(self) -> None:
        """Returns at the next change."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future

    async def wait_until(self, predicate: Callable[[], object], seconds: float = 10.0) -> None:
        """Returns once the predicate holds; TimeoutError when that takes longer than these seconds."""
        async with asyncio.timeout(seconds):
            while not predicate():
                await self.next()
