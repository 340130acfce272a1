"""Waking a loop, so that nobody waits for the next poll."""

import asyncio

from bot.runtime.signal import Signal
from tests.unit.doors import StoppedClock


async def test_a_signal_that_came_before_is_not_missed() -> None:
    signal, clock = Signal(StoppedClock()), StoppedClock()
    signal.set()
    await signal.wait(3600.0)
    assert clock.now() == StoppedClock().now()


async def test_it_wakes_who_waits() -> None:
    class Never(StoppedClock):
        async def sleep(self, seconds: float) -> None:
            await asyncio.Event().wait()

    signal = Signal(Never())
    waiting = asyncio.create_task(signal.wait(3600.0))
    await asyncio.sleep(0)
    signal.set()
    await waiting


async def test_without_a_signal_the_wait_ends_by_itself() -> None:
    clock = StoppedClock(0.0)
    await Signal(clock).wait(5.0)
    assert clock.now() == 5.0


async def test_a_signal_counts_once() -> None:
    clock = StoppedClock(0.0)
    signal = Signal(clock)
    signal.set()
    await signal.wait(5.0)
    await signal.wait(5.0)
    assert clock.now() == 5.0


async def test_no_time_to_wait_is_no_wait() -> None:
    clock = StoppedClock(0.0)
    await Signal(clock).wait(0.0)
    assert clock.now() == 0.0
