"""GitHub's door without HTTP: who is let in, what is stored, and that nothing makes it fail."""

import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from bot.domain.errors import StoreUnavailable
from bot.github.webhook import BODY_BYTES_MAX, GitHubInbox, action_of, signature_matches
from bot.inbox import Answer, Refused
from tests.unit.doors import ANY_JSON, GITHUB_BODY, GITHUB_SECRET, NOW, Hall, github_headers


async def send(hall: Hall, headers: CIMultiDict[str], body: bytes, *secrets: str) -> Answer:
    """What the web does: headers first, then the body; a refusal is an answer."""
    inbox = GitHubInbox(secrets or (GITHUB_SECRET,), hall.intake)
    try:
        inbox.check_headers(headers)
        return await inbox.take(headers, body)
    except Refused as refused:
        return refused.answer()


def test_githubs_documented_signature_is_valid() -> None:
    header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert signature_matches([GITHUB_SECRET.encode()], header, b"Hello, World!")
    assert not signature_matches([GITHUB_SECRET.encode()], header, b"Hello, World?")


async def test_a_signed_delivery_is_stored_before_it_is_acknowledged() -> None:
    hall = Hall()
    answer = await send(hall, github_headers(GITHUB_BODY), GITHUB_BODY)
    assert (answer.status, json.loads(answer.body), answer.stored) == (202, {"state": "stored"}, "stored")
    (incoming,) = hall.ledger.stored
    assert (incoming.source, incoming.event, incoming.action) == ("github", "pull_request", "opened")
    assert (incoming.id, incoming.body) == ("72d3162e-cc78-11e3-81ab-4c9367dc0958", GITHUB_BODY)
    assert incoming.received_at == NOW
    assert hall.woken == 1


async def test_a_redelivery_is_a_duplicate_and_wakes_nobody() -> None:
    hall = Hall()
    await send(hall, github_headers(GITHUB_BODY), GITHUB_BODY)
    answer = await send(hall, github_headers(GITHUB_BODY), GITHUB_BODY)
    assert (answer.status, json.loads(answer.body)) == (202, {"state": "duplicate"})
    assert hall.woken == 1


async def test_a_redelivery_of_a_failed_delivery_revives_it() -> None:
    hall = Hall()
    await send(hall, github_headers(GITHUB_BODY), GITHUB_BODY)
    hall.ledger.failed.add("72d3162e-cc78-11e3-81ab-4c9367dc0958")
    answer = await send(hall, github_headers(GITHUB_BODY), GITHUB_BODY)
    assert (answer.status, json.loads(answer.body)) == (202, {"state": "revived"})
    assert hall.woken == 2


async def test_an_id_that_comes_with_another_body_keeps_the_first() -> None:
    hall = Hall()
    other = b'{"action": "closed"}'
    await send(hall, github_headers(GITHUB_BODY), GITHUB_BODY)
    answer = await send(hall, github_headers(other), other)
    assert json.loads(answer.body) == {"state": "duplicate"}
    assert [incoming.body for incoming in hall.ledger.stored] == [GITHUB_BODY]


async def test_what_cannot_be_stored_is_not_acknowledged() -> None:
    hall = Hall()
    hall.ledger.is_down = True
    with pytest.raises(StoreUnavailable):
        await send(hall, github_headers(GITHUB_BODY), GITHUB_BODY)
    assert hall.woken == 0


@pytest.mark.parametrize("secret", ["old", "new"])
async def test_both_secrets_count_while_one_is_rotated(secret: str) -> None:
    headers = github_headers(GITHUB_BODY, secret)
    assert (await send(Hall(), headers, GITHUB_BODY, "new", "old")).status == 202


SIGNATURE = github_headers(GITHUB_BODY)["X-Hub-Signature-256"]
SHA1 = "sha1=" + hmac.digest(GITHUB_SECRET.encode(), GITHUB_BODY, "sha1").hex()
ACCENTED = SIGNATURE[:-1] + "é"
REFUSALS: list[tuple[str, dict[str, Any], int]] = [
    ("no signature", {"X_Hub_Signature_256": None}, 401),
    ("SHA-1 only", {"X_Hub_Signature_256": None, "X_Hub_Signature": SHA1}, 401),
    ("SHA-1 in the place of SHA-256", {"X_Hub_Signature_256": SHA1}, 401),
    (
        "SHA-1 beside a wrong SHA-256",
        {"X_Hub_Signature_256": "sha256=" + "0" * 64, "X_Hub_Signature": SHA1},
        401,
    ),
    ("another secret", {"X_Hub_Signature_256": github_headers(GITHUB_BODY, "x")["X-Hub-Signature-256"]}, 401),
    ("another body", {"X_Hub_Signature_256": github_headers(b"{}")["X-Hub-Signature-256"]}, 401),
    ("empty signature", {"X_Hub_Signature_256": ""}, 401),
    ("no algorithm", {"X_Hub_Signature_256": SIGNATURE.removeprefix("sha256=")}, 401),
    ("a signature that is cut", {"X_Hub_Signature_256": SIGNATURE[:-1]}, 401),
    ("a signature with more", {"X_Hub_Signature_256": SIGNATURE + "0"}, 401),
    ("a signature with a line end", {"X_Hub_Signature_256": SIGNATURE + "\n"}, 401),
    ("a signature that is not ASCII", {"X_Hub_Signature_256": ACCENTED}, 401),
    ("a signature of foreign digits", {"X_Hub_Signature_256": "sha256=" + "٣" * 64}, 401),
    ("a signature of broken bytes", {"X_Hub_Signature_256": "sha256=\udcff" + "0" * 63}, 401),
    ("no event", {"X_GitHub_Event": None}, 400),
    ("an empty event", {"X_GitHub_Event": ""}, 400),
    ("an event with spaces", {"X_GitHub_Event": "pull request"}, 400),
    ("an endless event", {"X_GitHub_Event": "e" * 101}, 400),
    ("no delivery", {"X_GitHub_Delivery": None}, 400),
    ("an empty delivery", {"X_GitHub_Delivery": ""}, 400),
    ("a delivery that is not ASCII", {"X_GitHub_Delivery": "é"}, 400),
    ("an endless delivery", {"X_GitHub_Delivery": "d" * 101}, 400),
    ("a form", {"Content_Type": "application/x-www-form-urlencoded"}, 415),
    ("text", {"Content_Type": "text/json"}, 415),
    ("no content type", {"Content_Type": None}, 415),
]


@pytest.mark.parametrize("changes,status", [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
async def test_a_bad_request_is_refused_and_not_stored(changes: dict[str, Any], status: int) -> None:
    hall = Hall()
    answer = await send(hall, github_headers(GITHUB_BODY, **changes), GITHUB_BODY)
    assert answer.status == status
    sentence = json.loads(answer.body)["error"]
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert hall.ledger.stored == []


async def test_without_a_secret_nobody_is_let_in() -> None:
    inbox = GitHubInbox((), Hall().intake)
    with pytest.raises(Refused, match="does not match"):
        await inbox.take(github_headers(GITHUB_BODY), GITHUB_BODY)


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/json;"]
)
async def test_parameters_of_the_content_type_do_not_matter(content_type: str) -> None:
    headers = github_headers(GITHUB_BODY, Content_Type=content_type)
    assert (await send(Hall(), headers, GITHUB_BODY)).status == 202


NOT_OBJECTS = {
    "empty": b"",
    "a list": b"[]",
    "a text": b'"text"',
    "null": b"null",
    "two objects": b"{}{}",
    "not JSON": b"payload=%7B%7D",
    "cut": b'{"action": "opened"',
    "NaN": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "a trailing comma": b'{"a": [1,]}',
    "a control character": b'{"a": "\x01"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "invalid UTF-8": b'{"a": "\xff"}',
    "invalid UTF-8 in a key": b'{"\xff": 1}',
    "invalid UTF-8 in the action": b'{"action": "\xff"}',
    "a surrogate in UTF-8": b'{"a": "\xed\xa0\x80"}',
    "deep lists": b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "deep lists in the action": b'{"action":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "deep objects": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    "deep and not closed": b'{"a":' * 200_000,
}


@pytest.mark.parametrize("body", NOT_OBJECTS.values(), ids=NOT_OBJECTS.keys())
async def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    hall = Hall()
    assert (await send(hall, github_headers(body), body)).status == 400
    assert hall.ledger.stored == []


@pytest.mark.parametrize("body", [b"", b"[", b"\xff"])
async def test_nothing_is_said_about_a_body_before_its_signature_was_checked(body: bytes) -> None:
    headers = github_headers(b"something else")
    assert (await send(Hall(), headers, body)).status == 401


ACTIONS = [
    (b"{}", None),
    (b'{"action": "opened"}', "opened"),
    (b'{"action": "open\\u0065d"}', "opened"),
    (b'{"action": null}', None),
    (b'{"action": 5}', None),
    (b'{"action": {"a": 1}}', None),
    (b'{"action": ""}', None),
    (b'{"action": "' + b"a" * 101 + b'"}', None),
    (b'{"action": "first", "action": "last"}', "last"),
    ('{"action": "geöffnet"}'.encode(), "geöffnet"),
    (b' \n{"other": [1e999, ' + b"9" * 5000 + b'], "action": "opened"}\n', "opened"),
]


@pytest.mark.parametrize("body,action", ACTIONS)
def test_the_action_is_read_and_nothing_else_needs_to_make_sense(body: bytes, action: str | None) -> None:
    assert action_of(body) == action


def test_the_largest_payload_of_github_fits() -> None:
    assert BODY_BYTES_MAX == 25 * 1024 * 1024


HEADER_NAMES = [
    "Content-Type",
    "X-GitHub-Event",
    "X-GitHub-Delivery",
    "X-Hub-Signature-256",
    "X-Hub-Signature",
]


@given(st.dictionaries(st.sampled_from(HEADER_NAMES), st.text(max_size=120)), st.binary(max_size=200))
async def test_whatever_headers_come_the_answer_is_a_refusal(headers: dict[str, str], body: bytes) -> None:
    assert (await send(Hall(), CIMultiDict(headers), body)).status in {400, 401, 415}


@given(st.binary(max_size=300) | ANY_JSON.map(lambda value: json.dumps(value).encode()))
async def test_whatever_body_is_signed_it_is_stored_or_refused(body: bytes) -> None:
    hall = Hall()
    answer = await send(hall, github_headers(body), body)
    assert answer.status in {202, 400}
    assert (answer.status == 202) == bool(hall.ledger.stored)
