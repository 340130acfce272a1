"""The page "Now" of the dashboard: what stands in the way is seen before anybody tries."""

import re
from html import unescape
from pathlib import Path

import aiohttp

from bot.domain.automation_events import AutomationPaused
from bot.runtime.own_deliveries import delivery_of
from bot.sandbox.github.faults import Fault
from tests.clock import quiet_loop
from tests.scenario.play import Play, playing, with_environment

CHECKED = with_environment("requires: {}")
CLOSED = with_environment("freeze: [{from: 2020-01-01, to: 2099-12-31, reason: end of the world}]")


async def page(play: Play) -> str:
    """The page as text, a line for each cell."""
    headers = {"Authorization": f"Bearer {play.stage.environment(0)['DASHBOARD_TOKEN']}"}
    with quiet_loop().something_under_way():
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{play.bot_url}/now", headers=headers) as got,
        ):
            assert got.status == 200
            return unescape(re.sub(r"<[^>]+>", "", await got.text()))


async def test_it_shows_what_is_live_who_waits_for_what_and_what_is_held(tmp_path: Path) -> None:
    async with playing(tmp_path, CHECKED) as play:
        first = play.pull.head_sha
        play.says("ada", "/deploy api staging")
        await play.runs(first, "staging")
        sha = play.pushes("ada")
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await play.answer("waiting", "no check has reported")
        play.types("U0LIN", "/pointsman", "lock web production for 1h because migration")
        await play.told("locked", "migration")
        now = play.clock.now()
        paused = AutomationPaused(by="olive", at=now, because="stocktaking")
        await play.bot.composition.intake.store(delivery_of(paused, "paused", now))
        await play.settled()
        shown = await page(play)
        assert f"✅ live {first[:7]}" in shown
        for words in (
            "acme/shop",
            "checks waiting: No check has reported",
            "🔒 web in production: lin since",
            "Because: migration",
            "lock closed: Somebody else has locked it.",
            "Automation is paused",
            "Because: stocktaking",
        ):
            assert words in shown
        play.github.run_ci("acme/shop", sha)


async def test_a_freeze_of_the_configuration_is_shown_although_nobody_asked_yet(tmp_path: Path) -> None:
    async with playing(tmp_path, CLOSED) as play:
        shown = await page(play)
        assert "freeze closed" in shown
        assert "end of the world" in shown


async def test_without_github_what_the_ledger_knows_is_shown(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        await play.settled()
        play.clock.advance(120)
        down = play.github.faults.add(Fault("status", path=".*", status=502))
        shown = await page(play)
        assert f"✅ live {play.pull.head_sha[:7]}" in shown
        assert "could not be read" in shown or "does not answer" in shown
        play.github.faults.rules.remove(down)
