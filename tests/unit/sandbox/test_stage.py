"""What a stage is built of, and what it goes on with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.sandbox.github.seed import SHOP
from bot.sandbox.github.site import SITE
from bot.sandbox.keeping import Kept
from bot.sandbox.stage import Stage, StageSettings
from tests.unit.sandbox.pages.workflows import played
from tests.unit.sandbox.stages import APP_KEY, Clock, saved_and_loaded

NOWHERE = "http://127.0.0.1:9"


@asynccontextmanager
async def opened(folder: Path, *, site: bool, kept: Kept | None = None) -> AsyncIterator[Stage]:
    """A stage that is served and sends nothing."""
    stage = Stage(folder, StageSettings(app_key=APP_KEY, clock=Clock(), site=site), kept)
    try:
        await stage.open(NOWHERE)
        stage.disconnect()
        yield stage
    finally:
        await stage.close()


def repositories(stage: Stage) -> list[str]:
    return [one.full_name for one in stage.github.repositories.values()]


async def test_a_stage_has_the_shop_and_only_when_asked_the_site_with_its_channel(tmp_path: Path) -> None:
    async with opened(tmp_path, site=False) as stage:
        assert repositories(stage) == [SHOP]
        assert stage.slack.space.known_channel("site") is None
    async with opened(tmp_path, site=True) as stage:
        assert repositories(stage) == [SHOP, SITE]
        assert stage.slack.channel("site").id == "C0ACMESITE"


async def test_a_stage_that_was_kept_without_the_site_goes_on_without_it(tmp_path: Path) -> None:
    async with opened(tmp_path, site=False) as stage:
        kept = saved_and_loaded(stage, tmp_path / "stage.state", Clock())
    async with opened(tmp_path, site=True, kept=kept) as stage:
        assert repositories(stage) == [SHOP]
        assert stage.slack.space.known_channel("site") is None


async def test_a_run_that_was_under_way_goes_on_in_the_kept_stage(tmp_path: Path) -> None:
    async with opened(tmp_path, site=True) as stage:
        played(stage.worlds, "held")
        kept = saved_and_loaded(stage, tmp_path / "stage.state", Clock())
    async with opened(tmp_path, site=True, kept=kept) as stage:
        (run,) = stage.github.actions.stuck
        assert run.repository is stage.github.repository(SITE)
        stage.github.release_runs()
        stage.github.play_due()
        assert run.conclusion == "success"


async def test_a_stage_that_was_kept_has_its_site_once(tmp_path: Path) -> None:
    async with opened(tmp_path, site=True) as stage:
        kept = saved_and_loaded(stage, tmp_path / "stage.state", Clock())
    async with opened(tmp_path, site=True, kept=kept) as stage:
        assert repositories(stage) == [SHOP, SITE]
        assert [one.title for one in stage.github.repository(SITE).pulls] == [
            "Opening hours on the front page"
        ]
