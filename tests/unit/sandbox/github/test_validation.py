"""GitHub's description of its interface finds what it is to find."""

import json
from typing import Any

import pytest

from bot.sandbox.github import ApiRequest
from tests.oracles.validation import request_messages, response_messages, webhook_messages

REPO = "/repos/{owner}/{repo}"
RUNS = f"{REPO}/check-runs"
NEW_RUN = {"name": "x", "head_sha": "a" * 40}
OUTPUT = {"title": "t", "summary": "s"}
NOTE = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
ACTION = {"label": "Fix", "description": "Fixes it", "identifier": "fix"}


def messages(body: dict[str, Any], template: str = RUNS) -> list[str]:
    """What is wrong with a body."""
    return request_messages(ApiRequest("POST", "", {}, json.dumps(body).encode()), template)


@pytest.mark.parametrize(
    "body",
    [
        {**NEW_RUN, "status": "done"},
        {**NEW_RUN, "output": {**OUTPUT, "annotations": [NOTE] * 51}},
        {**NEW_RUN, "output": {**OUTPUT, "summary": "s" * 65_536}},
        {**NEW_RUN, "actions": [ACTION] * 4},
        {**NEW_RUN, "actions": [{**ACTION, "label": "x" * 21}]},
        {**NEW_RUN, "output": {"summary": "s"}},
        {"name": "x"},
        {**NEW_RUN, "started_at": "yesterday"},
    ],
)
def test_a_body_against_the_description_is_found(body: dict[str, Any]) -> None:
    assert messages(body) != []


def test_a_right_body_is_right() -> None:
    assert messages({**NEW_RUN, "output": OUTPUT, "started_at": "2026-11-24T19:53:20Z"}) == []


def test_a_missing_body_is_found_where_one_is_needed() -> None:
    assert request_messages(ApiRequest("POST", ""), RUNS) == ["a body is required"]
    assert request_messages(ApiRequest("GET", ""), RUNS) == []
    assert request_messages(ApiRequest("POST", ""), "/nothing") == []


def test_an_answer_is_compared_with_the_status_that_it_has() -> None:
    template = "/users/{username}"
    assert response_messages("GET", template, 200, b"{}") != []
    assert response_messages("GET", template, 418, b"{}") == ["GET /users/{username} does not answer 418"]
    assert response_messages("GET", template, 404, b'{"message": "Not Found"}') == []
    assert response_messages("GET", "/nothing", 200, b"{}") == ["GET /nothing is not described"]


def test_an_answer_without_a_body_is_right_where_none_is_described() -> None:
    template = f"{REPO}/issues/comments/{{comment_id}}/reactions/{{reaction_id}}"
    assert response_messages("DELETE", template, 204, b"") == []


def test_webhooks_are_compared_by_event_and_action() -> None:
    assert webhook_messages("issue_comment", "created", {"action": "created"}) != []
    assert webhook_messages("issue_comment", "sung", {}) == ["issue-comment-sung is not described"]
