"""The network between one life of the bot and the outside: GitHub, Slack, deployers.

Each carries a request to the simulated service in place of a socket, lets it travel, and may lose it or its
reply. Must never change what a service answers, except by the service's own faults.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
import msgspec
from multidict import CIMultiDict

from bot.domain.errors import PassingFault
from bot.drivers.egress import TIMEOUT_SECONDS as DEPLOYER_SECONDS
from bot.drivers.egress import Answer
from bot.github.transport import TIMEOUT_SECONDS as GITHUB_SECONDS
from bot.github.transport import NoReply
from bot.sandbox.github.exchange import ApiRequest
from bot.sandbox.github.faults import Fault
from bot.sandbox.github.world import GitHubWorld
from bot.sandbox.slack.exchange import Request, Response
from bot.sandbox.slack.faults import Fault as SlackFault
from bot.slack.client import TIMEOUT_SECONDS as SLACK_SECONDS
from tests.simulation import crashes
from tests.simulation.incarnation import Incarnation
from tests.simulation.manners import Manners
from tests.simulation.stage import Stage
from tests.simulation.weather import Weather

SLOW_SECONDS = (2.0, 8.0, 12.0)


@dataclass(frozen=True)
class Surroundings:
    """What the network of one life is made of."""

    stage: Stage
    weather: Weather
    manners: Manners
    incarnation: Incarnation


class GitHubTransport:
    """GitHub, as the bot reaches it."""

    def __init__(self, around: Surroundings) -> None:
        self._world: GitHubWorld = around.stage.github
        self._weather = around.weather
        self._manners = around.manners
        self._incarnation = around.incarnation

    async def __call__(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Carry one request. Raises NoReply."""
        self._incarnation.check()
        path = url.removeprefix(self._world.api_url)
        self._manners.asks_github(self._incarnation.number, method, path)
        fate = self._weather.github()
        await asyncio.sleep(self._weather.travel())
        self._incarnation.check()
        if fate == "unreachable":
            raise NoReply("cannot connect", sent=False)
        limit = self._manners.github_limit(path, fate, self._weather)
        wanted = self._rule(fate, limit)
        rule = None if wanted is None else self._world.faults.add(wanted)
        lowered = {name.lower(): value for name, value in headers.items()}
        answer = self._world.api(ApiRequest(method, path, lowered, body))
        self._world.faults.rules = [each for each in self._world.faults.rules if each is not rule]
        self._pass_point(method, path)
        wait = answer.delay_seconds + self._weather.travel()
        await asyncio.sleep(min(wait, GITHUB_SECONDS))
        self._incarnation.check()
        if answer.lost or wait >= GITHUB_SECONDS:
            raise NoReply("the connection broke", sent=True)
        self._manners.github_answered(self._incarnation.number, path, answer)
        return answer.status, CIMultiDict(answer.headers), answer.body

    def _rule(self, fate: str, limit: Fault | None) -> Fault | None:
        if limit is not None:
            return limit
        if fate in ("lost_reply", "reset"):
            return Fault(fate, times=1)  # type: ignore[arg-type]
        if fate == "status":
            return Fault("status", times=1, status=self._weather.status())
        if fate == "slow":
            return Fault("slow", times=1, seconds=self._weather.seconds(*SLOW_SECONDS))
        return None

    def _pass_point(self, method: str, path: str) -> None:
        if path.startswith("/app/hook/deliveries"):
            self._incarnation.reach(crashes.WHILE_SWEEPING)
        elif method == "GET":
            self._incarnation.reach(crashes.IN_HANDLER)
        else:
            self._incarnation.reach(crashes.BEFORE_REPLY)


class SlackSession:
    """Slack, as slack-sdk reaches it: the part of aiohttp's session that it uses."""

    closed = False

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def request(self, method: str, url: str, **arguments: Any) -> "SlackExchange":
        """Begin a request."""
        headers = {name.lower(): value for name, value in (arguments.get("headers") or {}).items()}
        body = b""
        if arguments.get("json") is not None:
            body = msgspec.json.encode(arguments["json"])
            headers["content-type"] = "application/json;charset=utf-8"
        elif arguments.get("data"):
            body = urlencode(arguments["data"]).encode()
            headers["content-type"] = "application/x-www-form-urlencoded"
        query = urlencode(arguments.get("params") or {})
        return SlackExchange(self._around, Request(method, urlsplit(url).path, headers, body, query))

    def post(self, url: str, **arguments: Any) -> "SlackExchange":
        """Begin a request that posts."""
        return self.request("POST", url, **arguments)

    async def close(self) -> None:
        """There is no connection."""


class SlackExchange:
    """One request to Slack and its answer."""

    def __init__(self, around: Surroundings, request: Request) -> None:
        self._around = around
        self._request = request
        self._answer = Response(0)

    async def __aenter__(self) -> "SlackExchange":
        around, weather = self._around, self._around.weather
        around.incarnation.check()
        around.manners.asks_slack(around.incarnation.number, self._request)
        fate = weather.slack()
        await asyncio.sleep(weather.travel())
        around.incarnation.check()
        if fate == "unreachable":
            raise aiohttp.ClientConnectorError(_NOWHERE, OSError("cannot connect"))
        wanted = self._rule(fate)
        rule = None if wanted is None else around.stage.slack.faults.add(wanted)
        self._answer = around.stage.slack.api(self._request)
        if rule is not None:
            around.stage.slack.faults.remove(rule)
        around.incarnation.reach(crashes.BEFORE_REPLY)
        wait = self._answer.delay_seconds + weather.travel()
        await asyncio.sleep(min(wait, SLACK_SECONDS))
        around.incarnation.check()
        if self._answer.cut:
            raise aiohttp.ServerDisconnectedError
        if wait >= SLACK_SECONDS:
            raise TimeoutError
        around.manners.slack_answered(around.incarnation.number, self._request, self._answer)
        return self

    def _rule(self, fate: str) -> SlackFault | None:
        weather = self._around.weather
        if fate in ("lost_reply", "reset"):
            return SlackFault(fate, times=1)  # type: ignore[arg-type]
        if fate == "status":
            return SlackFault("api_500", times=1)
        if fate == "slow":
            return SlackFault("slow", times=1, seconds=weather.seconds(*SLOW_SECONDS))
        if fate == "limited":
            return SlackFault("ratelimited", times=1, seconds=weather.seconds(1.0, 10.0, 60.0))
        return None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None

    @property
    def status(self) -> int:
        """The answer's status."""
        return self._answer.status

    @property
    def ok(self) -> bool:
        """Whether it is no error."""
        return self.status < 400

    @property
    def headers(self) -> Mapping[str, str]:
        """The answer's headers."""
        return CIMultiDict(self._answer.headers)

    @property
    def content_type(self) -> str:
        """The answer's type, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0]

    async def json(self) -> Any:
        """The answer's body, read as JSON."""
        return msgspec.json.decode(self._answer.body)

    async def text(self) -> str:
        """The answer's body as text."""
        return self._answer.body.decode()


class _Nowhere:
    host, port, ssl, is_ssl = "slack.test", 443, True, True


_NOWHERE: Any = _Nowhere()


class DeployerWire:
    """The deployers that are reached over HTTP."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, allowed: bool) -> Answer:
        """Carry one request. Raises PassingFault."""
        around, weather = self._around, self._around.weather
        around.incarnation.check()
        name = headers["webhook-id"]
        around.manners.asks_deployer(around.incarnation.number, name)
        fate = weather.deployer()
        await asyncio.sleep(weather.travel())
        around.incarnation.check()
        if fate == "unreachable":
            raise PassingFault("No connection.")
        if fate in ("status", "busy"):
            around.stage.deployer.break_next("unavailable")
        elif fate in ("lost_reply", "reset", "slow"):
            around.stage.deployer.break_next(fate)  # type: ignore[arg-type]
        lowered = {each.lower(): value for each, value in headers.items()}
        before = len(around.stage.deployer.orders)
        answer = around.stage.deployer.receive(Request("POST", urlsplit(url).path, lowered, body))
        for order in around.stage.deployer.orders[before:]:
            around.manners.ordered(order)
        around.incarnation.reach(crashes.BEFORE_REPLY)
        wait = answer.delay_seconds + weather.travel()
        await asyncio.sleep(min(wait, DEPLOYER_SECONDS))
        around.incarnation.check()
        if answer.cut or wait >= DEPLOYER_SECONDS:
            raise PassingFault("The request got no answer.", applied_maybe=True)
        told = dict(answer.headers)
        if fate == "busy":
            told["Retry-After"] = str(int(weather.seconds(5, 30)))
            around.manners.deployer_is_busy(around.incarnation.number, name, float(told["Retry-After"]))
        return Answer(answer.status, CIMultiDict(told), answer.body)

    async def get(self, url: str, headers: Mapping[str, str], *, allowed: bool) -> Answer:
        """Look at what a deployer made. Raises PassingFault."""
        self._around.incarnation.check()
        await asyncio.sleep(self._around.weather.travel())
        self._around.incarnation.check()
        status, text = self._around.stage.deployer.look(url)
        return Answer(status, CIMultiDict(), text.encode())

    async def close(self) -> None:
        """There is no connection."""
