"""A server that says what a test told it to say, in this order, and keeps what it was asked."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from bot.domain.errors import LastingFault, PassingFault
from bot.github.client import GitHubClient
from bot.github.connection import Connection
from bot.github.replies import Reply
from bot.github.tokens import AppKey, GitHubApp
from bot.github.transport import HttpTransport
from tests.unit.doors import StoppedClock
from tests.unit.github.hub import APP_ID, app_key

BREAK = 0
HANG = 1


@dataclass(frozen=True)
class Heard:
    """A request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class TestToken:
    """Credentials that hand out `token-1`, `token-2`, … as they are dropped."""

    __test__ = False

    name: str = "installation 7"
    number: int = 1
    dropped: list[str] = field(default_factory=list)

    @property
    def scope(self) -> str:
        return self.name

    async def token(self) -> str:
        return f"token-{self.number}"

    def drop(self, token: str) -> None:
        self.dropped.append(token)
        self.number += 1

    def refused(self, reply: Reply) -> PassingFault | LastingFault:
        return PassingFault("refused twice")


class Scripted:
    """The server, and clients for it. Without a script left it answers 200 `{}`."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.clock = StoppedClock()
        self.heard: list[Heard] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.url = ""
        self._session = session
        self._runner: web.AppRunner | None = None

    def say(self, status: int, body: Any = None, **headers: str) -> None:
        """Put an answer in line; headers with `_` for `-`. BREAK cuts the connection, HANG keeps it."""
        encoded = body if isinstance(body, bytes) else msgspec.json.encode({} if body is None else body)
        named = {name.replace("_", "-"): value.replace("URL", self.url) for name, value in headers.items()}
        self.answers.append((status, {"content-type": "application/json", **named}, encoded))

    def connection(self, timeout_seconds: float = 10.0) -> Connection:
        return Connection(
            transport=HttpTransport(self._session, timeout_seconds),
            clock=self.clock,
            api_url=self.url + "/api/v3",
            graphql_url=self.url + "/api/graphql",
        )

    def client(self, token: TestToken | None = None, connection: Connection | None = None) -> GitHubClient:
        return GitHubClient(connection or self.connection(), token or TestToken())

    def app(self) -> GitHubApp:
        """The App, whose first request in an installation gets a token from the script's first answer."""
        self.say(201, {"token": "ghs_x", "expires_at": "2030-01-01T00:00:00Z"})
        return GitHubApp(self.connection(), AppKey(APP_ID, app_key()[0]))

    async def start(self) -> None:
        application = web.Application()
        application.router.add_route("*", "/{tail:.*}", self._serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.heard.append(Heard(request.method, request.raw_path, headers, await request.read()))
        status, answered, body = self.answers.pop(0) if self.answers else (200, {}, b"{}")
        if status == HANG:
            await asyncio.Event().wait()
        if status == BREAK:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return web.Response(status=status, headers=answered, body=body)
