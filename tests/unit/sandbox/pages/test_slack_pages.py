"""The simulated Slack's pages."""

import json
from typing import Any

import pytest

from bot.sandbox.pages import Worlds
from bot.sandbox.slack import Answer, Outgoing, Request
from tests.unit.sandbox.pages.browsing import Browser, page, pane, send, send_by_script, words
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
    shown = await page(browser, DEPLOYS)
    assert '<a href="https://shop.example.com">production</a>' in shown
    assert "health check &lt;failed&gt; ⚠️" in shown
    text = await words(browser, DEPLOYS)
    for expected in (
        "Deployment failed",
        "asked by @ada",
        "Roll back?",
        "Keep",
        "Production",
        "a graph",
        "👀eyes 1",
        "1 reply",
    ):
        assert expected in text


async def test_only_the_person_concerned_sees_an_ephemeral_message(worlds: Worlds, browser: Browser) -> None:
    call(worlds, "chat.postEphemeral", channel="C0DEPLOYS", user="U0SAM", text="link your account")
    assert "link your account" in await page(browser, f"{DEPLOYS}?as=sam")
    assert "link your account" not in await page(browser, f"{DEPLOYS}?as=ada")
    assert "link your account" not in await page(browser, f"{DEPLOYS}?as=olive")


async def test_nobody_presses_what_only_another_one_sees(worlds: Worlds, browser: Browser) -> None:
    blocks = [actions(button("Keep", "keep"))]
    answer = call(worlds, "chat.postEphemeral", channel="C0DEPLOYS", user="U0SAM", text="x", blocks=blocks)
    reply = await send(browser, f"{DEPLOYS}/press", ts=answer["message_ts"], action_id="keep")
    assert (reply.status, worlds.slack.space.outbox.sent) == (409, [])


async def test_a_button_on_the_page_is_pressed_by_the_person_who_looks(
    worlds: Worlds, browser: Browser
) -> None:
    ts = post(worlds, blocks=EVERYTHING)
    reply = await send(browser, f"{DEPLOYS}/press", "/?as=grace", ts=ts, action_id="keep")
    assert (reply.status, reply.headers["location"]) == (303, "/?as=grace")
    payload = payload_of(last(worlds))
    assert (payload["user"]["id"], payload["actions"][0]["action_id"]) == ("U0GRACE", "keep")


async def test_a_menu_on_the_page_works(worlds: Worlds, browser: Browser) -> None:
    ts = post(worlds, blocks=EVERYTHING)
    await send(browser, f"{DEPLOYS}/press", ts=ts, action_id="where", choice="production")
    assert payload_of(last(worlds))["actions"][0]["selected_option"] == OPTIONS[1]


@pytest.mark.parametrize("ts", ["1.000000", None])
async def test_pressing_what_is_gone_says_so(worlds: Worlds, browser: Browser, ts: str | None) -> None:
    fields = {"ts": ts or post(worlds), "action_id": "keep"}
    status, answer = await send_by_script(browser, f"{DEPLOYS}/press", **fields)
    assert (status, answer["pane"]) == (409, "slack")
    assert "not there any more" in answer["trouble"]


async def test_a_command_is_typed_into_the_box(worlds: Worlds, browser: Browser) -> None:
    reply = await send(browser, f"{DEPLOYS}/say", DEPLOYS, text="/deploy  api staging ")
    assert (reply.status, reply.headers["location"]) == (303, DEPLOYS)
    fields = form_of(last(worlds))
    assert (fields["command"], fields["text"], fields["channel_id"]) == (
        "/deploy",
        "api staging",
        "C0DEPLOYS",
    )
    worlds.slack.answered(last(worlds), Answer(200, {"content-type": "text/plain"}, b"On it."))
    assert "On it." in await page(browser, f"{DEPLOYS}?as=ada")


async def test_one_answers_in_a_thread(worlds: Worlds, browser: Browser) -> None:
    ts = post(worlds)
    shown = await words(browser, f"/?as=lin&thread={ts}")
    assert "In a thread of Pointsman: failed" in shown
    assert f'name="thread_ts" value="{ts}"' in await page(browser, f"/?thread={ts}")
    await send(browser, f"{DEPLOYS}/say", "/?as=lin", text="@Pointsman status", thread_ts=ts)
    event = payload_of(last(worlds))["event"]
    assert (event["text"], event["thread_ts"]) == ("<@U0POINTSMAN> status", ts)
    assert "<b>@Pointsman</b> status" in await page(browser, DEPLOYS)


async def test_a_command_in_a_thread_is_refused_as_slack_does(worlds: Worlds, browser: Browser) -> None:
    fields = {"text": "/deploy api staging", "thread_ts": post(worlds)}
    status, answer = await send_by_script(browser, f"{DEPLOYS}/say", "/?as=lin", **fields)
    assert (status, worlds.slack.space.outbox.sent) == (409, [])
    assert "write @Pointsman deploy api staging instead" in answer["trouble"]


async def test_an_empty_message_is_not_sent(worlds: Worlds, browser: Browser) -> None:
    await send(browser, f"{DEPLOYS}/say", text="  ")
    assert worlds.slack.messages("deploys") == []


async def test_a_message_that_was_changed_is_drawn_again(worlds: Worlds, browser: Browser) -> None:
    ts = post(worlds, text="running")
    assert "running" in await pane(browser, "slack")
    call(worlds, "chat.update", channel="C0DEPLOYS", ts=ts, text="succeeded")
    shown = await pane(browser, "slack")
    assert "running" not in shown
    assert 'data-say="Slack: Pointsman: succeeded"' in shown


async def test_names_stand_for_ids_and_an_unknown_id_for_itself(worlds: Worlds, browser: Browser) -> None:
    post(worlds, text="<@U0LIN> in <#C0GENERAL>, not <@U0NOBODY>")
    assert "@lin in #general, not @U0NOBODY" in await words(browser, DEPLOYS)


async def test_what_is_remembered_of_messages_has_an_end(
    worlds: Worlds, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sandbox.pages.slack_pane.REMEMBERED", 3)
    for number in range(7):
        post(worlds, text=f"number {number}.")
    text = await words(browser, DEPLOYS)
    assert all(f"number {number}." in text for number in range(7))


async def test_of_many_messages_the_newest_are_shown(worlds: Worlds, browser: Browser) -> None:
    for number in range(125):
        post(worlds, text=f"number {number}.")
    text = await words(browser, DEPLOYS)
    assert "number 5." in text
    assert "number 4." not in text


def open_form(worlds: Worlds) -> None:
    sent = worlds.slack.slash_command("ada", "deploys", "/deploy")
    assert sent
    checks = {"type": "checkboxes", "action_id": "flags", "options": OPTIONS, "initial_options": OPTIONS[:1]}
    radio = {"type": "radio_buttons", "action_id": "stage", "options": OPTIONS}
    many = {
        "type": "multi_static_select",
        "action_id": "many",
        "placeholder": plain("Many"),
        "options": OPTIONS,
    }
    blocks = [
        section("What shall be deployed?"),
        text_input("why", "reason", multiline=True),
        text_input("ref", "ref", initial_value="main") | {"optional": True, "hint": plain("a branch")},
        {"type": "input", "block_id": "where", "label": plain("Where"), "element": MENU},
        {"type": "input", "block_id": "repo", "label": plain("Repository"), "element": EXTERNAL},
        {"type": "input", "block_id": "flags", "label": plain("Flags"), "element": checks, "optional": True},
        {"type": "input", "block_id": "stage", "label": plain("Stage"), "element": radio},
        {"type": "input", "block_id": "many", "label": plain("Many"), "element": many},
        section("more", accessory=button("Help", "help")),
        actions(button("Next", "next")),
    ]
    call(worlds, "views.open", trigger_id=form_of(sent)["trigger_id"], view=modal(*blocks))


async def test_a_form_is_shown_filled_in_and_submitted(worlds: Worlds, browser: Browser) -> None:
    open_form(worlds)
    shown = await page(browser, f"{DEPLOYS}?as=ada")
    assert 'role="dialog" aria-labelledby="modal-title"' in shown
    assert "What shall be deployed?" not in await page(browser, f"{DEPLOYS}?as=grace")
    [view] = worlds.slack.modals("ada")
    filled = {"reason": "hotfix", "ref": "", "where": "production", "repo": "acme/shop", "stage": "staging"}
    fields = {"view": view.id, "deed": "submit", "many": "production", **filled}
    await send(browser, f"{DEPLOYS}/submit", **fields)
    values = payload_of(last(worlds))["view"]["state"]["values"]
    assert values["why"]["reason"]["value"] == "hotfix"
    assert values["ref"]["ref"]["value"] is None
    assert values["where"]["where"]["selected_option"] == OPTIONS[1]
    assert values["stage"]["stage"]["selected_option"] == OPTIONS[0]
    assert values["flags"]["flags"]["selected_options"] == []
    assert values["many"]["many"]["selected_options"] == OPTIONS[1:]
    worlds.slack.answered(
        last(worlds), json_answer({"response_action": "errors", "errors": {"why": "Too short."}})
    )
    assert "Too short." in await words(browser, f"{DEPLOYS}?as=ada")


async def test_a_form_is_closed_and_then_gone(worlds: Worlds, browser: Browser) -> None:
    open_form(worlds)
    [view] = worlds.slack.modals("ada")
    assert (await send(browser, f"{DEPLOYS}/submit", view=view.id, deed="close")).status == 303
    assert worlds.slack.modals("ada") == []
    assert (await send(browser, f"{DEPLOYS}/submit", view=view.id, deed="close")).status == 409


async def test_a_button_in_a_form_works(worlds: Worlds, browser: Browser) -> None:
    open_form(worlds)
    [view] = worlds.slack.modals("ada")
    await send(browser, f"{DEPLOYS}/press", view=view.id, action_id="next")
    assert payload_of(last(worlds))["container"] == {"type": "view", "view_id": view.id}
    assert (await send(browser, f"{DEPLOYS}/press", view=view.id, action_id="gone")).status == 409


async def test_the_home_tab_is_opened_and_used(worlds: Worlds, browser: Browser) -> None:
    assert "has drawn no Home tab for ada yet" in await words(browser, "/?channel=home")
    reply = await send(browser, "/slack/home/open", "/?channel=home")
    assert (reply.status, payload_of(last(worlds))["event"]["type"]) == (303, "app_home_opened")
    for address, there in (("/?as=grace&channel=site", "/?as=grace&channel=home"), (DEPLOYS, "/slack/home")):
        assert await send_by_script(browser, "/slack/home/open", address) == (200, {"go": there})
    blocks = [section("api in production: 1a2b3c4"), actions(button("Refresh", "refresh"))]
    call(worlds, "views.publish", user_id="U0ADA", view={"type": "home", "blocks": blocks})
    assert "api in production" in await words(browser, "/?channel=home")
    assert "api in production" not in await page(browser, "/?channel=home&as=grace")
    home = worlds.slack.home("ada")
    assert home
    await send(browser, "/slack/home/press", "/?channel=home", view=home.id, action_id="refresh")
    assert payload_of(last(worlds))["actions"][0]["action_id"] == "refresh"


async def test_a_conversation_with_the_bot_is_shown_once_there_is_one(
    worlds: Worlds, browser: Browser
) -> None:
    direct = worlds.slack.space.direct("U0ADA")
    assert "#dm-ada" not in await words(browser)
    assert "#dm-ada" in await words(browser, "/?channel=dm-ada")
    call(worlds, "chat.postMessage", channel=direct.id, text="Only for you")
    assert "#dm-ada" in await words(browser)
    assert "#dm-ada" not in await words(browser, "/?as=grace")


async def test_a_permalink_leads_to_the_message(worlds: Worlds, browser: Browser) -> None:
    ts = post(worlds)
    reply = await browser.get(f"/slack/archives/C0DEPLOYS/p{ts.replace('.', '')}", allow_redirects=False)
    assert reply.headers["location"] == f"/slack/C0DEPLOYS#m{ts}"
    assert f'id="m{ts}"' in await page(browser, "/slack/C0DEPLOYS")


@pytest.mark.parametrize(
    "path, form, status",
    [
        ("say", {"text": "x"}, 400),
        ("say", {"look": "/"}, 400),
        ("say", {"look": "/?as=nobody", "text": "x"}, 404),
        ("press", {"look": "/"}, 400),
        ("press", {"look": "/", "action_id": "x"}, 400),
        ("press", {"look": "/", "action_id": "x", "view": "V9"}, 409),
        ("submit", {"look": "/", "view": "V9"}, 409),
        ("submit", {"look": "/"}, 400),
        ("../nowhere/say", {"look": "/", "text": "x"}, 404),
    ],
)
async def test_a_form_that_lacks_something_is_refused(
    browser: Browser, path: str, form: dict[str, str], status: int
) -> None:
    assert (await browser.post(f"{DEPLOYS}/{path}", data=form)).status == status


@pytest.mark.parametrize("path", ["/slack/nowhere", f"{DEPLOYS}?as=nobody"])
async def test_what_is_not_there_is_not_found(browser: Browser, path: str) -> None:
    await page(browser, path, 404)
