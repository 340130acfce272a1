"""Some rounds of the kills that `make crash` plays by the hundred: nothing is lost, nothing comes twice."""

import asyncio
from pathlib import Path

import pytest

from tests.crash.__main__ import described, table
from tests.crash.rounds import Death, Kill, Plan, Result, planned, play
from tests.crash.stories import STORIES

SEEDS = (1, 2, 3, 4, 5)
"""One for each story."""
ROUND_SECONDS_MAX = 110.0
"""What was asked for again in vain is asked for once more after a minute; a whole test has two."""


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_bot_that_is_killed_in_a_story_loses_nothing_and_repeats_nothing(
    tmp_path: Path, seed: int
) -> None:
    async with asyncio.timeout(ROUND_SECONDS_MAX):
        result = await play(planned(seed), tmp_path)
    assert result.findings == [], described(result)
    assert len(result.deaths) == len(result.plan.kills)
    assert result.sent == result.stored == result.finished > 0


def test_the_rounds_of_the_tests_play_every_story() -> None:
    assert {planned(seed).story for seed in SEEDS} == set(STORIES)


def test_a_seed_makes_the_same_plan_each_time_and_another_one_another() -> None:
    assert planned(7) == planned(7)
    assert len({planned(seed).kills for seed in range(50)}) == 50


def test_a_finding_is_told_with_all_that_is_needed_to_play_it_again() -> None:
    kill = Kill("work", number=3, after_seconds=0.0, away_seconds=1.0)
    result = Result(Plan(8, "slack", (kill,)), findings=["2 times: comment x", "never arrived: push 1"])
    result.deaths.append(Death(kill, "command", {"effects": 2}))
    words = described(result)
    for wanted in ("FOUND", "2 times: comment x", "--seed 8", "after_seconds=0.0", "{'effects': 2}"):
        assert wanted in words
    assert "nothing lost" not in words
    rows = {line.split("  ")[0]: line.split()[-1] for line in table([result]).splitlines()}
    assert (rows["lost"], rows["repeated"], rows["other findings"]) == ("1", "1", "0")
    assert table([result]).splitlines()[4].split()[-1] == "1"
