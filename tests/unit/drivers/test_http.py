"""The `http` driver: what it sends, and what it makes of the answers."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.effects import CallDeployer, Effect
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.instance import BoundSecret, InstancePolicy
from bot.domain.values import Person
from bot.drivers.egress import Answer, EgressGuard
from bot.drivers.http import CONTENT_TYPE, HttpDriver
from bot.drivers.secrets import SecretsOf
from bot.ports import DeployerReply
from bot.standard_webhooks import Key, signed_headers, verify
from tests.unit.doors import NOW, StoppedClock
from tests.unit.reactors.stories import GOOD, order

SECRET = "whsec_" + "MDEy" * 8
OTHER = "whsec_" + "NTY3" * 8
URL = "https://deployer.example/hook"
BOUND = BoundSecret("DEPLOYER_SECRET", ("acme/*",), ("https://deployer.example/",))


class Guard(EgressGuard):
    """Answers as a test says, and keeps what was sent."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.sent: list[tuple[str, bytes, Mapping[str, str]]] = []

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        self.sent.append((url, body, headers))
        return self.answer


def answer(status: int = 202, body: bytes = b"", **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def secrets(value: str = SECRET, bound: BoundSecret = BOUND) -> SecretsOf:
    return SecretsOf(InstancePolicy(secrets={"deployer": bound}), {"DEPLOYER_SECRET": value})


def call(**changes: Any) -> CallDeployer:
    asked = order(**changes)
    asked = replace(asked, call=replace(asked.call, settings={"url": URL, "secret": "deployer"}))
    return CallDeployer(order=asked, action=asked.action, previous_sha=GOOD, deadline=1.0)


async def ask(
    guard: Guard,
    body: CallDeployer | None = None,
    keys: SecretsOf | None = None,
    clock: float = NOW,
    *,
    uncertain: bool = False,
) -> DeployerReply:
    body = body or call()
    driver = HttpDriver(guard, keys or secrets(), StoppedClock(clock), "https://bot.example/")
    effect = Effect(
        key="x-1",
        body=body,
        version=1,
        handle=None,
        parent_handle=None,
        uncertain=uncertain,
        attempts=1,
        token="lease",
    )
    return await driver.call(body, effect)


async def test_it_sends_a_cloudevent_with_every_key_of_the_protocol() -> None:
    guard = Guard(answer())
    await ask(guard, call(params={"verbose": True}))
    ((url, body, headers),) = guard.sent
    assert (url, headers["content-type"]) == (URL, CONTENT_TYPE)
    event = json.loads(body)
    assert (event["specversion"], event["type"]) == ("1.0", "pointsman.deployer.requested")
    assert event["data"] == {
        "deployment": "d-new",
        "request": "r-new",
        "attempt": 1,
        "action": "deploy",
        "repository": "acme/shop",
        "service": "api",
        "environment": "production",
        "sha": "c" * 40,
        "ref": "feature/x",
        "previous_sha": GOOD,
        "step": {"index": 0, "weight": 100},
        "params": {"verbose": True},
        "requested_by": "ada",
        "callback_url": "https://bot.example/callbacks/deployments/d-new",
    }


async def test_who_has_no_login_is_named_by_slack_and_automation_by_null() -> None:
    for asker, name in ((Person(slack="U0ADA"), "U0ADA"), (Person(), None)):
        guard = Guard(answer())
        await ask(guard, call(asker=asker))
        assert json.loads(guard.sent[0][1])["data"]["requested_by"] == name


async def test_the_id_and_the_body_stay_the_same_over_tries_and_the_time_is_fresh() -> None:
    guard = Guard(answer())
    await ask(guard)
    await ask(guard, clock=NOW + 60)
    (_, body, first), (_, again, second) = guard.sent
    assert body == again
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) == int(first["webhook-timestamp"]) + 60


async def test_while_a_secret_is_rotated_it_is_signed_with_both() -> None:
    guard = Guard(answer())
    await ask(guard, keys=secrets(f"{SECRET}, {OTHER}"))
    ((_, body, headers),) = guard.sent
    for secret in (SECRET, OTHER):
        verify((Key.parse(secret),), signed_headers(headers), body, NOW)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_accepts(status: int) -> None:
    assert (await ask(Guard(answer(status)))).accepted


REPORT = b'{"deployment": "d-new", "state": "succeeded"}'


async def test_an_answer_in_the_shape_of_a_report_is_the_first_one() -> None:
    reply = await ask(Guard(answer(200, REPORT)))
    assert reply.report is not None
    assert reply.report.state == "succeeded"


@pytest.mark.parametrize(
    "body", [b"", b"ok", b"{}", b"[]", b"\xff", REPORT.replace(b"d-new", b"d-other"), REPORT[:-5]]
)
async def test_any_other_answer_just_accepts(body: bytes) -> None:
    assert await ask(Guard(answer(200, body))) == DeployerReply(accepted=True)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_a_refusal(status: int) -> None:
    assert not (await ask(Guard(answer(status, location="https://elsewhere.example/")))).accepted


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504])
async def test_what_can_pass_is_tried_again(status: int) -> None:
    with pytest.raises(PassingFault) as fault:
        await ask(Guard(answer(status)))
    assert fault.value.retry_after is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30.0),
        ("0", 0.0),
        ("3601", 3600.0),
        ("9" * 400, 3600.0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("-1", None),
        ("²", None),
        ("", None),
    ],
)
async def test_retry_after_is_obeyed_where_it_is_a_number(value: str, seconds: float | None) -> None:
    with pytest.raises(PassingFault) as fault:
        await ask(Guard(answer(503, Retry_After=value)))
    assert fault.value.retry_after == seconds


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
async def test_a_refusal_says_what_the_deployer_said(status: int) -> None:
    reply = await ask(Guard(answer(status, b"no\ncapacity\x1b[31m")))
    assert not reply.accepted
    assert str(status) in (reply.description or "")
    assert "no capacity" in (reply.description or "")
    assert (reply.description or "").isprintable()


async def test_a_refusal_after_a_lost_reply_proves_nothing() -> None:
    """The deployer may have taken the first request, and refuse the second because it has it."""
    with pytest.raises(LastingFault) as fault:
        await ask(Guard(answer(422, b"already running")), uncertain=True)
    assert fault.value.reason == "The deployer refused (422): already running"
    assert "earlier request" in fault.value.hint


# --- secrets --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bound",
    [
        replace(BOUND, repositories=("acme/blog",)),
        replace(BOUND, urls=("https://deployer.example/hooks",)),
        replace(BOUND, urls=("https://deployer.example.evil.org/",)),
        replace(BOUND, env="NOT_SET"),
    ],
    ids=["another repository", "another path", "another host", "no value"],
)
async def test_a_secret_goes_only_where_the_instance_binds_it(bound: BoundSecret) -> None:
    guard = Guard(answer())
    with pytest.raises(LastingFault) as fault:
        await ask(guard, keys=secrets(bound=bound))
    assert fault.value.hint
    assert guard.sent == []


async def test_a_secret_that_the_instance_does_not_know_reaches_nobody() -> None:
    with pytest.raises(LastingFault):
        await ask(Guard(answer()), keys=SecretsOf(InstancePolicy(), {}))


@pytest.mark.parametrize("value", ["", "hunter2", "whsec_short", f"{SECRET},hunter2"])
def test_a_secret_that_cannot_be_used_is_named_without_its_value(value: str) -> None:
    (problem,) = secrets(value).problems()
    assert "deployer" in problem
    assert "DEPLOYER_SECRET" in problem
    assert "hunter2" not in problem
    assert "short" not in problem


def test_secrets_that_can_be_used_are_no_problem() -> None:
    assert secrets().problems() == ()


@pytest.mark.parametrize(
    "body, said",
    [
        (b'{"error": "no capacity left"}', "no capacity left"),
        (b'{"code": 7, "message": "no capacity left"}', "no capacity left"),
        (b'{"error": {"deep": true}}', '{"error": {"deep": true}}'),
        (b"[" * 10_000, "[[["),
        (b"\xff no", "no"),
    ],
)
async def test_a_refusal_in_json_is_told_in_its_words(body: bytes, said: str) -> None:
    reply = await ask(Guard(answer(422, body)))
    assert said in (reply.description or "")
    assert ('{"' in said) or ('{"' not in (reply.description or ""))
