"""How long is waited before the next try."""

import random

import pytest

from bot.runtime.backoff import Backoff

BACKOFF = Backoff(first=1.0, longest=60.0)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 1.0), (2, 2.0), (3, 4.0), (7, 60.0), (1000, 60.0)])
def test_it_doubles_up_to_the_longest_with_at_most_half_of_it_on_top(attempts: int, seconds: float) -> None:
    chance = random.Random(1)
    delays = [BACKOFF.delay(attempts, None, chance) for _ in range(100)]
    assert all(seconds <= delay <= 1.5 * seconds for delay in delays)
    assert len(set(delays)) > 1


def test_it_is_never_shorter_than_the_target_asked() -> None:
    assert BACKOFF.delay(1, 3600.0, random.Random(1)) == 3600.0


def test_a_target_that_asks_for_less_does_not_shorten_it() -> None:
    assert BACKOFF.delay(7, 0.1, random.Random(1)) >= 60.0
