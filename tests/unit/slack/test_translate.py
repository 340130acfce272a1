"""What Slack's requests mean to us: the same command from a slash, a button and a mention."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.events import CommandGiven
from bot.domain.slack_events import FormAsked
from bot.domain.values import Person, SlackPlace
from bot.ports import Incoming, Meant
from bot.slack.translate import SlackContext, translate, verb_of
from tests.unit.doors import ANY_JSON
from tests.unit.slack import requests
from tests.unit.slack.requests import COMMAND, MENTIONED, PRESSED

US = SlackContext(bot_user_id="U0BOT", bot_id="B0BOT")
RECEIVED_AT = 1_770_000_000.0


def incoming(event: str, body: bytes, sent_at: str | None = None) -> Incoming:
    headers = {} if sent_at is None else {"x-slack-request-timestamp": sent_at}
    return Incoming(
        source="slack", id="stored-id", event=event, headers=headers, body=body, received_at=RECEIVED_AT
    )


def command_in(
    event: str, body: bytes, context: SlackContext = US, sent_at: str | None = None
) -> tuple[Meant, CommandGiven]:
    translated = translate(incoming(event, body, sent_at), context)
    assert translated.reason == ""
    (one,) = translated.events
    assert isinstance(one.data, CommandGiven)
    assert one.natural is None
    return one, one.data


def reason(event: str, body: bytes, context: SlackContext = US) -> str:
    translated = translate(incoming(event, body), context)
    assert translated.events == ()
    return translated.reason


# --- slash commands ---------------------------------------------------------------------------------


def test_a_slash_command_is_a_command_given_where_and_when_slack_says() -> None:
    body = requests.command()
    one, given_command = command_in("command", body, sent_at="1769999999")
    assert given_command == CommandGiven(
        text="deploy api staging",
        place=SlackPlace("T0ACME", "C0DEPLOYS", "deploys", None, "https://hooks.slack.example/commands/1"),
        person=Person(slack="U0ANNA"),
        given_at=1769999999.0,
        to_us=True,
    )
    assert one.key == "slack:T0ACME:C0DEPLOYS:13345224609.738474920.8088930838d88f008e0"
    assert one.time == 1769999999.0


TEXTS = [
    ("/deploy", "api production", "deploy api production"),
    ("/rollback", "production to d-0123456789", "rollback production to d-0123456789"),
    ("/pointsman", "status", "status"),
    ("/pointsman", "  keep   d-0123456789 ", "keep d-0123456789"),
    ("/pointsman", "", ""),
    ("/acme-deploy", "api staging", "deploy api staging"),
    ("/deploy_acme", "api staging", "deploy api staging"),
    ("/Rollback-Shop", "staging", "rollback staging"),
    ("/redeployer", "status", "status"),
    ("/deploy", "<http://api.io|api.io> staging because a &amp; b", "deploy api.io staging because a & b"),
]


@pytest.mark.parametrize("name,text,line", TEXTS)
def test_a_command_by_any_registered_name_becomes_one_line(name: str, text: str, line: str) -> None:
    _, given_command = command_in("command", requests.command(command=name, text=text))
    assert given_command.text == line


ALONE = [
    ("/deploy", ""),
    ("/deploy", "  "),
    ("/pointsman", "deploy"),
    ("/pointsman", " /Deploy "),
    ("/x-deploy", ""),
]


@pytest.mark.parametrize("name,text", ALONE)
def test_deploy_alone_asks_for_the_form(name: str, text: str) -> None:
    body = requests.command(command=name, text=text)
    (one,) = translate(incoming("command", body, sent_at="1769999999"), US).events
    assert one.data == FormAsked(
        trigger=COMMAND["trigger_id"],
        place=SlackPlace("T0ACME", "C0DEPLOYS", "deploys", None, "https://hooks.slack.example/commands/1"),
        person=Person(slack="U0ANNA"),
        given_at=1769999999.0,
    )
    assert one.key == f"slack:T0ACME:C0DEPLOYS:{COMMAND['trigger_id']}"


@pytest.mark.parametrize("text", ["deploy", "--dry-run", "because of it", "acme/shop"])
def test_any_word_more_is_a_command(text: str) -> None:
    _, given_command = command_in("command", requests.command(text=text))
    assert given_command.text == f"deploy {text}"


def test_without_slacks_timestamp_our_own_is_the_time() -> None:
    _, given_command = command_in("command", requests.command())
    assert given_command.given_at == RECEIVED_AT


@pytest.mark.parametrize("field", ["team_id", "channel_id", "user_id", "trigger_id", "command"])
def test_a_command_that_lacks_what_it_needs_is_ignored(field: str) -> None:
    body = urlencode({name: value for name, value in COMMAND.items() if name != field}).encode()
    assert reason("command", body) == "payload_incomplete"


@pytest.mark.parametrize(
    "name,verb", [("/deploy", "deploy"), ("/rollback", "rollback"), ("/pointsman", ""), ("", "")]
)
def test_the_name_of_a_command_says_its_verb(name: str, verb: str) -> None:
    assert verb_of(name) == verb


# --- mentions ---------------------------------------------------------------------------------------


def test_a_mention_is_a_command_in_its_own_new_thread() -> None:
    one, given_command = command_in("app_mention", requests.mentioned())
    assert given_command == CommandGiven(
        text="status api",
        place=SlackPlace("T0ACME", "C0DEPLOYS", thread="1769999991.000200"),
        person=Person(slack="U0ANNA"),
        given_at=1769999991.0002,
        to_us=True,
    )
    assert one.key == "slack:T0ACME:C0DEPLOYS:1769999991.000200"


def test_a_mention_in_a_thread_is_answered_there() -> None:
    one, given_command = command_in("app_mention", requests.mentioned(thread_ts="1769990000.000100"))
    assert given_command.place == SlackPlace("T0ACME", "C0DEPLOYS", thread="1769990000.000100")
    assert one.key == "slack:T0ACME:C0DEPLOYS:1769990000.000100"


MENTIONS = [
    ("<@U0BOT> keep", "keep"),
    ("<@U0BOT>   keep  ", "keep"),
    ("<@U0BOT|pointsman> keep", "keep"),
    ("please <@U0BOT> keep", "keep"),
    ("<@U0BOT> /deploy staging", "deploy staging"),
    ("<@U0BOT>\n\nkeep\nthanks", "keep"),
    ("<@U0ANNA> <@U0BOT> keep", "keep"),
    ("<@U0BOT> deploy staging because <@U0ANNA> said so", "deploy staging because <@U0ANNA> said so"),
    ("<@U0BOT>", ""),
    ("keep", "keep"),
]


@pytest.mark.parametrize("text,line", MENTIONS)
def test_what_follows_our_mention_is_the_command(text: str, line: str) -> None:
    _, given_command = command_in("app_mention", requests.mentioned(text=text))
    assert given_command.text == line


def test_before_slack_told_who_we_are_the_first_mention_is_ours() -> None:
    _, given_command = command_in("app_mention", requests.mentioned(), SlackContext())
    assert given_command.text == "status api"


@pytest.mark.parametrize("changes,code", [
    ({"user": "U0BOT"}, "own_message"),
    ({"bot_id": "B0BOT"}, "own_message"),
    ({"bot_id": "B0OTHER"}, "sent_by_a_bot"),
    ({"subtype": "bot_message"}, "sent_by_a_bot"),
    ({"user": None}, "sent_by_a_bot"),
    ({"edited": {"user": "U0ANNA", "ts": "1769999995.000000"}}, "message_was_edited"),
    ({"channel": None}, "payload_incomplete"),
    ({"text": 5}, "payload_incomplete"),
])  # fmt: skip
def test_mentions_by_bots_edited_and_odd_ones_start_nothing(changes: dict[str, Any], code: str) -> None:
    assert reason("app_mention", requests.mentioned(**changes)) == code


# --- buttons ----------------------------------------------------------------------------------------


def test_a_button_is_the_command_that_it_carries() -> None:
    one, given_command = command_in("block_actions", requests.pressed())
    assert given_command == CommandGiven(
        text="rollback d-0123456789",
        place=SlackPlace(
            "T0ACME", "C0DEPLOYS", "deploys", "1769999000.000100", "https://hooks.slack.example/actions/1"
        ),
        person=Person(slack="U0ANNA"),
        given_at=1769999990.5,
        to_us=True,
        button=True,
    )
    assert one.key == "slack:T0ACME:C0DEPLOYS:1769999000.000100"


THREADS = [
    ({"message": {"ts": "2.000000", "thread_ts": "1.000000"}}, "1.000000"),
    ({"message": {"ts": "2.000000"}}, "2.000000"),
    ({"message": None, "container": {"message_ts": "3.000000", "thread_ts": "1.000000"}}, "1.000000"),
    ({"message": None, "container": {"message_ts": "3.000000"}}, "3.000000"),
    ({"message": None, "container": None}, None),
]


@pytest.mark.parametrize("changes,thread", THREADS)
def test_a_button_is_answered_in_the_thread_of_its_message(
    changes: dict[str, Any], thread: str | None
) -> None:
    one, given_command = command_in("block_actions", requests.pressed(**changes))
    assert isinstance(given_command.place, SlackPlace)
    assert given_command.place.thread == thread
    assert one.key == f"slack:T0ACME:C0DEPLOYS:{thread or 'stored-id'}"


def test_of_a_whole_organisations_app_the_presser_names_the_workspace() -> None:
    _, given_command = command_in("block_actions", requests.pressed(team=None))
    assert isinstance(given_command.place, SlackPlace)
    assert given_command.place.team == "T0ACME"


def action(**changes: Any) -> dict[str, Any]:
    return {"actions": [PRESSED["actions"][0] | changes]}


@pytest.mark.parametrize("changes,code", [
    (action(action_id="another"), "action_not_used"),
    (action(value=None), "action_not_used"),
    (action(value=""), "action_not_used"),
    ({"actions": []}, "action_not_used"),
    ({"actions": None}, "payload_incomplete"),
    ({"user": {"id": "U0ANNA"}, "team": None}, "payload_incomplete"),
    ({"channel": None}, "payload_incomplete"),
])  # fmt: skip
def test_other_buttons_and_odd_ones_start_nothing(changes: dict[str, Any], code: str) -> None:
    assert reason("block_actions", requests.pressed(**changes)) == code


# --- everything else --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event", ["view_closed", "shortcut", "message", "block_suggestion", "unknown", "never"]
)
def test_everything_else_is_ignored(event: str) -> None:
    assert reason(event, requests.command()) == "event_not_used"


@pytest.mark.parametrize("event", ["command", "app_mention", "block_actions"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"payload=%7B",
        b"payload=[]",
        b"[" * 100_000,
        json.dumps(MENTIONED["event"]).encode(),
        b"&" * 999,
    ],
)
def test_a_body_of_another_kind_is_a_reason(event: str, body: bytes) -> None:
    assert reason(event, body) == "payload_incomplete"


FIELDS = ["user", "channel", "team", "message", "container", "actions", "trigger_id", "team_id", "event"]


@given(st.sampled_from(["block_actions", "app_mention"]), st.dictionaries(st.sampled_from(FIELDS), ANY_JSON))
def test_no_field_of_any_value_makes_it_fail(event: str, changes: dict[str, Any]) -> None:
    body = (
        requests.pressed(**changes) if event == "block_actions" else json.dumps(MENTIONED | changes).encode()
    )
    translated = translate(incoming(event, body), US)
    assert bool(translated.events) != bool(translated.reason)
