"""When is swept and compared, and that no fault ends it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bot.domain.errors import LastingFault, PassingFault, StoreUnavailable
from bot.runtime.comparing import Compared
from bot.runtime.reconciler import (
    COMPARE_AFTER_SECONDS,
    COMPARE_AGAIN_SECONDS,
    COMPARE_SECONDS,
    SECOND_SWEEP_SECONDS,
    SWEEP_SECONDS,
    Reconciler,
)
from bot.runtime.sweeping import Swept
from tests.unit.doors import StoppedClock


@dataclass
class Sweeping:
    """Sweeps as a test says."""

    clock: StoppedClock
    faults: list[Exception] = field(default_factory=list)
    again_after: float | None = None
    at: list[float] = field(default_factory=list)
    never_came: set[str] = field(default_factory=set)
    proof: None = None

    async def run(self) -> Swept:
        self.at.append(self.clock.now())
        if self.faults:
            raise self.faults.pop(0)
        again_at = None if self.again_after is None else self.clock.now() + self.again_after
        return Swept(asked=("a",), again_at=again_at)


@dataclass
class Comparing:
    """Compares as a test says."""

    clock: StoppedClock
    results: list[Compared | Exception] = field(default_factory=list)
    at: list[float] = field(default_factory=list)

    async def run(self) -> Compared:
        self.at.append(self.clock.now())
        result = self.results.pop(0) if self.results else Compared()
        if isinstance(result, Exception):
            raise result
        return result


class PassingClock(StoppedClock):
    """Goes on whenever somebody sleeps, until enough was slept."""

    def __init__(self, ends_after: float) -> None:
        super().__init__(0.0)
        self._ends_after = ends_after

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        if self.time > self._ends_after:
            raise asyncio.CancelledError


class Rig:
    """A reconciler and what it runs."""

    def __init__(self, ends_after: float = 1000.0) -> None:
        self.clock = PassingClock(ends_after)
        self.sweeping = Sweeping(self.clock)
        self.comparing = Comparing(self.clock)
        self.refusals: list[float] = []
        self.reconciler = Reconciler(self.sweeping, self.comparing, self.clock, self.refused)

    def refused(self) -> int:
        return sum(at <= self.clock.now() for at in self.refusals)

    async def run(self) -> None:
        with pytest.raises(asyncio.CancelledError):
            await self.reconciler.run()


async def test_it_sweeps_at_the_start_soon_after_and_from_time_to_time() -> None:
    rig = Rig(ends_after=700)
    await rig.run()
    first_three = [0.0, SECOND_SWEEP_SECONDS, COMPARE_AFTER_SECONDS]  # it is up for the comparison anyway
    assert rig.sweeping.at == [*first_three, *(COMPARE_AFTER_SECONDS + SWEEP_SECONDS * n for n in (1,))]


async def test_what_could_not_be_stored_is_swept_for_soon() -> None:
    rig = Rig(ends_after=400)
    rig.refusals = [210.0]
    await rig.run()
    assert rig.sweeping.at[3:] == [COMPARE_AFTER_SECONDS + 5 * SECOND_SWEEP_SECONDS]


async def test_it_compares_two_minutes_after_the_start_and_then_every_few_hours() -> None:
    rig = Rig(ends_after=COMPARE_SECONDS + 1000)
    await rig.run()
    assert rig.comparing.at == [COMPARE_AFTER_SECONDS, COMPARE_AFTER_SECONDS + COMPARE_SECONDS]
    assert rig.reconciler.recovery.compared_at == rig.comparing.at[-1]


@pytest.mark.parametrize("result", [Compared(("c-1",), is_all=False), PassingFault("down"), RuntimeError()])
async def test_a_comparison_that_is_not_whole_goes_on_soon(result: Compared | Exception) -> None:
    rig = Rig(ends_after=COMPARE_AFTER_SECONDS + COMPARE_AGAIN_SECONDS + 1)
    rig.comparing.results.append(result)
    await rig.run()
    assert rig.comparing.at == [COMPARE_AFTER_SECONDS, COMPARE_AFTER_SECONDS + COMPARE_AGAIN_SECONDS]


@pytest.mark.parametrize(
    "faults",
    [
        (PassingFault("GitHub is down"),),
        (LastingFault("forbidden"),),
        (StoreUnavailable("disk full"),),
        (ValueError("no date"),),
    ],
)
async def test_no_fault_ends_the_sweeping_and_it_is_told(faults: Sequence[Exception]) -> None:
    rig = Rig(ends_after=10)
    rig.sweeping.faults.extend(faults)
    await rig.run()
    told = rig.reconciler.recovery
    assert (told.failures, told.swept_at) == (1, None)
    assert str(faults[0]) in (told.fault or "")
    await rig.reconciler.sweep()
    told = rig.reconciler.recovery
    assert (told.fault, told.swept_at, told.asked_again) == (None, rig.clock.now(), 1)


async def test_what_can_be_asked_for_again_soon_is_not_left_to_the_next_round() -> None:
    rig = Rig(ends_after=SECOND_SWEEP_SECONDS + 61)
    rig.sweeping.again_after = 60.0
    await rig.run()
    assert rig.sweeping.at == [0.0, SECOND_SWEEP_SECONDS, SECOND_SWEEP_SECONDS + 60]
