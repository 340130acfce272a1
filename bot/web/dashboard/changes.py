"""Tells open pages that something was recorded, so that they look again.

News is only "something changed": whoever is told looks for itself. Without listeners a change costs
nothing but a number. Must never hold up the one who records, or the end of the process.
"""

import asyncio

from bot.domain.values import Seconds
from bot.ports import Clock

PAUSE_SECONDS = 0.1
HEARTBEAT_SECONDS = 15.0


class Changes:
    """Counts changes and wakes those who wait for one. `closed` = the process ends."""

    def __init__(self) -> None:
        self.count = 0
        self.closed = False
        self._listeners: set[Listener] = set()

    def notify(self) -> None:
        """Say that something was recorded; cheap, and from the loop's own thread."""
        self.count += 1
        for listener in self._listeners:
            listener.changed.set()

    def close(self) -> None:
        """Let everybody who listens end."""
        self.closed = True
        for listener in self._listeners:
            listener.changed.set()
            listener.ended.set()

    def listen(self, clock: Clock) -> "Listener":
        """Begin to listen; to be used as a context manager."""
        return Listener(self, clock)

    def add(self, listener: "Listener") -> None:
        """Wake this one from now on."""
        self._listeners.add(listener)

    def remove(self, listener: "Listener") -> None:
        """Wake this one no longer."""
        self._listeners.discard(listener)


class Listener:
    """One open page. Many changes are one piece of news, at most every PAUSE_SECONDS."""

    def __init__(self, changes: Changes, clock: Clock) -> None:
        self._changes = changes
        self._clock = clock
        self._seen = changes.count
        self._told_at: Seconds | None = None
        self.changed = asyncio.Event()
        self.ended = asyncio.Event()

    def __enter__(self) -> "Listener":
        self._changes.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._changes.remove(self)

    async def next(self) -> bool | None:
        """Wait for news: True = something changed, False = nothing for HEARTBEAT_SECONDS, None = the end."""
        self.changed.clear()
        if self._changes.count == self._seen and not self._changes.closed:
            await self._wait(self.changed, HEARTBEAT_SECONDS)
        if self._changes.count == self._seen:
            return None if self._changes.closed else False
        if self._told_at is not None and not self._changes.closed:
            await self._wait(self.ended, self._told_at + PAUSE_SECONDS - self._clock.now())
        if self._changes.closed:
            return None
        self._seen = self._changes.count
        self._told_at = self._clock.now()
        return True

    async def _wait(self, event: asyncio.Event, seconds: Seconds) -> None:
        """Wait for an event, at most so long."""
        if seconds <= 0:
            return
        waits = [asyncio.ensure_future(self._clock.sleep(seconds)), asyncio.ensure_future(event.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
