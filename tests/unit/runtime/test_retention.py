"""The past goes by the owner's limits, in steps with pauses, and whatever happens it is tried again."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.domain.errors import StoreUnavailable
from bot.domain.instance import Retention
from bot.ledger.sqlite import open_in_place
from bot.ports.retention import Difference, Rebuilt, Swept
from bot.runtime.retention import FIRST_ROUND_SECONDS, PAUSE_SECONDS, ROUND_SECONDS, Forgetting
from tests.contract.ledger_histories import History
from tests.contract.ledgers import counted_tokens
from tests.unit.doors import StoppedClock

KEPT = Retention(deliveries=10, events=100)


class PassingClock(StoppedClock):
    """Goes on whenever somebody sleeps, until it was slept often enough."""

    def __init__(self, now: float, most: int = 1_000) -> None:
        super().__init__(now)
        self.slept: list[float] = []
        self._most = most

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) > self._most:
            raise asyncio.CancelledError
        self.time += seconds
        await asyncio.sleep(0)


class Steps:
    """A ledger that has so many steps of each kind to do, and notes what it is asked."""

    def __init__(self, steps: int = 1, faults: Sequence[Exception] = ()) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self._steps = steps
        self._faults = list(faults)
        self.refused: dict[str, str] = {}

    def _step(self, name: str, after: Any, *more: Any) -> Any:
        self.asked.append((name, after, *more))
        if self._faults:
            raise self._faults.pop(0)
        done = len([one for one in self.asked if one[0] == name]) % self._steps == 0
        return Swept(after=type(after)(len(self.asked)), ended=done, removed=1, refused=self.refused)

    async def forget_deliveries(self, after: int, before: float) -> Swept[int]:
        found: Swept[int] = self._step("deliveries", after, before)
        return found

    async def compact_events(self, after: int, before: float, now: float) -> Swept[int]:
        found: Swept[int] = self._step("events", after, before, now)
        return found

    async def forget_names(self, after: str, before: float) -> Swept[str]:
        found: Swept[str] = self._step("names", after, before)
        return found

    async def forget_effects(self, after: int) -> Swept[int]:
        found: Swept[int] = self._step("effects", after)
        return found

    async def keys(self, after: str, limit: int) -> Sequence[str]:
        return []

    async def rebuilt(self, key: str) -> Rebuilt:
        return Rebuilt(state=None, version=0)

    async def difference(self, key: str) -> Difference | None:
        return None


async def test_deliveries_and_events_go_by_their_own_limits() -> None:
    steps = Steps()
    removed = await Forgetting(steps, KEPT, PassingClock(1_000.0)).round()
    assert steps.asked == [
        ("deliveries", 0, 990.0),
        ("events", 0, 900.0, 1_000.0),
        ("names", "", 900.0),
        ("effects", 0),
    ]
    assert removed == {"deliveries": 1, "events": 1, "names": 1, "effects": 1}


async def test_each_step_goes_on_where_the_last_one_stopped_after_a_pause() -> None:
    steps, clock = Steps(3), PassingClock(1_000.0)
    await Forgetting(steps, KEPT, clock).round()
    assert [one[1] for one in steps.asked if one[0] == "deliveries"] == [0, 1, 2]
    # What is old enough was decided at the beginning: the pauses do not move it.
    assert {one[2] for one in steps.asked if one[0] == "deliveries"} == {990.0}
    assert clock.slept == [PAUSE_SECONDS] * 8


async def test_a_ledger_that_cannot_store_is_tried_again_in_the_next_round() -> None:
    steps, clock = Steps(faults=[StoreUnavailable("full")]), PassingClock(1_000.0, most=2)
    with pytest.raises(asyncio.CancelledError):
        await Forgetting(steps, KEPT, clock).run()
    assert clock.slept == [FIRST_ROUND_SECONDS, ROUND_SECONDS, ROUND_SECONDS]
    assert [one[0] for one in steps.asked] == ["deliveries", "deliveries", "events", "names", "effects"]


async def test_a_key_that_cannot_be_rebuilt_is_told_of() -> None:
    steps = Steps()
    steps.refused = {"slot:a/b/c/d": "the state differs live"}
    with capture_logs() as logs:
        await Forgetting(steps, KEPT, PassingClock(1_000.0)).round()
    told = [entry for entry in logs if entry["event"] == "retention.cannot_rebuild"]
    assert {(entry["key"], entry["reason"]) for entry in told} == {("slot:a/b/c/d", "the state differs live")}


async def test_a_real_past_goes_and_leaves_what_it_made(tmp_path: Path) -> None:
    ledger = open_in_place(tmp_path / "past.db", counted_tokens())
    history = History(ledger, 1, trouble=False)
    await history.steps(150)
    for _ in range(20):
        history.now += 50_000.0
        await history.settle()
    states = await ledger.states("")
    clock = PassingClock(history.now + 100_000.0)
    removed = await Forgetting(ledger, Retention(deliveries=1_000, events=1_000), clock).round()
    assert await ledger.deliveries(0) == []
    assert await ledger.events() == []
    assert await ledger.states("") == states
    for key in states:
        assert (await ledger.rebuilt(key)).state == states[key]
    assert removed["events"] > 100
    await ledger.close()
