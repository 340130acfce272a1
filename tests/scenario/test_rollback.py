"""A deployment goes wrong: the prompt, who answers it how, and what runs in the end."""

from pathlib import Path

import pytest

from bot.sandbox.slack import Message
from tests.scenario.play import CHANNEL, Play, playing, with_environment


async def a_failure_after_a_success(play: Play) -> tuple[str, str]:
    """The first commit is live; the second one fails. Gives both SHAs."""
    good = play.pull.head_sha
    play.says("ada", "/deploy api production")
    await play.runs(good)
    bad = play.pushes("ada")
    await play.checked("pointsman/plan", bad)
    play.deployer.play_next("fail")
    play.says("ada", "/deploy api production")
    await play.ended("failed")
    return good, bad


async def the_prompt(play: Play, button: str = "Roll back") -> Message:
    return await play.until("the prompt", lambda: play.message_with_button(button))


async def test_roll_back_pressed_in_slack_brings_the_last_good_commit_back(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        good, bad = await a_failure_after_a_success(play)
        await play.answer("failed", "/rollback api production", "pods not ready", good[:7])
        prompt = await play.presses("U0LIN", "Roll back")

        await play.runs(good)
        await play.until("who decided, in Slack", lambda: not prompt.buttons and "U0LIN" in prompt.spoken)
        await play.answer("@lin", good[:7], "succeeded")
        slot = await play.slot()
        assert slot.bad == (bad,)
        assert [each.state for each in slot.history] == ["succeeded", "failed", "succeeded"]
        order = play.deployer.orders[-1]
        assert (order.action, order.sha, order.requested_by) == ("rollback", good, "lin")


async def test_the_prompt_stands_in_the_thread_and_shows_what_it_is_about(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        good, bad = await a_failure_after_a_success(play)
        prompt = await the_prompt(play)
        assert prompt.is_reply
        assert prompt.buttons == ["Roll back", "Retry", "Keep"]
        for words in (good[:7], bad[:7], "pods not ready", "failed"):
            assert words in prompt.spoken
        first = play.slack.space.message(prompt.channel, prompt.thread_ts)
        assert bad[:7] in first.spoken
        assert "failed" in first.spoken
        assert "not known" in first.spoken


async def test_a_rollback_makes_github_deployments_follow(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        good, bad = await a_failure_after_a_success(play)
        await play.presses("U0LIN", "Roll back")
        await play.runs(good)
        await play.settled()
        first, failed, back = play.deployments()
        assert (first.sha, failed.sha, back.sha) == (good, bad, good)
        assert (first.state, failed.state, back.state) == ("inactive", "failure", "success")


async def test_retry_pressed_ships_the_same_commit_as_a_new_request(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        _, bad = await a_failure_after_a_success(play)
        prompt = await play.presses("U0GRACE", "Retry")
        await play.runs(bad)
        await play.until("the answer", lambda: not prompt.buttons and "U0GRACE" in prompt.spoken)
        again = play.deployer.orders[-1]
        assert (again.action, again.requested_by) == ("deploy", "grace")
        assert len({order.deployment for order in play.deployer.orders}) == 3


async def test_retry_and_keep_can_be_typed_where_the_bot_asked(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        _, bad = await a_failure_after_a_success(play)
        play.deployer.play_next("fail")
        play.says("lin", "/retry")
        await play.ended("failed", 2)
        await play.until("the second prompt", lambda: play.message_with_button("Keep"))
        play.says("grace", "/keep")

        async def kept() -> bool:
            return (await play.slot()).prompts[-1].answer == "keep"

        await play.eventually("the decision", kept)
        await play.answer("@grace", "failed", bad[:7])
        answers = [prompt.answer for prompt in (await play.slot()).prompts]
        assert answers == ["retry", "keep"]


async def test_a_rollback_passes_gates_that_would_stop_a_deployment(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        good, _ = await a_failure_after_a_success(play)
        gated = play.configured(with_environment("requires: {approvals: 2}"))
        play.github.push("olive", "acme/shop", "main", {".github/pointsman.yml": gated}, "Two approvals")
        play.clock.advance(60)
        await play.presses("U0LIN", "Roll back")
        await play.runs(good)


async def test_with_rollback_never_nobody_is_asked(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("rollback: {mode: never}")) as play:
        play.deployer.play_next("fail")
        play.says("ada", "/deploy api production")
        await play.ended("failed")
        await play.answer("failed")
        await play.settled()
        assert all(message.buttons == [] for message in play.slack.messages(CHANNEL))


@pytest.mark.parametrize("command", ["/keep", "/retry"])
async def test_a_bare_answer_where_nobody_asked_says_nothing(tmp_path: Path, command: str) -> None:
    async with playing(tmp_path) as play:
        comment = play.says("ada", command)
        await play.settled()
        assert comment.reactions == []
        assert play.bots_comments() == []
