"""When the simulated Slack tries again."""

import pytest

from bot.sandbox.slack import Answer, SlackWorld
from tests.unit.sandbox.slack.calls import NOW, Clock, payload_of


def test_an_event_without_an_answer_is_sent_three_times_more_at_once_after_one_and_after_five_minutes(
    world: SlackWorld, clock: Clock
) -> None:
    world.mention("ada", "deploys", "status")
    [sent] = world.space.outbox.sent
    waits = []
    while not sent.is_over:
        waits.append(sent.due_at - clock())
        clock.now = sent.due_at
        world.answered(sent, Answer(None, trouble="timeout"))
    assert waits == [0, 0, 60, 300]
    assert (sent.state, sent.attempts) == ("failed", 4)


@pytest.mark.parametrize(
    "answer, reason",
    [
        (Answer(None, trouble="timeout"), "http_timeout"),
        (Answer(None, trouble="connection"), "connection_failed"),
        (Answer(503), "http_error"),
        (Answer(301), "http_error"),
    ],
)
def test_a_retry_says_its_number_and_reason_and_keeps_the_event_id(
    world: SlackWorld, answer: Answer, reason: str
) -> None:
    world.mention("ada", "deploys", "status")
    [sent] = world.space.outbox.sent
    before = payload_of(sent)["event_id"]
    assert "X-Slack-Retry-Num" not in world.signed_headers(sent)
    world.answered(sent, answer)
    headers = world.signed_headers(sent)
    assert (headers["X-Slack-Retry-Num"], headers["X-Slack-Retry-Reason"]) == ("1", reason)
    assert payload_of(sent)["event_id"] == before


def test_an_answered_event_is_not_sent_again(world: SlackWorld) -> None:
    world.mention("ada", "deploys", "status")
    [sent] = world.space.outbox.sent
    world.answered(sent, Answer(None, trouble="timeout"))
    world.answered(sent, Answer(200))
    assert (sent.state, sent.attempts) == ("done", 2)
    assert world.space.outbox.pending() == []


def test_the_app_may_ask_for_no_retry(world: SlackWorld) -> None:
    world.mention("ada", "deploys", "status")
    [sent] = world.space.outbox.sent
    world.answered(sent, Answer(500, {"x-slack-no-retry": "1"}))
    assert (sent.state, sent.attempts) == ("failed", 1)


def test_the_schedule_can_be_shortened(world: SlackWorld) -> None:
    world.space.outbox.schedule_seconds = (0.0,)
    world.mention("ada", "deploys", "status")
    [sent] = world.space.outbox.sent
    world.answered(sent, Answer(500))
    world.answered(sent, Answer(500))
    assert (sent.state, sent.due_at) == ("failed", NOW)


def test_what_was_queued_is_handed_out_once(world: SlackWorld) -> None:
    world.mention("ada", "deploys", "status")
    assert len(world.space.outbox.take_new()) == 1
    assert world.space.outbox.take_new() == []
