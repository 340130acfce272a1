"""The bot goes away and comes back on the same ledger: nothing is lost, nothing is done twice."""

from pathlib import Path

import pytest

from bot.ledger.disk import LedgerInUse
from bot.sandbox.github.faults import Fault
from bot.sandbox.slack.faults import Fault as SlackFault
from tests.scenario.play import CHANNEL, Play, playing

AWAY_SECONDS = 200.0  # longer than a bot that ends waits for what is under way


@pytest.fixture
def _ends_abruptly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot that ends does not wait for what is under way."""
    monkeypatch.setattr("bot.app.DRAIN_SECONDS", 0.05)


async def accepted(play: Play) -> None:
    """Ask for a deployment that goes on for long, and wait until all but its end is told."""
    play.deployer.play_next("late")
    play.says("ada", "/deploy api production")
    await play.until("progress", lambda: play.deployer.runs and len(play.deployer.runs[0].statuses) == 3)
    await play.settled()


async def undelivered(play: Play, event: str) -> None:
    """Wait until GitHub has tried to deliver all that it has, in vain for this event."""

    def failed() -> bool:
        tries = play.github.deliveries.entries.values()
        return any(each.webhook.event == event and each.status.startswith("failed") for each in tries)

    await play.until("a delivery that failed", failed)
    await play.until("no delivery under way", lambda: play.stage.github_server.is_idle)


async def once(play: Play) -> None:
    """One deployment, told once everywhere."""
    await play.runs(play.pull.head_sha)
    await play.answer("succeeded")
    await play.settled()
    assert len(play.bots_comments()) == 1
    assert len(play.deployments()) == 1
    assert len(play.deployer.runs) == 1
    assert len([each for each in play.slack.messages(CHANNEL) if not each.is_reply]) == 1
    slot = await play.slot()
    assert [each.state for each in slot.history] == ["succeeded"]


async def test_a_deployment_that_ends_while_the_bot_is_away_ends_the_same(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await accepted(play)
        await play.stop_bot()
        play.deployer.release_late()
        await play.until("a report in vain", lambda: None in play.deployer.runs[0].statuses)
        await play.start_bot()
        await once(play)
        thread = [each.spoken for each in play.slack.messages(CHANNEL) if each.is_reply]
        assert len(thread) == len(set(thread))


async def test_a_bot_that_is_restarted_again_and_again_tells_the_story_once(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        asking = play.says("ada", "/deploy api production")
        await play.until("the delivery", lambda: play.stage.github_server.is_idle)
        for _ in range(3):
            await play.stop_bot()
            await play.start_bot()
        await once(play)
        assert [each.content for each in asking.reactions] == ["eyes"]


async def test_a_timeout_that_passes_while_the_bot_is_away_is_noticed_at_its_return(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await accepted(play)
        await play.stop_bot()
        play.clock.advance(1900)
        await play.start_bot()
        await play.ended("timed_out")
        await play.until("a prompt", lambda: play.message_with_button("Keep"))


async def test_a_prompt_is_answered_by_a_bot_that_did_not_write_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        good = play.pull.head_sha
        play.says("ada", "/deploy api production")
        await play.runs(good)
        play.deployer.play_next("fail")
        play.pushes("ada")
        play.says("ada", "/deploy api production")
        await play.ended("failed")
        await play.until("a prompt", lambda: play.message_with_button("Roll back"))
        await play.stop_bot()
        await play.start_bot()
        await play.presses("U0LIN", "Roll back")
        await play.runs(good)


async def test_a_command_given_while_the_bot_is_away_is_asked_for_and_done(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        await play.stop_bot()
        asking = play.says("ada", "/deploy api production")
        await undelivered(play, "issue_comment")
        await play.start_bot()
        await once(play)
        await play.reacted(asking, "eyes")


async def test_a_push_while_the_bot_is_away_is_checked_afterwards(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        await play.stop_bot()
        head = play.pushes("ada")
        await undelivered(play, "pull_request")
        await play.start_bot()
        await play.checked("pointsman/plan", head)
        await play.checked("pointsman/config", head)


async def test_a_command_that_is_found_too_late_is_answered_and_not_run(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        await play.stop_bot()
        play.says("ada", "/deploy api production")
        await undelivered(play, "issue_comment")
        play.clock.advance(700)
        await play.start_bot()
        await play.answer("minutes")
        await play.settled()
        assert len(play.bots_comments()) == 1
        assert play.deployer.orders == []


async def test_webhooks_that_github_lost_are_asked_for(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.github.faults.add(Fault("lose", event="issue_comment", times=1))
        play.says("ada", "/deploy api production")
        await play.clock.sleep(1)
        play.clock.advance(300)
        await once(play)


@pytest.mark.usefixtures("_ends_abruptly")
@pytest.mark.parametrize(
    "path",
    [
        r".*/issues/\d+/comments",
        r".*/check-runs",
        r".*/deployments",
        r".*/deployments/\d+/statuses",
        r".*/comments/\d+/reactions",
    ],
    ids=["comment", "check run", "deployment", "status", "reaction"],
)
async def test_a_write_under_way_when_the_bot_ends_is_not_done_twice(tmp_path: Path, path: str) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        fault = play.github.faults.add(Fault("slow", method="POST", path=path, times=1, seconds=AWAY_SECONDS))
        head = play.pushes("ada")
        asking = play.says("ada", "/deploy api production")
        await play.until("the write", lambda: fault not in play.github.faults.rules)
        await play.stop_bot()
        await play.start_bot()
        await once(play)
        await play.checked("pointsman/plan", head)
        await play.checked("pointsman/config", head)
        await play.settled()
        runs = [each.name for each in play.shop.check_runs.values() if each.head_sha == head]
        assert len(runs) == len(set(runs))
        states = [each.state for each in play.deployments()[0].statuses]
        assert len(states) == len(set(states))
        assert [each.content for each in asking.reactions] == ["eyes"]


@pytest.mark.usefixtures("_ends_abruptly")
async def test_an_order_under_way_when_the_bot_ends_is_played_once(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.break_next("slow")
        play.says("ada", "/deploy api production")
        await play.until("an order", lambda: play.deployer.orders)
        await play.stop_bot()
        await play.start_bot()
        await once(play)
        assert len(play.deployer.orders) == 1


@pytest.mark.usefixtures("_ends_abruptly")
async def test_a_message_under_way_when_the_bot_ends_is_said_once_where_history_may_be_read(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        play.slack.scopes = (play.slack.scopes or frozenset()) | {"channels:history"}
        await play.settled()
        play.slack.faults.add(SlackFault("slow", "chat.postMessage", times=1, seconds=AWAY_SECONDS))
        play.says("ada", "/deploy api production")
        await play.until("the message", lambda: play.slack.messages(CHANNEL))
        await play.stop_bot()
        await play.start_bot()
        await once(play)


async def test_two_bots_cannot_have_one_ledger(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        with pytest.raises(LedgerInUse):
            await play.another_bot().start()
        play.says("ada", "/deploy api production")  # the first is not disturbed
        await once(play)
