"""Words for the tests of the simulated Slack: a clock to turn, a world to call, blocks to send."""

import json
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlencode

from bot.sandbox.slack import Answer, Installation, Limits, Outgoing, Request, Response, SlackWorld
from bot.sandbox.slack.methods import FORM_ONLY

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TOKEN = "xoxb-of-the-test"
NOW = 1_795_550_000.0


@dataclass
class Clock:
    """A clock that only the test turns."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def new_world(clock: Clock, limits: Limits | None = None) -> SlackWorld:
    return SlackWorld(clock, Random(7), Installation(SECRET, TOKEN), limits or Limits.lifted())


def request(world: SlackWorld, method: str, **arguments: Any) -> Response:
    if method in FORM_ONLY:
        asked = Request(
            "GET", f"/api/{method}", {"authorization": f"Bearer {TOKEN}"}, query=urlencode(arguments)
        )
        return world.api(asked)
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json; charset=utf-8"}
    return world.api(Request("POST", f"/api/{method}", headers, json.dumps(arguments).encode()))


def call(world: SlackWorld, method: str, **arguments: Any) -> dict[str, Any]:
    """The answer of a call that is expected to work."""
    document = request(world, method, **arguments).document
    assert document["ok"], document
    return document


def error(world: SlackWorld, method: str, **arguments: Any) -> str:
    """The error code of a call that is expected to be refused."""
    document = request(world, method, **arguments).document
    assert not document["ok"], document
    return str(document["error"])


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(label: str, action_id: str = "", **more: Any) -> dict[str, Any]:
    named = {"action_id": action_id} if action_id else {}
    return {"type": "button", "text": plain(label), **named, **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def text_input(block_id: str, action_id: str, **more: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": action_id, **more}
    return {"type": "input", "block_id": block_id, "label": plain(block_id.title()), "element": element}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("Deploy"), "submit": plain("Go"), "blocks": list(blocks), **more}


def form_of(sent: Outgoing) -> dict[str, str]:
    """The fields of a command."""
    return {name: values[0] for name, values in parse_qs(sent.body.decode(), keep_blank_values=True).items()}


def payload_of(sent: Outgoing) -> dict[str, Any]:
    """The payload of an interaction, or the envelope of an event."""
    document: dict[str, Any] = json.loads(form_of(sent)["payload"] if sent.kind != "event" else sent.body)
    return document


def json_answer(document: Any) -> Answer:
    return Answer(200, {"content-type": "application/json; charset=utf-8"}, json.dumps(document).encode())
