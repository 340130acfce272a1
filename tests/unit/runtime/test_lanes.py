"""When each target may be asked again: pauses, circuit breakers, one trial at a time."""

import random

import pytest

from bot.domain.errors import PassingFault, StoreUnavailable
from bot.ports import LaneRow
from bot.runtime.lanes import FAILURES_MAX, OPEN_SECONDS, OPEN_SECONDS_MAX, REFRESH_SECONDS, Lanes
from tests.unit.runtime.machinery import Machinery

GITHUB, CHANNEL, OTHER, PERSON = "github:7", "slack:C1", "slack:C2", "slack-person:U1"
DOWN = PassingFault("HTTP 502")
LIMITED = PassingFault("limited", retry_after=60.0, pause_lane=True)
SHARE = 8


@pytest.fixture
def lanes(machinery: Machinery) -> Lanes:
    return of(machinery)


def of(machinery: Machinery) -> Lanes:
    return Lanes(machinery.ledger, machinery.clock, random.Random(1))


async def fail(lanes: Lanes, lane: str, times: int = FAILURES_MAX) -> None:
    for _ in range(times):
        await lanes.failed(lane, DOWN)


async def opened_until(machinery: Machinery, lane: str) -> float:
    (row,) = [row for row in await machinery.ledger.lanes() if row.lane == lane]
    return row.paused_until


async def test_a_few_failures_change_nothing(lanes: Lanes, machinery: Machinery) -> None:
    await fail(lanes, GITHUB, FAILURES_MAX - 1)
    assert lanes.allowed(GITHUB, SHARE) == SHARE
    assert await machinery.ledger.lanes() == []


async def test_a_success_in_between_begins_the_count_anew(lanes: Lanes) -> None:
    for _ in range(FAILURES_MAX * 2):
        await fail(lanes, GITHUB, FAILURES_MAX - 1)
        await lanes.answered(GITHUB)
    assert lanes.allowed(GITHUB, SHARE) == SHARE


async def test_several_failures_in_a_row_close_this_target_and_no_other(lanes: Lanes) -> None:
    await fail(lanes, GITHUB)
    assert [lanes.allowed(lane, SHARE) for lane in (GITHUB, "github:8", CHANNEL)] == [0, SHARE, 1]


async def test_all_of_a_workspace_is_one_target(lanes: Lanes) -> None:
    await fail(lanes, CHANNEL, FAILURES_MAX - 1)
    await fail(lanes, PERSON, 1)
    assert [lanes.allowed(lane, SHARE) for lane in (CHANNEL, OTHER, PERSON)] == [0, 0, 0]


async def test_after_the_pause_there_is_one_trial_and_then_a_longer_pause(
    lanes: Lanes, machinery: Machinery
) -> None:
    await fail(lanes, CHANNEL)
    first = await opened_until(machinery, "slack") - machinery.clock.now()
    assert OPEN_SECONDS <= first <= OPEN_SECONDS * 1.5
    machinery.clock.time += first
    await lanes.look()
    assert [lanes.allowed(lane, SHARE) for lane in (CHANNEL, OTHER, PERSON)] == [1, 0, 0]
    lanes.begun(CHANNEL, makes=True)
    await lanes.look()
    assert lanes.allowed(OTHER, SHARE) == 0  # the trial is still under way
    lanes.over(CHANNEL)
    await lanes.failed(CHANNEL, DOWN)
    second = await opened_until(machinery, "slack") - machinery.clock.now()
    assert second >= OPEN_SECONDS * 2


async def test_a_trial_that_goes_well_opens_the_way_for_all(lanes: Lanes, machinery: Machinery) -> None:
    await fail(lanes, GITHUB)
    machinery.clock.time += OPEN_SECONDS * 2
    await lanes.look()
    assert lanes.allowed(GITHUB, SHARE) == 1
    await lanes.answered(GITHUB)
    assert lanes.allowed(GITHUB, SHARE) == SHARE
    (row,) = await machinery.ledger.lanes()
    assert (row.failures, row.opened_at, row.reason) == (0, None, None)


async def test_what_fails_late_does_not_prolong_the_pause(lanes: Lanes, machinery: Machinery) -> None:
    await fail(lanes, GITHUB)
    until = await opened_until(machinery, GITHUB)
    await fail(lanes, GITHUB, 20)
    assert await opened_until(machinery, GITHUB) == until


async def test_a_pause_has_a_bound_however_long_a_target_is_down(lanes: Lanes, machinery: Machinery) -> None:
    for _ in range(100):
        await fail(lanes, GITHUB, 1)
        machinery.clock.time += OPEN_SECONDS_MAX * 1.5
    assert await opened_until(machinery, GITHUB) <= machinery.clock.now()


async def test_a_target_that_says_when_to_come_again_is_well(lanes: Lanes) -> None:
    await fail(lanes, GITHUB, FAILURES_MAX - 1)
    await lanes.failed(GITHUB, LIMITED)
    await fail(lanes, GITHUB, FAILURES_MAX - 1)
    assert lanes.allowed(GITHUB, SHARE) == SHARE


async def test_a_pause_ends_when_it_was_told_and_a_shorter_one_does_not_end_it(
    lanes: Lanes, machinery: Machinery
) -> None:
    now = machinery.clock.now()
    await lanes.paused(CHANNEL, now + 60, "limited")
    await lanes.paused(CHANNEL, now + 10, "limited")
    assert lanes.soonest(600.0) == 60.0
    machinery.clock.time += 59
    assert (lanes.allowed(CHANNEL, SHARE), lanes.allowed(OTHER, SHARE)) == (0, 1)
    machinery.clock.time += 1
    assert lanes.allowed(CHANNEL, SHARE) == 1


async def test_another_process_and_a_restart_know_what_this_one_learned(
    lanes: Lanes, machinery: Machinery
) -> None:
    beside = of(machinery)
    await beside.look()
    await fail(lanes, GITHUB)
    await lanes.paused(CHANNEL, machinery.clock.now() + 60, "limited")
    restarted = of(machinery)
    await restarted.look()
    assert [restarted.allowed(lane, SHARE) for lane in (GITHUB, CHANNEL)] == [0, 0]
    machinery.clock.time += REFRESH_SECONDS
    await beside.look()
    assert beside.allowed(CHANNEL, SHARE) == 0
    assert {row.lane for row in beside.rows} == {GITHUB, CHANNEL}


async def test_another_process_that_did_not_know_of_a_pause_does_not_end_it(
    lanes: Lanes, machinery: Machinery
) -> None:
    beside = of(machinery)
    await beside.look()
    now = machinery.clock.now()
    await lanes.paused(CHANNEL, now + 60, "limited")
    machinery.clock.time += 1
    await beside.paused(CHANNEL, now + 3, "in order")
    machinery.clock.time += REFRESH_SECONDS
    await lanes.look()
    await beside.look()
    assert (lanes.allowed(CHANNEL, SHARE), beside.allowed(CHANNEL, SHARE)) == (0, 0)


async def test_older_news_from_the_ledger_does_not_undo_what_was_learned_since(
    lanes: Lanes, machinery: Machinery
) -> None:
    now = machinery.clock.now()
    await machinery.ledger.note_lanes([LaneRow(lane=GITHUB, updated_at=now - 100)])
    await fail(lanes, GITHUB)
    await lanes.look()
    assert lanes.allowed(GITHUB, SHARE) == 0


async def test_a_ledger_that_is_away_does_not_make_a_pause_forgotten(
    lanes: Lanes, machinery: Machinery
) -> None:
    class Away:
        async def note_lanes(self, _rows: object) -> None:
            raise StoreUnavailable("the disk is full")

    lanes._ledger = Away()  # type: ignore[assignment]
    await lanes.paused(GITHUB, machinery.clock.now() + 60, "limited")
    assert lanes.allowed(GITHUB, SHARE) == 0


async def test_after_the_clock_went_back_a_pause_lasts_as_long_as_it_should(
    lanes: Lanes, machinery: Machinery
) -> None:
    await lanes.paused(GITHUB, machinery.clock.now() + 60, "limited")
    machinery.clock.time -= 3600
    lanes.clock_went_back(machinery.clock.now())
    machinery.clock.time += 59
    assert lanes.allowed(GITHUB, SHARE) == 0
    machinery.clock.time += 1
    assert lanes.allowed(GITHUB, SHARE) == SHARE
