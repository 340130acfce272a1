"""What people do with a request's message, and what they read in it while something happens."""

from pathlib import Path

from bot.sandbox.github.seed import SHOP
from bot.sandbox.slack import Message
from tests.scenario.play import Play, playing
from tests.scenario.test_github_actions import BY_WORKFLOW


async def under_way(play: Play) -> Message:
    """A deployment that waits for the deployer; gives its message."""
    play.deployer.play_next("late")
    play.says("ada", "/deploy api production")
    await play.until("the deployment runs", lambda: play.deployer.runs and play.deployer.runs[-1].held)
    return await play.told("3 of 5 pods replaced")


async def test_cancel_pressed_in_slack_asks_the_deployer_to_stop_and_the_button_goes(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        message = await under_way(play)
        assert message.buttons == ["Cancel"]
        await play.presses("U0GRACE", "Cancel")
        await play.ended("cancelled")
        await play.until("the end in the message", lambda: "🚫" in message.spoken and not message.buttons)
        assert [order.action for order in play.deployer.orders] == ["deploy", "cancel"]


async def test_cancel_pressed_by_somebody_who_may_not_deploy_is_refused_to_them_alone(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        message = await under_way(play)
        await play.presses("U0MALLORY", "Cancel")
        await play.whispered("U0MALLORY", "write access")
        assert message.buttons == ["Cancel"]
        play.deployer.release_late()
        await play.ended("succeeded")


async def test_the_comment_shows_the_newest_words_of_the_deployer_in_their_place(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await under_way(play)
        comment = await play.answer("> 3 of 5 pods replaced")
        said = [line for line in comment.body.splitlines() if line.startswith("> ")]
        assert said == ["> 3 of 5 pods replaced"]
        play.deployer.release_late()
        await play.ended("succeeded")
        await play.until("the end in the comment", lambda: "\n> " not in comment.body)


async def test_commits_are_linked_in_slack(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        message = await under_way(play)
        sha = play.pull.head_sha
        assert f"<{play.github.web_url}/acme/shop/commit/{sha}|{sha[:7]}>" in message.text.splitlines()[0]
        play.deployer.release_late()
        await play.ended("succeeded")


async def test_a_workflow_that_somebody_runs_again_is_told_of_in_words(tmp_path: Path) -> None:
    async with playing(tmp_path, BY_WORKFLOW) as play:
        play.github.actions.play_next("fail")
        play.says("ada", "/deploy api production")
        await play.ended("failed")
        await play.settled()
        (run,) = play.github.actions.runs.values()
        play.github.rerun_failed("grace", SHOP, run.id)
        words = "Started again at the deployer by somebody: it succeeded there. The outcome here stays."
        comment = await play.answer(words)
        assert f"Live now: {play.pull.head_sha[:7]}." in comment.body
        await play.told(words)
