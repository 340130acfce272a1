"""What people could not read, or Slack would not show."""

from typing import Any

import pytest

from bot.sandbox.slack.block_rules import block_problems, is_too_large, view_problems
from tests.unit.sandbox.slack.calls import actions, button, modal, plain, section, text_input

CONFIRM = {
    "title": plain("Sure?"),
    "text": plain("It goes live."),
    "confirm": plain("Yes"),
    "deny": plain("No"),
}
OPTION = {"text": plain("staging"), "value": "staging"}
GOOD: dict[str, list[dict[str, Any]]] = {
    "section with everything": [
        section("*hi*", fields=[plain("a"), {"type": "mrkdwn", "text": "b"}], accessory=button("Go", "go"))
    ],
    "buttons": [
        actions(button("Roll back", "a", style="danger", value="d-1", confirm=CONFIRM), button("Keep", "b"))
    ],
    "accessible button": [actions(button("Go", "go", accessibility_label="Deploy api to production"))],
    "link button": [actions(button("Log", "log", url="https://deployer.example.com/logs/1"))],
    "header, divider, context": [
        {"type": "header", "text": plain("Deployment")},
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "by ada"}, plain("now")]},
    ],
    "menu": [
        actions(
            {"type": "static_select", "action_id": "m", "placeholder": plain("Where"), "options": [OPTION]}
        )
    ],
    "fifty blocks": [section("x")] * 50,
    "rich text": [
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "hi"}]}],
        }
    ],
    "image": [{"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a graph"}],
    "markdown": [{"type": "markdown", "text": "**hi**"}],
    "emoji switched off": [{"type": "header", "text": {"type": "plain_text", "text": "x", "emoji": False}}],
}
BAD: dict[str, tuple[object, str]] = {
    "no list": ({"type": "section"}, "must be a list"),
    "no object": (["hello"], "must be an object"),
    "unknown block": ([{"type": "mystery"}], "unsupported type: mystery"),
    "block without type": ([{"text": plain("x")}], "unsupported type"),
    "unknown element": ([actions({"type": "lever", "action_id": "a"})], "unsupported type: lever"),
    "unknown field": ([section("x", colour="red")], "colour: not allowed here"),
    "unknown field of an element": ([actions(button("Go", "a", colour="red"))], "colour: not allowed here"),
    "51 blocks": ([section("x")] * 51, "no more than 50 items"),
    "section without text": ([{"type": "section"}], "text or fields"),
    "section of 3001 characters": ([section("x" * 3001)], "3000 characters"),
    "field of 2001 characters": ([section("x", fields=[plain("y" * 2001)])], "over 2000 characters"),
    "11 fields": ([section("x", fields=[plain("y")] * 11)], "10 items"),
    "empty text": ([section("")], "text"),
    "blank text": ([section("  ")], "more than 0 characters"),
    "text that is no object": ([{"type": "section", "text": "hi"}], "must be an object"),
    "header of 151 characters": ([{"type": "header", "text": plain("x" * 151)}], "150 characters"),
    "header in mrkdwn": ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "plain_text"),
    "button in mrkdwn": (
        [actions({"type": "button", "action_id": "a", "text": {"type": "mrkdwn", "text": "x"}})],
        "must be plain_text",
    ),
    "button of 76 characters": ([actions(button("x" * 76, "a"))], "75 characters"),
    "value of 2001 characters": ([actions(button("x", "a", value="v" * 2001))], "2000 characters"),
    "url of 3001 characters": ([actions(button("x", "a", url="u" * 3001))], "3000 characters"),
    "accessibility label of 76 characters": (
        [actions(button("x", "a", accessibility_label="l" * 76))],
        "75 characters",
    ),
    "unknown style": ([actions(button("x", "a", style="loud"))], "style"),
    "action id of 256 characters": ([actions(button("x", "a" * 256))], "255 characters"),
    "26 elements": ([actions(*(button("x", f"a{n}") for n in range(26)))], "25 elements"),
    "11 context elements": ([{"type": "context", "elements": [plain("x")] * 11}], "10 elements"),
    "an action id twice in a block": ([actions(button("x", "a"), button("y", "a"))], "used 2 times"),
    "a block id twice": ([section("x", block_id="b"), section("y", block_id="b")], "used twice"),
    "empty menu": (
        [actions({"type": "static_select", "action_id": "m", "placeholder": plain("x"), "options": []})],
        "",
    ),
    "confirm of 301 characters": (
        [actions(button("x", "a", confirm={**CONFIRM, "text": plain("x" * 301)}))],
        "300 characters",
    ),
    "image without alt text": ([{"type": "image", "image_url": "https://example.com/a.png"}], "alt_text"),
}


@pytest.mark.parametrize("name", GOOD)
def test_blocks_that_slack_shows_have_no_problems(name: str) -> None:
    assert block_problems(GOOD[name]) == []


@pytest.mark.parametrize("name", BAD)
def test_blocks_that_slack_does_not_show_have_a_problem_that_says_where(name: str) -> None:
    blocks, expected = BAD[name]
    problems = block_problems(blocks)
    assert problems
    assert expected in problems[0]
    assert problems[0].startswith("blocks")


def test_a_repeated_action_id_in_different_blocks_is_fine() -> None:
    assert block_problems([actions(button("x", "a")), actions(button("y", "a"))]) == []


def test_a_modal_with_inputs_is_fine() -> None:
    assert (
        view_problems(modal(text_input("why", "reason"), callback_id="deploy", private_metadata="{}")) == []
    )


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ("hello", "must be an object"),
        ({"type": "modal", "blocks": [section("x")]}, "needs a plain_text title"),
        (modal(text_input("a", "b")) | {"title": plain("x" * 25)}, "24 characters"),
        ({**modal(text_input("a", "b")), "submit": plain("x" * 25)}, "24 characters"),
        ({"type": "modal", "title": plain("x"), "blocks": [text_input("a", "b")]}, "submit: required"),
        (modal(section("x"), private_metadata="x" * 3001), "3000 characters"),
        (modal(section("x"), callback_id="x" * 256), "255 characters"),
        (modal(*[section("x")] * 101), "100"),
        (modal(section("x"), colour="red"), "colour"),
        ({"type": "home", "blocks": [section("x")], "submit": plain("x")}, "home view cannot have submit"),
    ],
)
def test_a_view_that_slack_does_not_show_has_a_problem(view: object, expected: str) -> None:
    assert expected in "; ".join(view_problems(view))


def test_a_view_over_250_kilobytes_is_too_large() -> None:
    assert not is_too_large(modal(section("x")))
    assert is_too_large(modal(*[section("x" * 2990)] * 90))
