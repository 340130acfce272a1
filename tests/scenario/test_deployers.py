"""Deployers of every temper: silent, refusing, away, hasty, repeating themselves, hostile, forged."""

import json
import random
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox.deployer import make_secret, signed_headers
from tests.scenario.play import CHANNEL, Play, playing, with_environment


async def reported(play: Play, *, secret: str = "", id: str = "msg-1", raw: bytes = b"", **said: Any) -> int:
    """Report on the newest order as its deployer would; gives the answer's status."""
    order = play.deployer.orders[-1]
    body = raw or json.dumps({"deployment": order.deployment, **said}).encode()
    headers = signed_headers(secret or play.deployer.secret, id, int(play.clock.now()), body)
    headers["content-type"] = "application/json"
    async with (
        aiohttp.ClientSession() as session,
        session.post(order.callback_url, data=BytesIO(body), headers=headers) as answer,
    ):
        return answer.status


async def a_silent_deployment(play: Play) -> None:
    """One that was accepted, and of which nothing more is heard."""
    play.deployer.play_next("silent")
    play.says("ada", "/deploy api production")
    await play.is_now("running")


# --- none, late, or no answer ----------------------------------------------------------------------------


async def test_a_deployer_that_cannot_be_reached_in_time_is_a_timeout_with_a_prompt(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("start_timeout: 2m")) as play:
        play.may_break.add("deployer.call")
        play.deployer.break_next("unavailable", 50)
        play.says("ada", "/deploy api production")
        await play.is_now("starting")
        play.clock.advance(125)
        await play.ended("timed_out")
        await play.until("the prompt", lambda: play.message_with_button("Keep"))
        await play.answer("timed out", "/keep")
        assert not (await play.slot()).live.known
        (deployment,) = play.deployments()
        await play.until("GitHub's state", lambda: deployment.state == "error")


async def test_a_deployment_that_does_not_end_is_a_timeout_and_a_late_success_changes_only_what_is_live(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path, with_environment("timeout: 10m")) as play:
        await a_silent_deployment(play)
        play.clock.advance(605)
        await play.ended("timed_out")
        await play.until("the prompt", lambda: play.message_with_button("Keep"))
        assert await reported(play, state="succeeded") == 202

        async def corrected() -> bool:
            return (await play.slot()).live.known

        await play.eventually("the correction", corrected)
        assert [each.state for each in (await play.slot()).history] == ["timed_out"]
        await play.answer("timed out", f"live now: {play.pull.head_sha[:7]}")


async def test_after_a_timeout_what_is_live_is_not_claimed(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("timeout: 10m")) as play:
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        play.pushes("ada")
        await a_silent_deployment(play)
        play.clock.advance(605)
        await play.ended("timed_out")
        play.says("ada", "/status api production")
        await play.answer("not known")


async def test_a_deployer_that_refuses_is_quoted(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("reject")
        play.says("ada", "/deploy api production")
        await play.ended("failed")
        await play.answer("failed", "no capacity left", "/retry")
        play.says("ada", "/retry")
        await play.runs(play.pull.head_sha)


async def test_a_deployer_that_is_away_for_a_moment_is_asked_again(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.break_next("unavailable", 3)
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        await play.answer("succeeded")
        assert len(play.deployer.runs) == 1


@pytest.mark.parametrize("trouble", ["lost_reply", "reset", "slow"])
async def test_a_reply_that_never_came_starts_nothing_twice(tmp_path: Path, trouble: Any) -> None:
    async with playing(tmp_path) as play:
        play.deployer.break_next(trouble)
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        await play.answer("succeeded")
        await play.settled()
        assert len(play.deployer.runs) == 1
        assert play.deployer.repeats == (1 if trouble == "lost_reply" else 0)


async def test_a_deployer_that_answers_with_the_end_needs_no_report(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("synchronous")
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        await play.answer("succeeded")
        assert play.deployer.runs[0].statuses == []


async def test_reports_that_come_twice_count_once(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("duplicate_reports")
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        await play.settled()
        assert set(play.deployer.runs[0].statuses) == {202}
        rows = [row for row in await play.bot.ledger.deliveries(0) if row.source == "deployer"]
        assert len(rows) == 4
        ended = [each for each in play.slack.messages(CHANNEL) if each.is_reply and "succeeded" in each.spoken]
        assert len(ended) == 1


async def test_reports_out_of_order_do_not_turn_time_back(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await a_silent_deployment(play)
        later = {"state": "in_progress", "percent": 80, "sequence": 5, "description": "nearly there"}
        assert await reported(play, id="m-5", **later) == 202
        await play.answer("80 %", "nearly there")
        earlier = {"state": "in_progress", "percent": 10, "sequence": 2, "description": "just begun"}
        assert await reported(play, id="m-2", **earlier) == 202
        assert await reported(play, id="m-3", state="failed", sequence=3) == 202
        await play.settled()
        await play.is_now("running")
        assert "just begun" not in play.bots_comments()[0].body
        assert await reported(play, id="m-6", state="succeeded", sequence=6) == 202
        await play.answer("succeeded")
        assert await reported(play, id="m-7", state="in_progress", sequence=7) == 202
        await play.settled()
        assert [each.state for each in (await play.slot()).history] == ["succeeded"]


async def test_a_report_of_another_attempt_or_step_decides_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await a_silent_deployment(play)
        assert await reported(play, id="a", state="failed", attempt=2) == 202
        assert await reported(play, id="b", state="failed", step=4) == 202
        await play.settled()
        await play.is_now("running")
        assert await reported(play, id="c", state="cancelled") == 202
        await play.answer("cancelled")


# --- who lies ----------------------------------------------------------------------------------------------


async def test_a_report_that_its_deployer_did_not_sign_is_refused(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await a_silent_deployment(play)
        forged = make_secret(random.Random(99))
        assert await reported(play, secret=forged, state="succeeded") == 401
        assert await reported(play, raw=b'{"deployment": "d-0000000000", "state": "succeeded"}') == 400
        assert await reported(play, state="splendid") == 400
        await play.settled()
        await play.is_now("running")
        assert await reported(play, state="succeeded") == 202
        await play.answer("succeeded")


async def test_a_report_of_ten_megabytes_is_refused(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await a_silent_deployment(play)
        assert await reported(play, state="failed", description="x" * 10_000_000) == 413
        await play.is_now("running")
        assert await reported(play, state="failed", description="y" * 900_000) == 202
        await play.answer("failed", "yyyy")


async def test_what_a_hostile_deployer_says_is_shown_and_does_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("hostile")
        play.says("ada", "/deploy api production")
        await play.ended("failed")
        comment = await play.answer("failed", "/keep")
        await play.until("the prompt", lambda: play.message_with_button("Keep"))
        await play.settled()
        said = "\n".join(str(message.blocks) + message.text for message in play.slack.messages(CHANNEL))
        for text, link in ((comment.body, "[click]("), (said, "<https://evil")):
            assert len(text) < 60_000
            for harm in ("<script>", "<!channel>", "\x1b", "\x00", "\u202e", link):
                assert harm not in text
        assert "javascript:" not in str([each.log_url for each in play.deployments()[0].statuses])
        assert len(play.deployer.orders) == 1


async def test_a_deployers_log_is_linked(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        log = play.deployer.log_url(play.deployer.runs[0])
        await play.answer("succeeded", log)
        await play.told("succeeded", log)
