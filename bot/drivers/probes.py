"""Takes the probes of a verification: an address that must answer, a query whose value has a limit, a check.

Every request to an address passes the egress guard. A service that does not answer is a bad sample; a
Prometheus that does not answer, or has no data, tells nothing.
"""

import math
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from bot.domain.commit_facts import GREEN, CommitChecks
from bot.domain.effects import Effect, TakeProbe
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.events import New
from bot.domain.values import Repository, Seconds
from bot.domain.verification import CheckProbe, HttpProbe, Probe, PrometheusProbe
from bot.domain.verification_events import ProbeTaken
from bot.drivers.egress import EgressGuard
from bot.ports import Clock, Performed

SAID_CHARS_MAX = 200
ReadChecks = Callable[[Repository, str], Awaitable[CommitChecks]]
HEADERS = {"User-Agent": "pointsman", "Accept": "*/*"}


class Seen(Struct, frozen=True):
    """What one look showed; `good` None = nothing."""

    good: bool | None
    said: str


class TakeProbePerformer:
    """Takes one sample and tells the slot. It never fails: not to know is a sample too."""

    def __init__(self, guard: EgressGuard, checks: ReadChecks, clock: Clock) -> None:
        self._guard = guard
        self._checks = checks
        self._clock = clock

    async def __call__(self, effect: Effect) -> Performed:
        """Look once."""
        body = effect.body
        if not isinstance(body, TakeProbe) or effect.owner is None or body.order.verify is None:
            raise TypeError("this effect is no probe, or has nobody to tell")
        seen = await self._look(body, body.order.verify.probes[body.place])
        sample = ProbeTaken(
            deployment=body.order.id,
            attempt=body.order.attempt,
            place=body.place,
            good=seen.good,
            said=seen.said[:SAID_CHARS_MAX],
            at=self._clock.now(),
        )
        return Performed(handle={}, events=(New(key=effect.owner, data=sample),), note=seen.said)

    async def _look(self, body: TakeProbe, probe: Probe) -> Seen:
        try:
            if isinstance(probe, HttpProbe):
                return await self._ask(probe)
            if isinstance(probe, PrometheusProbe):
                return await self._compare(probe, body.since)
            return await self._read_check(body, probe)
        except LastingFault as fault:  # the guard refused the address: that says nothing of the service
            return Seen(None, fault.reason)

    async def _ask(self, probe: HttpProbe) -> Seen:
        try:
            answer = await self._guard.get(probe.url, HEADERS)
        except PassingFault as fault:
            return Seen(good=False, said=fault.reason)
        return Seen(answer.status == probe.expect, f"answered {answer.status}")

    async def _compare(self, probe: PrometheusProbe, since: Seconds) -> Seen:
        now = await self._query(probe)
        if isinstance(now, str):
            return Seen(None, now)
        if probe.maximum is not None and now > probe.maximum:
            return Seen(good=False, said=f"was {now:g}")
        if probe.growth is None:
            return Seen(good=True, said=f"was {now:g}")
        before = await self._query(probe, at=since)
        if isinstance(before, str):
            return Seen(None, f"was {now:g}; before the deployment: {before}")
        return Seen(now <= before * probe.growth, f"was {now:g}, and {before:g} before the deployment")

    async def _query(self, probe: PrometheusProbe, at: Seconds | None = None) -> float | str:
        """Ask for the value now or at a time; words where there is none."""
        asked = {"query": probe.query} | ({} if at is None else {"time": f"{at:.3f}"})
        try:
            answer = await self._guard.get(
                f"{probe.url.rstrip('/')}/api/v1/query?{urlencode(asked)}", HEADERS
            )
        except PassingFault as fault:
            return fault.reason
        return read_value(answer.body) if answer.status == 200 else f"Prometheus answered {answer.status}"

    async def _read_check(self, body: TakeProbe, probe: CheckProbe) -> Seen:
        """Only what began after the deployment did says anything of it."""
        try:
            reported = await self._checks(body.order.repository, body.order.sha)
        except PassingFault as fault:
            return Seen(None, fault.reason)
        return read_check(reported, probe, body.since)


class Sample(Struct, frozen=True):
    """One series of an instant vector: `value` is its time and its value as text."""

    value: tuple[float, str]


class QueryData(Struct, frozen=True, rename={"result_type": "resultType"}):
    """The result of a query, by its type."""

    result_type: str
    result: msgspec.Raw


class QueryAnswer(Struct, frozen=True):
    """Prometheus' answer ("HTTP API", instant queries)."""

    status: str
    data: QueryData | None = None


def read_value(body: bytes) -> float | str:
    """Give the largest value of a scalar or an instant vector; words where there is none."""
    try:
        data = msgspec.json.decode(body, type=QueryAnswer).data
        if data is None or data.result_type not in ("scalar", "vector"):
            return "the query gave neither a number nor a list of numbers"
        if data.result_type == "scalar":
            texts = [msgspec.json.decode(data.result, type=tuple[float, str])[1]]
        else:
            texts = [each.value[1] for each in msgspec.json.decode(data.result, type=list[Sample])]
        values = [float(each) for each in texts]
    except (msgspec.MsgspecError, ValueError):
        return "Prometheus' answer could not be read"
    return max((each for each in values if not math.isnan(each)), default="the query gave no value")


def read_check(reported: CommitChecks, probe: CheckProbe, since: Seconds) -> Seen:
    """Compare the latest attempts (of each App that reports it) that began after `since`.

    One that has not run since tells nothing. GitHub's times are whole seconds: the same one counts as after.
    """
    found = [
        each
        for each in reported.checks
        if not each.ours and each.name == probe.name and probe.app in (None, each.app)
    ]
    if not found:
        return Seen(None, "was not reported" if reported.complete else "was not in what GitHub lists")
    ran = [each for each in found if each.at >= math.floor(since)]
    red = [each for each in ran if each.state not in GREEN and each.state != "pending"]
    if red:
        return Seen(good=False, said=f"ended as {red[0].state}")
    if len(ran) == len(found) and all(each.state in GREEN for each in ran):
        return Seen(good=True, said=f"ended as {ran[0].state}")
    return Seen(None, "has not ended yet" if ran else "did not run after the deployment")
