"""A deployer is somebody else's program: it falls silent, refuses, repeats itself, says strange things."""

import json
import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.domain.deployment import Deployment
from bot.sandbox.deployer import make_secret, signed_headers
from bot.sandbox.deployer.behaviours import FAILURE, REJECTION, Behaviour
from tests.scenario.play import CHANNEL, Play, playing

TIMEOUT_SECONDS = 1800.0
SECRET = "SHOP_DEPLOYER_SECRET"
HELD_STEPS = 3  # of a late deployment: accepted, and two reports of progress


async def the_only_run_of(play: Play, behaviour: Behaviour) -> Deployment:
    """Ask for a deployment that the deployer plays so; gives it once the bot has nothing more to do."""
    play.deployer.play_next(behaviour)
    play.says("ada", "/deploy api production")
    await play.until("an order", lambda: play.deployer.orders)
    await play.settled()
    slot = await play.slot()
    found = slot.find(play.deployer.orders[0].deployment)
    assert found is not None
    return found


async def a_late_run(play: Play) -> Deployment:
    """A deployment that was accepted and has told of progress, and now goes on for long."""
    await the_only_run_of(play, "late")
    await play.until("progress", lambda: len(play.deployer.runs[0].statuses) == HELD_STEPS)
    await play.settled()
    current = (await play.slot()).current
    assert current is not None
    return current


async def outcome(play: Play) -> tuple[str, str | None]:
    """The state and the reason of the last deployment that ended."""
    last = (await play.slot()).history[-1]
    return last.state, last.reason


def report(deployment: Deployment, sequence: int, state: str, **more: Any) -> dict[str, Any]:
    told = {"deployment": deployment.id, "attempt": 1, "sequence": sequence, "state": state}
    return told | more


async def post_report(
    play: Play,
    document: Mapping[str, Any],
    message_id: str,
    *,
    secret: str | None = None,
    to: str | None = None,
) -> int:
    """Report to the bot as the deployer would; gives the answer's status."""
    body = json.dumps(document).encode()
    secret = secret or play.stage.environment(0)[SECRET]
    headers = signed_headers(secret, message_id, int(play.clock.now()), body)
    url = f"http://127.0.0.1:{play.bot.port}/callbacks/deployments/{to or document['deployment']}"
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            url, data=BytesIO(body), headers={"content-type": "application/json", **headers}
        ) as answer,
    ):
        return answer.status


async def test_a_deployer_that_says_nothing_after_its_answer_runs_into_the_timeout(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        current = await the_only_run_of(play, "silent")
        assert current.state == "running"
        play.clock.advance(TIMEOUT_SECONDS + 5)
        await play.ended("timed_out")
        assert await outcome(play) == ("timed_out", "timeout")
        await play.answer("timed out")
        prompt = await play.until("a prompt", lambda: play.message_with_button("Keep"))
        assert "timed out" in prompt.spoken.lower()
        assert not (await play.slot()).live.known


async def test_a_deployer_that_cannot_be_reached_in_time_is_given_up_and_asked_about(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.may_break.add("deployer.call")
        play.deployer.break_next("unavailable", times=1000)
        play.says("ada", "/deploy api production")
        await play.until("its comment", play.bots_comments)
        for _ in range(40):
            play.clock.advance(10)
            await play.clock.sleep(0.5)
        await play.eventually("an end", lambda: has_ended(play))
        assert await outcome(play) == ("timed_out", "start_timeout")
        await play.until("a prompt", lambda: play.message_with_button("Keep"))
        assert play.deployer.orders == []


async def test_an_order_that_is_given_up_late_does_not_end_the_deployment_after_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.may_break.add("deployer.call")
        play.deployer.break_next("unavailable", times=1000)
        play.says("ada", "/deploy api production")
        await play.is_now("starting")
        await pass_time(play, 310)
        await play.eventually("an end", lambda: has_ended(play))
        play.says("ada", "/deploy api production")
        await play.is_now("starting")

        async def given_up() -> bool:
            play.clock.advance(10)
            return bool(await play.bot.ledger.effects(state="parked"))

        await play.eventually("the first order given up", given_up)
        current = (await play.slot()).current
        assert current is not None
        assert current.state == "starting"
        play.deployer.forget_next()
        await pass_time(play, 200)
        await play.runs(play.pull.head_sha)
        assert [order.deployment for order in play.deployer.orders] == [current.id]


async def pass_time(play: Play, seconds: int) -> None:
    for _ in range(seconds // 10):
        play.clock.advance(10)
        await play.clock.sleep(0.5)


async def has_ended(play: Play) -> bool:
    slot = await play.slot()
    return slot.current is None and bool(slot.history)


async def test_a_late_success_corrects_what_is_live_and_never_the_outcome(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        late = await a_late_run(play)
        play.clock.advance(TIMEOUT_SECONDS + 5)
        await play.ended("timed_out")
        await play.settled()
        assert not (await play.slot()).live.known

        play.deployer.release_late()

        async def known() -> bool:
            return (await play.slot()).live.known

        await play.eventually("what is live", known)
        slot = await play.slot()
        assert (slot.live.sha, slot.live.deployment) == (play.pull.head_sha, late.id)
        assert await outcome(play) == ("timed_out", "timeout")
        await play.settled()
        (recorded,) = play.deployments()
        assert recorded.statuses[-1].state == "success"


async def test_a_refusal_ends_the_deployment_with_the_deployers_words(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("reject")
        play.says("ada", "/deploy api production")
        await play.ended("failed")
        assert await outcome(play) == ("failed", "deployer_refused")
        await play.answer(REJECTION)
        await play.told(REJECTION)
        assert len(play.deployer.orders) == 1


async def test_a_deployer_that_is_away_for_a_moment_is_asked_again_until_it_takes_the_order(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        play.deployer.break_next("unavailable", times=3)
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        assert (len(play.deployer.orders), play.deployer.repeats) == (1, 0)


@pytest.mark.parametrize("trouble", ["lost_reply", "reset"])
async def test_an_order_whose_reply_is_lost_is_played_once(tmp_path: Path, trouble: Any) -> None:
    async with playing(tmp_path) as play:
        play.deployer.break_next(trouble, times=2)
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        await play.settled()
        assert len(play.deployer.runs) == len(play.deployer.orders) == 1
        slot = await play.slot()
        assert [each.state for each in slot.history] == ["succeeded"]


async def test_a_repeated_order_carries_the_same_id_and_body(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.break_next("lost_reply", times=3)
        play.deployer.play_next("late")
        play.says("ada", "/deploy api production")
        await play.until("repeats", lambda: play.deployer.repeats >= 3)
        play.deployer.release_late()
        await play.runs(play.pull.head_sha)
        assert len(play.deployer.runs) == 1


async def test_an_answer_in_the_shape_of_a_report_is_the_first_report(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await the_only_run_of(play, "synchronous")
        await play.runs(play.pull.head_sha)
        assert await outcome(play) == ("succeeded", "deployer_succeeded")
        assert play.deployer.runs[0].statuses == []  # it never called back


async def test_reports_that_come_twice_count_once(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await the_only_run_of(play, "duplicate_reports")
        await play.runs(play.pull.head_sha)
        await play.until("all reports", lambda: play.deployer.runs[0].is_over)
        await play.settled()
        assert set(play.deployer.runs[0].statuses) == {202}
        slot = await play.slot()
        assert [each.state for each in slot.history] == ["succeeded"]
        reports = [each for each in await play.bot.ledger.deliveries(0) if each.source == "deployer"]
        assert len(reports) == len(play.deployer.runs[0].told)


async def test_what_a_hostile_deployer_says_is_only_text(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("hostile")
        play.says("ada", "/deploy api production")
        await play.ended("failed")
        comment = await play.answer("failed")
        await play.until("a prompt", lambda: play.message_with_button("Keep"))
        await play.settled()

        assert "<script" not in comment.body
        assert not re.search(r"(?<!\\)\]\(javascript:", comment.body)
        assert not re.search(r"^\s*/deploy production", comment.body, re.MULTILINE)
        assert not re.search("[\x00\x1b\u202e]", comment.body)
        for message in play.slack.messages(CHANNEL):
            sent = json.dumps(message.blocks) + message.text
            assert "<!channel>" not in sent
            assert "<https://evil.example" not in sent
            assert not re.search(r'(<|"url": ")javascript:', sent)
        assert len(play.deployer.orders) == 1  # what it said was not taken for a command


async def test_a_report_with_a_lower_sequence_decides_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        late = await a_late_run(play)
        assert late.sequence == HELD_STEPS
        assert await post_report(play, report(late, 1, "failed", description="old news"), "msg_old") == 202
        assert await post_report(play, report(late, 9, "failed", attempt=2), "msg_other_attempt") == 202
        assert await post_report(play, report(late, 9, "failed", step=4), "msg_other_step") == 202
        await play.settled()
        current = (await play.slot()).current
        assert current is not None
        assert (current.id, current.state) == (late.id, "running")
        play.deployer.release_late()
        await play.runs(play.pull.head_sha)


async def test_a_report_without_attempt_and_sequence_counts(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        current = await the_only_run_of(play, "silent")
        told = {"deployment": current.id, "state": "failed", "description": FAILURE}
        assert await post_report(play, told, "msg_1") == 202
        assert await post_report(play, told, "msg_1") == 202
        await play.ended("failed")
        await play.answer(FAILURE)


async def test_reports_from_strangers_are_refused_and_change_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        late = await a_late_run(play)
        ended = report(late, 9, "succeeded")
        stranger = make_secret(play.deployer.random)
        before = len(await play.bot.ledger.deliveries(0))

        assert await post_report(play, ended, "msg_a", secret=stranger) == 401
        unknown = "d-0123456789"
        assert await post_report(play, ended | {"deployment": unknown}, "msg_b") == 401
        assert await post_report(play, ended, "msg_c", to=unknown) == 401
        assert await post_report(play, ended | {"description": "x" * 10_000_000}, "msg_d") == 413

        assert len(await play.bot.ledger.deliveries(0)) == before
        current = (await play.slot()).current
        assert current is not None
        assert current.state == "running"
        play.deployer.release_late()
        await play.runs(play.pull.head_sha)
