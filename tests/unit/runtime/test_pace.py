"""How fast each target may be asked."""

import pytest

from bot.runtime.pace import CHAT_BURST, Pace
from tests.unit.doors import StoppedClock

GITHUB, CHANNEL = "github:7", "slack:C1"


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(100.0)


@pytest.fixture
def pace(clock: StoppedClock) -> Pace:
    return Pace(clock)


def test_any_target_gets_its_share(pace: Pace) -> None:
    for _ in range(100):
        pace.used(GITHUB)
    assert pace.allowed(GITHUB, 8) == 8


def test_a_conversation_is_spoken_to_one_at_a_time_and_keeps_its_order(pace: Pace) -> None:
    assert pace.allowed(CHANNEL, 8) == 1
    assert pace.keeps_order(CHANNEL)
    assert not pace.keeps_order(GITHUB)


def test_after_the_burst_a_channel_waits_for_its_second(pace: Pace, clock: StoppedClock) -> None:
    for _ in range(int(CHAT_BURST)):
        assert pace.allowed(CHANNEL, 8) == 1
        pace.used(CHANNEL)
    assert pace.allowed(CHANNEL, 8) == 0
    assert pace.soonest(60.0) == 1.0
    clock.time += 1
    assert pace.allowed(CHANNEL, 8) == 1


def test_a_long_silence_saves_up_one_burst_and_no_more(pace: Pace, clock: StoppedClock) -> None:
    pace.used(CHANNEL)
    clock.time += 86_400
    for _ in range(int(CHAT_BURST)):
        pace.used(CHANNEL)
    assert pace.allowed(CHANNEL, 8) == 0


def test_a_paused_target_is_left_alone_until_the_pause_ends(pace: Pace, clock: StoppedClock) -> None:
    pace.pause(GITHUB, 130.0)
    assert (pace.allowed(GITHUB, 8), pace.allowed("github:8", 8)) == (0, 8)
    assert pace.soonest(60.0) == 30.0
    clock.time = 130.0
    assert pace.allowed(GITHUB, 8) == 8
    assert pace.soonest(60.0) == 60.0


def test_a_shorter_pause_does_not_end_a_longer_one(pace: Pace, clock: StoppedClock) -> None:
    pace.pause(GITHUB, 130.0)
    pace.pause(GITHUB, 110.0)
    clock.time = 120.0
    assert pace.allowed(GITHUB, 8) == 0
