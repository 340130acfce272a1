"""The two apps' manifests ask for what the bot uses: no less, and no more."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.oracles.endpoints import ENDPOINTS, EVENT_PERMISSIONS, NOT_IN_THE_EXTRACT, allows, endpoint_of

ROOT = Path(__file__).parents[2]
APP = yaml.safe_load((ROOT / "app.yml").read_text("utf-8"))
SLACK = yaml.safe_load((ROOT / "slack-manifest.yml").read_text("utf-8"))
GRANTED: dict[str, str] = APP["default_permissions"]

# "Slack API methods" in Slack's documentation: the scopes that a method needs; auth.test needs none.
SLACK_METHODS: dict[str, tuple[str, ...]] = {
    "auth.test": (),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history"),
    "conversations.replies": ("channels:history", "groups:history"),
    "views.open": (),
    "views.publish": (),
    "views.update": (),
}
SLACK_EVENTS: dict[str, tuple[str, ...]] = {"app_mention": ("app_mentions:read",), "app_home_opened": ()}
SLASH_COMMANDS = {"/pointsman", "/deploy", "/rollback"}


@pytest.fixture(scope="module")
def oracle() -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((ROOT / "tests/oracles/github-facts.json").read_text("utf-8"))
    return facts


def unmet(granted: dict[str, str]) -> list[str]:
    """What cannot be called or heard with these permissions."""
    calls = [
        f"{row.method} {row.path}"
        for row in ENDPOINTS
        if row.any_of and not any(allows(granted, wanted) for wanted in row.any_of)
    ]
    return calls + [event for event, wanted in EVENT_PERMISSIONS.items() if not allows(granted, wanted)]


def test_the_app_is_private_and_listens_where_the_bot_serves() -> None:
    assert APP["public"] is False
    assert APP["hook_attributes"] == {"url": f"{APP['url']}/webhooks/github", "active": True}
    assert APP["redirect_url"].startswith(APP["url"])


def test_every_permission_of_the_app_is_one_that_github_knows(oracle: dict[str, Any]) -> None:
    known = oracle["components"]["schemas"]["app-permissions"]["properties"]
    for name, level in GRANTED.items():
        assert level in known[name]["enum"]


def test_every_event_of_the_app_is_one_that_an_app_can_subscribe_to(oracle: dict[str, Any]) -> None:
    assert set(APP["default_events"]) <= set(oracle["app_events"])


def test_events_that_come_to_every_app_are_not_listed() -> None:
    implicit = {"installation", "installation_repositories", "github_app_authorization"}
    assert not implicit & set(APP["default_events"])


def test_the_permission_that_each_event_needs_is_asked_for() -> None:
    assert set(APP["default_events"]) == set(EVENT_PERMISSIONS)
    assert [event for event, wanted in EVENT_PERMISSIONS.items() if not allows(GRANTED, wanted)] == []


def test_every_call_to_github_is_allowed() -> None:
    assert unmet(GRANTED) == []


@pytest.mark.parametrize("name", GRANTED)
def test_no_permission_is_asked_for_that_nothing_needs(name: str) -> None:
    assert unmet({other: level for other, level in GRANTED.items() if other != name})


@pytest.mark.parametrize("name", [name for name, level in GRANTED.items() if level == "write"])
def test_no_permission_to_write_is_asked_for_where_reading_would_do(name: str) -> None:
    assert unmet({**GRANTED, name: "read"})


@pytest.mark.parametrize(
    "row",
    [row for row in ENDPOINTS if row.path not in NOT_IN_THE_EXTRACT],
    ids=lambda row: f"{row.method} {row.path}",
)
def test_every_call_in_the_table_is_one_that_github_has(row: Any, oracle: dict[str, Any]) -> None:
    assert row.method.lower() in oracle["paths"][row.path]


@pytest.mark.parametrize(
    "method, path, template",
    [
        ("GET", "/repos/acme/shop/contents/.github/pointsman.yml", "/repos/{owner}/{repo}/contents/{path}"),
        ("GET", "/repos/acme/shop/commits/feature/x", "/repos/{owner}/{repo}/commits/{ref}"),
        ("GET", "/repos/acme/shop/commits/abc/pulls", "/repos/{owner}/{repo}/commits/{commit_sha}/pulls"),
        ("GET", "/repos/acme/shop/commits/abc/check-runs", "/repos/{owner}/{repo}/commits/{ref}/check-runs"),
        ("DELETE", "/repos/acme/shop", None),
        ("GET", "/repos/acme/shop/hooks", None),
    ],
)
def test_a_call_that_was_made_is_found_in_the_table(method: str, path: str, template: str | None) -> None:
    found = endpoint_of(method, path)
    assert (found.path if found else None) == template


def test_the_slack_app_asks_for_the_scopes_of_what_it_calls_and_hears_and_for_no_others() -> None:
    needed = (
        {scope for scopes in SLACK_METHODS.values() for scope in scopes}
        | {scope for scopes in SLACK_EVENTS.values() for scope in scopes}
        | {"commands"}
    )
    assert set(SLACK["oauth_config"]["scopes"]["bot"]) == needed
    assert SLACK["settings"]["event_subscriptions"]["bot_events"] == list(SLACK_EVENTS)


def test_the_slack_app_registers_every_command_unescaped_and_at_one_address() -> None:
    commands = SLACK["features"]["slash_commands"]
    address = SLACK["settings"]["event_subscriptions"]["request_url"]
    assert {command["command"] for command in commands} == SLASH_COMMANDS
    assert {command["url"] for command in commands} == {address}
    assert address == SLACK["settings"]["interactivity"]["request_url"]
    assert address.endswith("/slack/events")
    assert not any(command["should_escape"] for command in commands)


def test_the_slack_app_has_a_home_tab_and_takes_no_messages_of_its_own() -> None:
    assert SLACK["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": True,
    }


def test_the_texts_of_the_slack_app_fit_into_slacks_limits() -> None:
    information = SLACK["display_information"]
    assert len(information["name"]) <= 35
    assert len(information["description"]) <= 140
    assert len(SLACK["features"]["bot_user"]["display_name"]) <= 80
