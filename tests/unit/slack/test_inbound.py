"""Slack's door without HTTP: signatures, what is stored under which id, and Bolt's acknowledgements."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from bot.domain.errors import StoreUnavailable
from bot.inbox import Answer, Refused
from bot.messages.forms import NO_SERVICE
from bot.slack.bolt import BoltDoor, SlackIdentity
from bot.slack.inbound import SlackInbox, signature_matches
from tests.unit.doors import ANY_JSON, NOW, SLACK_SECRET, Hall, slack_headers
from tests.unit.slack import requests
from tests.unit.slack.filled import filled, submission
from tests.unit.slack.requests import JSON_TYPE, MENTIONED, PRESSED


async def identity(team: str | None) -> SlackIdentity:
    return SlackIdentity(bot_user_id="U0BOT", bot_id="B0BOT")


BOLT = BoltDoor(identity)


async def send(hall: Hall, headers: CIMultiDict[str], body: bytes, *secrets: str) -> Answer:
    inbox = SlackInbox(secrets or (SLACK_SECRET,), hall.intake, BOLT)
    try:
        inbox.check_headers(headers)
        return await inbox.take(headers, body)
    except Refused as refused:
        return refused.answer()


async def send_json(hall: Hall, document: Any) -> Answer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return await send(hall, slack_headers(body, Content_Type=JSON_TYPE), body)


# --- signatures -------------------------------------------------------------------------------------


def test_slacks_documented_signature_is_valid() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
        b"channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
        b"response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F"
        b"96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    header = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert signature_matches([SLACK_SECRET.encode()], header, "1531420618", body)
    assert not signature_matches([SLACK_SECRET.encode()], header, "1531420619", body)


@pytest.mark.parametrize("secret", ["old", "new"])
async def test_both_secrets_count_while_one_is_rotated(secret: str) -> None:
    body = requests.command()
    assert (await send(Hall(), slack_headers(body, secret=secret), body, "new", "old")).status == 200


@pytest.mark.parametrize("skew,status", [(-301, 401), (-300, 200), (0, 200), (300, 200), (301, 401)])
async def test_a_request_may_be_300_seconds_off_and_no_more(skew: int, status: int) -> None:
    body = requests.command()
    assert (await send(Hall(), slack_headers(body, int(NOW) + skew), body)).status == status


BODY = requests.command()
GOOD = slack_headers(BODY)["X-Slack-Signature"]
FOREIGN_DIGITS = {ord("0") + digit: 0x660 + digit for digit in range(10)}
REFUSALS: list[tuple[str, dict[str, Any]]] = [
    ("no signature", {"X_Slack_Signature": None}),
    ("no timestamp", {"X_Slack_Request_Timestamp": None}),
    ("neither", {"X_Slack_Signature": None, "X_Slack_Request_Timestamp": None}),
    ("an empty signature", {"X_Slack_Signature": ""}),
    ("a wrong signature", {"X_Slack_Signature": "v0=" + "0" * 64}),
    ("another version", {"X_Slack_Signature": GOOD.replace("v0", "v1")}),
    ("a cut signature", {"X_Slack_Signature": GOOD[:-1]}),
    ("a signature that is not ASCII", {"X_Slack_Signature": GOOD[:-1] + "é"}),
    ("a signature of broken bytes", {"X_Slack_Signature": GOOD[:-1] + "\udcff"}),
    ("a junk timestamp", {"X_Slack_Request_Timestamp": "abc"}),
    ("an empty timestamp", {"X_Slack_Request_Timestamp": ""}),
    ("a fractional timestamp", {"X_Slack_Request_Timestamp": f"{NOW}"}),
    ("a negative timestamp", {"X_Slack_Request_Timestamp": f"-{int(NOW)}"}),
    ("a timestamp with a sign", {"X_Slack_Request_Timestamp": f"+{int(NOW)}"}),
    ("a timestamp with blanks", {"X_Slack_Request_Timestamp": f" {int(NOW)}"}),
    ("a timestamp of foreign digits", {"X_Slack_Request_Timestamp": str(int(NOW)).translate(FOREIGN_DIGITS)}),
    ("a huge timestamp", {"X_Slack_Request_Timestamp": "9" * 5000}),
    ("an infinite timestamp", {"X_Slack_Request_Timestamp": "inf"}),
    ("a changed timestamp", {"X_Slack_Request_Timestamp": str(int(NOW) + 1)}),
]


@pytest.mark.parametrize("changes", [row[1] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
async def test_a_request_that_is_not_slacks_is_401_and_not_stored(changes: dict[str, Any]) -> None:
    hall = Hall()
    answer = await send(hall, slack_headers(BODY, **changes), BODY)
    assert answer.status == 401
    assert json.loads(answer.body)["error"].endswith(".")
    assert hall.ledger.stored == []
    assert "X-Slack-No-Retry" not in answer.headers


# --- what is stored ---------------------------------------------------------------------------------

STORED = [
    ("a command", requests.command(), None, ("command", "/deploy", requests.COMMAND["trigger_id"])),
    ("a button", requests.pressed(), None, ("block_actions", "pointsman:rollback", PRESSED["trigger_id"])),
    ("a mention", requests.mentioned(), JSON_TYPE, ("app_mention", None, "Ev0PV52K25")),
    (
        "a form's submission",
        requests.interaction(
            {"type": "view_submission", "trigger_id": "1.2.a", "view": {"type": "modal", "callback_id": "x"}}
        ),
        None,
        ("view_submission", "x", "1.2.a"),
    ),
]


@pytest.mark.parametrize("body,kind,expected", [row[1:] for row in STORED], ids=[row[0] for row in STORED])
async def test_a_request_is_stored_under_slacks_own_id_and_then_acknowledged(
    body: bytes, kind: str | None, expected: tuple[str, str | None, str]
) -> None:
    hall = Hall()
    headers = slack_headers(body) if kind is None else slack_headers(body, Content_Type=kind)
    answer = await send(hall, headers, body)
    assert (answer.status, answer.body, answer.stored) == (200, b"", "stored")
    assert answer.headers["X-Slack-No-Retry"] == "1"
    (incoming,) = hall.ledger.stored
    assert (incoming.event, incoming.action, incoming.id) == expected
    assert incoming.body == body
    assert incoming.headers == {
        "content-type": kind or "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": str(int(NOW)),
    }
    assert hall.woken == 1


async def test_a_retry_is_acknowledged_again_and_changes_nothing() -> None:
    hall = Hall()
    body = requests.mentioned()
    await send(hall, slack_headers(body, Content_Type=JSON_TYPE), body)
    retry = slack_headers(
        body,
        int(NOW) + 60,
        Content_Type=JSON_TYPE,
        X_Slack_Retry_Num="1",
        X_Slack_Retry_Reason="http_timeout",
    )
    hall.clock.time += 60
    answer = await send(hall, retry, body)
    assert (answer.status, answer.stored) == (200, "duplicate")
    assert hall.woken == 1


async def test_what_cannot_be_stored_is_not_acknowledged() -> None:
    hall = Hall()
    hall.ledger.is_down = True
    with pytest.raises(StoreUnavailable):
        await send(hall, slack_headers(BODY), BODY)


UNKNOWN: list[tuple[str, bytes, str | None]] = [
    ("a form of another kind", b"a=1", None),
    ("nothing", b"", None),
    ("an event without an id", b'{"type": "event_callback", "event": {"type": "x"}}', JSON_TYPE),
    ("a type never heard of", b'{"type": "never_heard_of"}', JSON_TYPE),
    ("odd types", b'{"type": 5, "event": [], "authorizations": 7, "team": 5}', JSON_TYPE),
    (
        "odd authorizations",
        b'{"type": "event_callback", "authorizations": [5], "event": {"type": "x"}}',
        JSON_TYPE,
    ),
    ("a rate limit's notice", b'{"type": "app_rate_limited", "team_id": "T0ACME"}', JSON_TYPE),
    (
        "an id that is none",
        b'{"type": "event_callback", "event_id": "\\u0000 ", "event": {"type": "x"}}',
        JSON_TYPE,
    ),
    (
        "an interaction never heard of",
        requests.interaction({"type": "never_heard_of", "trigger_id": "1.2"}),
        None,
    ),
    ("a command that says payload", requests.command(text="payload"), None),
    ("a command of another name", requests.command(command="/ship"), None),
    (
        "a message",
        json.dumps(MENTIONED | {"event": {"type": "message", "bot_id": "B0BOT"}}).encode(),
        JSON_TYPE,
    ),
    ("a shortcut", requests.interaction({"type": "shortcut", "callback_id": "x", "trigger_id": "1.2"}), None),
    ("a closed view", requests.interaction({"type": "view_closed", "view": {"callback_id": "x"}}), None),
    ("our own mention", requests.mentioned(user="U0BOT"), JSON_TYPE),
]


@pytest.mark.parametrize("body,kind", [row[1:] for row in UNKNOWN], ids=[row[0] for row in UNKNOWN])
async def test_whatever_slack_signs_is_stored_and_acknowledged(body: bytes, kind: str | None) -> None:
    hall = Hall()
    headers = slack_headers(body) if kind is None else slack_headers(body, Content_Type=kind)
    assert (await send(hall, headers, body)).status == 200
    assert len(hall.ledger.stored) == 1


async def submit(hall: Hall, view: Any, **changes: Any) -> Answer:
    body = requests.interaction(submission(view, **changes))
    return await send(hall, slack_headers(body), body)


async def test_a_form_is_closed_by_the_acknowledgement_or_shows_its_mistakes() -> None:
    hall = Hall()
    assert (await submit(hall, filled())).body == b""
    answer = await submit(hall, filled(services=[]))
    assert (answer.status, answer.content_type, answer.stored) == (200, "application/json", "stored")
    expected = {"response_action": "errors", "errors": {"services:acme/shop": NO_SERVICE}}
    assert json.loads(answer.body) == expected


async def test_a_form_submitted_twice_is_stored_once_and_corrected_once_more() -> None:
    hall = Hall()
    answers = [
        await submit(hall, filled(services=[])),
        await submit(hall, filled()),
        await submit(hall, filled(), trigger_id="another.trigger"),
    ]
    assert [answer.stored for answer in answers] == ["stored", "stored", "duplicate"]
    assert all(stored.id.startswith("view:V1:") for stored in hall.ledger.stored)
    assert {stored.action for stored in hall.ledger.stored} == {"pointsman:deploy"}


async def test_a_list_of_options_is_acknowledged_as_an_empty_one() -> None:
    body = requests.interaction({"type": "block_suggestion", "action_id": "x", "value": ""})
    answer = await send(Hall(), slack_headers(body), body)
    assert (answer.status, json.loads(answer.body)) == (200, {"options": []})


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b'{"a":' + b"[" * 100_000])
async def test_signed_junk_is_400(body: bytes) -> None:
    hall = Hall()
    assert (await send_json(hall, body)).status == 400
    assert hall.ledger.stored == []


@pytest.mark.parametrize(
    "body", [b"payload=%7B", b"payload=[]", b"\xff=1", b"&".join(b"a=1" for _ in range(500))]
)
async def test_signed_junk_as_a_form_is_400(body: bytes) -> None:
    assert (await send(Hall(), slack_headers(body), body)).status == 400


# --- Slack's own checks -----------------------------------------------------------------------------


async def test_slacks_check_of_the_address_is_answered_and_not_stored() -> None:
    hall = Hall()
    answer = await send_json(hall, {"type": "url_verification", "challenge": "3eZbrw1a", "token": "x"})
    assert (answer.status, json.loads(answer.body)) == (200, {"challenge": "3eZbrw1a"})
    assert hall.ledger.stored == []


async def test_slacks_check_of_the_address_must_be_signed() -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1a"}).encode()
    headers = slack_headers(body, secret="another", Content_Type=JSON_TYPE)
    assert (await send(Hall(), headers, body)).status == 401


async def test_slacks_check_of_the_certificate_is_answered_signed_or_not() -> None:
    hall = Hall()
    body = b"ssl_check=1&token=deprecated"
    unsigned = slack_headers(body, X_Slack_Signature=None, X_Slack_Request_Timestamp=None)
    for headers in (slack_headers(body), unsigned):
        answer = await send(hall, headers, body)
        assert (answer.status, answer.body) == (200, b"")
    assert hall.ledger.stored == []


FIELDS = [
    "type",
    "event",
    "event_id",
    "team_id",
    "team",
    "user",
    "view",
    "authorizations",
    "actions",
    "enterprise",
]


@given(st.dictionaries(st.sampled_from(FIELDS), ANY_JSON | st.just("event_callback")))
async def test_no_signed_event_of_any_shape_is_a_failure(document: dict[str, Any]) -> None:
    assert (await send_json(Hall(), document)).status == 200


@given(
    st.dictionaries(st.sampled_from(["X-Slack-Signature", "X-Slack-Request-Timestamp"]), st.text(max_size=80))
)
async def test_whatever_headers_come_the_answer_is_401(headers: dict[str, str]) -> None:
    assert (await send(Hall(), CIMultiDict(headers), BODY)).status == 401


async def test_bolt_of_another_configuration_in_the_environment_stays_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"):
        monkeypatch.setenv(name, "from-the-environment")
    answer = await BoltDoor(identity).acknowledge(BODY.decode(), "", slack_headers(BODY))
    assert answer.status == 200


async def test_what_bolt_refuses_is_acknowledged_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    # With this variable set, Bolt answers Slack's check of the certificate with 401.
    monkeypatch.setenv("SLACK_VERIFICATION_TOKEN", "deprecated")
    body = b"ssl_check=1&token=deprecated"
    answer = await BoltDoor(identity).acknowledge(body.decode(), "", slack_headers(body))
    assert answer.status == 200
