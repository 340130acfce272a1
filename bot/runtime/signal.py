"""Wakes a loop when there is something to do, so that nobody waits for the next poll.

A signal may come early or twice; a loop that is woken looks for itself.
"""

import asyncio

from bot.ports import Clock


class Signal:
    """An event that is reset by whoever waited for it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._event = asyncio.Event()

    def set(self) -> None:
        """Wake the loop."""
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Wait for the signal, at most so long."""
        if seconds > 0 and not self._event.is_set():
            timer = asyncio.create_task(self._set_after(seconds))
            try:
                await self._event.wait()
            finally:
                timer.cancel()
        self._event.clear()

    async def _set_after(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._event.set()
