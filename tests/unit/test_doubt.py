"""An effect in doubt is looked for twice before it is done again, however the clock stands."""

import pytest
from msgspec.structs import replace

from bot.domain.effects import Effect, SayInThread
from bot.doubt import LOOKS_SECONDS, look_before_repeating
from tests.unit.doors import NOW, StoppedClock

EFFECT = Effect(
    key="x-1",
    body=SayInThread(channel="C1", text="It began"),
    version=1,
    handle=None,
    parent_handle=None,
    uncertain=True,
    attempts=2,
    token="lease",
    first_attempt_at=NOW,
)
FIRST, LAST = LOOKS_SECONDS


class Looks:
    """Remembers when somebody looked, and finds something from a moment on."""

    def __init__(self, clock: StoppedClock, found_from: float = float("inf")) -> None:
        self._clock, self._found_from = clock, found_from
        self.at: list[float] = []

    async def __call__(self) -> str | None:
        self.at.append(self._clock.now() - NOW)
        return "found" if self._clock.now() >= self._found_from else None


@pytest.mark.parametrize(
    ("found_after", "looks", "found"),
    [(0, [FIRST], "found"), (FIRST + 1, [FIRST, LAST], "found"), (LAST + 1, [FIRST, LAST], None)],
)
async def test_it_looks_twice_and_no_longer_than_it_has_to(
    found_after: float, looks: list[float], found: str | None
) -> None:
    clock = StoppedClock()
    look = Looks(clock, NOW + found_after)
    assert await look_before_repeating(EFFECT, clock, look) == found
    assert look.at == looks


async def test_the_last_attempt_counts_and_not_the_first() -> None:
    clock = StoppedClock(NOW + 60)
    look = Looks(clock)
    await look_before_repeating(replace(EFFECT, last_attempt_at=NOW + 58), clock, look)
    assert look.at == [58 + FIRST, 60 + LAST]


async def test_who_comes_late_looks_at_once_and_waits_only_where_nothing_was_found() -> None:
    clock = StoppedClock(NOW + 3600)
    assert await look_before_repeating(EFFECT, clock, Looks(clock, NOW)) == "found"
    assert clock.now() == NOW + 3600
    look = Looks(clock)
    assert await look_before_repeating(EFFECT, clock, look) is None
    assert look.at == [3600, 3600 + LAST]


async def test_a_clock_that_was_set_forward_shortens_no_wait() -> None:
    clock = StoppedClock(NOW + 40)  # and yet it was a moment ago
    look = Looks(clock, NOW + 40 + LAST - 1)
    assert await look_before_repeating(EFFECT, clock, look) == "found"


async def test_an_attempt_of_unknown_time_was_just_now() -> None:
    clock = StoppedClock()
    look = Looks(clock)
    await look_before_repeating(replace(EFFECT, first_attempt_at=None), clock, look)
    assert look.at == [FIRST, LAST]


async def test_a_clock_that_went_back_makes_no_wait_longer() -> None:
    clock = StoppedClock(NOW - 3600)
    look = Looks(clock)
    await look_before_repeating(EFFECT, clock, look)
    assert clock.now() == NOW - 3600 + LAST
