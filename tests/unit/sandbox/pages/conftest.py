"""The three worlds with the demo's repositories in them, and a browser without a script."""

from collections.abc import AsyncIterator
from random import Random

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.sandbox.alerting import Watcher
from bot.sandbox.deployer import DeployerWorld
from bot.sandbox.github import AppRegistration, GitHubWorld, generate_app_key, seed_acme_shop
from bot.sandbox.github.site import seed_acme_site
from bot.sandbox.pages import Worlds, pages_application
from bot.sandbox.slack import Installation, Limits, SlackWorld
from bot.sandbox.stage import SITE_CHANNEL
from tests.unit.sandbox.deployer import orders
from tests.unit.sandbox.pages.browsing import Browser

NOW = 1_795_550_000.0
PERMISSIONS = {"checks": "write", "contents": "read", "deployments": "write", "issues": "write"}
PERMISSIONS |= {"metadata": "read", "pull_requests": "write", "statuses": "read"}


@pytest.fixture(scope="session")
def public_key() -> str:
    return generate_app_key()[1]


@pytest.fixture
def worlds(public_key: str) -> Worlds:
    def clock() -> float:
        return NOW

    app = AppRegistration(1, public_key, "secret", PERMISSIONS, ["issue_comment", "pull_request", "push"])
    github = GitHubWorld(clock, Random(1), app)
    seed_acme_shop(github, "version: 1\n")
    slack = SlackWorld(clock, Random(1), Installation("secret", "xoxb-1"), Limits.lifted())
    return Worlds(github, slack, DeployerWorld(clock, Random(1), orders.SECRET), Watcher(clock))


@pytest.fixture
def site(worlds: Worlds) -> Worlds:
    """The worlds with acme/site in them too, which ships by a workflow."""
    worlds.slack.add_channel(*SITE_CHANNEL)
    (installation,) = worlds.github.installations.values()
    seed_acme_site(worlds.github, installation)
    return worlds


@pytest.fixture
async def browser(worlds: Worlds) -> AsyncIterator[Browser]:
    async with TestClient(TestServer(pages_application(worlds))) as client:
        yield client
