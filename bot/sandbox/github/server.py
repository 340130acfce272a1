"""The simulated GitHub over HTTP: the API under `/api/v3` (and at the root), and webhooks really sent.

Pages for people can be added to `application` before `start`; they come before the API.
It must never decide anything: each request goes to the world and comes back.
"""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.sandbox.github.actions.ticking import PlayTask
from bot.sandbox.github.changes import Changes
from bot.sandbox.github.delivery import TIMEOUT_SECONDS, DeliveryTask
from bot.sandbox.github.exchange import ApiRequest, ApiResponse
from bot.sandbox.github.oauth import USER, SignIn
from bot.sandbox.github.world import GitHubWorld

API_PREFIX = "/api/v3"
GRAPHQL_PATH = "/api/graphql"
BODY_SIZE_MAX = 32 * 1024 * 1024


class GitHubServer:
    """The HTTP shell of a world. `sleep` (seconds) is awaited for slow answers, and until a run moves."""

    def __init__(
        self,
        world: GitHubWorld,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        delivery_timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self.world = world
        self.application = web.Application(client_max_size=BODY_SIZE_MAX)
        self.changed = Changes()
        self._sleep = sleep
        self._delivery_timeout_seconds = delivery_timeout_seconds
        self._runner: web.AppRunner | None = None
        self._deliveries: DeliveryTask | None = None
        self._play: PlayTask | None = None
        self._target: str | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serves, and begins to deliver; returns the address of the site (the API is at `/api/v3` there)."""
        sign_in = SignIn(self.world)
        self.application.router.add_routes([*sign_in.routes(), web.get(USER, sign_in.show_user)])
        self.application.router.add_route("*", "/{tail:.*}", self._serve)
        self._runner = web.AppRunner(self.application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        base_url = f"http://{host}:{self._runner.addresses[0][1]}"
        self.world.web_url, self.world.api_url = base_url, base_url + API_PREFIX
        self._deliveries = DeliveryTask(self.world, self._delivery_timeout_seconds)
        self._deliveries.target = self._target
        self._play = PlayTask(self.world, self._sleep)
        self.world.listeners.append(self._on_change)
        self._deliveries.start()
        self._play.start()
        return base_url

    async def close(self) -> None:
        """Ends serving and delivering, and all their tasks."""
        if self._deliveries is not None:
            await self._deliveries.close()
            self.world.listeners.remove(self._on_change)
            self._deliveries = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._play is not None:
            play, self._play = self._play, None
            await play.close()

    def deliver_to(self, url: str | None) -> None:
        """Sets where webhooks go; what waits is sent there. None: they wait."""
        self._target = url
        if url is not None:
            self.world.app.webhook_url = url
        if self._deliveries is not None:
            self._deliveries.target = url
            self._deliveries.wake()

    @property
    def is_idle(self) -> bool:
        """Whether no webhook waits, none is being sent, and nothing is due that was not played yet."""
        return self._deliveries is None or (self._deliveries.is_idle and not self.world.is_playing)

    def _on_change(self) -> None:
        if self._deliveries is not None:
            self._deliveries.wake()
        if self._play is not None:
            self._play.look()
        self.changed.notify()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self.world.api(ApiRequest(request.method, api_path(request.raw_path), headers, body))
        if answer.delay_seconds:
            await self._sleep(answer.delay_seconds)
        if answer.lost:
            return _broken(request)
        return _written(answer)


def api_path(raw_path: str) -> str:
    """The path as the API knows it: without the prefix of an Enterprise server."""
    if raw_path.startswith(GRAPHQL_PATH):
        return "/graphql"
    return raw_path.removeprefix(API_PREFIX) or "/"


def _written(answer: ApiResponse) -> web.Response:
    return web.Response(status=answer.status, headers=answer.headers, body=answer.body)


def _broken(request: web.Request) -> web.StreamResponse:
    """Breaks the connection: the client sees a reset, never an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
