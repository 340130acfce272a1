"""The composition root: builds the whole bot, top to bottom. The only file that knows concrete classes.

`Bot` is the web and the worker in one process on SQLite. Starting never waits for GitHub or Slack; what
they have to tell us about ourselves is asked for beside the work.
"""

import asyncio
import os
import random
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from bot.domain.errors import LastingFault, PassingFault
from bot.domain.instance import InstancePolicy
from bot.domain.slot import Slot
from bot.drivers import Tools
from bot.drivers import table as driver_table
from bot.drivers.egress import EgressGuard
from bot.drivers.performing import deployer_performers
from bot.drivers.programs.logs import ProgramLogs
from bot.drivers.secrets import SecretsOf
from bot.github.actions import ActionsWorkflows
from bot.github.configuration import Configuration
from bot.github.connection import Connection
from bot.github.deployments import DeploymentsOfOthers
from bot.github.hooks import HookLog
from bot.github.performers import github_performers
from bot.github.reading import GitHubReading
from bot.github.tokens import AppKey, GitHubApp
from bot.github.translate import TranslateContext
from bot.github.translate import translate as translate_github
from bot.github.transport import HttpTransport, open_session
from bot.github.webhook import GitHubInbox
from bot.inbox import Intake
from bot.ledger.sqlite import open_sqlite
from bot.ledger.store import SqlLedger
from bot.ports import Clock, Incoming, Performer, Sources, Translated
from bot.reactors import table
from bot.runtime.clock import SystemClock
from bot.runtime.reconciler import Reconciler
from bot.runtime.runner import Runner
from bot.runtime.translator import Translator
from bot.runtime.worker import ReactorTable, Worker
from bot.settings import Settings
from bot.slack.bolt import BoltDoor, SlackIdentity
from bot.slack.client import SlackClient
from bot.slack.inbound import SlackInbox
from bot.slack.performers import silent_performers, slack_performers
from bot.slack.translate import SlackContext
from bot.slack.translate import translate as translate_slack
from bot.starting import CannotStart, check_start, driver_rules, ledger_path
from bot.web.callbacks import CallbackContext, DeployerInbox, StoredReports, translate_report
from bot.web.dashboard import Access, Changes, Dashboard, Look
from bot.web.health import Health
from bot.web.metrics import Metrics, MetricsPage
from bot.web.server import Doors, Pages, Server, create_app

DRAIN_SECONDS = 5.0  # with the server's own 8 s it stays within the 15 s that a process has to end
ASK_AGAIN_SECONDS = 30.0

log = structlog.get_logger(__name__)


@dataclass
class Identity:
    """What GitHub and Slack call us; unknown until they told."""

    app_slug: str | None = None
    slack: SlackIdentity = field(default_factory=SlackIdentity)


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
        self._identity = Identity()
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
        self._run(self.worker.run(), "worker")
        self._run(self.runner.run(), "runner")
        self._run(self.reconciler.run(), "reconciler")
        self._run(self._introduce_ourselves(), "identity")
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
        self._build_edges(key)
        self._build_machinery()
        try:
            self.port = await self._listen()
        except OSError as error:
            where = f"{self.settings.host}:{self.settings.port}"
            raise CannotStart(f"The bot cannot listen on {where}: {error.strerror or error}.") from error

    def _build_edges(self, key: AppKey) -> None:
        settings = self.settings
        self._intake = Intake(self.ledger, self.clock, self._wake_worker)
        session = open_session()
        self._closing.push_async_callback(session.close)
        connection = Connection(
            transport=HttpTransport(session),
            clock=self.clock,
            api_url=settings.github_api_url,
            graphql_url=settings.github_graphql_url,
        )
        self._github_app = GitHubApp(connection, key)
        configuration = Configuration(self._github_app, self.instance, driver_rules())
        self._reading = GitHubReading(self._github_app, configuration, self.instance.serves)
        self._hooks = HookLog(self._github_app)
        token = settings.slack.bot_token if settings.slack else None
        self._slack_on = token is not None
        self._slack = SlackClient(token.reveal() if token else "", settings.slack_api_url)
        self._closing.push_async_callback(self._slack.close)
        self._guard = EgressGuard(self.instance.egress)
        self._closing.push_async_callback(self._guard.close)

    def _build_machinery(self) -> None:
        sources = Sources(
            github=self._reading,
            ledger=self.ledger,
            instance=self.instance,
            clock=self.clock,
            web_url=self.settings.github_web_url,
            public_url=self.settings.public_url,
            slack=self._slack_on,
        )
        reactors = ReactorTable(table(sources))
        translator = Translator(self.ledger, self.clock, self._translate, reactors.names)
        self.worker = Worker(self.ledger, self.clock, reactors, translator, self._chance)
        self.runner = Runner(self.ledger, self.clock, self._performers(), reactors.names, self._chance)
        self.worker.on_decided = self.runner.signal
        self.runner.on_event = self.worker.signal
        self.reconciler = Reconciler(self.ledger, self._hooks, self.clock)

    def _performers(self) -> dict[str, Performer]:
        tools = self._tools()
        drivers = {name: row.make(tools) for name, row in driver_table().items()}
        for driver in drivers.values():
            self._closing.push_async_callback(driver.close)
        slack = slack_performers(self._slack, self.clock) if self._slack_on else silent_performers()
        return {
            **github_performers(self._github_app),
            **slack,
            **deployer_performers(drivers),
        }

    def _wake_worker(self) -> None:
        self.worker.signal.set()

    @property
    def _folder(self) -> Path:
        """Where what has to last stands beside the ledger."""
        return ledger_path(self.settings).resolve().parent

    def _tools(self) -> Tools:
        return Tools(
            clock=self.clock,
            guard=self._guard,
            secrets=self.secrets,
            public_url=self.settings.public_url,
            instance=self.instance,
            environ=self._environ,
            folder=self._folder,
            workflows=ActionsWorkflows(self._github_app),
            deployments=DeploymentsOfOthers(self._github_app),
            reports=StoredReports(self._intake),
        )

    def _translate(self, incoming: Incoming) -> Translated:
        if incoming.source == "github":
            return translate_github(incoming, self._context())
        if incoming.source == "slack":
            identity = self._identity.slack
            return translate_slack(incoming, SlackContext(identity.bot_user_id, identity.bot_id))
        return translate_report(incoming)

    def _context(self) -> TranslateContext:
        owners = self.instance.owners
        return TranslateContext(
            app_id=self._github_app.id,
            app_slug=self._identity.app_slug,
            owners=None if owners is None else frozenset(owner.lower() for owner in owners),
        )

    async def _listen(self) -> int:
        metrics = Metrics()
        self._health = Health(self.ledger)
        token = self.settings.metrics_token
        pages = Pages(
            health=self._health,
            metrics=MetricsPage(metrics, token.reveal() if token else None, self.ledger.backlog),
            dashboard=self._dashboard(),
        )
        application = create_app(self._doors(self._intake), pages, metrics, self.clock)
        self._server = Server(application, self.settings.host, self.settings.port)
        return await self._server.start()

    def _dashboard(self) -> Dashboard:
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
        )
        token = self.settings.dashboard_token
        self._access = Access(token.reveal() if token else None, self.settings.public_url, self.clock)
        return Dashboard(look, self._access)

    def _doors(self, intake: Intake) -> Doors:
        github, slack = self.settings.github, self.settings.slack
        secrets = [secret.reveal() for secret in github.webhook_secrets] if github else []
        slack_inbox = None
        if slack is not None and slack.signing_secrets:
            signing = [secret.reveal() for secret in slack.signing_secrets]
            slack_inbox = SlackInbox(signing, intake, BoltDoor(self._slack_identity))
        return Doors(
            github=GitHubInbox(secrets, intake),
            slack=slack_inbox,
            deployers=DeployerInbox(self._callback_context, intake),
        )

    async def _slack_identity(self, _team: str | None) -> SlackIdentity:
        return self._identity.slack

    async def _callback_context(self, deployment_id: str) -> CallbackContext | None:
        """The slot of a deployment and the keys that its deployer shares with us."""
        for key in await self.ledger.locate(deployment_id):
            slot = await self.ledger.state(key)
            found = slot.find(deployment_id) if isinstance(slot, Slot) else None
            if found is not None:
                try:
                    return CallbackContext(key, self.secrets.keys(found.order))
                except LastingFault as fault:
                    log.warning("callback.no_secret", deployment=deployment_id, reason=fault.reason)
        return None

    async def _introduce_ourselves(self) -> None:
        """Ask GitHub and Slack what they call us, until they told."""
        while self._identity.app_slug is None or (self._slack_on and not self._identity.slack.bot_user_id):
            try:
                await self._ask_who_we_are()
            except (PassingFault, LastingFault) as fault:
                log.warning("identity.unknown", reason=fault.reason)
                await self.clock.sleep(ASK_AGAIN_SECONDS)

    async def _ask_who_we_are(self) -> None:
        if self._identity.app_slug is None:
            self._identity.app_slug = await self._hooks.slug()
        if self._slack_on:
            answer = await self._slack.call("auth.test", {})
            self._identity.slack = SlackIdentity(answer.get("user_id"), answer.get("bot_id"))

    def _run(self, coroutine: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.append(asyncio.create_task(coroutine, name=name))


def open_to_read(settings: Settings) -> SqlLedger:
    """Open the ledger beside a running bot. Raises CannotStart, StoreUnavailable, LedgerOutdated."""
    return open_sqlite(ledger_path(settings), exclusive=False)


def environment() -> Mapping[str, str]:
    """The process's environment, for the secrets that the instance file names."""
    return os.environ
