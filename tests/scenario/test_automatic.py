"""Deployments that nobody asks for: `auto: merge` ships what was merged, once, and only what it concerns."""

import json
from pathlib import Path

import pytest

from bot.domain.state import pull_request_key
from bot.domain.values import Repository
from bot.sandbox.github.emission import queue, redeliver
from bot.sandbox.github.outbox import HookDelivery
from bot.sandbox.github.records import PullRequest
from bot.sandbox.github.seed import CONFIGURATION_PATH, SHOP
from tests.scenario.play import Play, playing, with_environment

ON_MERGE = with_environment("auto: merge")
BOTH_ON_MERGE = ON_MERGE.replace("  staging:\n", "  staging:\n    auto: merge\n")


def merges(play: Play, who: str, pull: PullRequest | None = None, *, squash: bool = False) -> str:
    """Merge a pull request; gives the commit that this made."""
    number = (pull or play.pull).number
    return play.github.merge(who, SHOP, number, "squash" if squash else "merge")


async def decided(play: Play, pull: PullRequest | None = None) -> str:
    """Wait until the merge was looked at; gives the reason of what was made of it."""
    number = (pull or play.pull).number
    key = pull_request_key(Repository("acme", "shop", play.shop.id, 0), number)

    async def look() -> str | None:
        for event in await play.bot.ledger.events(key=key):
            if event.data.TYPE == "change.merged":
                outcomes = await play.bot.ledger.outcomes(event.id)
                return next((each.reason for each in outcomes if each.reactor == "automatic"), None)
        return None

    return await play.eventually("what became of the merge", look)


def tellings(play: Play) -> list[HookDelivery]:
    """GitHub's lines about the webhooks that told of a merge, oldest first."""
    lines = play.github.deliveries.entries.values()
    return [each for each in lines if (each.webhook.event, each.webhook.action) == ("pull_request", "closed")]


async def told_again(play: Play) -> None:
    """Wait until the bot took the second telling of a merge."""
    await play.until("a second telling", lambda: [each.status_code for each in tellings(play)] == [202, 202])
    await play.settled()


# --- what a merge ships ----------------------------------------------------------------------------------


@pytest.mark.parametrize("squash", [False, True], ids=["a merge commit", "a squash"])
async def test_a_merge_ships_the_commit_that_it_made_for_the_services_concerned(
    tmp_path: Path, squash: bool
) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        merged = merges(play, "grace", squash=squash)
        assert merged == play.shop.branches["main"]
        await play.runs(merged)
        await play.settled()

        (order,) = play.deployer.orders
        assert (order.service, order.environment, order.sha) == ("api", "production", merged)
        assert order.action == "deploy"
        (deployment,) = play.deployments()
        assert (deployment.sha, deployment.environment, deployment.state) == (
            merged,
            "production/api",
            "success",
        )


async def test_everybody_can_read_who_merged_what_and_that_it_went_by_itself(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        merged = merges(play, "grace")
        await play.runs(merged)
        story = await play.told("succeeded", merged[:7])
        await play.answer("succeeded", "grace", merged[:7])
        await play.settled()
        thread = [reply.spoken for reply in play.slack.thread(story)]
        assert any("<@U0GRACE> merged" in line and f"{SHOP}#{play.pull.number}" in line for line in thread)
        assert len(play.bots_comments()) == 1
        slot = await play.slot()
        assert slot.history[-1].order.asker.login == "grace"


async def test_a_change_of_a_shared_library_ships_every_service_in_one_request(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        pull = play.opens("ada", {"libs/money.py": "CURRENCY = 'CHF'\n"})
        merged = merges(play, "ada", pull)
        await play.runs(merged, service="api")
        await play.runs(merged, service="web")
        await play.settled()
        assert len({order.request for order in play.deployer.orders}) == 1
        assert len(play.bots_comments(pull.number)) == 1


async def test_each_environment_that_says_so_gets_its_own_request(tmp_path: Path) -> None:
    async with playing(tmp_path, BOTH_ON_MERGE) as play:
        merged = merges(play, "ada")
        await play.runs(merged, "staging")
        await play.runs(merged, "production")
        await play.settled()
        orders = play.deployer.orders
        assert {order.environment for order in orders} == {"staging", "production"}
        assert len({order.request for order in orders}) == 2


async def test_two_merges_are_shipped_in_their_order(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        second = play.opens("grace", {"services/api/Dockerfile": "FROM python:3.13-slim\n"})
        shas = [merges(play, "ada"), merges(play, "grace", second)]
        await play.runs(shas[-1])
        await play.settled()
        assert play.deployer.live["api", "production"].sha == shas[-1]
        shipped = [order.sha for order in play.deployer.orders]
        assert shipped in (shas, shas[1:])


async def test_a_merge_that_is_heard_of_late_does_not_undo_a_later_one(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        second = play.opens("grace", {"services/api/Dockerfile": "FROM python:3.13-slim\n"})
        await play.settled()
        play.webhooks_wait()
        older = merges(play, "ada")
        play.clock.advance(5)
        newer = merges(play, "grace", second)
        play.github.outbox.waiting.reverse()
        play.webhooks_go_out()
        await play.runs(newer)
        await play.settled()
        assert play.deployer.live["api", "production"].sha == newer
        assert older not in [order.sha for order in play.deployer.orders]


# --- what ships nothing ----------------------------------------------------------------------------------


async def test_a_merge_into_another_branch_ships_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        await play.settled()
        play.github.push("grace", SHOP, "release-1", {"README.md": "# Release 1\n"})
        play.pull.base_ref = "release-1"
        merged = merges(play, "grace")
        assert play.shop.branches["release-1"] == merged
        assert await decided(play) == "not_the_default_branch"
        await play.settled()
        assert play.deployer.orders == []
        assert play.bots_comments() == []


async def test_a_merge_that_changes_no_service_ships_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        pull = play.opens("ada", {"README.md": "# The shop\n"})
        merges(play, "ada", pull)
        assert await decided(play, pull) == "nothing_concerned"
        await play.settled()
        assert play.deployer.orders == []
        assert play.bots_comments(pull.number) == []


async def test_where_no_environment_says_so_a_merge_ships_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        merges(play, "ada")
        assert await decided(play) == "nothing_automatic"
        await play.settled()
        assert play.deployer.orders == []


async def test_a_repository_without_a_configuration_is_left_alone(tmp_path: Path) -> None:
    async with playing(tmp_path, None) as play:
        merges(play, "ada")
        assert await decided(play) == "configuration_off"
        await play.settled()
        assert play.deployer.orders == []
        assert play.bots_comments() == []


async def test_a_pull_request_that_is_closed_without_a_merge_ships_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        play.github.close("ada", SHOP, play.pull.number)
        await play.settled()
        assert play.deployer.orders == []


async def test_a_push_to_main_ships_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        play.github.push("grace", SHOP, "main", {"services/api/app.py": "x = 9\n"})
        await play.settled()
        assert play.deployer.orders == []


async def test_gates_hold_automation_too_and_are_named(tmp_path: Path) -> None:
    gated = with_environment("auto: merge\nrequires: {checks: [], approvals: 1}")
    async with playing(tmp_path, gated) as play:
        merges(play, "ada")
        await play.answer("waiting", "approvals")
        await play.settled()
        assert play.deployer.orders == []
        play.says("grace", "/approve")
        await play.until("the start", lambda: play.deployer.orders)


async def test_a_gate_that_says_no_ends_what_automation_wanted(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("auto: merge\nafter: [staging]")) as play:
        merges(play, "ada")
        await play.answer("refused", "did not succeed with this commit")
        await play.settled()
        assert play.deployer.orders == []
        assert play.deployments() == []


# --- the configuration that the merge itself brings ------------------------------------------------------


async def test_a_merge_that_turns_automation_on_is_the_first_to_be_shipped(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        files = {
            CONFIGURATION_PATH: play.configured(ON_MERGE),
            "services/web/style.css": "a { color: red }\n",
        }
        pull = play.opens("ada", files)
        await play.checked("pointsman/config", pull.head_sha)
        merged = merges(play, "grace", pull)
        await play.runs(merged, service="web")
        await play.settled()
        assert {order.service for order in play.deployer.orders} == {"web"}


async def test_a_merge_that_turns_automation_off_is_not_shipped_any_more(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        files = {CONFIGURATION_PATH: play.configured(), "services/api/app.py": "x = 1\n"}
        pull = play.opens("ada", files)
        await play.checked("pointsman/config", pull.head_sha)
        merges(play, "grace", pull)
        assert await decided(play, pull) == "nothing_automatic"
        await play.settled()
        assert play.deployer.orders == []


async def test_a_merge_that_brings_the_first_configuration_counts(tmp_path: Path) -> None:
    async with playing(tmp_path, None) as play:
        files = {CONFIGURATION_PATH: play.configured(ON_MERGE), "services/api/app.py": "x = 1\n"}
        pull = play.opens("ada", files)
        await play.checked("pointsman/config", pull.head_sha)
        merged = merges(play, "grace", pull)
        await play.runs(merged)


async def test_a_merge_that_breaks_the_configuration_ships_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        files = {CONFIGURATION_PATH: "version: 1\noops: 1\n", "services/api/app.py": "x = 1\n"}
        pull = play.opens("ada", files)
        merges(play, "grace", pull)
        assert await decided(play, pull) == "configuration_invalid"
        await play.settled()
        assert play.deployer.orders == []


async def test_paths_are_those_of_the_configuration_after_the_merge(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        text = play.configured(ON_MERGE).replace('"services/web/**"', '"services/web/**", "shopfront/**"')
        pull = play.opens("ada", {CONFIGURATION_PATH: text, "shopfront/index.html": "<p>Hello</p>\n"})
        merged = merges(play, "grace", pull)
        await play.runs(merged, service="web")
        await play.settled()
        assert {order.service for order in play.deployer.orders} == {"web"}


# --- when it goes wrong ----------------------------------------------------------------------------------


async def test_a_failure_prompts_and_roll_back_brings_the_last_good_commit_back(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        good = merges(play, "ada")
        await play.runs(good)
        await play.told("succeeded")
        play.deployer.play_next("fail")
        worse = play.opens("grace", {"services/api/app.py": "x = 0\n"})
        bad = merges(play, "grace", worse)
        await play.answer("failed", "/rollback api production", number=worse.number)
        prompt = await play.presses("U0LIN", "Roll back")
        assert good[:7] in prompt.spoken
        await play.runs(good)
        await play.until("who decided", lambda: not prompt.buttons and "U0LIN" in prompt.spoken)
        slot = await play.slot()
        assert slot.bad == (bad,)
        assert [each.state for each in slot.history] == ["succeeded", "failed", "succeeded"]


async def test_the_first_of_all_that_fails_can_be_retried_or_kept_only(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        play.deployer.play_next("fail")
        merged = merges(play, "ada")
        prompt = await play.until("the prompt", lambda: play.message_with_button("Retry"))
        assert "Roll back" not in prompt.buttons
        await play.presses("U0GRACE", "Retry")
        await play.runs(merged)


# --- once and only once ----------------------------------------------------------------------------------


async def test_a_bot_that_is_restarted_ships_a_merge_once(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        play.deployer.step_seconds = 2.0
        merged = merges(play, "ada")
        await play.until("an order", lambda: play.deployer.orders)
        await play.stop_bot()
        await play.start_bot()
        await play.runs(merged)
        await play.settled()
        await play.stop_bot()
        await play.start_bot()
        await play.settled()
        assert len(play.deployer.runs) == 1
        assert len(play.deployments()) == 1
        assert len(play.bots_comments()) == 1


async def test_a_merge_while_the_bot_was_away_is_shipped_at_its_return_and_once(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        await play.settled()
        await play.stop_bot()
        merged = merges(play, "ada")
        await play.until("a failed delivery", lambda: play.stage.github_server.is_idle)
        await play.start_bot()
        await play.runs(merged)
        await play.settled()
        assert len(play.deployer.runs) == 1


async def test_a_redelivered_merge_is_not_shipped_again(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        merged = merges(play, "ada")
        await play.runs(merged)
        redeliver(play.github, tellings(play)[0])
        await told_again(play)
        assert len(play.deployer.orders) == 1


async def test_the_same_merge_under_another_delivery_id_is_not_shipped_again(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        merged = merges(play, "ada")
        await play.runs(merged)
        body = json.loads(tellings(play)[0].webhook.body)
        (installation,) = play.github.installations.values()
        queue(play.github, "pull_request", body, installation)
        await told_again(play)
        assert len(play.deployer.orders) == 1


async def test_a_merge_goes_on_although_its_orders_reply_was_lost(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        play.deployer.break_next("lost_reply")
        merged = merges(play, "ada")
        await play.runs(merged)
        await play.settled()
        assert len(play.deployer.runs) == 1


async def test_a_deployment_by_hand_after_the_merge_waits_for_the_automatic_one(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        play.deployer.play_next("late")
        merged = merges(play, "ada")
        await play.until("progress", lambda: play.deployer.runs and play.deployer.runs[0].held)
        play.says("grace", "/deploy api production")
        await play.answer("queued", "grace")
        assert len(play.deployer.orders) == 1
        play.deployer.release_late()
        await play.ended("succeeded", 2)
        await play.settled()
        assert [order.sha for order in play.deployer.orders] == [merged, merged]
