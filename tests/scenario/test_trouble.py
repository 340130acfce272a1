"""GitHub and Slack fail, limit, forget and repeat themselves: in the end each thing is done and told once."""

import re
from collections import Counter
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.github.emission import headers_for
from bot.sandbox.github.exchange import ApiRequest
from bot.sandbox.github.faults import Fault
from bot.sandbox.github.outbox import Webhook
from bot.sandbox.github.records import Comment
from bot.sandbox.slack.faults import Fault as SlackFault
from tests.scenario.play import CHANNEL, Play, playing

OUTAGE = Fault("status", status=503)
API_WRITES = {
    "comment": r".*/issues/\d+/comments",
    "check run": r".*/check-runs",
    "deployment": r".*/deployments",
    "status": r".*/deployments/\d+/statuses",
    "reaction": r".*/comments/\d+/reactions",
}


async def everything_once(play: Play, head: str) -> None:
    """After one deployment of the head: one comment, one Deployment, each status and check once."""
    await play.runs(head)
    await play.answer("succeeded")
    await play.checked("pointsman/plan", head)
    await play.checked("pointsman/config", head)
    await play.settled()
    assert len(play.bots_comments()) == 1
    (deployment,) = play.deployments()
    states = [each.state for each in deployment.statuses]
    assert states in (["in_progress", "success"], ["success"])  # what was overtaken is not told any more
    runs = [run for run in play.shop.check_runs.values() if run.head_sha == head]
    names = Counter(run.name for run in runs if run.name.startswith("pointsman/"))
    assert names == {"pointsman/plan": 1, "pointsman/config": 1}
    assert len(play.deployer.runs) == 1


def is_write_to(path: str, request: ApiRequest) -> bool:
    """Whether the bot created such a thing."""
    return request.method == "POST" and re.fullmatch(path, request.route) is not None


async def time_passes(play: Play, seconds: float) -> None:
    """In small steps, so that nobody who is under way looks dead."""
    until = play.clock.now() + seconds
    while play.clock.now() < until:
        play.clock.advance(2)
        await play.clock.sleep(0.5)


def sent(play: Play, event: str) -> list[Webhook]:
    """The webhooks that GitHub sent, oldest first."""
    return [
        entry.webhook for entry in play.github.deliveries.entries.values() if entry.webhook.event == event
    ]


async def post_webhook(play: Play, webhook: Webhook, guid: str | None = None) -> int:
    """Send a webhook once more, under its own or another delivery id; gives the answer's status."""
    headers = headers_for(play.github, guid or webhook.guid, webhook.event, webhook.body)
    url = f"http://127.0.0.1:{play.bot.port}/webhooks/github"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=webhook.body, headers=headers) as answer,
    ):
        return answer.status


def said_in(play: Play) -> list[str]:
    """What the bot's messages in the channel say, threads included."""
    bot = play.slack.installation.bot_user_id
    return [message.spoken for message in play.slack.messages(CHANNEL) if message.user == bot]


# --- GitHub ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", API_WRITES.values(), ids=API_WRITES)
async def test_a_write_that_github_answers_with_502_is_done_once(tmp_path: Path, path: str) -> None:
    async with playing(tmp_path) as play:
        play.github.faults.add(Fault("status", method="POST", path=path, status=502, times=2))
        head = play.pushes("ada")
        asking = play.says("ada", "/deploy api production")
        await everything_once(play, head)
        assert play.github.faults.rules == []  # it struck as often as it was to
        assert [each.content for each in asking.reactions] == ["eyes"]


@pytest.mark.parametrize("path", API_WRITES.values(), ids=API_WRITES)
async def test_a_write_whose_reply_is_lost_is_done_once(tmp_path: Path, path: str) -> None:
    async with playing(tmp_path) as play:
        play.github.faults.add(Fault("lost_reply", method="POST", path=path, times=1))
        head = play.pushes("ada")
        asking = play.says("ada", "/deploy api production")
        await everything_once(play, head)
        assert play.github.faults.rules == []
        assert [each.content for each in asking.reactions] == ["eyes"]


async def test_reads_that_fail_a_few_times_only_delay_the_answer(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.github.faults.add(Fault("status", method="GET", status=502, times=4))
        play.says("ada", "/deploy api production")
        await everything_once(play, play.pull.head_sha)


async def test_a_secondary_rate_limit_is_waited_for_and_not_run_against(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        path = API_WRITES["comment"]
        play.github.faults.add(Fault("rate_limit_secondary", method="POST", path=path, times=1, seconds=20))
        play.says("ada", "/deploy api production")
        await everything_once(play, play.pull.head_sha)
        tries = [each.at for each in play.github.requests if is_write_to(path, each.request)]
        assert len(tries) == 2
        assert tries[1] - tries[0] >= 20


async def test_a_command_during_a_short_outage_of_github_is_answered_afterwards(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.github.faults.add(OUTAGE)
        asking = play.says("ada", "/deploy api production")
        asked = len(play.github.requests)
        await play.until("a try in vain", lambda: len(play.github.requests) > asked)
        await time_passes(play, 30)
        assert play.bots_comments() == []
        play.github.faults.clear()
        await everything_once(play, play.pull.head_sha)
        await play.reacted(asking, "eyes")


async def test_who_asks_during_a_long_outage_is_told_that_it_was_given_up(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.github.faults.add(OUTAGE)
        play.may_break |= {"work", "deliveries"}
        play.says("ada", "/deploy api production")
        await time_passes(play, 100)
        assert play.bots_comments() == []
        play.github.faults.clear()
        await play.answer("again")
        await play.settled()
        assert await given_up(play) == ["issue_comment"]
        assert len(play.bots_comments()) == 1
        assert play.deployer.orders == []
        assert play.deployments() == []


async def test_who_asks_in_slack_need_not_wait_for_github_to_hear_of_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.github.faults.add(OUTAGE)
        play.may_break |= {"work", "deliveries"}
        play.types("lin", "/deploy", "api production")
        await time_passes(play, 100)
        await play.whispered("U0LIN", "again")
        play.github.faults.clear()
        await play.settled()
        assert play.deployer.orders == []


async def given_up(play: Play) -> list[str]:
    """The deliveries that could not be handled, by their event."""
    return [row.event for row in await play.bot.ledger.deliveries(0) if row.reason == "gave_up"]


# --- webhooks ----------------------------------------------------------------------------------------


async def test_webhooks_that_come_twice_count_once(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.github.faults.add(Fault("duplicate"))
        head = play.pushes("ada")
        play.says("ada", "/deploy api production")
        await everything_once(play, head)


async def test_webhooks_out_of_order_count_once(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.github.faults.add(Fault("reorder"))
        head = play.pushes("ada")
        asking = play.says("ada", "/deploy api production")
        await everything_once(play, head)
        await play.reacted(asking, "eyes")


async def test_a_delivery_that_is_sent_again_changes_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api production")
        await everything_once(play, play.pull.head_sha)
        events = len(await play.bot.ledger.events())
        rows = len(await play.bot.ledger.deliveries(0))
        (webhook,) = sent_by_people(play)
        assert await post_webhook(play, webhook) == 202
        await everything_once(play, play.pull.head_sha)
        assert len(await play.bot.ledger.events()) == events
        assert len(await play.bot.ledger.deliveries(0)) == rows


def sent_by_people(play: Play) -> list[Webhook]:
    """The webhooks of comments that were made and are no answers of the bot."""
    found = [each for each in sent(play, "issue_comment") if each.action == "created"]
    return [each for each in found if b'"login":"ada"' in each.body.split(b'"comment":')[1][:400]]


async def test_the_same_comment_under_another_delivery_id_is_no_second_command(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api production")
        await everything_once(play, play.pull.head_sha)
        (webhook,) = sent_by_people(play)
        assert await post_webhook(play, webhook, "00000000-0000-4000-8000-000000000001") == 202
        await everything_once(play, play.pull.head_sha)
        slot = await play.slot()
        assert len(slot.history) == 1


async def test_a_late_delivery_of_an_old_head_checks_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.github.faults.add(Fault("stall", event="pull_request", times=1, seconds=600))
        old = play.pushes("ada", "x = 3\n")
        await play.clock.sleep(2)  # GitHub's times are whole seconds
        new = play.pushes("ada", "x = 4\n")
        await play.checked("pointsman/plan", new)
        await play.settled()
        before = len(play.shop.check_runs)
        arrivals = len(await play.bot.ledger.deliveries(0))
        play.clock.advance(610)

        async def arrived() -> bool:
            return len(await play.bot.ledger.deliveries(0)) > arrivals

        play.github.changed()
        await play.eventually("the late delivery", arrived)
        await play.settled()
        assert len(play.shop.check_runs) == before
        assert not [run for run in play.shop.check_runs.values() if run.head_sha == old]

        asking: Comment = play.says("ada", "/deploy api production")
        await play.reacted(asking, "eyes")
        await play.runs(new)


# --- Slack -------------------------------------------------------------------------------------------


async def told_once(play: Play) -> None:
    """After one deployment: one message in the channel, and nothing in its thread twice."""
    await play.runs(play.pull.head_sha)
    await play.told("succeeded")
    await play.settled()
    heads = [message for message in play.slack.messages(CHANNEL) if not message.is_reply]
    assert len(heads) == 1
    everything = said_in(play)
    assert len(everything) == len(set(everything)) > 1


async def test_slack_is_down_for_a_while_and_hears_each_thing_once(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.slack.faults.add(SlackFault("api_503"))
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)  # a deployment does not wait for Slack
        await time_passes(play, 20)
        assert said_in(play) == []
        play.slack.faults.clear()
        await told_once(play)


async def test_slack_limits_us_and_hears_each_thing_once(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.slack.faults.add(SlackFault("ratelimited", "chat.*", times=3, seconds=5))
        play.says("ada", "/deploy api production")
        await told_once(play)


async def test_slack_loses_replies_and_hears_each_thing_once_where_its_history_may_be_read(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        play.slack.scopes = (play.slack.scopes or frozenset()) | {"channels:history"}
        await play.settled()
        play.slack.faults.add(SlackFault("lost_reply", "chat.postMessage", times=3))
        play.says("ada", "/deploy api production")
        await told_once(play)
        assert play.slack.faults.active == []


async def test_a_press_that_slack_sends_twice_counts_once(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        good = play.pull.head_sha
        play.says("ada", "/deploy api production")
        await play.runs(good)
        play.deployer.play_next("fail")
        play.pushes("ada")
        play.says("ada", "/deploy api production")
        play.slack.faults.add(SlackFault("duplicate"))
        await play.presses("U0LIN", "Roll back")
        await play.runs(good)
        await play.settled()
        slot = await play.slot()
        assert [each.state for each in slot.history] == ["succeeded", "failed", "succeeded"]
        assert len(play.deployer.runs) == 3
