"""The real server on a free port, with a ledger in memory; and requests written byte by byte."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientSession, web

from bot.domain.errors import StoreUnavailable
from bot.github.webhook import GitHubInbox
from bot.slack.bolt import BoltDoor, SlackIdentity
from bot.slack.inbound import SlackInbox
from bot.web.callbacks import CallbackContext, DeployerInbox
from bot.web.health import Health
from bot.web.metrics import Metrics, MetricsPage
from bot.web.server import Doors, Pages, Server, create_app
from tests.unit.doors import DEPLOYER_KEY, GITHUB_SECRET, SLACK_SECRET, Hall

DEPLOYMENT = "d-0123456789"
SLOT = "slot:acme/shop/api/production"


@dataclass
class Store:
    """What readiness and metrics ask."""

    waiting: dict[str, int] = field(default_factory=lambda: {"deliveries": 3, "work": 0})
    is_down: bool = False

    async def ping(self) -> None:
        if self.is_down:
            raise StoreUnavailable("gone")

    async def backlog(self) -> Mapping[str, int]:
        await self.ping()
        return self.waiting


@dataclass
class Served:
    """A running server, and somebody who talks to it."""

    hall: Hall
    store: Store
    health: Health
    metrics: Metrics
    port: int
    client: ClientSession

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def raw(self, request: bytes, *, then_close: bool = False) -> bytes:
        """Send bytes, and give the first line of what comes back (nothing if the server just closes)."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        if then_close:
            writer.write_eof()
        line = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return line


async def find_context(deployment: str) -> CallbackContext | None:
    return CallbackContext(SLOT, (DEPLOYER_KEY,)) if deployment == DEPLOYMENT else None


async def identity(team: str | None) -> SlackIdentity:
    return SlackIdentity(bot_user_id="U0BOT", bot_id="B0BOT")


def application(
    hall: Hall, store: Store, health: Health, metrics: Metrics, **more: object
) -> web.Application:
    """The application as it is put together for real."""
    slack = SlackInbox((SLACK_SECRET,), hall.intake, BoltDoor(identity))
    token = more.get("metrics_token")
    doors = Doors(
        github=GitHubInbox((GITHUB_SECRET,), hall.intake),
        slack=slack if more.get("with_slack", True) else None,
        deployers=DeployerInbox(find_context, hall.intake),
    )
    page = MetricsPage(metrics, token if isinstance(token, str) else None, store.backlog)
    return create_app(doors, Pages(health=health, metrics=page), metrics, hall.clock)


@asynccontextmanager
async def serving(**more: object) -> AsyncIterator[Served]:
    """Serve until the block ends. `with_slack=False`, `metrics_token=…` change what is served."""
    hall, store, metrics = Hall(), Store(), Metrics()
    health = Health(store)
    app = application(hall, store, health, metrics, **more)

    async def boom(request: web.Request) -> web.Response:
        raise RuntimeError("a secret that nobody may read")

    app.router.add_get("/boom/{name}", boom)
    server = Server(app, "127.0.0.1", 0)
    port = await server.start()
    try:
        async with ClientSession() as client:
            yield Served(hall, store, health, metrics, port, client)
    finally:
        await server.stop()
