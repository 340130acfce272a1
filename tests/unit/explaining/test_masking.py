"""What was sent is shown without what opens doors."""

import json
from urllib.parse import urlencode

import pytest

from bot.explaining.masking import HIDDEN, SHOWN_CHARS_MAX, body, masked, readable

FORM = "application/x-www-form-urlencoded"
DOOR = "https://hooks.slack.com/commands/T0/1/abc"


@pytest.mark.parametrize(
    "name",
    ["token", "response_url", "trigger_id", "trigger", "access_token", "client_secret", "Authorization"],
)
def test_fields_that_hold_secrets_by_their_name_are_hidden_at_any_depth(name: str) -> None:
    assert masked({"a": [{name: "x", "kept": "y"}]}) == {"a": [{name: HIDDEN, "kept": "y"}]}


@pytest.mark.parametrize(
    "text",
    [
        "xoxb-1234567890-abcdef",
        "ghs_abcdefghijklmnopqrstuvwxyz",
        "github_pat_abcdefghijklmnopqrstuvwxyz",
        "whsec_c2VjcmV0",
        DOOR,
        "xapp-1-abcdefghijkl",
    ],
)
def test_texts_that_look_like_secrets_are_hidden_wherever_they_stand(text: str) -> None:
    assert masked({"comment": f"see {text}"}) == {"comment": f"see {HIDDEN}"}


def test_an_empty_secret_is_shown_as_empty() -> None:
    assert masked({"token": "", "response_url": None}) == {"token": "", "response_url": None}


def test_a_json_body_is_indented() -> None:
    assert body(b'{"a": {"b": 1}}', "application/json") == '{\n  "a": {\n    "b": 1\n  }\n}'


def test_a_slack_form_and_the_json_in_it_are_shown_without_their_doors() -> None:
    payload = {"type": "block_actions", "response_url": DOOR, "user": {"id": "U0ADA"}}
    raw = urlencode({"token": "t0ken", "trigger_id": "1.2.3", "payload": json.dumps(payload)}).encode()
    shown = json.loads(body(raw, f"{FORM}; charset=utf-8"))
    assert shown == {
        "token": HIDDEN,
        "trigger_id": HIDDEN,
        "payload": {"type": "block_actions", "response_url": HIDDEN, "user": {"id": "U0ADA"}},
    }


@pytest.mark.parametrize(
    "raw, kind",
    [
        (b"\xff\xfe", "application/json"),
        (b"{", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"payload=%7B", FORM),
        (b"a=\xff", FORM),
    ],
)
def test_what_cannot_be_searched_for_secrets_is_not_shown(raw: bytes, kind: str) -> None:
    assert (
        body(raw, kind) == f"{len(raw)} bytes that are neither JSON nor a form; they are kept, and not shown."
    )


def test_deep_nesting_is_cut_off() -> None:
    deep: object = "xoxb-1234567890-abcdef"
    for _ in range(100):
        deep = [deep]
    assert "xoxb" not in readable(deep)


def test_a_long_body_is_cut_and_says_so() -> None:
    shown = body(json.dumps({"a": "x" * 50_000}).encode(), "application/json")
    assert len(shown) < SHOWN_CHARS_MAX + 100
    assert shown.endswith("characters more")
