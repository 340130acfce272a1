"""A deployment that goes well: what is seen of it on GitHub, in Slack and at the deployer."""

import json
from pathlib import Path

import pytest

from bot.sandbox.github.seed import SHOP
from bot.sandbox.slack import Message
from bot.sandbox.stage import CONFIGURATION
from tests.scenario.play import CHANNEL, Play, playing, with_environment

PARAMS = "params:\n  verbose: {type: boolean, default: false}\n  region: {type: choice, options: [eu, us]}\n"


def bodies(play: Play, method: str, end: str) -> list[dict[str, object]]:
    """What the bot sent to GitHub's endpoints that end so."""
    found = (each for each in play.github.requests if each.request.method == method)
    return [json.loads(each.request.body) for each in found if (each.template or "").endswith(end)]


def first_messages(play: Play) -> list[Message]:
    """What stands in the channel itself, threads left out."""
    return [each for each in play.slack.messages(CHANNEL) if not each.is_reply]


def texts(play: Play) -> list[str]:
    """All that the bot ever wrote into its comments, oldest first."""
    written = bodies(play, "POST", "/issues/{issue_number}/comments")
    written += bodies(play, "PATCH", "/issues/comments/{comment_id}")
    return [str(body["body"]) for body in written]


async def test_a_comment_deploys_and_everybody_can_follow_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.step_seconds = 3.0
        sha = play.pull.head_sha
        command = play.says("ada", "/deploy api production because the offer starts today")
        await play.reacted(command, "eyes")
        await play.runs(sha)
        comment = await play.answer("succeeded", sha[:7], "@ada", "the offer starts today")
        await play.settled()

        assert len(play.bots_comments()) == 1
        written = texts(play)
        assert any("running" in text for text in written)
        assert "succeeded" in written[-1]
        (order,) = play.deployer.orders
        assert order.deployment in comment.body
        assert order.request in comment.body

        (message,) = first_messages(play)
        assert "succeeded" in message.spoken
        assert sha[:7] in message.spoken
        assert any("running" in str(version) for version in message.versions)
        thread = "\n".join(reply.spoken for reply in play.slack.thread(message))
        assert "<@U0ADA>" in thread
        assert f"{SHOP}#{play.pull.number}" in thread
        assert "succeeded" in thread
        assert "the offer starts today" in thread


async def test_github_shows_the_deployment_and_only_we_make_its_predecessor_inactive(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        await play.settled()
        (first,) = play.deployments()
        assert (first.environment, first.sha, first.production) == (
            "production/api",
            play.pull.head_sha,
            True,
        )
        assert [status.state for status in first.statuses] == ["in_progress", "success"]
        assert first.statuses[-1].environment_url == "https://shop.example"
        assert first.statuses[-1].log_url.startswith(play.deployer.base_url)
        second = play.pushes("ada")
        await play.checked("pointsman/plan", second)
        play.says("ada", "/deploy api production")
        await play.runs(second)
        await play.settled()
        assert [status.state for status in first.statuses] == ["in_progress", "success", "inactive"]
        assert {body["auto_inactive"] for body in bodies(play, "POST", "/statuses")} == {False}
        for body in bodies(play, "POST", "/deployments"):
            assert (body["task"], body["auto_merge"], body["required_contexts"]) == ("deploy", False, [])


async def test_the_thread_tells_what_changes_since_what_was_live(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        second = play.pushes("ada")
        await play.checked("pointsman/plan", second)
        play.says("ada", "/deploy api production")
        await play.runs(second)
        change = await play.told("what changes", "1 commit", second[:7])
        assert change.is_reply
        assert "/compare/" in change.spoken


async def test_the_deployer_is_told_everything_that_it_needs(tmp_path: Path) -> None:
    async with playing(tmp_path, CONFIGURATION + PARAMS) as play:
        play.says("ada", "/deploy api production region=eu verbose=true")
        await play.runs(play.pull.head_sha)
        first = play.deployer.orders[0]
        assert (first.action, first.repository, first.service) == ("deploy", SHOP, "api")
        assert (first.sha, first.ref, first.previous_sha) == (
            play.pull.head_sha,
            play.pull.head_ref,
            None,
        )
        assert (first.attempt, first.requested_by) == (1, "ada")
        assert first.params == {"verbose": True, "region": "eu"}
        second = play.pushes("ada")
        await play.checked("pointsman/plan", second)
        play.says("ada", "/deploy api production")
        await play.runs(second)
        assert play.deployer.orders[1].previous_sha == first.sha
        assert play.deployer.orders[1].params == {"verbose": False}


async def test_services_of_one_command_are_shipped_side_by_side_and_told_in_one_story(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("late", "late")
        play.says("ada", "/deploy web api production")
        await play.until("both under way", lambda: sum(run.held for run in play.deployer.runs) == 2)
        play.deployer.release_late()
        await play.runs(play.pull.head_sha, service="api")
        await play.runs(play.pull.head_sha, service="web")
        await play.answer("api", "web", "succeeded")
        await play.settled()
        assert len(play.bots_comments()) == 1
        assert len(first_messages(play)) == 1
        assert len({order.request for order in play.deployer.orders}) == 1


async def test_one_of_two_services_fails_and_only_that_one_is_asked_about(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("fail")
        play.says("ada", "/deploy api web production")
        comment = await play.answer("failed", "succeeded", "/keep")
        await play.settled()
        (prompt,) = [each for each in play.slack.messages(CHANNEL) if "Keep" in each.buttons]
        ended = {run.order.service: run.told[-1].state for run in play.deployer.runs}
        (failed,) = [run.order for run in play.deployer.runs if run.behaviour == "fail"]
        assert sorted(ended.values()) == ["failed", "succeeded"]
        assert failed.deployment in comment.body
        assert failed.service in prompt.spoken


async def test_all_is_every_service_whose_paths_the_change_touches(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        shared = play.opens("ada", {"libs/money.py": "CURRENCY = 'CHF'\n"})
        play.says("ada", "/deploy all staging", shared.number)
        await play.runs(shared.head_sha, "staging", "api")
        await play.runs(shared.head_sha, "staging", "web")
        nothing = play.opens("ada", {"README.md": "# The shop\n"}, "words")
        play.says("ada", "/deploy all staging", nothing.number)
        await play.answer("api", "web", number=nothing.number)
        await play.settled()
        assert len(play.deployer.orders) == 2


async def test_a_merged_pull_request_ships_its_merge_commit(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        merged = play.github.merge("grace", SHOP, play.pull.number)
        play.says("ada", "/deploy api production")
        await play.runs(merged)
        await play.answer("succeeded", merged[:7])


async def test_a_dry_run_says_what_would_happen_and_does_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api production --dry-run")
        await play.answer("dry run", play.pull.head_sha[:7])
        await play.settled()
        assert play.deployer.orders == []
        assert play.deployments() == []


async def test_without_github_deployments_none_are_made(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("github_deployments: false")) as play:
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        await play.answer("succeeded")
        await play.settled()
        assert play.deployments() == []


async def test_an_environment_tells_its_story_in_its_own_channel(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("slack: {channel: general}")) as play:
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        await play.settled()
        assert play.slack.messages(CHANNEL) == []
        assert "succeeded" in play.slack.messages("general")[0].spoken


@pytest.mark.parametrize(
    "command", ["/pointsman deploy api staging", "/Deploy API Staging", "please\n\n/deploy api staging"]
)
async def test_a_command_is_understood_however_it_is_written(tmp_path: Path, command: str) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", command)
        await play.runs(play.pull.head_sha, "staging")


async def test_where_the_prefix_is_wanted_a_bare_command_says_nothing(tmp_path: Path) -> None:
    configuration = CONFIGURATION + "commands: {prefix: pointsman}\n"
    async with playing(tmp_path, configuration) as play:
        play.says("ada", "/deploy api staging")
        await play.settled()
        assert play.bots_comments() == []
        play.says("ada", "/pointsman deploy api staging")
        await play.runs(play.pull.head_sha, "staging")
