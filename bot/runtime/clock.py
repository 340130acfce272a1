"""The system's clock, and what notices that it was set back.

Everything else that needs time is handed a `Clock`.
"""

import asyncio
import time

from bot.domain.values import Seconds

WENT_BACK_SECONDS = 1.0
"""A smaller step is a correction that nobody notices."""


class SystemClock:
    """Wall time and real waiting."""

    def now(self) -> float:
        """Give the time in epoch seconds."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class ClockWatch:
    """Notices that a clock went back: what waits for a time would otherwise wait too long."""

    def __init__(self) -> None:
        self._latest: Seconds | None = None

    def went_back(self, now: Seconds) -> bool:
        """Whether it is earlier than it was when this was asked before."""
        before, self._latest = self._latest, now
        return before is not None and now < before - WENT_BACK_SECONDS
