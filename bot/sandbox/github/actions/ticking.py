"""The task of the HTTP shell that lets a world play: it waits until a move is due, or until that changes.

It must never play by another clock than the world's, and never poll: the next due time says how long to wait.
"""

import asyncio
from collections.abc import Awaitable, Callable

from bot.sandbox.github.programs import Programs


class PlayTask:
    """Plays what is due in a world. `sleep` waits so many seconds on the world's clock."""

    def __init__(self, world: Programs, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._world = world
        self._sleep = sleep
        self._wake = asyncio.Event()
        self._planned: float | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to play."""
        self._task = asyncio.create_task(self._run(), name="simulated GitHub: runs and other systems")

    def look(self) -> None:
        """Something changed: whether the next move is due at another time now."""
        if self._world.next_play_at() != self._planned:
            self._wake.set()

    async def close(self) -> None:
        """Ends the task; raises what went wrong in it."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self._task.result()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            self._world.play_due()
            self._planned = self._world.next_play_at()
            if self._planned is None:
                await self._wake.wait()
            else:
                await self._pause(max(self._planned - self._world.clock(), 0.0))

    async def _pause(self, seconds: float) -> None:
        """Waits so long, or until it is worth looking again."""
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        waking = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait([sleeping, waking], return_when=asyncio.FIRST_COMPLETED)
            if sleeping.done():
                sleeping.result()
        finally:
            sleeping.cancel()
            waking.cancel()
