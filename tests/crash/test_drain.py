"""SIGTERM in the middle of work: it ends in time and in order, and the next start goes on from there."""

import asyncio
import signal
from pathlib import Path

import pytest

from bot.sandbox.github.faults import Fault
from bot.sandbox.github.seed import SHOP
from bot.sandbox.stage import StageSettings
from tests.crash import points
from tests.crash.findings import findings
from tests.crash.house import APP_KEY, CHANNEL, House, house_in
from tests.crash.playing import kill_at, played, settings_of
from tests.crash.rounds import STEP_SECONDS, ended
from tests.crash.stories import STORIES, Told

pytestmark = pytest.mark.slow

QUICK = StageSettings(step_seconds=STEP_SECONDS, app_key=APP_KEY)
LONGER_THAN_A_DRAIN_SECONDS = 60.0


async def told_once(house: House) -> None:
    """One deployment, told once everywhere; the bot ends in order."""
    (pull, *_) = house.shop.pulls
    await house.until("the deployment", lambda: house.live() == pull.head_sha)
    await house.until("the answer", lambda: house.answer("succeeded"))
    await house.quiet()
    assert await ended(house) == 0
    told = Told(requests={(SHOP, pull.number): 1}, ends={SHOP: ["success"]}, threads={CHANNEL: 1})
    assert await findings(house, told) == []
    assert len(house.deployer.runs) == 1


@pytest.mark.parametrize("path", [".*/deployments", ".*/comments", ".*/reactions"])
async def test_it_ends_while_github_takes_its_time(tmp_path: Path, path: str) -> None:
    async with house_in(tmp_path, QUICK) as house:
        await house.ready()
        await house.quiet()
        slow = Fault("slow", method="POST", path=path, times=1, seconds=LONGER_THAN_A_DRAIN_SECONDS)
        rule = house.github.faults.add(slow)
        house.says("ada", "/deploy api production")
        await house.until("the slow call", lambda: rule not in house.github.faults.rules)
        assert await ended(house) == 0
        await house.ready()
        await told_once(house)


@pytest.mark.parametrize("trouble", ["lost_reply", "slow", "unavailable"])
async def test_it_ends_while_the_deployer_does_not_answer(tmp_path: Path, trouble: str) -> None:
    async with house_in(tmp_path, QUICK) as house:
        program = await house.ready()
        await house.quiet()
        house.deployer.break_next(trouble)  # type: ignore[arg-type]
        house.says("ada", "/deploy api production")
        await house.until("the call", lambda: not house.deployer.upcoming)
        program.signal(signal.SIGTERM)
        assert await program.gone() == 0
        await house.ready()
        await told_once(house)


async def test_it_ends_at_any_moment_of_a_story(tmp_path: Path) -> None:
    story = STORIES["pull request"]
    moments = (points.TAKEN, points.COMMENT, points.ORDER, points.UPDATE)
    async with house_in(tmp_path, settings_of(story)) as house:
        ending = asyncio.create_task(kill_at(house, moments, signal.SIGTERM))
        await played(house, story, ending)
        assert ending.result() == [0, 0, 0, 0]
