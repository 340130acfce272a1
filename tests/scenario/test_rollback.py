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


async def test_rollback_typed_on_the_pull_request_answers_the_prompt(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        good, _ = await a_failure_after_a_success(play)
        prompt = await the_prompt(play)
        command = play.says("lin", "/rollback api production because the shop is empty")
        await play.reacted(command, "eyes")
        await play.runs(good)
        await play.answer("@lin", "the shop is empty", good[:7], "succeeded")
        await play.until("the answer in Slack", lambda: not prompt.buttons and "U0LIN" in prompt.spoken)


async def test_a_rollback_to_a_named_deployment_goes_there(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        shas = [play.pull.head_sha]
        play.says("ada", "/deploy api production")
        await play.runs(shas[0])
        for text in ("x = 1\n", "x = 2\n"):
            shas.append(play.pushes("ada", text))
            await play.checked("pointsman/plan", shas[-1])
            play.says("ada", "/deploy api production")
            await play.runs(shas[-1])
        first = (await play.slot()).history[0]
        play.says("lin", f"/rollback api production to {first.id}")
        await play.runs(shas[0])
        play.says("lin", "/rollback api production to d-0000000000")
        await play.answer("d-0000000000", first.id)
        play.says("lin", f"/rollback api production to {shas[1]}")
        await play.runs(shas[1])


async def test_after_a_rollback_the_next_one_goes_back_further(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        shas = [play.pull.head_sha]
        play.says("ada", "/deploy api production")
        await play.runs(shas[0])
        for text in ("x = 1\n", "x = 2\n"):
            shas.append(play.pushes("ada", text))
            await play.checked("pointsman/plan", shas[-1])
            play.says("ada", "/deploy api production")
            await play.runs(shas[-1])
        play.says("lin", "/rollback api production")
        await play.runs(shas[1])
        play.says("lin", "/rollback api production")
        await play.runs(shas[0])
        assert set((await play.slot()).bad) == {shas[1], shas[2]}
        play.says("lin", "/rollback api production")
        await play.answer("nothing to go back to")


async def test_without_anything_good_there_is_no_way_back_and_no_button_for_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("fail")
        play.says("ada", "/deploy api production")
        prompt = await the_prompt(play, "Keep")
        assert "Roll back" not in prompt.buttons
        play.says("ada", "/rollback api production")
        await play.answer("nothing to go back to")
        await play.settled()
        assert len(play.deployer.orders) == 1


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


async def test_keep_leaves_everything_as_it_is(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await a_failure_after_a_success(play)
        prompt = await play.presses("U0LIN", "Keep")
        await play.until("who decided", lambda: not prompt.buttons and "U0LIN" in prompt.spoken)
        await play.answer("@lin", "failed")
        await play.settled()
        assert len(play.deployer.orders) == 2
        assert not (await play.slot()).live.known


async def test_of_two_who_press_one_decides_and_the_other_is_told_who(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        good, _ = await a_failure_after_a_success(play)
        prompt = await the_prompt(play)
        play.slack.press("U0LIN", prompt, "Roll back")
        play.slack.press("U0GRACE", prompt, "Roll back")
        await play.runs(good)
        await play.settled()
        (winner,) = [order for order in play.deployer.orders if order.action == "rollback"]
        other = {"lin": "U0GRACE", "grace": "U0LIN"}[str(winner.requested_by)]
        told = [*play.slack.messages(CHANNEL), *play.slack.whispers(other)]
        answers = [each for each in told if "refused" in each.spoken and winner.deployment in each.spoken]
        assert answers, play.slack.transcript()
        assert str(winner.requested_by) in answers[0].spoken


async def test_a_second_press_after_the_decision_is_answered_with_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        good, _ = await a_failure_after_a_success(play)
        prompt = await the_prompt(play)
        button = prompt.element("Roll back")
        old = Message(prompt.ts, prompt.channel, prompt.user, prompt.text, [*prompt.blocks])
        old.thread_ts = prompt.thread_ts
        play.slack.press("U0LIN", prompt, button.label)
        await play.runs(good)
        await play.settled()
        play.slack.press("U0GRACE", old, button.label)  # grace's window still showed the buttons
        await play.whispered("U0GRACE", "lin")
        await play.settled()
        assert [order.action for order in play.deployer.orders].count("rollback") == 1


async def test_a_press_on_a_prompt_that_was_overtaken_is_answered_and_not_obeyed(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await a_failure_after_a_success(play)
        prompt = await the_prompt(play)
        old = Message(prompt.ts, prompt.channel, prompt.user, prompt.text, [*prompt.blocks])
        old.thread_ts = prompt.thread_ts
        newer = play.pushes("ada", "x = 3\n")
        await play.checked("pointsman/plan", newer)
        play.says("ada", "/deploy api production")
        await play.runs(newer)
        play.slack.press("U0LIN", old, "Roll back")
        newest = (await play.slot()).history[-1].id
        await play.whispered("U0LIN", newest)
        play.slack.press("U0LIN", old, "Retry")
        await play.until("a second answer", lambda: len(play.slack.whispers("U0LIN")) == 2)
        await play.settled()
        assert (await play.slot()).live.sha == newer
        assert [order.action for order in play.deployer.orders] == ["deploy"] * 3


async def test_a_press_by_somebody_who_may_not_is_refused_to_their_eyes(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await a_failure_after_a_success(play)
        prompt = await play.presses("U0MALLORY", "Roll back")
        await play.whispered("U0MALLORY", "write access")
        play.slack.press("U0SAM", prompt, "Roll back")
        await play.whispered("U0SAM", "U0SAM")
        await play.settled()
        assert prompt.buttons == ["Roll back", "Retry", "Keep"]
        assert len(play.deployer.orders) == 2


async def test_a_rollback_needs_the_environments_deployers_too(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("deployers: [ada]")) as play:
        await a_failure_after_a_success(play)
        await play.presses("U0LIN", "Roll back")
        await play.whispered("U0LIN", "ada")
        await play.settled()
        assert len(play.deployer.orders) == 2


async def test_a_rollback_that_is_asked_for_while_something_runs_goes_first_when_it_ends(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        good = play.pull.head_sha
        play.says("ada", "/deploy api production")
        await play.runs(good)
        second = play.pushes("ada", "x = 1\n")
        await play.checked("pointsman/plan", second)
        play.deployer.play_next("late")
        play.says("ada", "/deploy api production")
        await play.until("the second one under way", lambda: play.deployer.runs[-1].held)
        play.says("ada", "/deploy api production@main")
        await play.answer("queued")
        play.says("lin", "/rollback api production")

        async def two_wait() -> bool:
            return len((await play.slot()).queue) >= 1

        await play.eventually("somebody waiting", two_wait)
        await play.settled()
        play.deployer.release_late()
        await play.until(
            "the rollback", lambda: [order.action for order in play.deployer.orders].count("rollback") == 1
        )
        await play.settled()
        assert [order.action for order in play.deployer.orders][:3] == ["deploy", "deploy", "rollback"]
        assert play.deployer.orders[2].sha == good


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
