"""GitHub and Slack in trouble: everything is there once in the end, and nobody is told twice."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.github import Fault
from bot.sandbox.slack.faults import Fault as SlackFault
from tests.scenario.play import CHANNEL, Play, playing, with_environment

MADE = {
    "the reaction": ".*/reactions",
    "the comment": ".*/issues/[0-9]+/comments",
    "the check runs": ".*/check-runs",
    "the deployment": ".*/deployments",
    "the deployment's status": ".*/statuses",
}


async def everything_once(play: Play, head: str) -> None:
    """A change was pushed and deployed: each thing that is to be seen of it is there, and is there once."""
    await play.checked("pointsman/config", head)
    await play.checked("pointsman/plan", head)
    command = play.says("ada", "/deploy api production")
    await play.runs(head)
    await play.reacted(command, "eyes")
    await play.answer("succeeded")
    await play.settled()
    assert [reaction.content for reaction in command.reactions] == ["eyes"]
    assert len(play.bots_comments()) == 1
    (deployment,) = play.deployments()
    assert deployment.state == "success"
    assert len(play.deployer.runs) == 1
    names = Counter(run.name for run in play.shop.check_runs.values() if run.head_sha == head)
    assert (names["pointsman/config"], names["pointsman/plan"]) == (1, 1)
    assert said_twice(play) == []


def said_twice(play: Play) -> list[str]:
    """What stands more than once in the channel and its threads."""
    spoken = Counter(message.spoken for message in play.slack.messages(CHANNEL))
    return [text for text, count in spoken.items() if count > 1]


# --- GitHub --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("kind", ["status", "reset", "lost_reply"])
async def test_what_github_failed_to_make_is_made_once_in_the_end(tmp_path: Path, made: str, kind: Any) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.github.faults.add(Fault(kind, method="POST", path=MADE[made], times=2, status=502))
        await everything_once(play, play.pushes("ada"))


async def test_a_github_that_is_down_for_a_minute_holds_everything_and_loses_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        down = play.github.faults.add(Fault("status", status=503))
        head = play.pushes("ada")
        command = play.says("ada", "/deploy api production")
        await play.until("some tries", lambda: len([r for r in play.github.requests if r.status == 503]) > 4)
        play.github.faults.rules.remove(down)
        await play.reacted(command, "eyes")
        await play.runs(head)
        await play.answer("succeeded")
        await play.settled()
        assert len(play.bots_comments()) == 1


@pytest.mark.parametrize("kind", ["rate_limit_primary", "rate_limit_secondary"])
async def test_a_rate_limit_is_waited_out_and_not_hammered(tmp_path: Path, kind: Any) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        limit = Fault(kind, method="POST", path=".*/check-runs", times=1, seconds=30.0, status=403)
        play.github.faults.add(limit)
        head = play.pushes("ada")
        await play.until("the refusal", lambda: any(r.status == 403 for r in play.github.requests))
        refused_at = next(r.at for r in play.github.requests if r.status == 403)
        await play.checked("pointsman/config", head)
        await play.checked("pointsman/plan", head)
        asked = [r.at for r in play.github.requests if r.at > refused_at + 1 and "/app" not in r.request.path]
        assert min(asked) >= refused_at + 28


async def test_a_command_waits_while_github_cannot_say_what_its_author_may(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.github.faults.add(Fault("status", path=".*/permission", times=3, status=500))
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)


async def test_a_command_that_cannot_be_decided_for_a_minute_is_answered_and_parked(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.may_break.add("work")
        play.github.faults.add(Fault("status", path=".*/permission", status=500))
        play.says("ada", "/deploy api production")
        await play.until("some tries", lambda: sum(r.status == 500 for r in play.github.requests) > 2)
        play.clock.advance(61)
        await play.answer("could not")
        play.github.faults.clear()
        await play.settled()
        assert play.deployer.orders == []
        assert (await play.bot.ledger.backlog())["parked"] == 1


async def test_not_found_right_after_an_event_is_githubs_lag(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.github.faults.add(Fault("not_found_once", path=".*/pulls/[0-9]+/files"))
        head = play.pushes("ada")
        await play.checked("pointsman/plan", head)


async def test_a_comment_that_people_deleted_is_written_anew_when_there_is_something_to_say(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("late")
        play.says("ada", "/deploy api production")
        await play.is_now("running")
        await play.settled()
        (first,) = play.bots_comments()
        play.github.delete_comment("olive", "acme/shop", first.id)
        play.deployer.release_late()
        again = await play.answer("succeeded")
        assert again.id != first.id
        await play.settled()
        assert play.bots_comments() == [again]


# --- Slack ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["api_503", "reset", "ratelimited"])
async def test_slack_comes_back_and_is_told_everything_once(tmp_path: Path, kind: Any) -> None:
    async with playing(tmp_path) as play:
        play.slack.faults.add(SlackFault(kind, "chat.*", times=3, seconds=2.0))
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        await play.answer("succeeded")
        await play.settled()
        await play.told("succeeded")
        (message,) = [each for each in play.slack.messages(CHANNEL) if not each.is_reply]
        assert "succeeded" in message.spoken
        assert said_twice(play) == []


async def test_a_slack_that_is_down_holds_no_deployment_and_no_comment(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        down = play.slack.faults.add(SlackFault("api_503"))
        play.deployer.play_next("fail")
        play.says("ada", "/deploy api production")
        await play.ended("failed")
        await play.answer("failed", "/keep")
        assert play.slack.messages(CHANNEL) == []
        play.slack.faults.remove(down)
        play.clock.advance(30)
        prompt = await play.until("the prompt", lambda: play.message_with_button("Keep"))
        await play.settled()
        assert prompt.is_reply
        assert said_twice(play) == []


async def test_a_channel_takes_no_more_than_slack_allows(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.step_seconds = 0.1
        for service in ("api", "web"):
            for environment in ("staging", "production"):
                play.says("ada", f"/deploy {service} {environment}")
        for service in ("api", "web"):
            for environment in ("staging", "production"):
                await play.runs(play.pull.head_sha, environment, service)
        await play.settled()
        assert [call.method for call in play.slack.calls if call.answer == "ratelimited"] == []
        tops = [each for each in play.slack.messages(CHANNEL) if not each.is_reply]
        assert len(tops) == 4
        assert all("succeeded" in message.spoken for message in tops)


async def test_a_channel_that_the_bot_was_not_invited_to_does_not_stop_the_deployment(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("slack: {channel: random}")) as play:
        play.may_break |= {"slack.message", "slack.thread"}
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        await play.answer("succeeded")
