"""What a person is told when GitHub refuses."""

import pytest

from bot.domain.errors import PassingFault
from bot.github.connection import Question
from bot.github.faults import NotThere, Refused, fault_of
from bot.github.replies import Reply, message_of, number

BASE = "https://github.example.com/api/v3"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"message": "Not Found"}', "Not Found"),
        (b'{"message": "Invalid", "errors": ["too long"]}', "Invalid: too long"),
        (b'{"message": "Invalid", "errors": "too long"}', "Invalid: too long"),
        (b'{"message": "Invalid", "errors": [{"field": "x", "code": "missing"}]}', "Invalid: x missing"),
        (b'{"errors": [{"message": "only this"}]}', "only this"),
        (b"[]", ""),
        (b"<html>", ""),
        (b"", ""),
        (b"\xff", ""),
    ],
)
def test_githubs_message_is_read_whatever_came(body: bytes, message: str) -> None:
    assert message_of(Reply(422, {}, body)) == message


def test_a_message_has_an_end() -> None:
    assert len(message_of(Reply(422, {}, b'{"message": "' + b"x" * 9_000 + b'"}'))) == 500


@pytest.mark.parametrize(
    ("text", "value"), [("60", 60.0), (" 7 ", 7.0), ("", None), ("1.5", None), ("-1", None)]
)
def test_a_header_that_is_no_number_is_none(text: str, value: float | None) -> None:
    assert number(Reply(429, {"retry-after": text}, b""), "retry-after") == value


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("POST", "/repos/a/b/check-runs", "checks: write"),
        ("GET", "/repos/a/b/commits/x/check-runs", "checks: read"),
        ("POST", "/repos/a/b/deployments", "deployments: write"),
        ("POST", "/repos/a/b/actions/workflows/deploy.yml/dispatches", "actions: write"),
        ("GET", "/repos/a/b/actions/runs/5/jobs", "actions: read"),
        ("POST", "/repos/a/b/issues/1/comments", "pull_requests: write"),
        ("GET", "/repos/a/b/pulls/1", "pull_requests: read"),
        ("GET", "/orgs/a/teams/b/memberships/c", "members: read"),
        ("GET", "/repos/a/b/contents/x", "contents: read"),
        ("GET", "/repos/a/b/commits/x/pulls", "pull_requests: read"),
        ("GET", "/repos/orgs/pulls-and-tags/compare/a...b", "contents: read"),
    ],
)
def test_a_403_names_the_permission_that_is_probably_missing(method: str, path: str, permission: str) -> None:
    question = Question(method=method, url=BASE + path, writes=method != "GET")
    fault = fault_of(question, Reply(403, {}, b'{"message": "Resource not accessible by integration"}'))
    assert isinstance(fault, Refused)
    assert f"The App needs the permission {permission}." in fault.hint


def test_a_fault_names_what_was_asked_without_its_query() -> None:
    question = Question(method="GET", url=BASE + "/things?token=x")
    fault = fault_of(question, Reply(404, {}, b'{"message": "Not Found"}'))
    assert isinstance(fault, NotThere)
    assert fault.reason == "GitHub answered 404 to GET /api/v3/things: Not Found"


def test_a_busy_server_says_when() -> None:
    question = Question(method="GET", url=BASE)
    fault = fault_of(question, Reply(503, {"retry-after": "9"}, b""))
    assert isinstance(fault, PassingFault)
    assert fault.retry_after == 9.0


@pytest.mark.parametrize("status", [300, 400, 418, 451])
def test_every_other_answer_is_lasting_and_has_a_hint(status: int) -> None:
    fault = fault_of(Question(method="GET", url=BASE), Reply(status, {}, b""))
    assert isinstance(fault, Refused)
    assert fault.hint
