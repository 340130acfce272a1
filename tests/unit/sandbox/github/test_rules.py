"""The rules for bodies that are written by hand."""

from typing import Any

import pytest

from bot.sandbox.github.routes import ENDPOINTS
from bot.sandbox.github.rules import FIELDS, complaints
from tests.oracles.validation import facts

REPO = "/repos/{owner}/{repo}"
RUNS = f"{REPO}/check-runs"
RUN = f"{RUNS}/{{check_run_id}}"
STATUSES = f"{REPO}/deployments/{{deployment_id}}/statuses"
DISPATCHES = f"{REPO}/actions/workflows/{{workflow_id}}/dispatches"
NEW_RUN = {"name": "x", "head_sha": "a" * 40}
OUTPUT = {"title": "t", "summary": "s"}
NOTE = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
ACTION = {"label": "Fix", "description": "Fixes it", "identifier": "fix"}

GOOD: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", RUNS, NEW_RUN),
    ("POST", RUNS, {**NEW_RUN, "status": "completed", "conclusion": "success", "output": OUTPUT}),
    ("POST", RUNS, {**NEW_RUN, "conclusion": "neutral"}),
    ("POST", RUNS, {**NEW_RUN, "actions": [ACTION] * 3}),
    ("PATCH", RUN, {"output": {**OUTPUT, "annotations": [NOTE] * 50}}),
    ("PATCH", RUN, {"output": {**OUTPUT, "annotations": [{**NOTE, "start_column": 1, "end_column": 2}]}}),
    ("PATCH", RUN, {"output": {**OUTPUT, "summary": "s" * 65_535}}),
    ("PATCH", f"{REPO}/issues/comments/{{comment_id}}", {"body": "x" * 65_536}),
    ("POST", f"{REPO}/deployments", {"ref": "main", "required_contexts": None, "payload": "text"}),
    ("POST", DISPATCHES, {"ref": "main", "inputs": {f"i{n}": "x" for n in range(25)}}),
    ("POST", STATUSES, {"state": "success", "description": "d" * 140, "log_url": "https://example.com"}),
]
BAD: list[tuple[str, str, dict[str, Any], str]] = [
    ("POST", RUNS, {"name": "x"}, '"head_sha" wasn\'t supplied'),
    ("POST", RUNS, {**NEW_RUN, "name": ""}, '"name" cannot be blank'),
    ("POST", RUNS, {**NEW_RUN, "status": "completed"}, '"conclusion" is required'),
    ("PATCH", RUN, {"status": "completed"}, '"conclusion" is required'),
    ("POST", RUNS, {**NEW_RUN, "status": "queued", "conclusion": "success"}, 'needs the status "completed"'),
    ("POST", RUNS, {**NEW_RUN, "conclusion": "stale"}, "\"conclusion\" is 'stale'"),
    ("POST", RUNS, {**NEW_RUN, "status": "done"}, "\"status\" is 'done'"),
    ("POST", RUNS, {**NEW_RUN, "details_url": "ftp://x"}, "http(s)"),
    ("POST", RUNS, {**NEW_RUN, "output": {"summary": "s"}}, '"output.title" wasn\'t supplied'),
    (
        "POST",
        RUNS,
        {**NEW_RUN, "output": {**OUTPUT, "summary": "s" * 65_536}},
        '"output.summary" is too long',
    ),
    ("POST", RUNS, {**NEW_RUN, "output": {**OUTPUT, "text": "s" * 65_536}}, '"output.text" is too long'),
    ("POST", RUNS, {**NEW_RUN, "output": {**OUTPUT, "colour": "red"}}, '"output.colour"'),
    ("POST", RUNS, {**NEW_RUN, "output": {**OUTPUT, "annotations": [NOTE] * 51}}, "more than 50"),
    ("POST", RUNS, {**NEW_RUN, "output": {**OUTPUT, "annotations": [{"path": "a"}]}}, "annotations.message"),
    ("POST", RUNS, {**NEW_RUN, "actions": [ACTION] * 4}, '"actions" is too long'),
    ("POST", RUNS, {**NEW_RUN, "actions": [{**ACTION, "label": "x" * 21}]}, "1 to 20"),
    ("POST", RUNS, {**NEW_RUN, "actions": [{**ACTION, "description": "x" * 41}]}, "1 to 40"),
    ("POST", RUNS, {**NEW_RUN, "actions": [{**ACTION, "identifier": ""}]}, "1 to 20"),
    ("PATCH", RUN, {"head_sha": "a" * 40}, '"head_sha" is not a permitted key'),
    ("PATCH", RUN, {"output": "text"}, '"output" is not object'),
    (
        "PATCH",
        RUN,
        {"output": {**OUTPUT, "annotations": [{**NOTE, "end_line": 2, "start_column": 1}]}},
        "on one line",
    ),
    ("PATCH", RUN, {"output": {**OUTPUT, "annotations": [{**NOTE, "message": "é" * 32_769}]}}, "over 64 KB"),
    ("PATCH", RUN, {"output": {**OUTPUT, "annotations": [{**NOTE, "title": "t" * 256}]}}, "255"),
    ("POST", f"{REPO}/issues/{{issue_number}}/comments", {"body": "x" * 65_537}, '"body" is too long'),
    ("POST", f"{REPO}/issues/{{issue_number}}/comments", {"body": ""}, '"body" cannot be blank'),
    ("POST", f"{REPO}/issues/comments/{{comment_id}}/reactions", {"content": "tada"}, "not one of"),
    ("POST", f"{REPO}/deployments", {"ref": "main", "auto_merge": "no"}, '"auto_merge" is not yes or no'),
    ("POST", f"{REPO}/deployments", {"ref": "main", "service": "api"}, '"service" is not a permitted key'),
    ("POST", STATUSES, {"state": "success", "description": "d" * 141}, '"description" is too long'),
    ("POST", STATUSES, {"state": "done"}, "\"state\" is 'done'"),
    ("POST", STATUSES, {"state": "success", "log_url": "example.com"}, "http(s)"),
    (
        "POST",
        "/app/installations/{installation_id}/access_tokens",
        {"repository_ids": list(range(501))},
        '"repository_ids" is too long',
    ),
    (
        "POST",
        "/app/installations/{installation_id}/access_tokens",
        {"repository_ids": [1], "repositories": ["a"]},
        "cannot be given together",
    ),
    ("POST", DISPATCHES, {"inputs": {}}, '"ref" wasn\'t supplied'),
    ("POST", DISPATCHES, {"ref": "main", "inputs": {f"i{n}": "x" for n in range(26)}}, "more than 25"),
    ("POST", DISPATCHES, {"ref": "main", "return_run_details": "yes"}, "is not yes or no"),
    ("POST", f"{REPO}/pulls", {"head": "a", "base": "b", "issue": True}, '"issue" is not number'),
]


@pytest.mark.parametrize(("method", "template", "body"), GOOD)
def test_a_right_body_is_not_complained_about(method: str, template: str, body: dict[str, Any]) -> None:
    assert complaints(method, template, body) == []


@pytest.mark.parametrize(("method", "template", "body", "words"), BAD)
def test_a_wrong_body_is_complained_about(
    method: str, template: str, body: dict[str, Any], words: str
) -> None:
    found = complaints(method, template, body)
    assert len(found) >= 1
    assert words in " ".join(found)


def test_every_field_of_githubs_description_is_permitted() -> None:
    for (method, template), rules in FIELDS.items():
        content = facts()["paths"][template][method.lower()]["requestBody"]["content"]
        described = content["application/json"]["schema"].get("properties")
        if described is not None:
            assert set(rules) == set(described), f"{method} {template}"


def test_every_endpoint_with_a_body_has_rules() -> None:
    without_body = {"attempt_delivery", "rerequest_suite", "cancel_run", "not_simulated"}
    writing = {
        (row.method, row.template)
        for row in ENDPOINTS
        if row.method in ("POST", "PATCH") and row.handler.__name__ not in without_body
    }
    assert writing == set(FIELDS)
