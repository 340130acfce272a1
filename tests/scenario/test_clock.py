"""The clock of scenario tests: it goes on when nothing else does, and never before."""

import asyncio

from tests.clock import ManualClock, quiet_loop


async def test_time_stands_still_while_anything_is_going_on() -> None:
    clock = ManualClock()
    quiet_loop().drive(clock)
    began, sleeper = clock.now(), asyncio.create_task(clock.sleep(5))
    for _ in range(100):
        await asyncio.sleep(0)
    assert clock.now() == began
    await sleeper
    assert clock.now() == began + 5


async def test_a_threads_work_is_waited_for() -> None:
    clock = ManualClock()
    loop = quiet_loop()
    loop.drive(clock)
    began, sleeper = clock.now(), asyncio.create_task(clock.sleep(5))
    with loop.something_under_way():
        await loop.run_in_executor(None, sum, range(2_000_000))
        assert clock.now() == began
    await sleeper


async def test_sleepers_wake_each_at_their_time_and_the_cancelled_ones_never() -> None:
    clock = ManualClock()
    quiet_loop().drive(clock)
    began, woken = clock.now(), list[float]()

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(clock.now() - began)

    tasks = [asyncio.create_task(sleep(seconds)) for seconds in (3, 0.5, 60, 1)]
    await asyncio.sleep(0)
    tasks[2].cancel()
    await asyncio.wait(tasks)
    assert woken == [0.5, 1, 3]
    assert not clock.go_on()


async def test_time_can_pass_at_once() -> None:
    clock = ManualClock()
    began, sleepers = clock.now(), [asyncio.create_task(clock.sleep(seconds)) for seconds in (10, 20, 30)]
    await asyncio.sleep(0)
    clock.advance(20)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [sleeper.done() for sleeper in sleepers] == [True, True, False]
    assert clock.now() == began + 20
    clock.advance(10)
    await asyncio.wait(sleepers)
