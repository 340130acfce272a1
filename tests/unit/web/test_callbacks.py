"""Deployers' doors: who may report, what is stored, and what strangers learn (nothing)."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import StoreUnavailable
from bot.domain.events import DeployerReported
from bot.domain.values import Report
from bot.inbox import Answer, Refused
from bot.ports import Incoming, Meant
from bot.standard_webhooks import Key, headers_of
from bot.web.callbacks import CallbackContext, DeployerInbox, translate_report
from tests.unit.doors import DEPLOYER_KEY, NOW, Hall, deployer_headers
from tests.unit.web.serving import DEPLOYMENT, SLOT, Served, find_context

BODY = json.dumps({"deployment": DEPLOYMENT, "state": "in_progress", "percent": 40}).encode()
OTHER_KEY = Key(b"o" * 24)


async def send(hall: Hall, body: bytes, headers: Any = None, deployment: str = DEPLOYMENT) -> Answer:
    inbox = DeployerInbox(find_context, hall.intake).at(deployment)
    headers = deployer_headers(body) if headers is None else headers
    try:
        inbox.check_headers(headers)
        return await inbox.take(headers, body)
    except Refused as refused:
        return refused.answer()


async def test_a_signed_report_is_stored_for_its_slot() -> None:
    hall = Hall()
    answer = await send(hall, BODY)
    assert (answer.status, json.loads(answer.body)) == (202, {"state": "stored"})
    assert hall.ledger.stored == [
        Incoming(
            source="deployer",
            id=f"{DEPLOYMENT}:msg_1",
            event="report",
            headers={"key": SLOT, "deployment": DEPLOYMENT},
            body=BODY,
            received_at=NOW,
        )
    ]
    assert hall.woken == 1


async def test_a_repeated_id_changes_nothing() -> None:
    hall = Hall()
    await send(hall, BODY)
    answer = await send(hall, BODY)
    assert (answer.status, json.loads(answer.body)) == (202, {"state": "duplicate"})
    assert (len(hall.ledger.stored), hall.woken) == (1, 1)


async def test_one_of_several_signatures_with_one_of_several_keys_is_enough() -> None:
    hall = Hall()

    async def rotating(deployment: str) -> CallbackContext:
        return CallbackContext(SLOT, (OTHER_KEY, DEPLOYER_KEY))

    headers = {"Content-Type": "application/json"}
    headers |= headers_of((Key(b"x" * 24), DEPLOYER_KEY), "msg_1", int(NOW), BODY)
    answer = await DeployerInbox(rotating, hall.intake).at(DEPLOYMENT).take(headers, BODY)
    assert answer.status == 202


async def test_what_cannot_be_stored_is_not_acknowledged() -> None:
    hall = Hall()
    hall.ledger.is_down = True
    with pytest.raises(StoreUnavailable):
        await send(hall, BODY)


SIGNED = deployer_headers(BODY)["webhook-signature"]
REFUSALS: list[tuple[str, Any, int]] = [
    ("no content type", deployer_headers(BODY, Content_Type=None), 415),
    ("another content type", deployer_headers(BODY, Content_Type="text/plain"), 415),
    ("an endless id", deployer_headers(BODY, "m" * 101), 401),
    ("an id with blanks", deployer_headers(BODY, "a b"), 401),
    ("another key", deployer_headers(BODY, key=OTHER_KEY), 401),
    ("another body", deployer_headers(b"{}"), 401),
    ("too old", deployer_headers(BODY, timestamp=int(NOW) - 301), 401),
    ("from the future", deployer_headers(BODY, timestamp=int(NOW) + 301), 401),
    ("at the edge", deployer_headers(BODY, timestamp=int(NOW) - 300), 202),
    ("no signature", deployer_headers(BODY, webhook_signature=None), 401),
    ("an empty signature", deployer_headers(BODY, webhook_signature=""), 401),
    ("another version", deployer_headers(BODY, webhook_signature=SIGNED.replace("v1,", "v2,")), 401),
    ("a signature that is not ASCII", deployer_headers(BODY, webhook_signature=SIGNED + "é"), 401),
    ("a signature of broken bytes", deployer_headers(BODY, webhook_signature=SIGNED + "\udcff"), 401),
    ("no timestamp", deployer_headers(BODY, webhook_timestamp=None), 401),
    ("a junk timestamp", deployer_headers(BODY, webhook_timestamp="soon"), 401),
    ("a huge timestamp", deployer_headers(BODY, webhook_timestamp="9" * 5000), 401),
    ("a changed timestamp", deployer_headers(BODY, webhook_timestamp=str(int(NOW) + 1)), 401),
    ("a padded timestamp", deployer_headers(BODY, webhook_timestamp=f"0{int(NOW)}"), 401),
]


@pytest.mark.parametrize("headers,status", [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
async def test_only_the_deployments_own_deployer_is_heard(headers: Any, status: int) -> None:
    hall = Hall()
    assert (await send(hall, BODY, headers)).status == status
    assert len(hall.ledger.stored) == (status == 202)


@pytest.mark.parametrize("webhook_id", [None, "", "msg_2"])
async def test_the_id_is_signed_too(webhook_id: str | None) -> None:
    headers = deployer_headers(BODY)
    del headers["webhook-id"]
    if webhook_id is not None:
        headers["webhook-id"] = webhook_id
    assert (await send(Hall(), BODY, headers)).status == 401


@pytest.mark.parametrize(
    "deployment", ["d-zzzzzzzzzz", "d-012345678", "r-0123456789", "d-0123456789x", "é", "x" * 999]
)
async def test_an_unknown_deployment_and_a_wrong_signature_look_the_same(deployment: str) -> None:
    unknown = await send(Hall(), BODY, deployment=deployment)
    wrong = await send(Hall(), BODY, deployer_headers(BODY, key=OTHER_KEY))
    assert unknown == wrong
    assert unknown.status == 401


async def test_nobody_signs_for_an_unknown_deployment_with_the_stand_in_key() -> None:
    headers = deployer_headers(BODY, key=Key(bytes(32)))
    assert (await send(Hall(), BODY, headers, "d-zzzzzzzzzz")).status == 401


def report(**changes: Any) -> bytes:
    return json.dumps({"deployment": DEPLOYMENT, "state": "accepted"} | changes).encode()


INVALID = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "invalid UTF-8": b'{"deployment": "\xff"}',
    "deep": b'{"a":' + b"[" * 100_000,
    "another deployment": report(deployment="d-zzzzzzzzzz"),
    "no deployment": b'{"state": "accepted"}',
    "no state": report(state=None),
    "an unknown state": report(state="paused"),
    "a number as state": report(state=1),
    "an attempt in words": report(attempt="first"),
    "a negative attempt": report(attempt=-1),
    "a fractional step": report(step=0.5),
    "a huge sequence": report(sequence=2**40),
    "a truth as sequence": report(sequence=True),
    "a percent in words": report(percent="40%"),
    "an infinite percent": b'{"deployment": "d-0123456789", "state": "accepted", "percent": 1e999}',
    "a description in parts": report(description=["a"]),
    "a link as an object": report(log_url={}),
}


@pytest.mark.parametrize("body", INVALID.values(), ids=INVALID.keys())
async def test_a_signed_body_that_is_no_report_of_this_deployment_is_400(body: bytes) -> None:
    hall = Hall()
    answer = await send(hall, body)
    assert answer.status == 400
    assert json.loads(answer.body)["error"].endswith(".")
    assert hall.ledger.stored == []


async def test_over_http_the_deployment_is_in_the_address(served: Served) -> None:
    for deployment, status in ((DEPLOYMENT, 202), ("d-zzzzzzzzzz", 401), ("%0a", 401)):
        url = served.url(f"/callbacks/deployments/{deployment}")
        async with served.client.post(url, data=BODY, headers=deployer_headers(BODY)) as response:
            assert response.status == status


async def test_ten_megabytes_of_output_are_413(served: Served) -> None:
    output = io.BytesIO(b"a" * 10 * 1024 * 1024)
    url = served.url(f"/callbacks/deployments/{DEPLOYMENT}")
    async with served.client.post(url, data=output, headers=deployer_headers(BODY)) as response:
        assert response.status == 413


@given(
    st.binary(max_size=200)
    | st.dictionaries(st.text(), st.text()).map(lambda value: json.dumps(value).encode())
)
async def test_whatever_is_signed_is_stored_or_400(body: bytes) -> None:
    assert (await send(Hall(), body)).status in {202, 400}


async def test_a_stored_report_becomes_an_event_of_the_slot() -> None:
    hall = Hall()
    await send(hall, BODY)
    translated = translate_report(hall.ledger.stored[0])
    data = DeployerReported(report=Report(DEPLOYMENT, "in_progress", percent=40.0))
    assert translated.events == (Meant(key=SLOT, time=NOW, data=data),)
    assert translated.subject == DEPLOYMENT


def test_a_stored_report_that_cannot_be_read_is_a_reason() -> None:
    incoming = Incoming(
        source="deployer", id="1", event="report", headers={"key": SLOT}, body=b"{", received_at=NOW
    )
    assert translate_report(incoming).reason == "report_invalid"
