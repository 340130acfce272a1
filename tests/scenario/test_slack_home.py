"""The app's Home tab in Slack: what is live where, for the person who looks, and when they look."""

from pathlib import Path

from bot.sandbox.github.seed import SHOP
from bot.sandbox.slack import View
from bot.sandbox.stage import CONFIGURATION
from tests.scenario.play import CHANNEL, Play, playing

GRACE, MALLORY, SAM = "U0GRACE", "U0MALLORY", "U0SAM"


def words(view: View) -> str:
    """All that is written on the tab, and where its links lead."""
    return str(view.data["blocks"])


async def home(play: Play, who: str, *said: str, without: str = "") -> View:
    """Wait until this person's Home tab says this."""

    def look() -> View | None:
        view = play.slack.home(who)
        if view is None or not all(each in words(view) for each in said):
            return None
        return None if without and without in words(view) else view

    return await play.until(f"a Home tab that says {said}", look)


async def opened(play: Play, who: str, *said: str) -> View:
    play.slack.open_home(who)
    return await home(play, who, *said)


def buttons(view: View) -> list[str]:
    return [each.label for each in view.elements if each.is_button]


async def test_the_tab_tells_what_is_live_since_when_and_by_whom(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        head = play.shop.branches["main"]
        play.types(GRACE, "/deploy", "api staging")
        await play.runs(head, "staging")
        view = await opened(play, GRACE, "As of", f"`{SHOP}`", "*staging*", "`api`")
        assert f"{play.github.web_url}/{SHOP}/commit/{head}|{head[:7]}>" in words(view)
        assert "✅ live" in words(view)
        assert f"by <@{GRACE}>" in words(view)
        assert "Waiting for a decision" not in words(view)
        assert buttons(view) == ["Refresh", "Deploy…"]


async def test_what_runs_and_waits_is_shown_and_refresh_looks_again(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("late")
        play.types(GRACE, "/deploy", "api staging")
        await play.is_now("running", "staging")
        play.types(GRACE, "/deploy", "api staging")
        await play.eventually("a queue", lambda: queue(play))
        view = await opened(play, GRACE, "🚀 running", "🕒 1 waiting", "❓ not known")
        (running, *_) = play.deployer.orders
        assert running.deployment in words(view)
        play.deployer.release_late()
        await play.ended("succeeded", 2, "staging")
        play.slack.press_in_view(GRACE, view, "Refresh")
        await home(play, GRACE, "✅ live", without="waiting")


async def queue(play: Play) -> bool:
    return len((await play.slot("api", "staging")).queue) == 1


async def test_what_went_wrong_asks_for_a_decision_until_somebody_decided(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("fail")
        play.types(GRACE, "/deploy", "api production")
        await play.ended("failed")
        failed = (await play.slot()).history[-1].id
        view = await opened(play, GRACE, "Waiting for a decision", "❌ failed", "❓ not known")
        assert f"{play.bot_url}/deployments/{failed}|{failed}>" in words(view)
        await play.presses(GRACE, "Keep")
        await play.told("Decided:", "chose to keep")
        play.slack.press_in_view(GRACE, view, "Refresh")
        await home(play, GRACE, "❓ not known", without="Waiting for a decision")


async def test_somebody_who_is_not_linked_reads_how_to_be(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types(GRACE, "/deploy", "api staging")
        await play.runs(play.shop.branches["main"], "staging")
        view = await opened(play, SAM, f"LOGIN: {SAM}", "people")
        assert SHOP not in words(view)
        assert buttons(view) == ["Refresh"]


async def test_nobody_sees_a_repository_that_they_cannot_read(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.shop.private = True
        play.types(GRACE, "/deploy", "api staging")
        await play.runs(play.shop.branches["main"], "staging")
        view = await opened(play, MALLORY, "No deployment is recorded yet")
        assert SHOP not in words(view)


async def test_the_tabs_button_opens_the_form_and_the_answer_comes_to_the_conversation_with_the_app(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        view = await opened(play, GRACE, "As of")
        play.slack.press_in_view(GRACE, view, "Deploy…")
        modal = await play.until("the form", lambda: _filled(play))
        play.slack.submit_view(GRACE, modal, {"services": ["api"], "environment": "staging"})
        await play.runs(play.shop.branches["main"], "staging")
        whisper = await play.whispered(GRACE, "accepted", CHANNEL)
        assert whisper.channel == play.slack.space.direct(GRACE).id


async def test_without_a_channel_the_story_is_told_in_the_conversation_with_the_app(tmp_path: Path) -> None:
    async with playing(tmp_path, CONFIGURATION.replace("slack: {channel: C0DEPLOYS}\n", "")) as play:
        view = await opened(play, GRACE, "As of")
        play.slack.press_in_view(GRACE, view, "Deploy…")
        modal = await play.until("the form", lambda: _filled(play))
        play.slack.submit_view(GRACE, modal, {"services": ["api"], "environment": "staging"})
        await play.runs(play.shop.branches["main"], "staging")
        await play.settled()
        told = play.slack.messages(play.slack.space.direct(GRACE).id)
        assert any("succeeded" in message.spoken for message in told)


async def test_who_may_deploy_nothing_reads_that_in_the_form(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        view = await opened(play, MALLORY, "As of")
        play.slack.press_in_view(MALLORY, view, "Deploy…")

        def look() -> bool:
            return any("Nothing to deploy" in words(modal) for modal in play.slack.modals(MALLORY))

        await play.until("the answer", look)


def _filled(play: Play) -> View | None:
    modals = play.slack.modals(GRACE)
    return modals[-1] if modals and "submit" in modals[-1].data else None
