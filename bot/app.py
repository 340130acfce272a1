"""The program as it runs: opens what is real, and has `composition` build the bot of it.

`Bot` is the web and the worker in one process on SQLite. Starting never waits for GitHub or Slack; what
they have to tell us about ourselves is asked for beside the work.
"""

import asyncio
import os
import random
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from bot.commands.identity import slack_of
from bot.composition import Composition, Edges
from bot.domain.instance import InstancePolicy
from bot.drivers.egress import HttpWire
from bot.drivers.programs.logs import ProgramLogs
from bot.drivers.secrets import SecretsOf
from bot.github.tokens import AppKey
from bot.github.transport import HttpTransport, open_session
from bot.ledger.sqlite import open_sqlite
from bot.ledger.store import SqlLedger
from bot.ports import Clock
from bot.runtime.clock import SystemClock
from bot.runtime.own_deliveries import Own, delivery_of
from bot.settings import Settings
from bot.slack import client as slack_client
from bot.starting import CannotStart, check_start, ledger_path
from bot.web.dashboard import Access, Changes, Dashboard, Look
from bot.web.deciding import Deciding
from bot.web.health import Health
from bot.web.linking import Linking
from bot.web.metrics import Metrics, MetricsPage
from bot.web.server import Pages, Server, create_app
from bot.web.signing_in import OAuth, SignIn

DRAIN_SECONDS = 5.0  # with the server's own 8 s it stays within the 15 s that a process has to end

log = structlog.get_logger(__name__)


class Bot:
    """The whole bot in one process. `start`, then `stop`; each once."""

    def __init__(
        self,
        settings: Settings,
        instance: InstancePolicy,
        environ: Mapping[str, str],
        clock: Clock | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self.settings = settings
        self.instance = instance
        self.clock = clock or SystemClock()
        self.secrets = SecretsOf(instance, environ)
        self._environ = environ
        self._chance = chance or random.Random()  # noqa: S311 - jitter, no secret
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = AsyncExitStack()
        self.port = 0

    async def start(self) -> int:
        """Open the ledger, take up what was left, listen; gives the port.

        Raises CannotStart, LedgerInUse, LedgerOutdated, StoreUnavailable; what was opened is closed again.
        """
        key = check_start(self.settings, self.instance, self.secrets)
        try:
            await self._open(key)
        except BaseException:
            await self._closing.aclose()
            raise
        for name, loop in self.composition.loops.items():
            self._run(loop(), name)
        log.info("started", port=self.port, public_url=self.settings.public_url)
        log.info("dashboard", url=self._access.address)
        return self.port

    async def stop(self) -> None:
        """Take nothing new, finish or hand back what is under way, close."""
        self._health.is_draining = True
        # All at once: one after the other, a slow sender and a slow target would add up to more than 15 s.
        await asyncio.gather(
            self._server.stop(), self.worker.drain(DRAIN_SECONDS), self.runner.drain(DRAIN_SECONDS)
        )
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._closing.aclose()
        log.info("stopped")

    async def _open(self, key: AppKey) -> None:
        self.ledger = open_sqlite(ledger_path(self.settings), exclusive=True)
        self._closing.push_async_callback(self.ledger.close)
        recovered = await self.ledger.recover(self.clock.now())
        if recovered:
            log.info("recovered", leases=recovered)
        self._compose(key)
        try:
            self.port = await self._listen()
        except OSError as error:
            where = f"{self.settings.host}:{self.settings.port}"
            raise CannotStart(f"The bot cannot listen on {where}: {error.strerror or error}.") from error

    def _compose(self, key: AppKey) -> None:
        self._metrics = Metrics()
        session = open_session()
        self._closing.push_async_callback(session.close)
        edges = Edges(
            ledger=self.ledger,
            clock=self.clock,
            chance=self._chance,
            github=HttpTransport(session),
            slack=slack_client.open_session,
            deployers=HttpWire(),
            folder=self._folder,
            observe=self._metrics.github.asked,
        )
        made = Composition(self.settings, self.instance, self._environ, key, edges)
        self._closing.push_async_callback(made.close)
        self.composition = made
        self.worker, self.runner, self.reconciler = made.worker, made.runner, made.reconciler

    @property
    def _folder(self) -> Path:
        """Where what has to last stands beside the ledger."""
        return ledger_path(self.settings).resolve().parent

    async def _listen(self) -> int:
        metrics = self._metrics
        self._health = Health(self.ledger)
        token = self.settings.metrics_token
        sign_in = self._sign_in()
        pages = Pages(
            health=self._health,
            metrics=MetricsPage(
                metrics,
                token.reveal() if token else None,
                self.ledger.backlog,
                self.ledger.effect_counts,
                lambda: self.reconciler.recovery,
            ),
            dashboard=self._dashboard(sign_in),
            linking=Linking(sign_in, self.ledger, self._say, self.clock) if sign_in else None,
            sign_in=sign_in,
        )
        application = create_app(self.composition.doors(), pages, metrics, self.clock)
        self._server = Server(application, self.settings.host, self.settings.port)
        return await self._server.start()

    def _sign_in(self) -> SignIn | None:
        """GitHub's sign-in, where there is an OAuth client."""
        client = self.settings.github_oauth
        if client is None:
            return None
        oauth = OAuth(
            client_id=client.client_id,
            client_secret=client.client_secret.reveal(),
            web_url=self.settings.github_web_url,
            api_url=self.settings.github_api_url,
        )
        return SignIn(oauth, self.settings.public_url)

    async def _say(self, data: Own, name: str) -> None:
        """Take something that a page of ours was told, as a delivery like any other."""
        await self.composition.intake.store(delivery_of(data, name, self.clock.now()))

    def _dashboard(self, sign_in: SignIn | None) -> Dashboard:
        changes = Changes()
        self.ledger.on_change = changes.notify
        look = Look(
            ledger=self.ledger,
            clock=self.clock,
            changes=changes,
            login_of=self.instance.github_login,
            web_url=self.settings.github_web_url,
            public_url=self.settings.public_url,
            logs=ProgramLogs(self._folder, self._environ),
            sources=self.composition.sources,
        )
        token = self.settings.dashboard_token
        self._access = Access(token.reveal() if token else None, self.settings.public_url, self.clock)
        deciding = None
        if sign_in is not None:
            known = partial(slack_of, self.composition.sources)
            deciding = Deciding(sign_in, self.ledger, self._say, known, self.clock)
        return Dashboard(look, self._access, deciding)

    def _run(self, coroutine: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.append(asyncio.create_task(coroutine, name=name))


def open_to_read(settings: Settings) -> SqlLedger:
    """Open the ledger beside a running bot. Raises CannotStart, StoreUnavailable, LedgerOutdated."""
    return open_sqlite(ledger_path(settings), exclusive=False)


def environment() -> Mapping[str, str]:
    """The process's environment, for the secrets that the instance file names."""
    return os.environ
