"""What people do in the simulated Slack, and the requests that the app gets for it.

Payloads have the shapes of "Slash commands", "block_actions payload", "view_submission payload".
Must never deliver anything: a request waits in the outbox until the shell or the simulation carries it.
"""

import json
from typing import Any
from urllib.parse import urlencode

from bot.sandbox.slack.chat_methods import message_document
from bot.sandbox.slack.exchange import FORM_TYPE, JSON_TYPE, Json
from bot.sandbox.slack.messages import Element, Message, find_element
from bot.sandbox.slack.outbox import Kind, Outgoing
from bot.sandbox.slack.people import Channel, Person
from bot.sandbox.slack.view_methods import view_document
from bot.sandbox.slack.views import View, initial_value, state_value
from bot.sandbox.slack.workspace import ResponseUrl, Workspace

VERIFICATION_TOKEN = "legacy-verification-token"


def slash_command(
    space: Workspace, person: Person, channel: Channel, command: str, text: str
) -> Outgoing | None:
    """Type a command; one that the app has not registered is answered by Slackbot, and None comes back."""
    if command not in space.installation.commands:
        space.whisper(person.id, channel.id, f"{command} is not a valid command.")
        return None
    url = ResponseUrl("", person.id, channel.id, space.clock())
    fields = {
        "token": VERIFICATION_TOKEN,
        "team_id": space.installation.team_id,
        "team_domain": space.installation.team_domain,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.person else channel.name,
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": text,
        "api_app_id": space.installation.app_id,
        "is_enterprise_install": "false",
        "response_url": space.new_response_url("commands", url),
        "trigger_id": space.new_trigger(person.id),
    }
    sent = _outgoing(space, "command", urlencode(fields).encode(), FORM_TYPE, person)
    sent.channel, sent.name = channel.id, command
    return _put(space, sent)


def use_element(
    space: Workspace, person: Person, message: Message, element: Element, choice: Any = None
) -> Outgoing:
    """Press a button of a message, or choose in one of its menus."""
    url = ResponseUrl("", person.id, message.channel, space.clock(), message, message.thread_ts)
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.only_for is not None,
    }
    payload = _interaction(space, "block_actions", person) | {
        "container": container | ({"thread_ts": message.thread_ts} if message.thread_ts else {}),
        "trigger_id": space.new_trigger(person.id),
        "channel": {"id": message.channel, "name": space.channels[message.channel].name},
        "state": {"values": {}},
        "response_url": space.new_response_url("actions", url),
        "actions": [_action(space, element, choice)],
    }
    if message.only_for is None:
        payload["message"] = message_document(space, message)
    sent = _outgoing(space, "interaction", _form(payload), FORM_TYPE, person)
    sent.channel, sent.name = message.channel, element.label
    return _put(space, sent)


def use_view_element(
    space: Workspace, person: Person, view: View, element: Element, choice: Any = None
) -> Outgoing:
    """Press a button in a modal or on the Home tab."""
    payload = _interaction(space, "block_actions", person) | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": space.new_trigger(person.id, view.id),
        "view": view_document(space, view),
        "actions": [_action(space, element, choice)],
    }
    sent = _outgoing(space, "interaction", _form(payload), FORM_TYPE, person)
    sent.view, sent.name = view.id, element.label
    return _put(space, sent)


def submit_view(space: Workspace, person: Person, view: View, values: dict[str, Any]) -> Outgoing:
    """Fill in a modal and submit it; what `values` leaves out keeps what the field held at first."""
    for name in values:
        find_element(view.elements, name)
    state: dict[str, Json] = {}
    for block in view.blocks:
        if block.get("type") == "input":
            element = block["element"]
            named = (element["action_id"], block["block_id"])
            given = next((values[name] for name in named if name in values), initial_value(element))
            state[block["block_id"]] = {element["action_id"]: state_value(element, given)}
    payload = _interaction(space, "view_submission", person) | {
        "trigger_id": space.new_trigger(person.id, view.id),
        "view": view_document(space, view) | {"state": {"values": state}},
        "response_urls": [],
    }
    sent = _outgoing(space, "view", _form(payload), FORM_TYPE, person)
    sent.view, sent.name = view.id, view.title
    return _put(space, sent)


def close_view(space: Workspace, person: Person, view: View) -> Outgoing | None:
    """Dismiss a modal; the app hears of it where it asked to (`notify_on_close`)."""
    space.views.close(view)
    if not view.data.get("notify_on_close"):
        space.changed()
        return None
    payload = _interaction(space, "view_closed", person) | {
        "view": view_document(space, view),
        "is_cleared": False,
    }
    return _put(space, _outgoing(space, "interaction", _form(payload), FORM_TYPE, person))


def type_into_select(
    space: Workspace, person: Person, place: tuple[Message | View, Element], typed: str
) -> Outgoing:
    """Type into an external menu: the app is asked for the options ("block_suggestion payload")."""
    container, element = place
    payload = _interaction(space, "block_suggestion", person) | {
        "action_id": element.action_id,
        "block_id": element.block_id,
        "value": typed,
    }
    if isinstance(container, View):
        payload |= {
            "container": {"type": "view", "view_id": container.id},
            "view": view_document(space, container),
        }
    else:
        payload["container"] = {
            "type": "message",
            "message_ts": container.ts,
            "channel_id": container.channel,
        }
    return _put(space, _outgoing(space, "options", _form(payload), FORM_TYPE, person))


def post(space: Workspace, person: Person, channel: Channel, text: str, thread_ts: str | None) -> Message:
    """Write a message; the app hears of it where it subscribed to messages, or is mentioned."""
    message = space.say(Message(space.new_ts(), channel.id, person.id, text, thread_ts=thread_ts))
    event = {
        "user": person.id,
        "ts": message.ts,
        "client_msg_id": f"{space.random.getrandbits(128):032x}",
        "text": text,
        "team": space.installation.team_id,
        "channel": channel.id,
        "event_ts": message.ts,
    } | ({"thread_ts": thread_ts} if thread_ts else {})
    if f"<@{space.installation.bot_user_id}>" in text and channel.bot_is_member:
        send_event(space, {"type": "app_mention", **event})
    kind = "im" if channel.person else "group" if channel.private else "channel"
    if channel.bot_is_member:
        subscription = "message.im" if channel.person else f"message.{kind}s"
        send_event(space, {"type": "message", **event, "channel_type": kind}, subscription)
    return message


def open_home(space: Workspace, person: Person) -> Outgoing | None:
    """Open the app's Home tab."""
    event: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": space.direct(person.id).id,
        "tab": "home",
    }
    home = space.views.homes.get(person.id)
    if home is not None:
        event["view"] = view_document(space, home)
    return send_event(space, event | {"event_ts": space.new_ts()})


def send_event(space: Workspace, event: Json, subscription: str = "") -> Outgoing | None:
    """Tell the app of an event if it subscribed; `subscription` is its name where that is not the type."""
    if (subscription or event["type"]) not in space.installation.events:
        return None
    installation = space.installation
    envelope = {
        "token": VERIFICATION_TOKEN,
        "team_id": installation.team_id,
        "api_app_id": installation.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": f"{space.new_id('Ev0')}{space.random.getrandbits(32):08X}",
        "event_time": int(space.clock()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": installation.team_id,
                "user_id": installation.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{space.random.getrandbits(64):016x}",
    }
    sent = _outgoing(space, "event", json.dumps(envelope).encode(), JSON_TYPE)
    sent.name = str(event["type"])
    return _put(space, sent)


def verify_url(space: Workspace) -> Outgoing:
    """Ask the app's address to prove itself, as Slack does when it is entered ("url_verification event")."""
    challenge = space.new_id("challenge-")
    document = {"token": VERIFICATION_TOKEN, "challenge": challenge, "type": "url_verification"}
    sent = _outgoing(space, "challenge", json.dumps(document).encode(), JSON_TYPE)
    sent.name = challenge
    return _put(space, sent)


def _put(space: Workspace, sent: Outgoing) -> Outgoing:
    space.outbox.put(sent)
    space.changed()
    return sent


def _outgoing(
    space: Workspace, kind: Kind, body: bytes, content_type: str, person: Person | None = None
) -> Outgoing:
    number = len(space.outbox.sent) + 1
    return Outgoing(number, kind, body, content_type, space.clock(), person.id if person else "")


def _form(payload: Json) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


def _interaction(space: Workspace, kind: str, person: Person) -> Json:
    installation = space.installation
    return {
        "type": kind,
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": installation.team_id,
        },
        "api_app_id": installation.app_id,
        "token": VERIFICATION_TOKEN,
        "team": {"id": installation.team_id, "domain": installation.team_domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _action(space: Workspace, element: Element, choice: Any) -> Json:
    known: Json = {key: element.data[key] for key in ("text", "value", "style") if key in element.data}
    known |= {"action_id": element.action_id, "block_id": element.block_id, "action_ts": space.new_ts()}
    if element.is_button:
        return known | {"type": "button"}
    return known | state_value(element.data, choice)
