"""What GitHub's deliveries mean to us, from whole payloads and from old, odd and lying ones."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.events import (
    ChangeClosed,
    ChangeMerged,
    ChangeOpened,
    ChangeUpdated,
    ChecksRequested,
    CommandGiven,
)
from bot.domain.values import Change, Person, PullRequestPlace, Repository
from bot.github.translate import TranslateContext, translate
from bot.ports import Incoming, Meant, Translated
from tests.unit.doors import ANY_JSON
from tests.unit.github import samples
from tests.unit.github.samples import BEFORE_SHA, HEAD_SHA, MERGE_SHA, Json, drop

CONTEXT = TranslateContext(app_id=12, app_slug="pointsman", owners=frozenset({"acme"}))
SHOP = Repository("acme", "shop", 7, 99)
NOON = 1_772_366_400.0  # 2026-03-01T12:00:00Z
RECEIVED_AT = NOON + 5

PULL_REQUEST: Json = {
    "number": 12,
    "pull_request.number": 12,
    "pull_request.title": "Add a cart",
    "pull_request.user": {"login": "octocat", "id": 1, "type": "User"},
    "pull_request.head.sha": HEAD_SHA,
    "pull_request.head.ref": "cart",
    "pull_request.head.repo.full_name": "acme/shop",
    "pull_request.base.ref": "main",
    "pull_request.updated_at": "2026-03-01T12:00:00Z",
}
SYNCHRONIZED = PULL_REQUEST | {"before": BEFORE_SHA, "after": HEAD_SHA}
MERGED = PULL_REQUEST | {
    "pull_request.merged": True,
    "pull_request.merge_commit_sha": MERGE_SHA,
    "pull_request.state": "closed",
}
COMMENT: Json = {
    "issue.number": 12,
    "issue.user": {"login": "octocat", "id": 1},
    "issue.pull_request": {"url": "https://github.example/x"},
    "comment.id": 4711,
    "comment.body": "Ship it\n/deploy production",
    "comment.created_at": "2026-03-01T12:00:00Z",
    "comment.user": {"login": "octocat", "id": 1, "type": "User"},
    "comment.performed_via_github_app": None,
}
CHANGE = Change(
    repository=SHOP,
    number=12,
    title="Add a cart",
    author="octocat",
    head_sha=HEAD_SHA,
    head_ref="cart",
    head_repository="acme/shop",
    base_ref="main",
    updated_at=NOON,
)


def incoming(event: str, body: Json | bytes, action: str | None = None) -> Incoming:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Incoming(source="github", id="1", event=event, action=action, body=raw, received_at=RECEIVED_AT)


def meant(event: str, body: Json) -> tuple[Meant, Translated]:
    translated = translate(incoming(event, body), CONTEXT)
    assert translated.reason == ""
    (one,) = translated.events
    return one, translated


def reason(event: str, body: Json | bytes, context: TranslateContext = CONTEXT) -> str:
    translated = translate(incoming(event, body), context)
    assert translated.events == ()
    return translated.reason


# --- pull requests ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name,changes",
    [
        ("pull-request-opened", PULL_REQUEST),
        ("pull-request-reopened", PULL_REQUEST),
        ("pull-request-ready-for-review", PULL_REQUEST),
    ],
)
def test_an_opened_pull_request_is_an_opened_change(name: str, changes: Json) -> None:
    one, translated = meant("pull_request", samples.payload(name, changes))
    assert one == Meant(key="pr:acme/shop#12", time=NOON, data=ChangeOpened(change=CHANGE))
    assert translated.subject == "acme/shop#12"
    assert translated.action == name.removeprefix("pull-request-").replace("-", "_")


def test_a_push_to_a_pull_request_is_an_updated_change() -> None:
    one, _ = meant("pull_request", samples.payload("pull-request-synchronize", SYNCHRONIZED))
    assert one.data == ChangeUpdated(change=CHANGE, before=BEFORE_SHA)


def test_a_merge_names_its_commit_who_merged_and_counts_once_under_any_delivery() -> None:
    body = samples.payload("pull-request-closed", MERGED)
    body["pull_request"]["merged_by"] = {"login": "hubot", "type": "Bot"}
    one, _ = meant("pull_request", body)
    merged_by = Person(login="hubot", is_bot=True)
    assert one.data == ChangeMerged(
        change=CHANGE, merge_sha=MERGE_SHA, merged_by=merged_by, default_branch="main"
    )
    assert one.natural == f"merged:7#12:{MERGE_SHA}"


def test_a_merge_without_its_merger_is_the_senders() -> None:
    body = samples.payload("pull-request-closed", MERGED)
    body["pull_request"]["merged_by"] = None
    one, _ = meant("pull_request", body)
    assert isinstance(one.data, ChangeMerged)
    assert one.data.merged_by == Person(login="octocat")


def test_a_pull_request_that_is_closed_without_a_merge_is_a_closed_change() -> None:
    one, _ = meant("pull_request", samples.payload("pull-request-closed", PULL_REQUEST))
    assert one.data == ChangeClosed(change=CHANGE)


def test_a_deleted_fork_and_a_deleted_author_are_unknown_not_missing() -> None:
    body = samples.payload("pull-request-opened", PULL_REQUEST)
    body["pull_request"]["head"]["repo"] = None
    body["pull_request"]["user"] = None
    one, _ = meant("pull_request", body)
    assert isinstance(one.data, ChangeOpened)
    assert (one.data.change.author, one.data.change.head_repository) == ("ghost", None)
    assert one.data.change.from_fork


@pytest.mark.parametrize("action", ["labeled", "edited", "never_heard_of", ""])
def test_other_actions_of_pull_requests_are_ignored(action: str) -> None:
    body = {**samples.payload("pull-request-opened", PULL_REQUEST), "action": action}
    translated = translate(incoming("pull_request", body), CONTEXT)
    assert (translated.reason, translated.subject) == ("action_not_used", "acme/shop#12")


def test_an_action_that_is_not_used_needs_no_field() -> None:
    body = {"action": "labeled", "pull_request": {}, "installation": {"id": 99}, "repository": REPOSITORY}
    assert reason("pull_request", body) == "action_not_used"


# --- comments ---------------------------------------------------------------------------------------


def test_a_comment_with_a_slash_line_is_a_command_with_its_whole_text() -> None:
    one, translated = meant("issue_comment", samples.payload("issue-comment-created", COMMENT))
    assert one == Meant(
        key="pr:acme/shop#12",
        time=NOON,
        natural="comment:4711",
        data=CommandGiven(
            text="Ship it\n/deploy production",
            place=PullRequestPlace(SHOP, 12, 4711),
            person=Person(login="octocat"),
            given_at=NOON,
            to_us=False,
        ),
    )
    assert (translated.subject, translated.action) == ("acme/shop#12", "created")


def test_a_bots_command_says_that_it_is_a_bots() -> None:
    changes = COMMENT | {"comment.user.login": "dependabot[bot]", "comment.user.type": "Bot"}
    one, _ = meant("issue_comment", samples.payload("issue-comment-created", changes))
    assert isinstance(one.data, CommandGiven)
    assert one.data.person == Person(login="dependabot[bot]", is_bot=True)


OURS = [
    {"comment.user.login": "pointsman[bot]", "comment.user.type": "Bot"},
    {"comment.performed_via_github_app": {"id": 12, "slug": "renamed"}},
    {"comment.performed_via_github_app": {"id": None, "slug": "pointsman"}},
]


@pytest.mark.parametrize("changes", OURS)
def test_our_own_comments_start_nothing(changes: Json) -> None:
    body = samples.payload("issue-comment-created", COMMENT)
    for path, value in changes.items():
        samples.put(body, path, value)
    assert reason("issue_comment", body) == "own_comment"


def test_a_comment_through_another_app_is_not_ours() -> None:
    body = samples.payload("issue-comment-created", COMMENT)
    body["comment"]["performed_via_github_app"] = {"id": 13, "slug": "other"}
    meant("issue_comment", body)


def test_before_github_told_our_name_no_stranger_is_taken_for_us() -> None:
    body = samples.payload("issue-comment-created", COMMENT)
    body["comment"]["performed_via_github_app"] = {"id": None, "slug": None}
    translated = translate(incoming("issue_comment", body), TranslateContext(app_id=12))
    assert len(translated.events) == 1


@pytest.mark.parametrize("text,is_command", [
    ("/deploy", True), ("  \t/deploy", True), ("a\n/b", True), ("a\r\n  /b", True), ("a /b", False),
    ("", False), ("http://x/y", False), ("> /deploy", False), ("`/deploy`", False),
])  # fmt: skip
def test_only_a_line_that_begins_with_a_slash_can_be_a_command(text: str, is_command: bool) -> None:
    body = samples.payload("issue-comment-created", COMMENT | {"comment.body": text})
    translated = translate(incoming("issue_comment", body), CONTEXT)
    assert (translated.reason, len(translated.events)) == (("", 1) if is_command else ("no_command", 0))


@pytest.mark.parametrize(
    "action,code",
    [
        ("edited", "comment_not_new"),
        ("deleted", "comment_not_new"),
        ("pinned", "action_not_used"),
        ("never_heard_of", "action_not_used"),
    ],
)
def test_only_new_comments_count(action: str, code: str) -> None:
    body = {**samples.payload("issue-comment-created", COMMENT), "action": action}
    translated = translate(incoming("issue_comment", body), CONTEXT)
    assert (translated.reason, translated.subject, translated.action) == (code, "acme/shop#12", action)


def test_comments_on_plain_issues_are_ignored() -> None:
    body = samples.payload("issue-comment-created", COMMENT)
    del body["issue"]["pull_request"]
    assert reason("issue_comment", body) == "not_a_pull_request"


# --- checks -----------------------------------------------------------------------------------------


def with_app(part: str, body: Json, app: Any) -> Json:
    body[part]["app"] = app
    return body


def test_a_check_that_is_asked_for_again_names_itself_and_its_own_pull_requests() -> None:
    body = samples.payload(
        "check-run-rerequested", {"check_run.name": "pointsman/plan", "check_run.head_sha": HEAD_SHA}
    )
    body["check_run"]["app"] = {"id": 12}
    body["check_run"]["pull_requests"] = [
        {"number": 12, "base": {"repo": {"id": 7}}},
        {"number": 3, "base": {"repo": {"id": 8}}},
    ]
    one, translated = meant("check_run", body)
    assert one == Meant(
        key=f"commit:acme/shop@{HEAD_SHA}",
        time=RECEIVED_AT,
        data=ChecksRequested(
            repository=SHOP,
            head_sha=HEAD_SHA,
            name="pointsman/plan",
            numbers=(12,),
            asker=Person(login="octocat"),
        ),
    )
    assert translated.subject == "acme/shop@bbbbbbb"


def test_a_suite_that_is_asked_for_again_means_all_checks() -> None:
    body = samples.payload("check-suite-rerequested", {"check_suite.head_sha": HEAD_SHA})
    one, _ = meant("check_suite", with_app("check_suite", body, {"id": 12}))
    assert isinstance(one.data, ChecksRequested)
    assert (one.data.name, one.data.numbers) == (None, ())


@pytest.mark.parametrize("app", [None, {"id": 13}, {"id": 13, "slug": "other"}, {}])
def test_checks_of_other_apps_are_ignored(app: Any) -> None:
    body = samples.payload("check-suite-rerequested", {"check_suite.head_sha": HEAD_SHA})
    assert reason("check_suite", with_app("check_suite", body, app)) == "check_of_another_app"


@pytest.mark.parametrize("event,part", [("check_run", "check_run"), ("check_suite", "check_suite")])
@pytest.mark.parametrize("action", ["requested", "created", "requested_action", "never_heard_of"])
def test_other_actions_of_checks_are_ignored(event: str, part: str, action: str) -> None:
    body = {"action": action, part: {}, "installation": {"id": 99}, "repository": REPOSITORY}
    assert reason(event, body) == "action_not_used"


# --- what is ignored as a whole -----------------------------------------------------------------------

REPOSITORY = {"id": 7, "name": "shop", "owner": {"login": "acme"}}


@pytest.mark.parametrize(
    "event", ["ping", "installation", "installation_repositories", "repository", "star", "never_heard_of"]
)
@pytest.mark.parametrize("body", [b"{}", b'{"action": 5}', b'{"installation": "odd"}'])
def test_events_that_we_never_heard_of_are_ignored_whatever_they_hold(event: str, body: bytes) -> None:
    assert reason(event, body) == "event_not_used"


def test_pushes_lead_to_nothing_yet() -> None:
    assert reason("push", b'{"ref": "refs/heads/main"}') == "nothing_listens"


def test_the_stored_action_is_kept_where_the_body_is_not_read() -> None:
    assert translate(incoming("star", b"{}", "created"), CONTEXT).action == "created"


def test_a_delivery_without_an_installation_is_ignored() -> None:
    body = samples.payload("pull-request-opened", PULL_REQUEST)
    assert reason("pull_request", {**body, "installation": None}) == "no_installation"
    del body["installation"]
    assert reason("pull_request", body) == "no_installation"


@pytest.mark.parametrize("owner,served", [("acme", True), ("ACME", True), ("evil", False), ("acme-2", False)])
def test_only_the_owners_of_the_instance_are_served(owner: str, served: bool) -> None:
    body = samples.payload("pull-request-opened", PULL_REQUEST | {"repository.owner.login": owner})
    translated = translate(incoming("pull_request", body), CONTEXT)
    assert translated.reason == ("" if served else "owner_not_served")


def test_an_instance_without_owners_serves_all() -> None:
    body = samples.payload("pull-request-opened", PULL_REQUEST | {"repository.owner.login": "anybody"})
    assert len(translate(incoming("pull_request", body), TranslateContext(app_id=12)).events) == 1


PULL_REQUEST_BODY = samples.payload("pull-request-opened", PULL_REQUEST)
COMMENT_BODY = samples.payload("issue-comment-created", COMMENT)
LIES: list[tuple[str, Json]] = [
    ("issue_comment", PULL_REQUEST_BODY),
    ("check_run", PULL_REQUEST_BODY),
    ("pull_request", COMMENT_BODY),
    ("check_suite", COMMENT_BODY),
    ("pull_request", {**PULL_REQUEST_BODY, "review": {"id": 1}}),
    ("pull_request", {**PULL_REQUEST_BODY, "comment": {"id": 1}}),
    ("issue_comment", {**COMMENT_BODY, "pull_request": {"number": 1}}),
    ("pull_request", {}),
]


@pytest.mark.parametrize("event,body", LIES)
def test_an_event_header_that_does_not_fit_the_signed_body_does_not_count(event: str, body: Json) -> None:
    assert reason(event, body) == "body_does_not_match_event"


# --- old and odd payloads -----------------------------------------------------------------------------

NEEDED = [
    ("pull-request-opened", PULL_REQUEST, "pull_request", "pull_request.number"),
    ("pull-request-opened", PULL_REQUEST, "pull_request", "pull_request.title"),
    ("pull-request-opened", PULL_REQUEST, "pull_request", "pull_request.head"),
    ("pull-request-opened", PULL_REQUEST, "pull_request", "pull_request.head.sha"),
    ("pull-request-opened", PULL_REQUEST, "pull_request", "pull_request.base.ref"),
    ("pull-request-opened", PULL_REQUEST, "pull_request", "pull_request.updated_at"),
    ("pull-request-opened", PULL_REQUEST, "pull_request", "repository"),
    ("pull-request-opened", PULL_REQUEST, "pull_request", "repository.owner.login"),
    ("pull-request-closed", MERGED, "pull_request", "pull_request.merged"),
    ("pull-request-closed", MERGED, "pull_request", "pull_request.merge_commit_sha"),
    ("pull-request-closed", MERGED, "pull_request", "repository.default_branch"),
    ("issue-comment-created", COMMENT, "issue_comment", "issue.number"),
    ("issue-comment-created", COMMENT, "issue_comment", "comment.id"),
    ("issue-comment-created", COMMENT, "issue_comment", "comment.body"),
    ("issue-comment-created", COMMENT, "issue_comment", "comment.user"),
    ("issue-comment-created", COMMENT, "issue_comment", "comment.created_at"),
]


@pytest.mark.parametrize("name,changes,event,path", NEEDED)
def test_a_needed_field_that_is_missing_is_named(name: str, changes: Json, event: str, path: str) -> None:
    body = samples.payload(name, changes)
    drop(body, path)
    assert reason(event, body) == f"payload_incomplete: {path}"


@pytest.mark.parametrize("name,changes,event,path", NEEDED)
def test_a_needed_field_of_another_type_is_named(name: str, changes: Json, event: str, path: str) -> None:
    body = samples.payload(name, changes)
    samples.put(body, path, ["odd"])
    assert reason(event, body) == f"payload_incomplete: {path}"


@pytest.mark.parametrize("name,event,part", [
    ("check-run-rerequested", "check_run", "check_run"),
    ("check-suite-rerequested", "check_suite", "check_suite"),
])  # fmt: skip
def test_a_check_without_its_commit_is_incomplete(name: str, event: str, part: str) -> None:
    body = samples.payload(name, {f"{part}.head_sha": "not a SHA"})
    assert reason(event, body) == f"payload_incomplete: {part}.head_sha"


def test_a_check_run_without_a_name_is_incomplete() -> None:
    body = samples.payload("check-run-rerequested", {"check_run.head_sha": HEAD_SHA})
    del body["check_run"]["name"]
    assert (
        reason("check_run", with_app("check_run", body, {"id": 12})) == "payload_incomplete: check_run.name"
    )


MINIMAL: Json = {
    "action": "opened",
    "installation": {"id": 99},
    "repository": REPOSITORY,
    "pull_request": {
        "number": 12,
        "title": "Add a cart",
        "head": {"sha": HEAD_SHA, "ref": "cart"},
        "base": {"ref": "main"},
        "updated_at": "2026-03-01T12:00:00Z",
    },
}


def test_an_old_payload_needs_no_more_than_what_is_used() -> None:
    one, _ = meant("pull_request", MINIMAL)
    assert isinstance(one.data, ChangeOpened)
    assert one.data.change.head_sha == HEAD_SHA


def test_a_time_without_a_zone_is_no_time() -> None:
    body = json.loads(json.dumps(MINIMAL))
    body["pull_request"]["updated_at"] = "2026-03-01T12:00:00"
    assert reason("pull_request", body) == "payload_incomplete: pull_request.updated_at"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"action":' + b"[" * 100_000, b'{"action": "\xff"}'])
def test_a_body_that_cannot_be_read_is_a_reason_too(body: bytes) -> None:
    assert reason("pull_request", body).startswith("payload_incomplete: ")


FIELDS = [
    "action",
    "installation",
    "repository",
    "sender",
    "pull_request",
    "issue",
    "comment",
    "check_run",
    "check_suite",
]


@given(
    st.sampled_from(["pull_request", "issue_comment", "check_run", "check_suite", "push", "x"]),
    st.dictionaries(st.sampled_from(FIELDS), ANY_JSON),
)
def test_no_payload_makes_it_fail(event: str, body: Json) -> None:
    assert reason(event, body)


@given(st.sampled_from([row[3] for row in NEEDED if row[0] == "pull-request-opened"]), ANY_JSON)
def test_no_field_of_any_value_makes_it_fail(path: str, value: Any) -> None:
    body = json.loads(json.dumps(PULL_REQUEST_BODY))
    samples.put(body, path, value)
    translated = translate(incoming("pull_request", body), CONTEXT)
    assert bool(translated.events) != bool(translated.reason)
