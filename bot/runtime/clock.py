"""The system's clock. Everything else that needs time is handed a `Clock`."""

import asyncio
import time


class SystemClock:
    """Wall time and real waiting."""

    def now(self) -> float:
        """Give the time in epoch seconds."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
