"""What the app is sent when people do something."""

import json
from typing import Any

import pytest
from slack_sdk.signature import Clock as SdkClock
from slack_sdk.signature import SignatureVerifier

from bot.sandbox.slack import Answer, Installation, Limits, Message, SlackWorld
from tests.unit.sandbox.slack.calls import (
    NOW,
    SECRET,
    TOKEN,
    Clock,
    actions,
    button,
    call,
    form_of,
    modal,
    payload_of,
    plain,
    section,
    text_input,
)

OPTIONS = [
    {"text": plain("Staging"), "value": "staging"},
    {"text": plain("Production"), "value": "production"},
]
MENU = {"type": "static_select", "action_id": "where", "placeholder": plain("Where"), "options": OPTIONS}


class TestClock(SdkClock):
    __test__ = False

    def now(self) -> float:
        return NOW


def prompt(world: SlackWorld, *elements: dict[str, Any], **more: Any) -> Message:
    blocks = [section("production failed"), actions(*elements)]
    call(world, "chat.postMessage", channel="C0DEPLOYS", text="production failed", blocks=blocks, **more)
    return world.find("production failed")


def test_a_command_arrives_with_all_fields_that_slack_sends(world: SlackWorld) -> None:
    sent = world.slash_command("ada", "#deploys", "/deploy", "api staging")
    assert sent
    fields = form_of(sent)
    expected = {
        "team_id": "T0ACME",
        "team_domain": "acme",
        "channel_id": "C0DEPLOYS",
        "channel_name": "deploys",
        "user_id": "U0ADA",
        "user_name": "ada",
        "command": "/deploy",
        "text": "api staging",
        "is_enterprise_install": "false",
    }
    assert expected.items() <= fields.items()
    assert fields["response_url"].startswith("http://slack.test/commands/T0ACME/")
    assert sent.content_type == "application/x-www-form-urlencoded"


def test_every_request_is_signed_for_the_time_at_which_it_is_sent(world: SlackWorld, clock: Clock) -> None:
    sent = world.slash_command("ada", "deploys", "/deploy", "api staging")
    assert sent
    verifier = SignatureVerifier(SECRET, clock=TestClock())
    assert verifier.is_valid_request(sent.body, world.signed_headers(sent))
    clock.advance(301)
    assert world.signed_headers(sent)["X-Slack-Request-Timestamp"] == str(int(NOW) + 301)


def test_a_command_that_the_app_did_not_register_is_answered_by_slackbot(world: SlackWorld) -> None:
    assert world.slash_command("ada", "deploys", "/teleport") is None
    assert [message.text for message in world.whispers("ada")] == ["/teleport is not a valid command."]


def test_no_two_triggers_or_response_urls_are_the_same(world: SlackWorld) -> None:
    sent = [world.slash_command("ada", "deploys", "/deploy") for _ in range(3)]
    fields = [form_of(one) for one in sent if one]
    assert len({one["trigger_id"] for one in fields}) == 3
    assert len({one["response_url"] for one in fields}) == 3


@pytest.mark.parametrize("name", ["Roll back", "rollback"])
def test_a_button_is_pressed_by_label_or_action_id(world: SlackWorld, name: str) -> None:
    message = prompt(
        world, button("Roll back", "rollback", value="d-1", style="danger"), button("Keep", "keep")
    )
    payload = payload_of(world.press("grace", message, name))
    [action] = payload["actions"]
    assert payload["type"] == "block_actions"
    assert payload["user"]["id"] == "U0GRACE"
    assert payload["channel"] == {"id": "C0DEPLOYS", "name": "deploys"}
    assert payload["container"]["message_ts"] == payload["message"]["ts"] == message.ts
    assert {
        "action_id": "rollback",
        "value": "d-1",
        "type": "button",
        "style": "danger",
    }.items() <= action.items()
    assert action["block_id"] == message.element(name).block_id


def test_a_press_in_a_thread_says_which(world: SlackWorld) -> None:
    first = call(world, "chat.postMessage", channel="C0DEPLOYS", text="deploying")
    message = prompt(world, button("Keep", "keep"), thread_ts=first["ts"])
    payload = payload_of(world.press("ada", message, "Keep"))
    assert payload["container"]["thread_ts"] == payload["message"]["thread_ts"] == first["ts"]


def test_a_press_on_an_ephemeral_message_brings_no_message(world: SlackWorld) -> None:
    blocks = [actions(button("Try again", "again"))]
    call(world, "chat.postEphemeral", channel="C0DEPLOYS", user="U0ADA", text="refused", blocks=blocks)
    payload = payload_of(world.press("ada", world.whispers("ada")[0], "Try again"))
    assert payload["container"]["is_ephemeral"] is True
    assert "message" not in payload


def test_pressing_what_is_not_there_names_what_is(world: SlackWorld) -> None:
    message = prompt(world, button("Keep", "keep"))
    with pytest.raises(LookupError, match=r"'Keep' \(keep\)"):
        world.press("ada", message, "Roll back")


@pytest.mark.parametrize("choice", ["Production", "production"])
def test_an_option_is_chosen_by_label_or_value(world: SlackWorld, choice: str) -> None:
    payload = payload_of(world.select("ada", prompt(world, MENU), "where", choice))
    [action] = payload["actions"]
    assert (action["type"], action["selected_option"]) == ("static_select", OPTIONS[1])


def test_an_option_that_is_not_there_is_named(world: SlackWorld) -> None:
    with pytest.raises(LookupError, match="no option 'moon'"):
        world.select("ada", prompt(world, MENU), "where", "moon")


def test_a_mention_is_an_event_with_an_id_and_an_authorization(world: SlackWorld) -> None:
    first = world.post("ada", "deploys", "hello")
    message = world.mention("ada", "deploys", "deploy api staging", thread_ts=first.ts)
    [sent] = world.space.outbox.sent
    envelope = payload_of(sent)
    assert envelope["type"] == "event_callback"
    assert envelope["event"] == {
        "type": "app_mention",
        "user": "U0ADA",
        "ts": message.ts,
        "client_msg_id": envelope["event"]["client_msg_id"],
        "text": "<@U0POINTSMAN> deploy api staging",
        "team": "T0ACME",
        "channel": "C0DEPLOYS",
        "event_ts": message.ts,
        "thread_ts": first.ts,
    }
    assert envelope["event_id"].startswith("Ev0")
    assert envelope["event_time"] == int(NOW)
    assert envelope["authorizations"][0]["user_id"] == "U0POINTSMAN"


def test_the_app_hears_only_what_it_subscribed_to(clock: Clock, world: SlackWorld) -> None:
    world.post("ada", "deploys", "nothing for the bot")
    assert world.space.outbox.sent == []
    curious = SlackWorld(
        clock, world.random, Installation(SECRET, TOKEN, events=("message.channels", "message.im")), Limits()
    )
    curious.post("ada", "deploys", "hello")
    curious.space.direct("U0ADA")
    curious.post("ada", "D0ADA", "psst")
    assert [payload_of(sent)["event"]["channel_type"] for sent in curious.space.outbox.sent] == [
        "channel",
        "im",
    ]


def test_the_app_hears_nothing_from_channels_that_it_is_no_member_of(world: SlackWorld) -> None:
    world.mention("ada", "random", "deploy api staging")
    assert world.space.outbox.sent == []


def test_opening_the_home_tab_is_an_event_that_shows_the_published_view(world: SlackWorld) -> None:
    first = world.open_home("ada")
    call(world, "views.publish", user_id="U0ADA", view={"type": "home", "blocks": [section("hello")]})
    second = world.open_home("ada")
    assert first
    assert second
    assert "view" not in payload_of(first)["event"]
    assert payload_of(second)["event"]["view"]["type"] == "home"


def test_a_submitted_form_carries_what_was_filled_in_and_what_was_preset(world: SlackWorld) -> None:
    trigger = world.slash_command("ada", "deploys", "/deploy")
    assert trigger
    checks = {"type": "checkboxes", "action_id": "flags", "options": OPTIONS, "initial_options": OPTIONS[:1]}
    blocks = [
        text_input("why", "reason"),
        text_input("ref", "ref", initial_value="main"),
        {"type": "input", "block_id": "where", "label": plain("Where"), "element": MENU},
        {"type": "input", "block_id": "flags", "label": plain("Flags"), "element": checks},
    ]
    view = modal(*blocks, callback_id="deploy", private_metadata="m")
    call(world, "views.open", trigger_id=form_of(trigger)["trigger_id"], view=view)
    sent = world.submit_view("ada", world.modals("ada")[-1], {"reason": "hotfix", "where": "Production"})
    payload = payload_of(sent)
    assert payload["type"] == "view_submission"
    assert payload["view"]["private_metadata"] == "m"
    assert payload["view"]["state"]["values"] == {
        "why": {"reason": {"type": "plain_text_input", "value": "hotfix"}},
        "ref": {"ref": {"type": "plain_text_input", "value": "main"}},
        "where": {"where": {"type": "static_select", "selected_option": OPTIONS[1]}},
        "flags": {"flags": {"type": "checkboxes", "selected_options": OPTIONS[:1]}},
    }


def test_the_apps_address_is_asked_to_echo_a_challenge(world: SlackWorld) -> None:
    sent = world.verify_url()
    document = json.loads(sent.body)
    assert document["type"] == "url_verification"
    world.answered(sent, Answer(200, {}, document["challenge"].encode()))
    assert world.violations == []
    world.answered(world.verify_url(), Answer(200))
    assert [violation.problem for violation in world.violations] == ["the challenge was not echoed"]


def test_a_form_has_no_fields_that_the_app_did_not_put_there(world: SlackWorld) -> None:
    trigger = world.slash_command("ada", "deploys", "/deploy")
    assert trigger
    view = modal(text_input("why", "reason"))
    call(world, "views.open", trigger_id=form_of(trigger)["trigger_id"], view=view)
    with pytest.raises(LookupError, match="colour"):
        world.submit_view("ada", world.modals("ada")[-1], {"colour": "red"})


@pytest.mark.parametrize("notify", [True, False])
def test_a_dismissed_form_is_told_to_the_app_if_it_asked(world: SlackWorld, notify: bool) -> None:
    trigger = world.slash_command("ada", "deploys", "/deploy")
    assert trigger
    view = modal(section("x"), notify_on_close=notify)
    call(world, "views.open", trigger_id=form_of(trigger)["trigger_id"], view=view)
    sent = world.close_view("ada", world.modals("ada")[-1])
    assert world.modals("ada") == []
    assert (payload_of(sent)["type"] if sent else None) == ("view_closed" if notify else None)


def test_typing_into_an_external_menu_asks_the_app_for_options(world: SlackWorld) -> None:
    menu = {"type": "external_select", "action_id": "repo", "placeholder": plain("Repository")}
    message = prompt(world, menu)
    payload = payload_of(world.type_into_select("ada", message, "repo", "sh"))
    assert (payload["type"], payload["action_id"], payload["value"]) == ("block_suggestion", "repo", "sh")
