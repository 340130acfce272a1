"""Time, so that tests and the simulation own it."""

from typing import Protocol

from bot.domain.values import Seconds


class Clock(Protocol):
    """Time, so that tests and the simulation own it."""

    def now(self) -> Seconds:
        """Give the time in epoch seconds."""
        ...

    async def sleep(self, seconds: Seconds) -> None:
        """Wait."""
        ...
