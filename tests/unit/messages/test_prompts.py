"""The prompt's buttons are commands that the grammar reads, and an answer takes them away."""

from typing import Any

import pytest

from bot.commands.grammar import parse
from bot.domain.speech import Keep, Misunderstood, Retry, Rollback, Vocabulary
from bot.messages import prompts
from tests.unit.messages import samples
from tests.unit.messages.samples import deployment
from tests.unit.messages.slack import assert_slack_takes

NAMES = Vocabulary(services=("api", "web"), environments=("production",))


def buttons(**changes: Any) -> list[dict[str, Any]]:
    message = prompts.message(deployment("failed"), samples.prompt(**changes))
    rows = [block for block in message.blocks if block["type"] == "actions"]
    return [element for row in rows for element in row["elements"]]


def test_each_button_gives_the_command_that_it_names() -> None:
    said = {each["action_id"]: parse(each["value"], NAMES) for each in buttons()}
    assert said == {
        "pointsman:rollback": Rollback(
            service="api", environment="production", to="d-0000000009", repository="acme/shop"
        ),
        "pointsman:retry": Retry(id="d-0000000001"),
        "pointsman:keep": Keep(id="d-0000000001"),
    }


def test_every_button_can_be_heard() -> None:
    assert [each["accessibility_label"] for each in buttons()] == [
        "Roll back to 600d5ea: api in production",
        "Retry c0ffee1: api in production",
        "Keep what is there: api in production",
    ]


def test_what_changes_something_asks_once_more() -> None:
    assert [each["action_id"] for each in buttons() if "confirm" in each] == [
        "pointsman:rollback",
        "pointsman:retry",
    ]


def test_where_nothing_is_good_there_is_no_rollback_button() -> None:
    assert [each["action_id"] for each in buttons(target=None, target_sha=None)] == [
        "pointsman:retry",
        "pointsman:keep",
    ]


@pytest.mark.parametrize("answer", ["rollback", "retry", "keep"])
def test_an_answer_replaces_the_buttons_by_who_what_and_when(answer: str) -> None:
    message = prompts.message(deployment("failed"), samples.answered(answer))
    assert {block["type"] for block in message.blocks} == {"section"}
    assert "*Decided:* <@U0MONA001> chose to " in message.text
    assert "<!date^1767362770^{date_num} {time}|2026-01-02 14:06 UTC>" in message.text
    assert_slack_takes(message)


def test_longest_names_still_fit() -> None:
    order = samples.order(service="a" * 63, environment="b" * 63)
    message = prompts.message(deployment("failed", order=order), samples.prompt())
    assert_slack_takes(message)
    names = Vocabulary(services=("a" * 63,), environments=("b" * 63,))
    actions = message.blocks[-1]["elements"]
    assert not any(isinstance(parse(each["value"], names), Misunderstood) for each in actions)


def test_evidence_that_is_not_the_deployers_is_told_too() -> None:
    message = prompts.message(deployment("failed"), samples.prompt(evidence="alert: error rate 4 %"))
    assert "Evidence: “alert: error rate 4 %”." in message.text
