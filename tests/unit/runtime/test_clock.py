"""The system's clock."""

import time

from bot.runtime.clock import SystemClock


async def test_it_tells_the_systems_time_and_waits() -> None:
    before = time.time()
    clock = SystemClock()
    await clock.sleep(0)
    assert before <= clock.now() <= time.time()
