"""The limits of others, and the moments in which they do not know yet what they have just told us."""

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.github import Fault
from bot.sandbox.github.seed import SHOP
from bot.sandbox.slack.faults import Fault as SlackFault
from tests.scenario.play import CHANNEL, playing, with_environment


@pytest.mark.parametrize("kind", ["rate_limit_primary", "rate_limit_secondary"])
async def test_a_rate_limit_is_waited_out_and_not_hammered(tmp_path: Path, kind: Any) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        limit = Fault(kind, method="POST", path=".*/check-runs", times=1, seconds=30.0, status=403)
        play.github.faults.add(limit)
        head = play.pushes("ada")
        await play.until("the refusal", lambda: any(each.status == 403 for each in play.github.requests))
        refused_at = next(each.at for each in play.github.requests if each.status == 403)
        await play.checked("pointsman/config", head)
        await play.checked("pointsman/plan", head)
        asked = [
            each.at
            for each in play.github.requests
            if each.at > refused_at + 2.0 and not each.request.path.startswith("/app")
        ]
        assert min(asked) >= refused_at + 28.0


async def test_a_reading_limit_delays_a_command_and_loses_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.github.faults.add(Fault("rate_limit_primary", path=".*/permission", times=1, seconds=20.0))
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        await play.answer("succeeded")


@pytest.mark.parametrize("path", [".*/pulls/[0-9]+", ".*/pulls/[0-9]+/files"])
async def test_not_found_right_after_a_push_is_githubs_lag(tmp_path: Path, path: str) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.github.faults.add(Fault("not_found_once", path=path))
        head = play.pushes("ada")
        await play.checked("pointsman/plan", head)


async def test_not_found_right_after_a_command_is_githubs_lag(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.github.faults.add(Fault("not_found_once", path=".*/pulls/[0-9]+"))
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)


async def test_a_comment_that_people_deleted_is_written_anew_when_there_is_something_to_say(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("late")
        play.says("ada", "/deploy api production")
        await play.until("a deployment under way", lambda: play.deployer.runs and play.deployer.runs[-1].held)
        await play.settled()
        (first,) = play.bots_comments()
        play.github.delete_comment("olive", SHOP, first.id)
        play.deployer.release_late()
        again = await play.answer("succeeded")
        await play.settled()
        assert again.id != first.id
        assert play.bots_comments() == [again]


async def test_a_channel_is_never_told_more_than_slack_takes(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        slots = [
            (service, environment) for service in ("api", "web") for environment in ("staging", "production")
        ]
        for service, environment in slots:
            play.says("ada", f"/deploy {service} {environment}")
        for service, environment in slots:
            await play.runs(play.pull.head_sha, environment, service)
        await play.settled()
        assert [call.method for call in play.slack.calls if call.answer == "ratelimited"] == []
        stories = [each for each in play.slack.messages(CHANNEL) if not each.is_reply]
        assert len(stories) == 4
        assert all("succeeded" in story.spoken for story in stories)


async def test_a_slack_that_is_down_holds_neither_deployment_nor_comment(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        down = play.slack.faults.add(SlackFault("api_503"))
        play.deployer.play_next("fail")
        play.says("ada", "/deploy api production")
        await play.ended("failed")
        await play.answer("failed", "/keep")
        assert play.slack.messages(CHANNEL) == []
        play.slack.faults.remove(down)
        play.clock.advance(60)
        prompt = await play.until("the prompt", lambda: play.message_with_button("Keep"))
        await play.settled()
        assert prompt.is_reply
        assert len([each for each in play.slack.messages(CHANNEL) if "Keep" in each.buttons]) == 1


async def test_a_channel_that_the_bot_was_not_invited_to_stops_no_deployment(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("slack: {channel: random}")) as play:
        play.may_break |= {"slack.message", "slack.thread"}
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        await play.answer("succeeded")
        await play.settled()
        parked = await play.bot.ledger.effects(state="parked")
        assert any("invite" in (each.hint or "") for each in parked)
