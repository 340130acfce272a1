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

from bot.sandbox.deployer import DeployerServer, DeployerWorld, make_secret
from bot.sandbox.github import (
    AppRegistration,
    GitHubServer,
    GitHubWorld,
    Strictness,
    generate_app_key,
    seed_acme_shop,
)
from bot.sandbox.github.seed import AcmeShop
from bot.sandbox.pages.server import PagesServer
from bot.sandbox.pages.worlds import Worlds
from bot.sandbox.slack import Installation, Limits, SlackServer, SlackWorld

HOST = "127.0.0.1"
PORTS = range(20_000, 32_000)
APP_ID = 4242
PERMISSIONS = {
    "checks": "write",
    "contents": "read",
    "deployments": "write",
    "issues": "read",
    "members": "read",
    "metadata": "read",
    "pull_requests": "write",
}
EVENTS = ["check_run", "check_suite", "issue_comment", "pull_request", "push"]
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
    """How a stage is to be. `configuration` is the repository's file, with `{hook}` for the deployer.

    `app_key` is the App's key (private, public), for many stages that share one; None = a fresh one.
    """

    configuration: str | None = CONFIGURATION
    pull_requests: bool = True
    step_seconds: float = 0.0
    limits: Limits = field(default_factory=Limits)
    strictness: Strictness = field(default_factory=Strictness)
    seed: int = 1
    app_key: tuple[str, str] | None = None
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Stage:
    """The three worlds with their servers. `open`, then `close`."""

    def __init__(self, folder: Path, settings: StageSettings | None = None) -> None:
        self.settings = settings or StageSettings()
        self.folder = folder
        chance = random.Random(self.settings.seed)
        self._private_key, public_key = self.settings.app_key or generate_app_key()
        self._webhook_secret = secrets.token_hex(16)
        self._signing_secret = secrets.token_hex(16)
        self._deployer_secret = make_secret(chance)
        clock = self.settings.clock
        app = AppRegistration(
            app_id=APP_ID,
            public_key_pem=public_key,
            webhook_secret=self._webhook_secret,
            permissions=dict(PERMISSIONS),
            events=list(EVENTS),
        )
        self.github = GitHubWorld(clock, chance, app, strictness=self.settings.strictness)
        installation = Installation(self._signing_secret, "xoxb-sandbox-pointsman")
        self.slack = SlackWorld(clock, chance, installation, self.settings.limits, SLACK_SCOPES)
        self.deployer = DeployerWorld(
            clock, chance, self._deployer_secret, step_seconds=self.settings.step_seconds
        )
        sleep = self.settings.sleep
        self.github_server = GitHubServer(self.github, sleep=sleep)
        self.slack_server = SlackServer(self.slack, sleep)
        self.deployer_server = DeployerServer(self.deployer, sleep)
        self.worlds = Worlds(self.github, self.slack, self.deployer)
        self.pages = PagesServer(self.worlds)
        self.pages_url = ""

    async def open(self, bot_url: str, pages_port: int = 0) -> AcmeShop:
        """Serve all three, build acme/shop, and send what happens to the bot at `bot_url`."""
        await self.github_server.start(HOST)
        await self.slack_server.start(HOST)
        await self.deployer_server.start(HOST)
        self.pages_url = await self.pages.start(HOST, pages_port)
        text = self.settings.configuration
        hook = self.deployer_server.hook_url
        shop = seed_acme_shop(
            self.github,
            text.replace("{hook}", hook) if text else None,
            pull_requests=self.settings.pull_requests,
        )
        self._write_instance_file()
        self.github_server.deliver_to(f"{bot_url}/webhooks/github")
        self.slack_server.deliver_to(f"{bot_url}/slack/events")
        return shop

    async def close(self) -> None:
        """End all servers."""
        await self.pages.close()
        await self.github_server.close()
        await self.slack_server.close()
        await self.deployer_server.close()

    def environment(self, bot_port: int) -> dict[str, str]:
        """The settings with which a bot on `bot_port` takes part."""
        return {
            "GITHUB_APP_ID": str(APP_ID),
            "GITHUB_PRIVATE_KEY": self._private_key,
            "GITHUB_WEBHOOK_SECRET": self._webhook_secret,
            "GITHUB_API_URL": self.github.api_url,
            "GITHUB_WEB_URL": self.github.web_url,
            "SLACK_BOT_TOKEN": self.slack.installation.bot_token,
            "SLACK_SIGNING_SECRET": self._signing_secret,
            "SLACK_API_URL": self.slack_server.api_url,
            "DATABASE_URL": f"sqlite:///{self.folder.resolve() / 'pointsman.db'}",
            "POINTSMAN_CONFIG": str(self.instance_file),
            "POINTSMAN_ALLOW_EPHEMERAL": "1",
            "SHOP_DEPLOYER_SECRET": self._deployer_secret,
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
        }
        self.instance_file.write_text(json.dumps(instance, indent=2))  # JSON is YAML too


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
