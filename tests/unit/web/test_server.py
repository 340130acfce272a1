"""The HTTP interface as strangers meet it: every answer of the webhooks' routes, over a real socket."""

import io
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, web

from bot.web.server import Server
from tests.unit.doors import (
    GITHUB_BODY,
    NOW,
    SLACK_SECRET,
    deployer_headers,
    github_headers,
    slack_headers,
)
from tests.unit.slack import requests
from tests.unit.web.serving import DEPLOYMENT, Served, serving

GITHUB = "/webhooks/github"
SLACK = "/slack/events"
CALLBACK = f"/callbacks/deployments/{DEPLOYMENT}"
REPORT = json.dumps({"deployment": DEPLOYMENT, "state": "succeeded"}).encode()
SIGNATURE = github_headers(GITHUB_BODY)["X-Hub-Signature-256"]
FORM = "application/x-www-form-urlencoded"
SHA1 = "sha1=" + "0" * 40


async def post(served: Served, path: str, body: bytes, headers: Any) -> tuple[int, dict[str, Any]]:
    async with served.client.post(served.url(path), data=io.BytesIO(body), headers=headers) as response:
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Server"] == "pointsman"
        text = await response.text()
        is_json = response.content_type == "application/json" and text
        return response.status, json.loads(text) if is_json else {}


# --- GitHub -----------------------------------------------------------------------------------------

GITHUB_ROWS: list[tuple[str, bytes, dict[str, Any], int]] = [
    ("good", GITHUB_BODY, {}, 202),
    ("with a character set", GITHUB_BODY, {"Content_Type": "application/json; charset=utf-8"}, 202),
    ("an event never heard of", GITHUB_BODY, {"X_GitHub_Event": "never_heard_of"}, 202),
    ("an action never heard of", b'{"action": "x"}', {}, 202),
    ("an empty object", b"{}", {}, 202),
    ("a key twice", b'{"action": "a", "action": "b"}', {}, 202),
    ("no signature", GITHUB_BODY, {"X_Hub_Signature_256": None}, 401),
    ("a wrong signature", GITHUB_BODY, {"X_Hub_Signature_256": "sha256=" + "0" * 64}, 401),
    ("a signature that is not ASCII", GITHUB_BODY, {"X_Hub_Signature_256": SIGNATURE[:-1] + "é"}, 401),
    ("SHA-1 only", GITHUB_BODY, {"X_Hub_Signature_256": None, "X_Hub_Signature": SHA1}, 401),
    ("no event", GITHUB_BODY, {"X_GitHub_Event": None}, 400),
    ("no delivery", GITHUB_BODY, {"X_GitHub_Delivery": None}, 400),
    ("no body", b"", {}, 400),
    ("a list", b"[1]", {}, 400),
    ("no JSON", b"{", {}, 400),
    ("a form", GITHUB_BODY, {"Content_Type": FORM}, 415),
]


@pytest.mark.parametrize(
    "body,changes,status", [row[1:] for row in GITHUB_ROWS], ids=[row[0] for row in GITHUB_ROWS]
)
async def test_github_gets_the_stated_answer(
    served: Served, body: bytes, changes: dict[str, Any], status: int
) -> None:
    got, document = await post(served, GITHUB, body, github_headers(body, **changes))
    assert got == status
    assert document == {"state": "stored"} if status == 202 else document["error"].endswith(".")
    assert len(served.hall.ledger.stored) == (status == 202)


async def test_a_duplicate_delivery_is_202_and_changes_nothing(served: Served) -> None:
    await post(served, GITHUB, GITHUB_BODY, github_headers(GITHUB_BODY))
    again = await post(served, GITHUB, GITHUB_BODY, github_headers(GITHUB_BODY))
    assert again == (202, {"state": "duplicate"})
    assert (len(served.hall.ledger.stored), served.hall.woken) == (1, 1)


@pytest.mark.parametrize("path,body,headers", [
    (GITHUB, GITHUB_BODY, github_headers(GITHUB_BODY)),
    (SLACK, requests.command(), slack_headers(requests.command())),
    (CALLBACK, REPORT, deployer_headers(REPORT)),
])  # fmt: skip
async def test_what_cannot_be_stored_is_503(served: Served, path: str, body: bytes, headers: Any) -> None:
    served.hall.ledger.is_down = True
    async with served.client.post(served.url(path), data=io.BytesIO(body), headers=headers) as response:
        assert response.status == 503
        assert response.headers["Retry-After"] == "10"
        assert "X-Slack-No-Retry" not in response.headers


def padded(size: int) -> bytes:
    return b'{"action": "opened"' + b" " * (size - 20) + b"}"


async def test_a_delivery_of_25_mb_is_stored(served: Served) -> None:
    body = padded(25 * 1024 * 1024)
    assert (await post(served, GITHUB, body, github_headers(body)))[0] == 202


async def test_a_delivery_over_25_mb_is_413(served: Served) -> None:
    body = padded(26 * 1024 * 1024)
    assert (await post(served, GITHUB, body, github_headers(body)))[0] == 413


async def test_a_delivery_without_a_declared_length_is_read_up_to_25_mb(served: Served) -> None:
    async def pieces(size: int) -> AsyncIterator[bytes]:
        body = padded(size)
        for start in range(0, size, 1024 * 1024):
            yield body[start : start + 1024 * 1024]

    for size, status in ((2 * 1024 * 1024, 202), (26 * 1024 * 1024, 413)):
        headers = github_headers(padded(size))
        async with served.client.post(served.url(GITHUB), data=pieces(size), headers=headers) as response:
            assert response.status == status


async def test_a_declared_length_over_the_limit_is_refused_before_anything_is_read(served: Served) -> None:
    request = b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 99000000\r\n\r\n"
    assert b" 413 " in await served.raw(request)


HEAD = b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
GOOD = b"".join(f"{name}: {value}\r\n".encode() for name, value in github_headers(GITHUB_BODY).items())
MALFORMED = [
    ("a chunk without a size", HEAD + GOOD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"),
    (
        "a chunk longer than it says",
        HEAD + GOOD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n",
    ),
    ("two lengths", HEAD + GOOD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde"),
    ("a negative length", HEAD + GOOD + b"Content-Length: -5\r\n\r\nabcde"),
    (
        "a length and chunks",
        HEAD + GOOD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    ("a length without end", HEAD + GOOD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n"),
    ("a header with a zero byte", HEAD + b"X-A: a\x00b\r\n" + GOOD + b"Content-Length: 2\r\n\r\n{}"),
    ("an endless header", HEAD + b"X-A: " + b"a" * 100_000 + b"\r\n" + GOOD + b"Content-Length: 2\r\n\r\n{}"),
    ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
]


@pytest.mark.parametrize("request_bytes", [row[1] for row in MALFORMED], ids=[row[0] for row in MALFORMED])
async def test_malformed_http_is_400_without_a_traceback(
    served: Served, request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = await served.raw(request_bytes)
    assert b" 400 " in answer
    assert [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR] == []
    assert served.hall.ledger.stored == []


async def test_a_chunk_that_breaks_after_a_good_one_is_400_without_a_traceback(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    good_start = b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"
    answer = await served.raw(HEAD + GOOD + good_start + b"zz\r\n")
    assert b" 400 " in answer
    assert [record for record in caplog.records if record.exc_info] == []


async def test_a_body_that_ends_early_is_not_stored(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    await served.raw(HEAD + GOOD + b"Content-Length: 5000\r\n\r\n{", then_close=True)
    assert served.hall.ledger.stored == []
    assert [record for record in caplog.records if record.exc_info] == []


async def test_header_bytes_that_are_no_text_are_401(served: Served) -> None:
    broken = GOOD.replace(SIGNATURE.encode(), b"sha256=\xff\xfe")
    body = b"Content-Length: %d\r\n\r\n" % len(GITHUB_BODY) + GITHUB_BODY
    assert b" 401 " in await served.raw(HEAD + broken + body)


# --- Slack ------------------------------------------------------------------------------------------

COMMAND = requests.command()
MENTION = requests.mentioned()
LARGE = b"a" * (1024 * 1024 + 1)
SLACK_ROWS: list[tuple[str, bytes, Any, int]] = [
    ("a command", COMMAND, slack_headers(COMMAND), 200),
    ("a button", requests.pressed(), slack_headers(requests.pressed()), 200),
    ("a mention", MENTION, slack_headers(MENTION, Content_Type="application/json"), 200),
    ("an unknown form", b"a=1", slack_headers(b"a=1"), 200),
    ("no headers", COMMAND, {"Content-Type": FORM}, 401),
    ("a wrong signature", COMMAND, slack_headers(COMMAND, secret="another"), 401),
    ("a stale one", COMMAND, slack_headers(COMMAND, int(NOW) - 301), 401),
    ("one from the future", COMMAND, slack_headers(COMMAND, int(NOW) + 301), 401),
    ("a junk timestamp", COMMAND, slack_headers(COMMAND, X_Slack_Request_Timestamp="abc"), 401),
    ("a signature that is not ASCII", COMMAND, slack_headers(COMMAND, X_Slack_Signature="v0=é"), 401),
    ("too large", LARGE, slack_headers(LARGE), 413),
]


@pytest.mark.parametrize(
    "body,headers,status", [row[1:] for row in SLACK_ROWS], ids=[row[0] for row in SLACK_ROWS]
)
async def test_slack_gets_the_stated_answer(served: Served, body: bytes, headers: Any, status: int) -> None:
    async with served.client.post(served.url(SLACK), data=io.BytesIO(body), headers=headers) as response:
        assert response.status == status
        assert response.headers.get("X-Slack-No-Retry") == ("1" if status == 200 else None)
    assert len(served.hall.ledger.stored) == (status == 200)


async def test_slacks_challenge_is_answered(served: Served) -> None:
    body = b'{"type": "url_verification", "challenge": "abc"}'
    headers = slack_headers(body, secret=SLACK_SECRET, Content_Type="application/json")
    assert await post(served, SLACK, body, headers) == (200, {"challenge": "abc"})


async def test_without_slack_its_route_is_not_there() -> None:
    async with serving(with_slack=False) as served:
        assert (await post(served, SLACK, COMMAND, slack_headers(COMMAND)))[0] == 404


# --- everything else --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [GITHUB, SLACK, CALLBACK])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_other_methods_are_405(served: Served, path: str, method: str) -> None:
    async with served.client.request(method, served.url(path)) as response:
        assert response.status == 405


async def test_what_nobody_expected_is_a_500_that_tells_nothing(served: Served) -> None:
    async with served.client.get(served.url("/boom/x?token=secret")) as response:
        assert response.status == 500
        assert json.loads(await response.text()) == {
            "error": "Something unexpected went wrong; the log says what.",
            "request": int(response.headers["X-Request-Id"]),
        }


async def test_the_log_has_a_line_for_each_request_without_query_and_body(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    await post(served, GITHUB + "?token=hidden", GITHUB_BODY, github_headers(GITHUB_BODY))
    lines = [line for line in capsys.readouterr().out.splitlines() if "request " in line]
    assert len(lines) == 1
    assert "/webhooks/github" in lines[0]
    assert "72d3162e-cc78-11e3-81ab-4c9367dc0958" in lines[0]
    assert "hidden" not in lines[0]


async def test_the_bodies_that_were_read_are_let_go(served: Served) -> None:
    for headers in (github_headers(GITHUB_BODY), github_headers(GITHUB_BODY, "another")):
        await post(served, GITHUB, GITHUB_BODY, headers)
    text = served.metrics.text().decode()
    assert 'pointsman_deliveries_accepted_total{source="github",state="stored"} 1.0' in text
    assert 'pointsman_deliveries_refused_total{source="github",status="401"} 1.0' in text
    assert 'pointsman_acknowledgement_seconds_count{source="github"} 1.0' in text


async def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_behind(served: Served) -> None:
    async with serving() as other:
        server = Server(web.Application(), "127.0.0.1", other.port)
        with pytest.raises(OSError, match="address already in use"):
            await server.start()


async def test_a_stopped_server_is_not_there_any_more() -> None:
    async with serving() as served:
        url = served.url("/healthz")
    async with ClientSession() as client:
        with pytest.raises(OSError, match="Cannot connect"):
            await client.get(url)
