"""A served dashboard over a ledger that can be filled, and somebody who looks at it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, ClientSession, DummyCookieJar

from bot.github.webhook import GitHubInbox
from bot.ledger.sqlite import open_in_place
from bot.ledger.store import SqlLedger
from bot.web.callbacks import DeployerInbox
from bot.web.dashboard import Access, Changes, Dashboard, Look
from bot.web.health import Health
from bot.web.metrics import Metrics, MetricsPage
from bot.web.server import Doors, Pages, Server, create_app
from tests.clock import ManualClock
from tests.contract.ledgers import counted_tokens
from tests.unit.doors import GITHUB_SECRET, Hall
from tests.unit.web.serving import Store, find_context

TOKEN = "a-token-that-nobody-guesses"
PUBLIC_URL = "http://127.0.0.1:1"


@dataclass
class Looking:
    """A running dashboard. `get` brings the token; `client` keeps no cookies."""

    ledger: SqlLedger
    clock: ManualClock
    changes: Changes
    server: Server
    port: int
    client: ClientSession

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def get(self, path: str, status: int = 200) -> str:
        """Get a page as a program does; gives its text."""
        return await self.text(await self.ask("GET", path, {"Authorization": f"Bearer {TOKEN}"}), status)

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> ClientResponse:
        """Ask as a stranger does, following no redirect."""
        return await self.client.request(
            method, self.url(path), headers=headers, allow_redirects=False, **more
        )

    async def text(self, response: ClientResponse, status: int) -> str:
        async with response:
            assert response.status == status
            return await response.text()


@asynccontextmanager
async def looking(folder: Path, public_url: str = PUBLIC_URL) -> AsyncIterator[Looking]:
    """Serve a dashboard until the block ends."""
    clock, changes = ManualClock(), Changes()
    ledger = open_in_place(folder / "looked-at.db", counted_tokens())
    ledger.on_change = changes.notify
    look = Look(
        ledger=ledger,
        clock=clock,
        changes=changes,
        login_of={"U0ADA": "ada"}.get,
        web_url="https://github.example",
        public_url=public_url,
    )
    hall, metrics, store = Hall(), Metrics(), Store()
    doors = Doors(
        github=GitHubInbox((GITHUB_SECRET,), hall.intake),
        slack=None,
        deployers=DeployerInbox(find_context, hall.intake),
    )
    pages = Pages(
        health=Health(store),
        metrics=MetricsPage(metrics, None, store.backlog),
        dashboard=Dashboard(look, Access(TOKEN, public_url, clock)),
    )
    server = Server(create_app(doors, pages, metrics, clock), "127.0.0.1", 0)
    port = await server.start()
    try:
        async with ClientSession(cookie_jar=DummyCookieJar()) as client:
            yield Looking(ledger, clock, changes, server, port, client)
    finally:
        await server.stop()
        await ledger.close()
