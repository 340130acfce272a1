"""A whole stage on this machine: simulated GitHub, Slack and deployer, served, with acme/shop on it.

Gives the environment and the instance file with which a real bot takes part. Used by the demo, by
scenario tests and by benchmarks. Must never import the bot itself.
"""

import asyncio
import contextlib
import json
import random
import secrets
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox import alerting
from bot.sandbox.deployer import DeployerServer, DeployerWorld, make_secret
from bot.sandbox.github import (
    DEPLOY_WORKFLOW,
    DEPLOY_WORKFLOW_PATH,
    AppRegistration,
    GitHubServer,
    GitHubWorld,
    Strictness,
    generate_app_key,
    seed_acme_shop,
)
from bot.sandbox.github.oauth import CLIENT_SECRET
from bot.sandbox.github.seed import SHOP, AcmeShop
from bot.sandbox.github.site import seed_acme_site
from bot.sandbox.keeping import Kept, Ports
from bot.sandbox.pages.server import PagesServer
from bot.sandbox.pages.tour_state import Tour
from bot.sandbox.pages.worlds import Dashboard, Worlds
from bot.sandbox.slack import Installation, Limits, SlackServer, SlackWorld

HOST = "127.0.0.1"
PORTS = range(20_000, 32_000)
APP_ID = 4242
PERMISSIONS = {
    "actions": "write",
    "checks": "write",
    "contents": "read",
    "deployments": "write",
    "statuses": "read",
    "issues": "read",
    "members": "read",
    "metadata": "read",
    "pull_requests": "write",
}
EVENTS = [
    "check_run",
    "check_suite",
    "deployment_status",
    "issue_comment",
    "member",
    "membership",
    "organization",
    "pull_request",
    "pull_request_review",
    "push",
    "release",
    "status",
    "team",
    "workflow_job",
    "workflow_run",
]
SITE_CHANNEL = ("C0ACMESITE", "site")
"""Id and name of the channel that acme/site's configuration names."""
SLACK_SCOPES = frozenset(
    {"app_mentions:read", "channels:history", "chat:write", "commands", "groups:history"}
)
CONFIGURATION = """\
version: 1
slack: {channel: C0DEPLOYS}
services:
  api:
    paths: ["services/api/**", "libs/**"]
    deploy: {driver: http, url: "{hook}", secret: shop-deployer}
  web:
    paths: ["services/web/**", "libs/**"]
    deploy: {driver: http, url: "{hook}", secret: shop-deployer}
environments:
  staging:
    url: https://staging.shop.example
  production:
    url: https://shop.example
"""


@dataclass(frozen=True, kw_only=True)
class StageSettings:
    """How a stage is to be. `configuration` is acme/shop's file, with `{hook}` for the deployer.

    `site` adds acme/site, which ships by GitHub Actions, and its channel.
    `app_key` is the App's key (private, public), for many stages that share one; None = a fresh one.
    """

    configuration: str | None = CONFIGURATION
    pull_requests: bool = True
    site: bool = False
    step_seconds: float = 0.0
    limits: Limits = field(default_factory=Limits)
    strictness: Strictness = field(default_factory=Strictness)
    seed: int = 1
    app_key: tuple[str, str] | None = None
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Stage:
    """The three worlds with their servers. `open`, then `close`.

    With `kept` it goes on where that stage was, by `kept`'s keys and secrets.
    """

    def __init__(self, folder: Path, settings: StageSettings | None = None, kept: Kept | None = None) -> None:
        self.settings = settings or StageSettings()
        self.folder = folder
        self._is_new = kept is None
        worlds = kept or _new_worlds(self.settings)
        self._private_key, self._dashboard_token = worlds.private_key, worlds.dashboard_token
        self.github, self.slack, self.deployer = worlds.github, worlds.slack, worlds.deployer
        sleep = self.settings.sleep
        self.github_server = GitHubServer(self.github, sleep=sleep)
        self.slack_server = SlackServer(self.slack, sleep)
        self.deployer_server = DeployerServer(self.deployer, sleep)
        self.watcher = alerting.Watcher(self.settings.clock)
        self.alarms = alerting.Alarms(self.watcher, sleep)
        self.worlds = Worlds(self.github, self.slack, self.deployer, self.watcher, worlds.tour)
        self.pages = PagesServer(self.worlds)
        self.pages_url = ""

    async def open(self, bot_url: str, ports: Ports | None = None) -> AcmeShop:
        """Serve all three, build what the settings ask for, and send what happens to the bot at `bot_url`."""
        ports = ports or Ports()
        await self.github_server.start(HOST, ports.github)
        await self.slack_server.start(HOST, ports.slack)
        await self.deployer_server.start(HOST, ports.deployer)
        self.worlds.dashboard = Dashboard(bot_url, self._dashboard_token)
        self.pages_url = await self.pages.start(HOST, ports.pages)
        shop = self._new_shop() if self._is_new else self._known_shop()
        self._write_instance_file()
        self.connect(bot_url)
        return shop

    def connect(self, bot_url: str) -> None:
        """Send what happens to this bot, what waits first."""
        self.github_server.deliver_to(f"{bot_url}/webhooks/github")
        self.slack_server.deliver_to(f"{bot_url}/slack/events")
        self.alarms.deliver_to(bot_url)

    def disconnect(self) -> None:
        """Let what happens wait until there is a bot again; the bot can still call."""
        self.github_server.deliver_to(None)
        self.slack_server.deliver_to("")
        self.alarms.deliver_to(None)

    def kept(self, ports: Ports, *, in_order: bool) -> Kept:
        """What another stage needs to go on from here."""
        return Kept(
            github=self.github,
            slack=self.slack,
            deployer=self.deployer,
            tour=self.worlds.tour,
            private_key=self._private_key,
            dashboard_token=self._dashboard_token,
            ports=ports,
            saved_at=self.settings.clock(),
            in_order=in_order,
        )

    def _new_shop(self) -> AcmeShop:
        text = self.settings.configuration
        hook = self.deployer_server.hook_url
        shop = seed_acme_shop(
            self.github,
            text.replace("{hook}", hook) if text else None,
            pull_requests=self.settings.pull_requests,
            more_files=_files_for(text or ""),
        )
        if self.settings.site:
            self.slack.add_channel(*SITE_CHANNEL)
            seed_acme_site(self.github, shop.installation)
        return shop

    def _known_shop(self) -> AcmeShop:
        repository = self.github.repository(SHOP)
        installation = next(iter(self.github.installations.values()))
        return AcmeShop(repository, installation, tuple(repository.pulls))

    async def close(self) -> None:
        """End all servers."""
        await self.pages.close()
        await self.alarms.close()
        await self.github_server.close()
        await self.slack_server.close()
        await self.deployer_server.close()

    def environment(self, bot_port: int) -> dict[str, str]:
        """The settings with which a bot on `bot_port` takes part."""
        return {
            "GITHUB_APP_ID": str(APP_ID),
            "GITHUB_PRIVATE_KEY": self._private_key,
            "GITHUB_WEBHOOK_SECRET": self.github.app.webhook_secret,
            "GITHUB_API_URL": self.github.api_url,
            "GITHUB_WEB_URL": self.github.web_url,
            "GITHUB_CLIENT_ID": self.github.app.client_id,
            "GITHUB_CLIENT_SECRET": CLIENT_SECRET,
            "SLACK_BOT_TOKEN": self.slack.installation.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.installation.signing_secret,
            "SLACK_API_URL": self.slack_server.api_url,
            "DATABASE_URL": f"sqlite:///{self.folder.resolve() / 'pointsman.db'}",
            "POINTSMAN_CONFIG": str(self.instance_file),
            "POINTSMAN_ALLOW_EPHEMERAL": "1",
            "SHOP_DEPLOYER_SECRET": self.deployer.secret,
            "SHOP_ALERTS_SECRET": alerting.SECRET,
            "DASHBOARD_TOKEN": self._dashboard_token,
            "PUBLIC_URL": f"http://{HOST}:{bot_port}",
            "HOST": HOST,
            "PORT": str(bot_port),
        }

    @property
    def instance_file(self) -> Path:
        """Where the instance file of this stage is."""
        return self.folder / "instance.yml"

    def _write_instance_file(self) -> None:
        hook = self.deployer_server.hook_url
        bound = {"env": "SHOP_DEPLOYER_SECRET", "repositories": ["acme/*"], "urls": [hook]}
        people = {name: f"U0{name.upper()}" for name in ("ada", "grace", "lin", "mallory")}
        instance = {
            "owners": ["acme"],
            "people": people,
            "secrets": {"shop-deployer": bound},
            "egress": {"allow": [self.deployer_server.url]},
            "alerts": {
                name: {"env": "SHOP_ALERTS_SECRET", "repositories": ["acme/*"]} for name in alerting.SENDERS
            },
        }
        self.instance_file.write_text(json.dumps(instance, indent=2))  # JSON is YAML too


def _files_for(configuration: str) -> dict[str, str]:
    """The workflow, where the configuration ships by one."""
    file = DEPLOY_WORKFLOW_PATH.rpartition("/")[2]
    return {DEPLOY_WORKFLOW_PATH: DEPLOY_WORKFLOW} if f"workflow: {file}" in configuration else {}


def _new_worlds(settings: StageSettings) -> Kept:
    """Three empty worlds with fresh keys and secrets."""
    clock, chance = settings.clock, random.Random(settings.seed)
    private_key, public_key = settings.app_key or generate_app_key()
    app = AppRegistration(
        app_id=APP_ID,
        public_key_pem=public_key,
        webhook_secret=secrets.token_hex(16),
        permissions=dict(PERMISSIONS),
        events=list(EVENTS),
    )
    installation = Installation(secrets.token_hex(16), "xoxb-sandbox-pointsman")
    secret, pace = make_secret(chance), settings.step_seconds
    github = GitHubWorld(clock, chance, app, strictness=settings.strictness)
    github.actions.step_seconds = pace
    return Kept(
        github=github,
        slack=SlackWorld(clock, chance, installation, settings.limits, SLACK_SCOPES),
        deployer=DeployerWorld(clock, chance, secret, step_seconds=pace),
        tour=Tour(),
        private_key=private_key,
        dashboard_token=secrets.token_urlsafe(24),
        ports=Ports(),
        saved_at=clock(),
        in_order=True,
    )


def free_port() -> int:
    """Find a port that is free now.

    No connection may get it meanwhile, so it is none of those that systems give out by themselves (Linux:
    from 32768, others: from 49152).
    """
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port
