"""What was on its way when a stage was saved goes on when it is loaded, and what may be missing is said."""

from pathlib import Path

import pytest

from bot.sandbox.github.faults import Fault
from bot.sandbox.github.seed import SHOP
from bot.sandbox.keeping import Kept
from bot.sandbox.stage import Stage
from bot.sandbox.waking import IDS_SKIPPED, wake
from tests.unit.sandbox.stages import Clock, busy, new_stage, order, saved_and_loaded

BOT = "127.0.0.1:20001"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stage(tmp_path: Path, clock: Clock) -> Stage:
    stage = new_stage(tmp_path, clock)
    busy(stage)
    return stage


def woken(stage: Stage, *, in_order: bool = True, bot: str = BOT) -> tuple[Kept, list[str]]:
    kept = saved_and_loaded(stage, stage.folder / "stage.state", Clock(), in_order=in_order)
    return kept, wake(kept, bot)


# --- GitHub ----------------------------------------------------------------------------------------------


def test_webhooks_that_were_being_sent_come_first_in_their_order(stage: Stage) -> None:
    for body in ("One", "Two", "Three"):
        stage.github.comment("ada", SHOP, 1, body)
    queued = [webhook.guid for webhook in stage.github.outbox]
    for _ in range(3):
        stage.github.outbox.take(stage.github.clock())
    kept, _ = woken(stage)
    assert [webhook.guid for webhook in kept.github.outbox] == queued


def test_a_webhook_that_goes_out_twice_is_sent_as_often_as_it_was_not_answered(stage: Stage) -> None:
    stage.github.outbox.drain()
    stage.github.faults.add(Fault("duplicate", event=".*"))
    stage.github.comment("ada", SHOP, 1, "Twice")
    taken = stage.github.outbox.take(stage.github.clock())
    assert taken is not None
    kept, _ = woken(stage)
    waiting = [webhook.guid for webhook in kept.github.outbox if webhook.event == "issue_comment"]
    assert waiting == [taken.guid, taken.guid]
    for webhook in kept.github.outbox.drain():
        kept.github.record_delivery_result(webhook.guid, 202, 0.0)
    assert kept.github.deliveries.unanswered() == []


def test_a_webhook_that_is_held_back_stays_so(stage: Stage) -> None:
    stage.github.faults.add(Fault("stall", event="issue_comment", seconds=60))
    stage.github.comment("ada", SHOP, 1, "Late")
    kept, _ = woken(stage)
    assert [held.webhook.event for held in kept.github.outbox.held] == ["issue_comment"]
    assert "issue_comment" not in [webhook.event for webhook in kept.github.outbox]


# --- Slack -----------------------------------------------------------------------------------------------


def test_what_waited_in_slack_is_carried_by_the_new_shell(stage: Stage) -> None:
    assert len(stage.slack.space.outbox.take_new()) == 1
    kept, _ = woken(stage)
    assert [sent.kind for sent in kept.slack.space.outbox.take_new()] == ["command"]


def test_a_command_that_was_being_sent_failed_and_its_person_sees_that(stage: Stage) -> None:
    (sent,) = stage.slack.space.outbox.take_new()
    sent.state = "sending"
    kept, _ = woken(stage)
    (after,) = kept.slack.space.outbox.sent
    assert after.state == "failed"
    assert "/deploy failed" in kept.slack.whispers("ada")[-1].spoken


def test_an_event_that_was_being_sent_is_sent_again(stage: Stage) -> None:
    stage.slack.mention("ada", "deploys", "status")
    sent = stage.slack.space.outbox.sent[-1]
    sent.state = "sending"
    kept, _ = woken(stage)
    after = kept.slack.space.outbox.sent[-1]
    assert (after.state, after.retry_reason) == ("waiting", "connection_failed")


# --- the deployer ----------------------------------------------------------------------------------------


def test_a_deployment_keeps_when_it_is_due_and_reports_to_where_the_bot_is_now(stage: Stage) -> None:
    run = order(stage)
    kept, _ = woken(stage, bot="127.0.0.1:29999")
    (after,) = kept.deployer.pending()
    assert after.due_at == run.due_at
    assert after.order.callback_url == f"http://127.0.0.1:29999/callbacks/deployments/{run.order.deployment}"
    assert kept.deployer.due(run.due_at) == [after]


# --- after a kill ----------------------------------------------------------------------------------------


def test_after_an_end_in_order_ids_go_on_no_guid_repeats_and_it_says_since_when(stage: Stage) -> None:
    kept, said = woken(stage)
    assert kept.github.new_id() == stage.github.new_id()
    assert kept.github.random.random() != stage.github.random.random()
    assert said == ["It goes on where it was at 2026-11-24 19:53:20 UTC."]


def test_after_a_kill_no_id_that_the_bot_may_know_comes_a_second_time(stage: Stage) -> None:
    view = int(stage.slack.space.new_id("V").removeprefix("V"))
    kept, said = woken(stage, in_order=False)
    assert kept.github.new_id() == stage.github.new_id() + IDS_SKIPPED
    assert kept.slack.space.new_id("V") == f"V{view + IDS_SKIPPED + 1}"
    assert kept.github.random.random() != stage.github.random.random()
    again = kept.github.open_pull_request("ada", SHOP, "more", "More", {"README.md": "More\n"})
    before = stage.github.open_pull_request("ada", SHOP, "more", "More", {"README.md": "More\n"})
    assert again.number > before.number
    (sentence,) = said
    assert "was not ended in order" in sentence
    assert "2026-11-24 19:53:20 UTC" in sentence
    assert "the bot may remember it" in sentence


def test_trouble_that_a_run_is_still_to_meet_is_mentioned(stage: Stage) -> None:
    stage.github.actions.play_next("held")
    assert woken(stage)[1][-1].startswith("Trouble that was switched on is still on")


def test_trouble_that_is_still_on_is_mentioned(stage: Stage) -> None:
    stage.slack.faults.preset("slack_down")
    assert woken(stage)[1][-1].startswith("Trouble that was switched on is still on")
