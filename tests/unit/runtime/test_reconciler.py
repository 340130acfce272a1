"""What never arrived is asked for again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bot.domain.errors import LastingFault, PassingFault
from bot.ports import Sent
from bot.runtime.reconciler import (
    ASKED_AGAIN_MAX,
    FIRST_LOOK_BACK_SECONDS,
    OVERLAP_SECONDS,
    SECOND_SWEEP_SECONDS,
    SWEEP_SECONDS,
    Reconciler,
)
from tests.unit.doors import StoppedClock
from tests.unit.runtime.machinery import Machinery


@dataclass
class SenderLog:
    """What a sender says it sent, the newest first."""

    attempts: Sequence[Sent] = ()
    fault: Exception | None = None
    asked_since: list[float] = field(default_factory=list)
    asked_again: list[int] = field(default_factory=list)

    async def sent_since(self, since: float) -> Sequence[Sent]:
        self.asked_since.append(since)
        if self.fault is not None:
            raise self.fault
        return self.attempts

    async def send_again(self, attempt: int) -> None:
        self.asked_again.append(attempt)


async def sweep(machinery: Machinery, *attempts: Sent) -> SenderLog:
    log = SenderLog(attempts)
    await Reconciler(machinery.ledger, log, machinery.clock).sweep()
    return log


async def test_what_failed_and_is_not_here_is_asked_for_the_oldest_first(machinery: Machinery) -> None:
    log = await sweep(machinery, Sent(3, "c", 30.0, False), Sent(1, "a", 10.0, False))
    assert log.asked_again == [1, 3]


async def test_what_arrived_in_any_attempt_is_not_asked_for(machinery: Machinery) -> None:
    log = await sweep(machinery, Sent(2, "a", 20.0, True), Sent(1, "a", 10.0, False))
    assert log.asked_again == []


async def test_what_is_stored_here_is_not_asked_for_although_its_answer_was_lost(
    machinery: Machinery,
) -> None:
    await machinery.ledger.accept(machinery.incoming("a"))
    assert (await sweep(machinery, Sent(1, "a", 10.0, False))).asked_again == []


async def test_only_the_newest_attempt_is_repeated(machinery: Machinery) -> None:
    log = await sweep(machinery, Sent(2, "a", 20.0, False), Sent(1, "a", 10.0, False))
    assert log.asked_again == [2]


async def test_what_never_comes_is_asked_for_so_often_and_no_more(machinery: Machinery) -> None:
    log = SenderLog((Sent(1, "a", 10.0, False),))
    reconciler = Reconciler(machinery.ledger, log, machinery.clock)
    asked = [await reconciler.sweep() for _ in range(ASKED_AGAIN_MAX + 2)]
    assert sum(asked) == ASKED_AGAIN_MAX


async def test_it_looks_back_three_days_and_then_since_the_last_sweep(machinery: Machinery) -> None:
    log = SenderLog()
    reconciler = Reconciler(machinery.ledger, log, machinery.clock)
    began = machinery.clock.now()
    await reconciler.sweep()
    machinery.clock.time += 300
    await reconciler.sweep()
    assert log.asked_since == [began - FIRST_LOOK_BACK_SECONDS, began - OVERLAP_SECONDS]


@pytest.mark.parametrize("fault", [PassingFault("down"), LastingFault("forbidden")])
async def test_a_sweep_that_failed_is_repeated_over_the_same_time(
    machinery: Machinery, fault: Exception
) -> None:
    log = SenderLog(fault=fault)
    reconciler = Reconciler(machinery.ledger, log, machinery.clock)
    assert await reconciler.sweep() == 0
    machinery.clock.time += 300
    log.fault = None
    await reconciler.sweep()
    assert log.asked_since[0] == log.asked_since[1]


async def test_it_sweeps_at_the_start_soon_after_and_from_time_to_time(machinery: Machinery) -> None:
    pauses: list[float] = []

    class Counting(StoppedClock):
        async def sleep(self, seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 3:
                raise asyncio.CancelledError

    log = SenderLog()
    with pytest.raises(asyncio.CancelledError):
        await Reconciler(machinery.ledger, log, Counting()).run()
    assert pauses == [SECOND_SWEEP_SECONDS, SWEEP_SECONDS, SWEEP_SECONDS]
    assert len(log.asked_since) == 3
