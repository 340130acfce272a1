"""Deployments meet others in their slot: who waits, who is sent away, how people decide about failures."""

from pathlib import Path

import pytest

from bot.sandbox.deployer import Order
from bot.sandbox.github import Fault as GitHubFault
from bot.sandbox.github.records import PullRequest
from bot.sandbox.github.seed import SHOP
from bot.sandbox.slack import Fault
from tests.scenario.play import Play, playing, with_environment

UNRECORDED = "d-0000000000"


async def ships(play: Play, text: str) -> str:
    """Ada pushes and ships api to production; gives the commit once it runs there."""
    sha = play.pushes("ada", text)
    await play.checked("pointsman/plan", sha)
    play.says("ada", "/deploy api production")
    await play.runs(sha)
    return sha


async def fails(play: Play) -> str:
    """Ada pushes and ships api to production, which fails; gives the commit once she is asked about it."""
    sha = play.pushes("ada", "bad = True\n")
    await play.checked("pointsman/plan", sha)
    play.deployer.play_next("fail")
    play.says("ada", "/deploy api production")
    await play.ended("failed")
    await play.answer(sha[:7], "failed", "/retry")
    return sha


async def holds(play: Play) -> Order:
    """Ada ships api to production, and the deployer takes its time; gives its order."""
    play.deployer.play_next("late")
    play.says("ada", "/deploy api production")
    await play.until("an order at work", lambda: any(run.held for run in play.deployer.runs))
    return play.deployer.orders[-1]


def another(play: Play, branch: str) -> PullRequest:
    """Another pull request that concerns api, by grace."""
    return play.opens("grace", {"services/api/app.py": f"{branch} = 1\n".replace("-", "_")}, branch)


def shipped(play: Play) -> list[str]:
    """The commits that the deployer was asked for, oldest first."""
    return [order.sha for order in play.deployer.orders]


def rollbacks(play: Play) -> int:
    """How often the deployer was asked to roll back."""
    return [order.action for order in play.deployer.orders].count("rollback")


# --- somebody is there already --------------------------------------------------------------------------


async def test_whoever_comes_second_waits_and_is_shipped_in_turn(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await holds(play)
        second, third = another(play, "second"), another(play, "third")
        play.says("grace", "/deploy api production", second.number)
        await play.answer("queued", "place 1", number=second.number)
        play.says("lin", "/deploy api production", third.number)
        await play.answer("queued", "place 2", number=third.number)
        await play.settled()
        assert shipped(play) == [play.pull.head_sha]
        play.deployer.release_late()
        await play.runs(third.head_sha)
        await play.answer("succeeded", number=second.number)
        await play.answer("succeeded", number=third.number)
        assert shipped(play) == [play.pull.head_sha, second.head_sha, third.head_sha]


async def test_other_slots_do_not_wait(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await holds(play)
        play.says("grace", "/deploy api staging")
        await play.runs(play.pull.head_sha, "staging")
        play.says("grace", "/deploy web production")
        await play.runs(play.pull.head_sha, service="web")
        play.deployer.release_late()
        await play.runs(play.pull.head_sha)


async def test_where_nobody_queues_the_second_is_told_who_is_in_the_way(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("on_busy: reject")) as play:
        running = await holds(play)
        second = another(play, "second")
        play.says("grace", "/deploy api production", second.number)
        await play.answer("refused", running.deployment, "ada", number=second.number)
        play.deployer.release_late()
        await play.runs(play.pull.head_sha)
        assert shipped(play) == [play.pull.head_sha]
        play.says("grace", "/deploy api production", second.number)
        await play.runs(second.head_sha)


async def test_the_newest_replaces_who_waits_and_never_what_runs(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("on_busy: supersede")) as play:
        await holds(play)
        second, third = another(play, "second"), another(play, "third")
        play.says("grace", "/deploy api production", second.number)
        await play.answer("queued", number=second.number)
        play.says("lin", "/deploy api production", third.number)
        await play.answer("superseded", number=second.number)
        play.deployer.release_late()
        await play.runs(third.head_sha)
        await play.answer("succeeded")
        assert shipped(play) == [play.pull.head_sha, third.head_sha]


async def test_a_rollback_is_next_although_somebody_waits_longer(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        good = await ships(play, "good = 1\n")
        await ships(play, "good = 2\n")
        await holds(play)
        second = another(play, "second")
        play.says("grace", "/deploy api production", second.number)
        await play.answer("queued", number=second.number)
        play.says("lin", f"/rollback api production to {good}")
        await play.answer("@lin", "queued")
        play.deployer.release_late()
        await play.runs(second.head_sha)
        assert shipped(play)[-2:] == [good, second.head_sha]


async def test_a_head_that_moves_on_while_it_waits_is_not_shipped(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await holds(play)
        second = another(play, "second")
        play.says("grace", "/deploy api production", second.number)
        await play.answer("queued", number=second.number)
        play.clock.advance(5)
        moved = play.pushes("grace", "y = 3\n", second)
        play.deployer.release_late()
        await play.answer("superseded", moved[:7], number=second.number)
        await play.settled()
        assert shipped(play) == [play.pull.head_sha]


async def test_a_pull_request_that_is_closed_while_it_waits_is_not_shipped(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await holds(play)
        second = another(play, "second")
        play.says("grace", "/deploy api production", second.number)
        await play.answer("queued", number=second.number)
        play.github.close("grace", SHOP, second.number)
        play.deployer.release_late()
        await play.answer("refused", "closed", number=second.number)
        await play.settled()
        assert shipped(play) == [play.pull.head_sha]


async def test_a_right_that_is_lost_while_waiting_is_no_right(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("deployers: [ada, acme/sre]")) as play:
        await holds(play)
        second = another(play, "second")
        play.says("lin", "/deploy api production", second.number)
        await play.answer("queued", number=second.number)
        play.github.remove_team_member("acme", "sre", "lin")
        play.deployer.release_late()
        await play.answer("refused", "acme/sre", number=second.number)
        await play.settled()
        assert shipped(play) == [play.pull.head_sha]


async def test_an_older_merge_does_not_replace_a_newer_one(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        second = play.opens("grace", {"services/api/carts.py": "x = 1\n"})
        older = play.github.merge("ada", SHOP, play.pull.number)
        newer = play.github.merge("grace", SHOP, second.number)
        play.says("grace", "/deploy api production", second.number)
        await play.runs(newer)
        play.says("ada", "/deploy api production")
        await play.answer("superseded", older[:7], newer[:7], "/rollback")
        await play.settled()
        assert shipped(play) == [newer]


# --- going back -----------------------------------------------------------------------------------------


async def test_a_comment_rolls_back_to_what_was_good_last(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        good = await ships(play, "good = 1\n")
        left = await ships(play, "good = 2\n")
        play.says("lin", "/rollback api production because checkout is slow")
        await play.runs(good)
        await play.answer("@lin", good[:7], "succeeded", "checkout is slow")
        order = play.deployer.orders[-1]
        assert (order.action, order.sha, order.previous_sha) == ("rollback", good, left)
        assert (await play.slot()).bad == (left,)


@pytest.mark.parametrize("named", ["deployment", "sha", "short sha"])
async def test_a_rollback_goes_to_the_recorded_deployment_that_is_named(tmp_path: Path, named: str) -> None:
    async with playing(tmp_path) as play:
        oldest = await ships(play, "good = 1\n")
        first = play.deployer.orders[0].deployment
        await ships(play, "good = 2\n")
        await ships(play, "good = 3\n")
        target = {"deployment": first, "sha": oldest, "short sha": oldest[:8]}[named]
        play.says("lin", f"/rollback api production to {target}")
        await play.runs(oldest)
        await play.answer("@lin", first, "succeeded")
        assert rollbacks(play) == 1


async def test_what_is_not_recorded_as_good_here_is_no_way_back(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        good = await ships(play, "good = 1\n")
        bad = await fails(play)
        failed = play.deployer.orders[-1].deployment
        for target in (UNRECORDED, failed, bad, "main"):
            play.says("lin", f"/rollback api production to {target}")
            await play.answer("not rolled back", target, play.deployer.orders[0].deployment)
        play.says("lin", f"/rollback api staging to {good}")
        await play.answer("not rolled back", good, "none yet")
        await play.settled()
        assert shipped(play) == [good, bad]


async def test_where_nothing_was_good_before_there_is_nothing_to_go_back_to(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        only = await ships(play, "good = 1\n")
        play.says("lin", "/rollback api production")
        await play.answer("nothing to go back to", "api", "production")
        await play.settled()
        assert shipped(play) == [only]


async def test_a_rollback_needs_the_right_to_deploy_there(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("deployers: [ada]")) as play:
        await ships(play, "good = 1\n")
        await ships(play, "good = 2\n")
        play.says("lin", "/rollback api production")
        await play.answer("not allowed", "lin", "ada")
        await play.settled()
        assert rollbacks(play) == 0


async def test_what_was_rolled_back_from_is_not_good_any_more(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        first = await ships(play, "good = 1\n")
        second = await ships(play, "good = 2\n")
        play.says("lin", "/rollback api production")
        await play.runs(first)
        third = await ships(play, "good = 3\n")
        play.says("lin", "/rollback api production")
        await play.runs(first)
        assert (await play.slot()).bad == (second, third)


# --- a failure is decided about -------------------------------------------------------------------------


async def test_a_comment_with_the_id_retries_the_same_commit(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        bad = await fails(play)
        failed = play.deployer.orders[-1]
        play.says("lin", f"/retry {failed.deployment}")
        await play.runs(bad)
        again = play.deployer.orders[-1]
        assert (again.action, again.sha, again.params) == ("deploy", bad, failed.params)
        assert again.deployment != failed.deployment
        await play.answer("@lin", "failed", again.deployment)
        assert (await play.slot()).prompts[-1].led_to == again.deployment


async def test_the_keep_button_leaves_it_and_the_prompt_says_who(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        bad = await fails(play)
        prompt = await play.presses("U0LIN", "Keep")
        await play.until("who decided", lambda: not prompt.buttons and "U0LIN" in prompt.spoken)
        await play.answer("failed", "@lin", "keep")
        answer = (await play.slot()).prompts[-1]
        assert (answer.answer, answer.answered_by and answer.answered_by.login) == ("keep", "lin")
        assert shipped(play) == [bad]


async def test_a_decision_by_somebody_without_the_right_is_refused_and_the_question_stays(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path, with_environment("deployers: [ada]")) as play:
        await fails(play)
        prompt = await play.presses("U0LIN", "Keep")
        await play.whispered("U0LIN", "not allowed", "ada")
        play.says("grace", f"/retry {play.deployer.orders[-1].deployment}")
        await play.answer("not allowed", "grace")
        await play.settled()
        assert "Keep" in prompt.buttons
        assert (await play.slot()).prompts[-1].answer is None
        assert len(play.deployer.orders) == 1


async def test_the_second_click_is_told_who_decided_and_what_it_led_to(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        good = await ships(play, "good = 1\n")
        await fails(play)
        prompt = await play.until("the prompt", lambda: play.message_with_button("Roll back"))
        play.slack.press("U0LIN", prompt, "Roll back")
        play.slack.faults.add(Fault("stall", "interaction", times=1, seconds=60.0))
        play.slack.press("U0GRACE", prompt, "Roll back")
        await play.runs(good)
        play.clock.advance(60)
        await play.whispered("U0GRACE", "already decided", "lin", play.deployer.orders[-1].deployment)
        await play.settled()
        assert rollbacks(play) == 1


async def test_two_clicks_at_once_are_one_rollback_and_both_are_answered(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        good = await ships(play, "good = 1\n")
        await fails(play)
        prompt = await play.until("the prompt", lambda: play.message_with_button("Roll back"))
        play.slack.press("U0LIN", prompt, "Roll back")
        play.slack.press("U0GRACE", prompt, "Roll back")
        await play.runs(good)
        await play.settled()
        assert rollbacks(play) == 1
        seen = [message.spoken for name in ("U0LIN", "U0GRACE") for message in play.slack.whispers(name)]
        seen += [comment.body for comment in play.bots_comments()]
        assert any("already under way" in said or "already decided" in said for said in seen), seen


async def test_a_click_on_a_question_that_was_overtaken_is_answered_and_not_obeyed(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await ships(play, "good = 1\n")
        await fails(play)
        prompt = await play.until("the prompt", lambda: play.message_with_button("Roll back"))
        mended = await ships(play, "good = 2\n")
        newest = play.deployer.orders[-1].deployment
        for label in ("Roll back", "Retry", "Keep"):
            before = len(play.slack.whispers("U0LIN"))
            play.slack.press("U0LIN", prompt, label)
            await play.until(f"an answer to {label}", lambda: len(play.slack.whispers("U0LIN")) > before)  # noqa: B023
            assert newest in play.slack.whispers("U0LIN")[-1].spoken
        await play.settled()
        assert shipped(play)[-1] == mended
        assert rollbacks(play) == 0
        assert (await play.slot()).prompts[-1].answer is None


ANSWERS = {
    "/retry {failed}": ("retry", ["deploy"]),
    "/rollback api production": ("rollback", ["rollback"]),
    "/keep {failed}": ("keep", []),
}


@pytest.mark.parametrize("label", ["Retry", "Roll back"])
@pytest.mark.parametrize("typed", ANSWERS)
async def test_a_click_that_is_overtaken_while_it_is_looked_at_does_not_count(
    tmp_path: Path, typed: str, label: str
) -> None:
    async with playing(tmp_path, with_environment("deployers: [ada, acme/backend, acme/sre]")) as play:
        await ships(play, "good = 1\n")
        await fails(play)
        ordered = len(play.deployer.orders)
        failed = play.deployer.orders[-1].deployment
        prompt = await play.until("the prompt", lambda: play.message_with_button(label))
        await play.settled()
        play.github.faults.add(
            GitHubFault("slow", path=".*/backend/memberships/grace", times=1, seconds=10.0)
        )
        play.slack.press("U0GRACE", prompt, label)
        await play.until("grace's click", lambda: not play.github.faults.rules)
        play.says("lin", typed.format(failed=failed))
        await play.until("the decision", lambda: not prompt.buttons)
        await play.settled()
        answer, actions = ANSWERS[typed]
        decided = (await play.slot()).prompts[-1]
        assert (decided.answer, decided.answered_by and decided.answered_by.login) == (answer, "lin")
        assert [order.action for order in play.deployer.orders[ordered:]] == actions
        await play.told("already decided", "refused")
