"""Clocks that jump, and processes that were away: nothing waits too long, and timers keep their time."""

from bot.domain.events import TimerDue
from bot.ports import Decision
from tests.unit.runtime.machinery import Machinery, new, text_of, timer, until_idle


async def test_after_the_clock_went_back_work_is_done_at_once_and_in_order(machinery: Machinery) -> None:
    worker = machinery.worker()
    await until_idle(worker)
    await machinery.deliver("one")
    await worker._translator.step()
    machinery.clock.time -= 3600
    await machinery.deliver("two")
    await until_idle(worker)
    assert machinery.reactor.decided == ["one", "two"]


async def test_a_timer_waits_as_long_as_it_was_meant_to_after_the_clock_went_back(
    machinery: Machinery,
) -> None:
    machinery.reactor.deciding = lambda event, _: Decision(
        outcome="acted",
        reason="done",
        events=(new(timer(), due=machinery.clock.now() + 300),) if text_of(event) == "one" else (),
    )
    await machinery.deliver("one")
    worker = machinery.worker()
    await until_idle(worker)
    machinery.clock.time -= 3600
    await until_idle(worker)
    machinery.clock.time += 299
    await until_idle(worker)
    assert machinery.reactor.decided == ["one"]
    machinery.clock.time += 1
    await until_idle(worker)
    assert machinery.reactor.decided == ["one", TimerDue.TYPE]


async def test_a_timer_outlives_the_process_that_set_it(machinery: Machinery) -> None:
    machinery.reactor.deciding = lambda event, _: Decision(
        outcome="acted",
        reason="done",
        events=(new(timer(), due=machinery.clock.now() + 300),) if text_of(event) == "one" else (),
    )
    await machinery.deliver("one")
    await until_idle(machinery.worker())
    machinery.clock.time += 86_400  # nobody was there when it fell due
    await machinery.ledger.recover(machinery.clock.now())
    await until_idle(machinery.worker())
    assert machinery.reactor.decided == ["one", TimerDue.TYPE]
