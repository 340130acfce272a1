"""One look at a service or at Prometheus, over real HTTP."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from msgspec.structs import replace

from bot.domain.commit_facts import CheckSeen, CheckState, CommitChecks
from bot.domain.effects import Effect, TakeProbe
from bot.domain.instance import Egress
from bot.domain.values import Repository
from bot.domain.verification import CheckProbe, HttpProbe, PrometheusProbe, Verification
from bot.drivers.egress import EgressGuard
from bot.drivers.probes import SAID_CHARS_MAX, TakeProbePerformer, read_check, read_value
from tests.unit.doors import StoppedClock
from tests.unit.drivers.serving import serving
from tests.unit.reactors.stories import order

AT = 1_795_560_000.0


class Service:
    """Something that is looked at."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b"ok"
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        return web.Response(status=self.status, body=self.body)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
async def url(service: Service) -> AsyncIterator[str]:
    async with serving(service.answer) as server:
        yield server.url


async def no_checks(_repository: Repository, _sha: str) -> CommitChecks:
    return CommitChecks()


async def look(probe: HttpProbe | PrometheusProbe, *allowed: str) -> tuple[bool | None, str]:
    http = (probe,) if isinstance(probe, HttpProbe) else ()
    prometheus = (probe,) if isinstance(probe, PrometheusProbe) else ()
    verify = Verification(http=http, prometheus=prometheus)
    effect = Effect(
        key="x-probe",
        body=TakeProbe(order=replace(order(), verify=verify), place=0, since=AT - 60, asked="e-1"),
        version=1,
        handle=None,
        parent_handle=None,
        uncertain=False,
        attempts=1,
        token="lease",
        owner="slot:acme/shop/api/production",
        first_attempt_at=AT,
    )
    guard = EgressGuard(Egress(allow=allowed))
    try:
        performed = await TakeProbePerformer(guard, no_checks, StoppedClock(AT))(effect)
    finally:
        await guard.close()
    (new,) = performed.events
    assert new.key == effect.owner
    return new.data.good, new.data.said  # type: ignore[attr-defined]


STATUSES = [(200, 200, True), (503, 200, False), (204, 204, True), (301, 200, False)]


@pytest.mark.parametrize("status,expect,good", STATUSES)
async def test_the_status_is_compared(
    url: str, service: Service, status: int, expect: int, good: bool
) -> None:
    service.status = status
    assert await look(HttpProbe(url=f"{url}/healthz", expect=expect), url) == (good, f"answered {status}")


async def test_a_service_that_is_not_there_is_a_bad_sample() -> None:
    good, said = await look(HttpProbe(url="http://127.0.0.1:1/healthz"), "http://127.0.0.1:1")
    assert good is False
    assert said


async def test_an_address_that_is_not_allowed_is_not_asked(url: str, service: Service) -> None:
    good, said = await look(HttpProbe(url=f"{url}/healthz"))
    assert good is None
    assert "http" in said
    assert service.asked == []


async def test_prometheus_is_asked_for_the_value_now(url: str, service: Service) -> None:
    service.body = b'{"status":"success","data":{"resultType":"scalar","result":[1,"0.02"]}}'
    probe = PrometheusProbe(url=f"{url}/", query='rate(x{a="b"}[5m]) > 0', maximum=0.01)
    assert await look(probe, url) == (False, "was 0.02")
    (asked,) = service.asked
    assert urlsplit(asked).path == "/api/v1/query"
    assert parse_qs(urlsplit(asked).query)["query"] == [probe.query]


async def test_a_prometheus_in_trouble_tells_nothing(url: str, service: Service) -> None:
    service.status = 502
    probe = PrometheusProbe(url=url, query="x", maximum=1)
    assert await look(probe, url) == (None, "Prometheus answered 502")
    away = PrometheusProbe(url="http://127.0.0.1:1", query="x", maximum=1)
    assert (await look(away, "http://127.0.0.1:1"))[0] is None


def vector(*values: str) -> bytes:
    rows = ",".join(f'{{"metric":{{}},"value":[1,"{each}"]}}' for each in values)
    return f'{{"status":"success","data":{{"resultType":"vector","result":[{rows}]}}}}'.encode()


NO_VALUE, NO_NUMBER = "the query gave no value", "the query gave neither a number nor a list of numbers"
UNREADABLE = "Prometheus' answer could not be read"


@pytest.mark.parametrize(
    "body,value",
    [
        (vector("0.5"), 0.5),
        (vector("0.5", "1.5"), 1.5),
        (vector("NaN"), NO_VALUE),
        (vector("NaN", "2"), 2.0),
        (vector("+Inf"), float("inf")),
        (vector(), NO_VALUE),
        (b'{"status":"error","error":"x"}', NO_NUMBER),
        (b'{"status":"success","data":{"resultType":"matrix","result":[]}}', NO_NUMBER),
        (vector("many"), UNREADABLE),
        (b"<html>", UNREADABLE),
        (b'{"status":"success","data":{"resultType":"vector","result":{}}}', UNREADABLE),
    ],
)
def test_the_largest_value_counts(body: bytes, value: float | str) -> None:
    assert read_value(body) == value


@pytest.mark.parametrize("now,good", [("1.5", True), ("1.6", False)])
async def test_a_value_is_compared_with_the_time_before(now: str, good: bool) -> None:
    async def prometheus(request: web.Request) -> web.Response:
        before = "time" in request.query and float(request.query["time"]) == AT - 60
        return web.Response(body=vector("1.0" if before else now))

    async with serving(prometheus) as server:
        probe = PrometheusProbe(url=server.url, query="latency", growth=1.5)
        assert await look(probe, server.url) == (good, f"was {float(now):g}, and 1 before the deployment")


async def test_without_a_value_before_it_tells_nothing(url: str, service: Service) -> None:
    service.body = vector()
    assert (await look(PrometheusProbe(url=url, query="x", growth=2.0), url))[0] is None


def check(state: CheckState, at: float = AT, app: str = "github-actions", **more: Any) -> CheckSeen:
    return CheckSeen(name="e2e", app=app, state=state, at=at, **more)


@pytest.mark.parametrize(
    "seen,good",
    [
        ([check("success")], True),
        ([check("failure")], False),
        ([check("cancelled")], False),
        ([check("pending")], None),
        ([check("success", at=AT - 60.0)], True),
        ([check("success"), check("failure", app="other")], False),
        ([check("success"), check("success", app="other", at=AT - 61)], None),
        ([check("success", at=AT - 61), check("success", app="other", at=AT - 61)], None),
        ([check("success", at=AT - 61)], None),
        ([check("failure", at=AT - 61)], None),
        ([check("success", ours=True)], None),
        ([], None),
    ],
)
def test_only_a_check_that_ran_after_the_deployment_counts(seen: list[CheckSeen], good: bool | None) -> None:
    assert read_check(CommitChecks(checks=tuple(seen)), CheckProbe(name="e2e"), AT - 59.5).good == good
    other = CheckProbe(name="e2e", app="somebody-else")
    assert read_check(CommitChecks(checks=tuple(seen)), other, AT - 60).good is None


async def test_what_is_said_has_a_limit(url: str) -> None:
    good, said = await look(HttpProbe(url="https://" + "a" * 300 + ".example/"), url)
    assert good is None
    assert 0 < len(said) <= SAID_CHARS_MAX
