"""The main job, end to end: who asks, what is shipped, what is answered."""

from pathlib import Path

import pytest

from bot.sandbox.github import Fault
from bot.sandbox.github.seed import SHOP
from tests.scenario.play import playing, with_environment


async def test_two_services_in_one_command_are_one_request(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api web production because both changed")
        await play.runs(play.pull.head_sha, service="api")
        await play.runs(play.pull.head_sha, service="web")
        await play.answer("succeeded", "both changed")
        assert len(play.bots_comments()) == 1
        assert {each.environment for each in play.deployments()} == {"production/api", "production/web"}
        await play.settled()
        told = [each.spoken for each in play.slack.messages("C0DEPLOYS") if each.is_reply]
        assert sum("asked" in text for text in told) == 1
        assert sum("What changes" in text for text in told) == 2


async def test_all_ships_only_the_services_that_the_change_concerns(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy all staging")
        await play.runs(play.pull.head_sha, "staging")
        await play.settled()
        assert {order.service for order in play.deployer.orders} == {"api"}


async def test_a_successful_deployment_makes_its_predecessor_inactive(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        second = play.pushes("ada")
        await play.checked("pointsman/plan", second)
        play.says("ada", "/deploy api production")
        await play.runs(second)
        await play.settled()
        old, new = play.deployments()
        assert [each.state for each in old.statuses][-1] == "inactive"
        assert new.statuses[-1].state == "success"


async def test_keep_is_recorded_with_who_decided(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("fail")
        play.says("ada", "/deploy api production")
        await play.ended("failed")
        await play.answer("failed", "/keep")
        play.says("lin", "/keep")
        await play.answer("@lin", "failed")
        slot = await play.slot()
        assert slot.prompts[-1].answer == "keep"


async def test_retry_from_the_prompt_ships_the_same_commit_again(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("fail")
        play.says("ada", "/deploy api production")
        await play.presses("U0GRACE", "Retry")
        await play.runs(play.pull.head_sha)
        assert [order.sha for order in play.deployer.orders] == [play.pull.head_sha] * 2


async def test_two_people_who_press_roll_back_make_one_rollback(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        bad = play.pushes("ada")
        await play.checked("pointsman/plan", bad)
        play.deployer.play_next("fail")
        play.says("ada", "/deploy api production")
        prompt = await play.until("the prompt", lambda: play.message_with_button("Roll back"))
        play.slack.press("U0LIN", prompt, "Roll back")
        play.slack.press("U0GRACE", prompt, "Roll back")
        await play.until(
            "one order to roll back",
            lambda: [order.action for order in play.deployer.orders].count("rollback") == 1,
        )
        await play.settled()
        assert [order.action for order in play.deployer.orders].count("rollback") == 1


async def test_a_silent_deployer_times_out_and_a_late_success_corrects_only_what_is_live(
    tmp_path: Path,
) -> None:
    configuration = with_environment("timeout: 10m")
    async with playing(tmp_path, configuration) as play:
        play.deployer.play_next("late")
        play.says("ada", "/deploy api production")
        await play.until("progress", lambda: play.deployer.runs and play.deployer.runs[0].held)
        play.clock.advance(700)
        await play.ended("timed_out")
        await play.answer("timed out")
        play.deployer.release_late()

        async def corrected() -> bool:
            slot = await play.slot()
            return slot.live.known and slot.live.sha == play.pull.head_sha

        await play.eventually("the correction", corrected)
        assert [each.state for each in (await play.slot()).history] == ["timed_out"]


async def test_somebody_without_write_access_gets_one_reaction_and_no_comment(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        comment = play.says("mallory", "/deploy api production")
        await play.reacted(comment, "confused")
        await play.settled()
        assert play.bots_comments() == []
        assert play.deployer.orders == []


async def test_a_misspelt_environment_is_answered_with_the_nearest_name(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api prodution")
        await play.answer("production", "prodution")
        await play.settled()
        assert play.deployer.orders == []


async def test_deployers_of_an_environment_are_the_only_ones_who_deploy_there(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("deployers: [acme/sre]")) as play:
        play.says("ada", "/deploy api production")
        await play.answer("acme/sre")
        assert play.deployer.orders == []
        play.says("lin", "/deploy api production")
        await play.runs(play.pull.head_sha)


@pytest.mark.parametrize("gate", ["requires: {approvals: 1}", "after: [staging]", "requires: {review: true}"])
async def test_a_gate_that_is_not_built_yet_refuses_with_its_name(tmp_path: Path, gate: str) -> None:
    async with playing(tmp_path, with_environment(gate)) as play:
        play.says("ada", "/deploy api production")
        name = gate.partition(":")[0]
        await play.answer(name)
        await play.settled()
        assert play.deployer.orders == []


async def test_a_command_that_arrives_after_ten_minutes_is_answered_and_not_run(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.webhooks_wait()
        play.says("ada", "/deploy api production")
        play.clock.advance(660)
        play.webhooks_go_out()
        await play.answer("10 minutes")
        await play.settled()
        assert play.deployer.orders == []


async def test_a_push_after_the_command_was_written_refuses_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.webhooks_wait()
        play.says("ada", "/deploy api production")
        play.clock.advance(5)
        play.pushes("ada")
        play.webhooks_go_out()
        await play.answer("moved")
        await play.settled()
        assert play.deployer.orders == []


async def test_a_merged_pull_request_ships_its_merge_commit(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        merged = play.github.merge("ada", SHOP, play.pull.number)
        play.says("ada", "/deploy api production")
        await play.runs(merged)


async def test_automation_ships_a_merge_and_nothing_for_services_that_it_does_not_concern(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path, with_environment("auto: merge")) as play:
        play.github.merge("ada", SHOP, play.pull.number)
        await play.runs(play.shop.branches["main"])
        await play.settled()
        assert {order.service for order in play.deployer.orders} == {"api"}


async def test_a_repository_without_a_configuration_gets_nothing_at_all(tmp_path: Path) -> None:
    async with playing(tmp_path, None) as play:
        play.says("ada", "/deploy api production")
        await play.settled()
        assert play.bots_comments() == []
        assert not [run for run in play.shop.check_runs.values() if run.name.startswith("pointsman/")]


async def test_from_slack_the_head_of_the_default_branch_is_shipped(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types("U0GRACE", "/deploy", "api staging")
        await play.runs(play.shop.branches["main"], "staging")
        await play.told("succeeded", "staging")


async def test_somebody_unlinked_is_told_how_to_link(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types("U0SAM", "/deploy", "api staging")
        await play.whispered("U0SAM", "U0SAM", "people")
        assert play.deployer.orders == []


async def test_a_mention_in_the_thread_answers_the_prompt(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("fail")
        play.says("ada", "/deploy api production")
        prompt = await play.until("the prompt", lambda: play.message_with_button("Keep"))
        play.mentions("U0LIN", "keep", prompt)
        await play.until("the decision", lambda: not prompt.buttons and "U0LIN" in prompt.spoken)


@pytest.mark.parametrize("kind", ["lost_reply", "reset"])
async def test_each_thing_is_made_once_although_replies_are_lost(tmp_path: Path, kind: str) -> None:
    async with playing(tmp_path) as play:
        for path in (".*/comments", ".*/check-runs", ".*/deployments", ".*/statuses", ".*/reactions"):
            play.github.faults.add(Fault(kind, method="POST", path=path, times=1))  # type: ignore[arg-type]
        head = play.pushes("ada")
        await play.checked("pointsman/config", head)
        await play.checked("pointsman/plan", head)
        play.says("ada", "/deploy api production")
        await play.runs(head)
        await play.answer("succeeded")
        await play.settled()
        assert len(play.bots_comments()) == 1
        assert len(play.deployments()) == 1
        ours = [
            run for run in play.shop.check_runs.values() if run.head_sha == head and "pointsman" in run.name
        ]
        assert len(ours) == 2


async def test_a_webhook_that_was_lost_while_the_bot_was_away_is_asked_for_again(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        await play.stop_bot()
        play.says("ada", "/deploy api production")
        await play.until("a failed delivery", lambda: play.stage.github_server.is_idle)
        await play.start_bot()
        await play.runs(play.pull.head_sha)


async def test_a_bot_that_ends_in_the_middle_goes_on_where_it_was(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.step_seconds = 2.0
        play.says("ada", "/deploy api production")
        await play.until("an order", lambda: play.deployer.orders)
        await play.stop_bot()
        await play.start_bot()
        await play.runs(play.pull.head_sha)
        await play.answer("succeeded")
        await play.settled()
        assert len(play.deployer.runs) == 1
        assert len(play.bots_comments()) == 1
