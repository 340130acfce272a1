"""The Home tab: opened, looked at again, and where its form is asked for."""

import json
from typing import Any

import pytest

from bot.domain.slack_events import FormAsked, HomeOpened
from bot.domain.values import Person, SlackPlace
from bot.messages import home as wording
from bot.ports import Incoming, Translated
from bot.slack.translate import SlackContext, translate
from tests.unit.slack import requests
from tests.unit.slack.filled import Json, used_in_view

OPENED: Json = {
    "type": "event_callback",
    "team_id": "T0ACME",
    "event_id": "Ev0HOME",
    "event": {
        "type": "app_home_opened",
        "user": "U0ANNA",
        "channel": "D0ANNA",
        "tab": "home",
        "event_ts": "1769999991.000200",
    },
}
ANNA = Person(slack="U0ANNA")
VIEW: Json = {"type": "home", "callback_id": wording.CALLBACK, "private_metadata": "D0ANNA"}
LOOK = HomeOpened(team="T0ACME", channel="D0ANNA", person=ANNA)


def translated(event: str, body: bytes) -> Translated:
    stored = Incoming(source="slack", id="x", event=event, body=body, received_at=1.0)
    return translate(stored, SlackContext())


def opened(**changes: Any) -> Translated:
    document = OPENED | {"event": OPENED["event"] | changes}
    return translated("app_home_opened", json.dumps(document).encode())


def button(action_id: str) -> Json:
    return {"action_id": action_id, "type": "button", "action_ts": "1769999990.500000"}


def pressed(action_id: str, **view: Any) -> Translated:
    sent = used_in_view(VIEW | view, button(action_id))
    return translated("block_actions", requests.interaction(sent))


def test_opening_the_tab_is_a_look() -> None:
    (one,) = opened().events
    assert (one.data, one.key, one.time) == (LOOK, "slack:T0ACME:home:U0ANNA", 1769999991.0002)


def test_the_messages_tab_is_none_of_ours() -> None:
    assert opened(tab="messages").reason == "tab_not_used"


@pytest.mark.parametrize("changes", [{"user": None}, {"channel": 5}])
def test_an_opening_that_lacks_what_it_needs_is_ignored(changes: Json) -> None:
    assert opened(**changes).reason == "payload_incomplete"


def test_refresh_is_another_look() -> None:
    (one,) = pressed(wording.REFRESH).events
    assert (one.data, one.key, one.time) == (LOOK, "slack:T0ACME:home:U0ANNA", 1769999990.5)


def test_the_deploy_button_asks_for_the_form_in_the_conversation_with_the_app() -> None:
    (one,) = pressed(wording.DEPLOY).events
    trigger = "12321423423.333649436676.d8c1bb85"
    assert one.data == FormAsked(
        trigger=trigger,
        place=SlackPlace("T0ACME", "D0ANNA"),
        person=ANNA,
        given_at=1769999990.5,
        anywhere=True,
    )
    assert one.key == f"slack:T0ACME:D0ANNA:{trigger}"


@pytest.mark.parametrize("metadata", ["", "D0 ANNA", "https://evil.example", "d0anna"])
def test_a_conversation_that_is_none_is_not_taken(metadata: str) -> None:
    assert pressed(wording.DEPLOY, private_metadata=metadata).reason == "payload_incomplete"


def test_any_other_button_is_not_ours() -> None:
    assert pressed("pointsman-home:other").reason == "action_not_used"
