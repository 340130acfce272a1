"""The simulated Slack's pages."""

import json
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from bot.sandbox.pages import Worlds
from bot.sandbox.slack import Answer, Outgoing, Request
from tests.unit.sandbox.pages.html import problems, read
from tests.unit.sandbox.slack.calls import (
    actions,
    button,
    form_of,
    json_answer,
    modal,
    payload_of,
    plain,
    section,
    text_input,
)

Browser = TestClient[Any, Any]
DEPLOYS = "/slack/deploys"
CONFIRM = {
    "title": plain("Roll back?"),
    "text": plain("To 1a2b3c4."),
    "confirm": plain("Yes"),
    "deny": plain("No"),
}
OPTIONS = [
    {"text": plain("Staging"), "value": "staging"},
    {"text": plain("Production"), "value": "production"},
]
MENU = {"type": "static_select", "action_id": "where", "placeholder": plain("Where"), "options": OPTIONS}
EXTERNAL = {"type": "external_select", "action_id": "repo", "placeholder": plain("Repository")}
EVERYTHING = [
    {"type": "header", "text": plain("Deployment failed")},
    section("*api* to <https://shop.example.com|production>", fields=[plain("by"), plain("ada")]),
    {"type": "divider"},
    section("more", accessory=button("Details", "details", url="https://deployer.example.com")),
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "asked by <@U0ADA>"}, plain("now")]},
    actions(
        button("Roll back", "rollback", style="danger", confirm=CONFIRM),
        button("Keep", "keep"),
        MENU,
        EXTERNAL,
    ),
    {"type": "markdown", "text": "**hi**"},
    {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a graph"},
]


async def text_of(browser: Browser, path: str, status: int = 200) -> str:
    reply = await browser.get(path)
    assert reply.status == status
    return await reply.text()


def call(worlds: Worlds, method: str, **arguments: Any) -> dict[str, Any]:
    headers = {"authorization": "Bearer xoxb-1", "content-type": "application/json"}
    request = Request("POST", f"/api/{method}", headers, json.dumps(arguments).encode())
    document = worlds.slack.api(request).document
    assert document["ok"], document
    return document


def post(worlds: Worlds, **more: Any) -> str:
    return str(call(worlds, "chat.postMessage", **{"channel": "deploys", "text": "failed", **more})["ts"])


def last(worlds: Worlds) -> Outgoing:
    return worlds.slack.space.outbox.sent[-1]


async def test_a_channel_shows_messages_blocks_threads_and_reactions(
    worlds: Worlds, browser: Browser
) -> None:
    first = post(worlds, blocks=EVERYTHING)
    post(worlds, text="health check <failed> :warning:", thread_ts=first)
    call(worlds, "reactions.add", channel="C0DEPLOYS", timestamp=first, name="eyes")
    page = await text_of(browser, DEPLOYS)
    assert problems(page) == []
    assert '<a href="https://shop.example.com">production</a>' in page
    assert "health check &lt;failed&gt; ⚠️" in page
    shown = read(page).text
    for words in (
        "Deployment failed",
        "asked by @ada",
        "Roll back?",
        "Keep",
        "Production",
        "a graph",
        "👀 1",
    ):
        assert words in shown


async def test_only_the_person_concerned_sees_an_ephemeral_message(worlds: Worlds, browser: Browser) -> None:
    call(worlds, "chat.postEphemeral", channel="C0DEPLOYS", user="U0SAM", text="link your account")
    assert "link your account" in await text_of(browser, f"{DEPLOYS}?as=sam")
    assert "link your account" not in await text_of(browser, f"{DEPLOYS}?as=ada")


async def test_a_button_on_the_page_is_pressed_by_the_person_who_looks(
    worlds: Worlds, browser: Browser
) -> None:
    ts = post(worlds, blocks=EVERYTHING)
    reply = await browser.post(f"{DEPLOYS}/press", data={"as": "grace", "ts": ts, "action_id": "keep"})
    assert reply.status == 200
    payload = payload_of(last(worlds))
    assert (payload["user"]["id"], payload["actions"][0]["action_id"]) == ("U0GRACE", "keep")


async def test_a_menu_on_the_page_works(worlds: Worlds, browser: Browser) -> None:
    ts = post(worlds, blocks=EVERYTHING)
    form = {"as": "ada", "ts": ts, "action_id": "where", "choice": "production"}
    await browser.post(f"{DEPLOYS}/press", data=form)
    assert payload_of(last(worlds))["actions"][0]["selected_option"] == OPTIONS[1]


@pytest.mark.parametrize("ts", ["1.000000", None])
async def test_pressing_what_is_gone_says_so(worlds: Worlds, browser: Browser, ts: str | None) -> None:
    form = {"as": "ada", "ts": ts or post(worlds), "action_id": "keep"}
    reply = await browser.post(f"{DEPLOYS}/press", data=form)
    assert reply.status == 409
    assert "not there any more" in await reply.text()


async def test_a_command_is_typed_into_the_box(worlds: Worlds, browser: Browser) -> None:
    form = {"as": "ada", "text": "/deploy  api staging "}
    reply = await browser.post(f"{DEPLOYS}/say", data=form, allow_redirects=False)
    assert (reply.status, reply.headers["location"]) == (303, f"{DEPLOYS}?as=ada")
    fields = form_of(last(worlds))
    assert (fields["command"], fields["text"], fields["channel_id"]) == (
        "/deploy",
        "api staging",
        "C0DEPLOYS",
    )
    worlds.slack.answered(last(worlds), Answer(200, {"content-type": "text/plain"}, b"On it."))
    assert "On it." in await text_of(browser, f"{DEPLOYS}?as=ada")


async def test_a_mention_in_a_thread_reaches_the_app(worlds: Worlds, browser: Browser) -> None:
    ts = post(worlds)
    await browser.post(f"{DEPLOYS}/say", data={"as": "lin", "text": "@Pointsman status", "thread_ts": ts})
    event = payload_of(last(worlds))["event"]
    assert (event["text"], event["thread_ts"]) == ("<@U0POINTSMAN> status", ts)
    assert "<b>@Pointsman</b> status" in await text_of(browser, DEPLOYS)


async def test_a_command_in_a_thread_is_refused_as_slack_does(worlds: Worlds, browser: Browser) -> None:
    form = {"as": "lin", "text": "/deploy api staging", "thread_ts": post(worlds)}
    reply = await browser.post(f"{DEPLOYS}/say", data=form)
    assert (reply.status, worlds.slack.space.outbox.sent) == (409, [])


async def test_an_empty_message_is_not_sent(worlds: Worlds, browser: Browser) -> None:
    await browser.post(f"{DEPLOYS}/say", data={"as": "lin", "text": "  "})
    assert worlds.slack.messages("deploys") == []


def open_form(worlds: Worlds) -> None:
    sent = worlds.slack.slash_command("ada", "deploys", "/deploy")
    assert sent
    checks = {"type": "checkboxes", "action_id": "flags", "options": OPTIONS, "initial_options": OPTIONS[:1]}
    blocks = [
        section("What shall be deployed?"),
        text_input("why", "reason", multiline=True),
        text_input("ref", "ref", initial_value="main") | {"optional": True, "hint": plain("a branch")},
        {"type": "input", "block_id": "where", "label": plain("Where"), "element": MENU},
        {"type": "input", "block_id": "repo", "label": plain("Repository"), "element": EXTERNAL},
        {"type": "input", "block_id": "flags", "label": plain("Flags"), "element": checks},
        actions(button("Next", "next")),
    ]
    call(worlds, "views.open", trigger_id=form_of(sent)["trigger_id"], view=modal(*blocks))


async def test_a_form_is_shown_filled_in_and_submitted(worlds: Worlds, browser: Browser) -> None:
    open_form(worlds)
    page = await text_of(browser, f"{DEPLOYS}?as=ada")
    assert problems(page) == []
    assert "What shall be deployed?" not in await text_of(browser, f"{DEPLOYS}?as=grace")
    [view] = worlds.slack.modals("ada")
    filled = {
        "reason": "hotfix",
        "ref": "main",
        "where": "production",
        "repo": "acme/shop",
        "flags": "staging",
    }
    await browser.post(f"{DEPLOYS}/submit", data={"as": "ada", "view": view.id, "deed": "submit", **filled})
    values = payload_of(last(worlds))["view"]["state"]["values"]
    assert values["why"]["reason"]["value"] == "hotfix"
    assert values["where"]["where"]["selected_option"] == OPTIONS[1]
    assert values["flags"]["flags"]["selected_options"] == OPTIONS[:1]
    worlds.slack.answered(
        last(worlds), json_answer({"response_action": "errors", "errors": {"why": "Too short."}})
    )
    assert "Too short." in await text_of(browser, f"{DEPLOYS}?as=ada")


async def test_a_form_is_closed_and_then_gone(worlds: Worlds, browser: Browser) -> None:
    open_form(worlds)
    [view] = worlds.slack.modals("ada")
    form = {"as": "ada", "view": view.id, "deed": "close"}
    assert (await browser.post(f"{DEPLOYS}/submit", data=form)).status == 200
    assert worlds.slack.modals("ada") == []
    assert (await browser.post(f"{DEPLOYS}/submit", data=form)).status == 409


async def test_a_button_in_a_form_works(worlds: Worlds, browser: Browser) -> None:
    open_form(worlds)
    [view] = worlds.slack.modals("ada")
    await browser.post(f"{DEPLOYS}/press", data={"as": "ada", "view": view.id, "action_id": "next"})
    assert payload_of(last(worlds))["container"] == {"type": "view", "view_id": view.id}


async def test_a_permalink_leads_to_the_message(worlds: Worlds, browser: Browser) -> None:
    ts = post(worlds)
    reply = await browser.get(f"/slack/archives/C0DEPLOYS/p{ts.replace('.', '')}", allow_redirects=False)
    assert reply.headers["location"] == f"/slack/C0DEPLOYS#m{ts}"


@pytest.mark.parametrize(
    "path, form, status",
    [
        ("say", {"text": "x"}, 400),
        ("say", {"as": "ada"}, 400),
        ("say", {"as": "nobody", "text": "x"}, 404),
        ("press", {"as": "ada"}, 400),
        ("press", {"as": "ada", "action_id": "x"}, 400),
        ("press", {"as": "ada", "action_id": "x", "view": "V9"}, 409),
        ("submit", {"as": "ada", "view": "V9"}, 409),
    ],
)
async def test_a_form_that_lacks_something_is_refused(
    browser: Browser, path: str, form: dict[str, str], status: int
) -> None:
    assert (await browser.post(f"{DEPLOYS}/{path}", data=form)).status == status


@pytest.mark.parametrize("path", ["/slack/nowhere", f"{DEPLOYS}?as=nobody"])
async def test_what_is_not_there_is_not_found(browser: Browser, path: str) -> None:
    await text_of(browser, path, 404)
