"""The bot is killed at moments that the outside can tell apart, one after the other in one story.

Each is reached for certain: before an answer was given, after it was given, between a request and its effect.
"""

import asyncio
import contextlib
from pathlib import Path

import pytest

from bot.ledger.schema import REVISION
from bot.sandbox.stage import StageSettings
from tests.crash import points
from tests.crash.house import APP_KEY, connect, house_in
from tests.crash.playing import kill_at, played, settings_of
from tests.crash.points import Point
from tests.crash.rounds import ended
from tests.crash.stories import STORIES

pytestmark = pytest.mark.slow

ANSWERED = {
    "what is posted": ("pull request", (points.TAKEN, points.REACTION, points.COMMENT, points.DEPLOYMENT)),
    "what is changed": ("pull request", (points.STATUS, points.ORDER, points.CHANGED, points.UPDATE)),
    "what is read": ("merge", (points.LIST, points.CHECK, points.MESSAGE, points.READ)),
    "a workflow": ("workflow", (points.READ, points.DISPATCH, points.STATUS)),
}
UNSERVED = (
    ("POST", "/check-runs"),
    ("POST", "/reactions"),
    ("POST", "/comments"),
    ("POST", "/deployments"),
    ("POST", "/statuses"),
)


@pytest.mark.parametrize(("name", "moments"), ANSWERED.values(), ids=ANSWERED)
async def test_killed_while_an_answer_is_on_its_way(
    tmp_path: Path, name: str, moments: tuple[Point, ...]
) -> None:
    story = STORIES[name]
    async with house_in(tmp_path, settings_of(story)) as house:
        await played(house, story, asyncio.create_task(kill_at(house, moments)))


async def test_killed_while_a_request_is_on_its_way(tmp_path: Path) -> None:
    story = STORIES["pull request"]
    async with house_in(tmp_path, settings_of(story)) as house:

        async def kill() -> list[int]:
            codes = []
            for method, ending in UNSERVED:
                program = await house.start()
                house.door.arm(program, method, ending)
                await house.until(f"{method} {ending}", lambda: house.door.struck)
                codes.append(await program.gone())
            await house.ready()
            return codes

        await played(house, story, asyncio.create_task(kill()))


async def test_killed_while_it_asks_for_what_it_missed(tmp_path: Path) -> None:
    """The first webhooks meet nobody; the sweep that asks for them again is interrupted three times.

    GitHub sends what it was asked for some time later: when there is a bot again.
    """
    story = STORIES["all at once"]
    async with house_in(tmp_path, settings_of(story)) as house:
        await house.until("webhooks in vain", lambda: house.stage.github_server.is_idle)
        house.stage.github_server.deliver_to(None)

        async def kill() -> list[int]:
            codes = await kill_at(house, (points.AGAIN, points.AGAIN, points.LIST))
            house.stage.github_server.deliver_to(f"{house.url}/webhooks/github")
            return codes

        await played(house, story, asyncio.create_task(kill()))


@pytest.mark.parametrize("bytes_written", [0, 1, 20_000, 60_000])
async def test_killed_while_it_makes_its_tables(tmp_path: Path, bytes_written: int) -> None:
    """The tables are made in one transaction, so that the next start finds all of them or none."""
    async with house_in(tmp_path, StageSettings(app_key=APP_KEY, pull_requests=False)) as house:
        program = await house.run("migrate")
        log = house.ledger_file.with_name(house.ledger_file.name + "-wal")
        await house.until_at_once(
            lambda: not program.is_running or (log.exists() and log.stat().st_size >= bytes_written)
        )
        program.strike()
        await program.gone()
        await house.ready()
        await house.quiet()
        with contextlib.closing(connect(house.ledger_file)) as connection:
            (found,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert found == REVISION
        assert await ended(house) == 0
