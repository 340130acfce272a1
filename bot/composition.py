"""Builds the whole bot from its edges: everything but the sockets that it listens on.

`Edges` holds what touches the world: the ledger, the clock, chance, and the ways to GitHub, Slack and
deployers. `app` hands in the real ones and listens; the simulation hands in its own and calls the doors.
There is no second way to put the bot together. Must never open a connection, read a clock or start a task.
"""

import random
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from bot.domain.deployment import Order
from bot.domain.effects import TakeProbe
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.instance import InstancePolicy
from bot.domain.slot import Slot
from bot.domain.state import slot_key
from bot.drivers import Tools
from bot.drivers import table as driver_table
from bot.drivers.egress import EgressGuard, Wire
from bot.drivers.performing import deployer_performers
from bot.drivers.probes import TakeProbePerformer
from bot.drivers.secrets import SecretsOf
from bot.github.actions import ActionsWorkflows
from bot.github.comparing import PullRequestsNow
from bot.github.configuration import Configuration
from bot.github.connection import Asked, Connection
from bot.github.deployments import DeploymentsOfOthers
from bot.github.hooks import HookLog, redelivery_window
from bot.github.performers import github_performers
from bot.github.reading import GitHubReading
from bot.github.tokens import AppKey, GitHubApp
from bot.github.translate import TranslateContext
from bot.github.translate import translate as translate_github
from bot.github.transport import Transport
from bot.github.webhook import GitHubInbox
from bot.inbox import Intake
from bot.ledger.store import SqlLedger
from bot.ports import Clock, Incoming, Performer, Sources, Translated
from bot.reactors import table
from bot.runtime import findings, own_deliveries
from bot.runtime.comparing import Comparison
from bot.runtime.configurations import Configurations
from bot.runtime.reconciler import Reconciler
from bot.runtime.retention import Forgetting
from bot.runtime.runner import Runner
from bot.runtime.schedules import Schedules
from bot.runtime.sweeping import Reach, Sweep
from bot.runtime.translator import Translator
from bot.runtime.worker import ReactorTable, Worker
from bot.settings import Settings
from bot.slack.bolt import BoltDoor, SlackIdentity
from bot.slack.client import OpenSession, SlackClient
from bot.slack.inbound import SlackInbox
from bot.slack.performers import silent_performers, slack_performers
from bot.slack.translate import SlackContext
from bot.slack.translate import translate as translate_slack
from bot.starting import driver_rules
from bot.web.alerts import SOURCE as ALERTS
from bot.web.alerts import doors as alert_doors
from bot.web.alerts import translate_alert
from bot.web.callbacks import CallbackContext, DeployerInbox, StoredReports, translate_report
from bot.web.server import Doors

ASK_AGAIN_SECONDS = 30.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Edges:
    """Where the bot ends and the world begins. `folder` is one of our own that lasts.

    `github`, `slack` and `deployers` carry requests; `observe` is told of each exchange with GitHub.
    """

    ledger: SqlLedger
    clock: Clock
    chance: random.Random
    github: Transport
    slack: OpenSession
    deployers: Wire
    folder: Path
    observe: Callable[[Asked], None]


@dataclass
class Identity:
    """What GitHub and Slack call us; unknown until they told."""

    app_slug: str | None = None
    slack: SlackIdentity = field(default_factory=SlackIdentity)


class Composition:
    """The bot without its sockets: the doors for what comes in, and the loops that work it off."""

    def __init__(
        self,
        settings: Settings,
        instance: InstancePolicy,
        environ: Mapping[str, str],
        key: AppKey,
        edges: Edges,
    ) -> None:
        self.settings = settings
        self.instance = instance
        self.edges = edges
        self.ledger = edges.ledger
        self.secrets = SecretsOf(instance, environ)
        self._environ = environ
        self._identity = Identity()
        self._closing = AsyncExitStack()
        self._build_ways(key)
        self._build_machinery()

    @property
    def loops(self) -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
        """What runs as long as the bot does, by name."""
        return {
            "worker": self.worker.run,
            "runner": self.runner.run,
            "reconciler": self.reconciler.run,
            "retention": self.retention.run,
            "schedules": self.schedules.run,
            "configurations": self.configurations.run,
            "identity": self._introduce_ourselves,
        }

    async def close(self) -> None:
        """End the connections that were opened; not the ledger."""
        await self._closing.aclose()

    def _build_ways(self, key: AppKey) -> None:
        settings, edges = self.settings, self.edges
        self.intake = Intake(self.ledger, edges.clock, self._wake_worker)
        connection = Connection(
            transport=edges.github,
            clock=edges.clock,
            api_url=settings.github_api_url,
            graphql_url=settings.github_graphql_url,
            observe=edges.observe,
        )
        self._github_app = GitHubApp(connection, key)
        configuration = Configuration(self._github_app, self.instance, driver_rules())
        self._reading = GitHubReading(self._github_app, configuration, self.instance.serves)
        self._hooks = HookLog(self._github_app)
        token = settings.slack.bot_token if settings.slack else None
        self._slack_on = token is not None
        self._slack = SlackClient(token.reveal() if token else "", settings.slack_api_url, edges.slack)
        self._closing.push_async_callback(self._slack.close)
        self._guard = EgressGuard(self.instance.egress, edges.deployers)
        self._closing.push_async_callback(self._guard.close)

    def _build_machinery(self) -> None:
        clock, chance = self.edges.clock, self.edges.chance
        self.sources = sources = Sources(
            github=self._reading,
            ledger=self.ledger,
            instance=self.instance,
            clock=clock,
            web_url=self.settings.github_web_url,
            public_url=self.settings.public_url,
            slack=self._slack_on,
            linking=self.settings.github_oauth is not None,
        )
        reactors = ReactorTable(table(sources))
        translator = Translator(self.ledger, clock, self.translate, reactors.names)
        self.worker = Worker(self.ledger, clock, reactors, translator, chance)
        self.runner = Runner(self.ledger, clock, self.performers(), reactors.names, chance)
        self.worker.on_decided = self.runner.signal
        self.runner.on_event = self.worker.signal
        self.reconciler = self._build_reconciler()
        self.schedules = Schedules(self.ledger, self._reading, self.intake.store, clock)
        self.configurations = Configurations(self.ledger, self._reading, self.intake.store, clock)
        self.retention = Forgetting(self.ledger, self.instance.retention, clock)

    def _build_reconciler(self) -> Reconciler:
        clock = self.edges.clock
        window = redelivery_window(self.settings.github_api_url)
        reach = Reach(window=window, kept=float(self.instance.retention.deliveries))
        comparison = Comparison(
            self.ledger, self._reading, PullRequestsNow(self._github_app), self.intake.store, clock
        )
        sweep = Sweep(self.ledger, self._hooks, clock, reach)
        return Reconciler(sweep, comparison, clock, lambda: self.intake.refused)

    def performers(self) -> dict[str, Performer]:
        """Who performs which kind of effect."""
        tools = self._tools()
        drivers = {name: row.make(tools) for name, row in driver_table().items()}
        for driver in drivers.values():
            self._closing.push_async_callback(driver.close)
        slack = slack_performers(self._slack, self.edges.clock) if self._slack_on else silent_performers()
        return {
            **github_performers(self._github_app),
            **slack,
            **deployer_performers(drivers, self._still_wanted),
            TakeProbe.KIND: TakeProbePerformer(self._guard, self._reading.commit_checks, self.edges.clock),
        }

    async def _still_wanted(self, order: Order) -> bool:
        slot = await self.ledger.state(slot_key(order))
        current = slot.current if isinstance(slot, Slot) else None
        return current is not None and current.id == order.id and current.cancel is None

    def _wake_worker(self) -> None:
        self.worker.signal.set()

    def _tools(self) -> Tools:
        return Tools(
            clock=self.edges.clock,
            guard=self._guard,
            secrets=self.secrets,
            public_url=self.settings.public_url,
            instance=self.instance,
            environ=self._environ,
            folder=self.edges.folder,
            workflows=ActionsWorkflows(self._github_app),
            deployments=DeploymentsOfOthers(self._github_app),
            reports=StoredReports(self.intake),
        )

    def translate(self, incoming: Incoming) -> Translated:
        """Say what a stored delivery means."""
        if incoming.source == "github":
            return translate_github(incoming, self._context())
        if incoming.source == "slack":
            identity = self._identity.slack
            return translate_slack(incoming, SlackContext(identity.bot_user_id, identity.bot_id))
        if incoming.source == findings.SOURCE:
            return findings.translate(incoming)
        if incoming.source == own_deliveries.SOURCE:
            return own_deliveries.translate(incoming)
        if incoming.source == ALERTS:
            return translate_alert(incoming)
        return translate_report(incoming)

    def _context(self) -> TranslateContext:
        owners = self.instance.owners
        return TranslateContext(
            app_id=self._github_app.id,
            app_slug=self._identity.app_slug,
            owners=None if owners is None else frozenset(owner.lower() for owner in owners),
        )

    def doors(self) -> Doors:
        """Make the doors through which others send us something."""
        github, slack = self.settings.github, self.settings.slack
        secrets = [secret.reveal() for secret in github.webhook_secrets] if github else []
        slack_inbox = None
        if slack is not None and slack.signing_secrets:
            signing = [secret.reveal() for secret in slack.signing_secrets]
            slack_inbox = SlackInbox(signing, self.intake, BoltDoor(self._slack_identity))
        return Doors(
            github=GitHubInbox(secrets, self.intake),
            slack=slack_inbox,
            deployers=DeployerInbox(self._callback_context, self.intake),
            alerts=alert_doors(self.secrets.alert_secrets(), self.intake),
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
                asked_for = fault.retry_after if isinstance(fault, PassingFault) else None
                await self.edges.clock.sleep(max(ASK_AGAIN_SECONDS, asked_for or 0.0))

    async def _ask_who_we_are(self) -> None:
        if self._identity.app_slug is None:
            self._identity.app_slug = await self._hooks.slug()
        if self._slack_on:
            answer = await self._slack.call("auth.test", {})
            self._identity.slack = SlackIdentity(answer.get("user_id"), answer.get("bot_id"))
