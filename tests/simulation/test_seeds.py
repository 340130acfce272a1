"""Some hundred seeds, each a story of its own: nothing may be lost, and nothing may be done twice."""

import pytest

from tests.simulation.simulation import run

SEEDS = 200
TOGETHER = 10


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1, SEEDS + 1, TOGETHER))
def test_whatever_happens_every_promise_holds(first: int) -> None:
    found = [result.told() for seed in range(first, first + TOGETHER) if (result := run(seed)).findings]
    assert not found, "\n\n".join(found)
