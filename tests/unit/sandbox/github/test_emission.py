"""Webhooks: what is announced, to whom, signed how, in which shape."""

import hashlib
import hmac
import json
from collections.abc import Callable
from uuid import UUID

import pytest

from bot.sandbox.github import Webhook
from bot.sandbox.github.outbox import sign
from tests.oracles.validation import webhook_messages
from tests.unit.sandbox.github.client import APP_ID, SHOP, Shop, open_shop


def status_of_a_deployment(shop: Shop) -> None:
    body = {"ref": "main", "auto_merge": False, "required_contexts": []}
    number = shop.api.post(f"{SHOP}/deployments", body).json()["id"]
    shop.api.post(f"{SHOP}/deployments/{number}/statuses", {"state": "success", "description": "done"})


def finish_a_check(shop: Shop) -> None:
    number = shop.api.post(f"{SHOP}/check-runs", {"name": "x", "head_sha": shop.head}).json()["id"]
    shop.api.patch(f"{SHOP}/check-runs/{number}", {"status": "completed", "conclusion": "success"})


def run_a_check_again(shop: Shop) -> None:
    run = shop.api.post(f"{SHOP}/check-runs", {"name": "x", "head_sha": shop.head}).json()
    shop.world.rerequest_check("ada", run["id"])
    shop.world.rerequest_suite("ada", run["check_suite"]["id"])


def change_comments(shop: Shop) -> None:
    comment = shop.world.comment("ada", "acme/shop", 1, "one")
    shop.world.edit_comment("ada", "acme/shop", comment.id, "two")
    shop.world.delete_comment("ada", "acme/shop", comment.id)


def comment_as_the_bot(shop: Shop) -> None:
    number = shop.api.post(f"{SHOP}/issues/1/comments", {"body": "one"}).json()["id"]
    shop.api.patch(f"{SHOP}/issues/comments/{number}", {"body": "two"})


def comment_on_an_issue(shop: Shop) -> None:
    issue = shop.world.open_issue("mallory", "acme/shop", "A question")
    shop.world.comment("mallory", "acme/shop", issue.number, "hello?")


def live_a_pull_request(shop: Shop) -> None:
    world = shop.world
    world.open_pull_request("ada", "acme/shop", "topic", "Topic", {"a.txt": "a"}, "Why")
    world.push("ada", "acme/shop", "topic", {"b.txt": "b"})
    world.push("ada", "acme/shop", "topic", {"b.txt": "c"}, force=True)
    world.edit_pull_request("ada", "acme/shop", 3, title="Better")
    world.review("grace", "acme/shop", 3, "CHANGES_REQUESTED", "why?")
    world.review("grace", "acme/shop", 3)
    world.close("ada", "acme/shop", 3)
    world.reopen("ada", "acme/shop", 3)
    world.merge("lin", "acme/shop", 3, "squash")


def come_from_a_fork(shop: Shop) -> None:
    shop.world.open_pull_request("mallory", "mallory/shop", "evil", "Evil", {"x": "y"}, fork_of="acme/shop")
    shop.world.push("mallory", "mallory/shop", "evil", {"x": "z"})


def move_refs(shop: Shop) -> None:
    shop.world.push("ada", "acme/shop", "new", {"README.md": None, "a": b"\0binary"})
    shop.world.delete_branch("ada", "acme/shop", "new")
    shop.world.create_tag("ada", "acme/shop", "v1")


def report_ci(shop: Shop) -> None:
    shop.world.run_ci("acme/shop", shop.main, "failure", "ci/lint")
    shop.world.post_status("ada", "acme/shop", shop.main, "legacy", "pending", "soon")
    shop.api.post(f"{SHOP}/statuses/{shop.main}", {"state": "success", "context": "bot"})


def change_the_installation(shop: Shop) -> None:
    shop.world.add_repository("acme", "other", private=True)
    shop.world.add_to_installation(shop.installation.id, "acme/other", "olive")
    shop.world.remove_from_installation(shop.installation.id, "acme/other", "olive")
    shop.world.suspend_installation(shop.installation.id, "olive")
    shop.world.unsuspend_installation(shop.installation.id, "olive")
    shop.world.accept_permissions(shop.installation.id, "olive")
    shop.world.ping()


def install(shop: Shop) -> None:
    shop.world.install("grace", None, "grace")


def change_rights(shop: Shop) -> None:
    shop.world.set_permission("acme/shop", "mallory", "write")
    shop.world.set_permission("acme/shop", "mallory", "triage")
    shop.world.set_permission("acme/shop", "mallory", "none")
    shop.world.set_permission("acme/shop", "mallory", "none")
    shop.world.add_team_member("acme", "backend", "mallory")
    shop.world.remove_team_member("acme", "backend", "mallory")
    shop.world.remove_team_member("acme", "backend", "mallory")


STORIES: dict[Callable[[Shop], None], set[tuple[str, str | None]]] = {
    status_of_a_deployment: {("deployment", "created"), ("deployment_status", "created")},
    change_rights: {
        *(("member", action) for action in ("added", "edited", "removed")),
        *(("membership", action) for action in ("added", "removed")),
    },
    finish_a_check: {("check_run", "created"), ("check_run", "completed"), ("check_suite", "completed")},
    run_a_check_again: {
        ("check_run", "created"),
        ("check_run", "rerequested"),
        ("check_suite", "rerequested"),
    },
    change_comments: {("issue_comment", action) for action in ("created", "edited", "deleted")},
    comment_as_the_bot: {("issue_comment", "created"), ("issue_comment", "edited")},
    comment_on_an_issue: {("issue_comment", "created")},
    live_a_pull_request: {
        ("push", None),
        ("check_suite", "requested"),
        ("pull_request_review", "submitted"),
        *(("pull_request", action) for action in ("opened", "synchronize", "edited", "closed", "reopened")),
    },
    come_from_a_fork: {("pull_request", "opened"), ("pull_request", "synchronize")},
    move_refs: {("push", None), ("check_suite", "requested")},
    report_ci: {
        ("check_run", "created"),
        ("check_run", "completed"),
        ("check_suite", "completed"),
        ("status", None),
    },
    change_the_installation: {
        ("installation_repositories", "added"),
        ("installation_repositories", "removed"),
        ("installation", "suspend"),
        ("installation", "unsuspend"),
        ("installation", "new_permissions_accepted"),
        ("ping", None),
    },
    install: {("installation", "created")},
}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_every_webhook_is_as_github_describes_it(shop: Shop, story: Callable[[Shop], None]) -> None:
    story(shop)
    sent = shop.world.outbox.drain()
    for webhook in sent:
        assert webhook_messages(webhook.event, webhook.action, json.loads(webhook.body)) == []
    assert {(webhook.event, webhook.action) for webhook in sent} == STORIES[story]
    assert shop.world.violations == []


def test_a_webhook_is_signed_over_its_bytes_twice(shop: Shop) -> None:
    webhook = only(shop)
    for header, algorithm in (("X-Hub-Signature-256", "sha256"), ("X-Hub-Signature", "sha1")):
        digest = hmac.new(b"It's a Secret to Everybody", webhook.body, getattr(hashlib, algorithm))
        assert webhook.headers[header] == f"{algorithm}={digest.hexdigest()}"


def test_githubs_documented_vector_holds() -> None:
    expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert sign("It's a Secret to Everybody", b"Hello, World!", "sha256") == expected


def test_a_webhook_has_githubs_headers(shop: Shop) -> None:
    webhook = only(shop)
    assert webhook.headers["X-GitHub-Event"] == "issue_comment"
    assert UUID(webhook.headers["X-GitHub-Delivery"]).version == 4
    assert webhook.headers["X-GitHub-Hook-Installation-Target-ID"] == str(APP_ID)
    assert webhook.headers["X-GitHub-Hook-Installation-Target-Type"] == "integration"
    assert webhook.headers["X-GitHub-Hook-ID"].isdigit()
    assert webhook.headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert webhook.headers["Content-Type"] == "application/json"


def test_a_payload_is_compact_and_as_large_as_a_real_one(shop: Shop) -> None:
    shop.world.close("ada", "acme/shop", 1)
    webhook = shop.world.outbox.drain()[0]
    assert 15_000 < len(webhook.body) < 30_000
    assert webhook.body == json.dumps(json.loads(webhook.body), separators=(",", ":")).encode()


def test_only_subscribed_events_are_sent() -> None:
    shop = open_shop(events=["issue_comment"])
    shop.world.push("ada", "acme/shop", "main", {"a": "b"})
    shop.world.comment("ada", "acme/shop", 1, "hello")
    assert shop.events() == [("issue_comment", "created")]


def test_an_event_needs_its_permission() -> None:
    shop = open_shop(permissions={"pull_requests": "write", "metadata": "read"})
    shop.world.comment("ada", "acme/shop", 1, "hello")
    shop.world.close("ada", "acme/shop", 1)
    assert shop.events() == [("pull_request", "closed")]


def test_nothing_is_heard_of_repositories_without_the_app(shop: Shop) -> None:
    shop.world.add_repository("acme", "other")
    shop.world.push("olive", "acme/other", "main", {"a": "b"})
    assert shop.events() == []


def test_nothing_is_heard_while_suspended(shop: Shop) -> None:
    shop.world.suspend_installation(shop.installation.id, "olive")
    shop.events()
    shop.world.comment("ada", "acme/shop", 1, "hello")
    assert shop.events() == []


def test_the_bots_own_acts_are_announced_too(shop: Shop) -> None:
    shop.api.post(f"{SHOP}/issues/1/comments", {"body": "hello"})
    (payload,) = shop.payloads("issue_comment")
    assert (payload["sender"]["login"], payload["sender"]["type"]) == ("pointsman[bot]", "Bot")
    assert payload["comment"]["performed_via_github_app"]["slug"] == "pointsman"


def test_a_reaction_raises_no_event(shop: Shop) -> None:
    comment = shop.world.comment("ada", "acme/shop", 1, "hello")
    shop.events()
    shop.world.react("grace", "acme/shop", comment.id, "eyes")
    assert shop.events() == []


def test_a_comment_on_a_plain_issue_can_be_told_from_one_on_a_pull_request(shop: Shop) -> None:
    issue = shop.world.open_issue("ada", "acme/shop", "A question")
    shop.world.comment("ada", "acme/shop", issue.number, "hello")
    shop.world.comment("ada", "acme/shop", 1, "hello")
    assert ["pull_request" in one["issue"] for one in shop.payloads("issue_comment")] == [False, True]


def test_pull_requests_from_forks_are_not_named_in_checks(shop: Shop) -> None:
    pull = shop.world.open_pull_request(
        "mallory", "mallory/shop", "evil", "Evil", {"x": "y"}, fork_of="acme/shop"
    )
    for sha in (pull.head_sha, shop.head):
        shop.world.run_ci("acme/shop", sha)
    runs = {one["check_run"]["head_sha"]: one["check_run"] for one in shop.payloads("check_run")}
    assert runs[pull.head_sha]["pull_requests"] == []
    assert [one["number"] for one in runs[shop.head]["pull_requests"]] == [1]


def test_a_rerun_of_another_apps_check_is_not_ours_to_hear(shop: Shop) -> None:
    run = shop.world.run_ci("acme/shop", shop.main)
    shop.events()
    shop.world.rerequest_check("ada", run.id)
    shop.world.rerequest_suite("ada", run.suite.id)
    assert shop.events() == []


def test_a_push_says_what_moved(shop: Shop) -> None:
    before = shop.main
    commit = shop.world.push("ada", "acme/shop", "main", {"README.md": "new", "a": "b"}, "Change")
    (payload,) = shop.payloads("push")
    assert (payload["ref"], payload["before"], payload["after"]) == ("refs/heads/main", before, commit.sha)
    (pushed,) = payload["commits"]
    assert (pushed["message"], pushed["added"], pushed["modified"]) == ("Change", ["a"], ["README.md"])
    assert (payload["created"], payload["deleted"], payload["forced"]) == (False, False, False)


def test_a_payload_that_is_too_large_is_not_delivered(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.sandbox.github.emission.PAYLOAD_SIZE_MAX", 1_000)
    shop.world.comment("ada", "acme/shop", 1, "hello")
    assert shop.events() == []


def test_times_are_whole_seconds_in_utc(shop: Shop) -> None:
    shop.clock.now += 0.9
    shop.world.comment("ada", "acme/shop", 1, "hello")
    (payload,) = shop.payloads("issue_comment")
    assert payload["comment"]["created_at"] == "2026-11-24T19:53:20Z"


def only(shop: Shop) -> Webhook:
    """The webhook of one comment."""
    shop.world.comment("ada", "acme/shop", 1, "hello")
    (webhook,) = shop.world.outbox.drain()
    return webhook
