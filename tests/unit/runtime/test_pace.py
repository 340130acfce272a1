"""How fast each target may be asked."""

import pytest

from bot.runtime.pace import CHANNEL, GITHUB_NEW_THINGS, GITHUB_WRITES, WORKSPACE_MESSAGES, Pace
from tests.unit.doors import StoppedClock

GITHUB, CHANNEL_LANE, PERSON = "github:7", "slack:C1", "slack-person:U1"
DEPLOYER = "deployer:https://deployer.example"


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(100.0)


@pytest.fixture
def pace(clock: StoppedClock) -> Pace:
    return Pace(clock)


def use_up(pace: Pace, clock: StoppedClock, lane: str, seconds: float, *, makes: bool = True) -> int:
    """Ask as often as it is allowed for so long, looking ten times a second; gives how often that was."""
    used = 0
    for _ in range(round(seconds * 10)):
        for _ in range(pace.allowed(lane, 8)):
            pace.used(lane, makes=makes)
            used += 1
        clock.time += 0.1
    return used


def test_a_deployer_gets_its_share_at_any_time(pace: Pace) -> None:
    for _ in range(100):
        pace.used(DEPLOYER, makes=True)
    assert pace.allowed(DEPLOYER, 8) == 8


def test_a_conversation_is_spoken_to_one_at_a_time_and_keeps_its_order(pace: Pace) -> None:
    assert pace.allowed(CHANNEL_LANE, 8) == 1
    assert pace.keeps_order(CHANNEL_LANE)
    assert not pace.keeps_order(GITHUB)
    assert not pace.keeps_order(PERSON)


def test_after_the_burst_a_channel_waits_for_its_second(pace: Pace, clock: StoppedClock) -> None:
    for _ in range(int(CHANNEL.burst)):
        assert pace.allowed(CHANNEL_LANE, 8) == 1
        pace.used(CHANNEL_LANE, makes=True)
    assert pace.allowed(CHANNEL_LANE, 8) == 0
    assert pace.soonest(60.0) == 1.0
    clock.time += 1
    assert pace.allowed(CHANNEL_LANE, 8) == 1


def test_a_long_silence_saves_up_one_burst_and_no_more(pace: Pace, clock: StoppedClock) -> None:
    pace.used(CHANNEL_LANE, makes=True)
    clock.time += 86_400
    for _ in range(int(CHANNEL.burst)):
        pace.used(CHANNEL_LANE, makes=True)
    assert pace.allowed(CHANNEL_LANE, 8) == 0


def test_all_channels_of_a_workspace_share_what_slack_allows_of_a_method(
    pace: Pace, clock: StoppedClock
) -> None:
    for number in range(int(WORKSPACE_MESSAGES.burst)):
        pace.used(f"slack:C{number}", makes=False)
    assert pace.allowed("slack:another", 8) == 0
    assert pace.allowed(PERSON, 8) == 8
    clock.time += 60
    assert pace.allowed("slack:another", 8) == 1


def test_no_minute_has_more_than_eighty_writes_to_an_installation(pace: Pace, clock: StoppedClock) -> None:
    assert 60 <= use_up(pace, clock, GITHUB, 60.0) <= 80
    assert pace.allowed("github:8", 8) == 8


def test_no_hour_has_more_than_five_hundred_new_things_for_an_installation(
    pace: Pace, clock: StoppedClock
) -> None:
    assert 400 <= use_up(pace, clock, GITHUB, 3600.0) <= 500


def test_what_only_changes_what_is_there_does_not_count_as_new(pace: Pace, clock: StoppedClock) -> None:
    assert use_up(pace, clock, GITHUB, 3600.0, makes=False) > GITHUB_NEW_THINGS.burst * 5


def test_a_single_deployment_is_not_slowed_down(pace: Pace) -> None:
    for _ in range(int(GITHUB_WRITES.burst)):
        assert pace.allowed(GITHUB, 8) > 0
        pace.used(GITHUB, makes=True)


def test_a_clock_that_went_back_gives_and_takes_nothing(pace: Pace, clock: StoppedClock) -> None:
    for _ in range(int(CHANNEL.burst)):
        pace.used(CHANNEL_LANE, makes=True)
    clock.time -= 3600
    assert pace.allowed(CHANNEL_LANE, 8) == 0


def test_buckets_that_are_full_again_are_forgotten(pace: Pace, clock: StoppedClock) -> None:
    for number in range(3000):
        pace.used(f"github:{number}", makes=True)
        clock.time += 60
    assert len(pace._tokens) < 2000
