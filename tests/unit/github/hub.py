"""The App's clients against the simulated GitHub, over real HTTP, on one clock that stands."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import aiohttp

from bot.domain.values import Repository
from bot.github.connection import Asked, Connection
from bot.github.tokens import PERMISSIONS, AppKey, GitHubApp
from bot.github.transport import HttpTransport
from bot.sandbox.github import (
    AppRegistration,
    GitHubServer,
    GitHubWorld,
    generate_app_key,
    seed_acme_shop,
)
from bot.sandbox.github.seed import AcmeShop
from tests.oracles.endpoints import NOT_IN_THE_EXTRACT, endpoint_of
from tests.oracles.validation import facts
from tests.unit.doors import StoppedClock

APP_ID = 1234
SHOP = "acme/shop"
CONFIGURATION = """
version: 1
services:
  api:
    deploy: {driver: http, url: "https://deployer.example.com/hook", secret: web-deployer}
environments:
  staging: {}
"""

app_key = cache(generate_app_key)


@dataclass
class Hub:
    """A world with acme/shop in it, and the App connected to it."""

    world: GitHubWorld
    server: GitHubServer
    clock: StoppedClock
    app: GitHubApp
    shop: AcmeShop
    asked: list[Asked] = field(default_factory=list)

    @property
    def repository(self) -> Repository:
        return self.named(self.shop.repository.full_name)

    def named(self, full_name: str) -> Repository:
        where = self.world.repository(full_name)
        return Repository(where.owner.login, where.name, where.id, self.shop.installation.id)

    def requests(self, method: str, ending: str) -> int:
        """How many requests came whose path (without query) ends so."""
        return sum(
            record.request.method == method and record.request.route.endswith(ending)
            for record in self.world.requests
        )


def new_world(clock: StoppedClock, permissions: Mapping[str, str] = PERMISSIONS) -> GitHubWorld:
    _, public = app_key()
    registration = AppRegistration(
        app_id=APP_ID,
        public_key_pem=public,
        webhook_secret="secret",
        permissions=dict(permissions),
        events=["issue_comment", "pull_request"],
    )
    return GitHubWorld(clock=clock.now, random=random.Random(1), app=registration)


async def connect(
    world: GitHubWorld, clock: StoppedClock, session: aiohttp.ClientSession, **changes: Any
) -> Hub:
    """Serve a world and connect the App to it; `changes` go to `seed_acme_shop`."""
    server = GitHubServer(world)
    shop = seed_acme_shop(world, **({"configuration": CONFIGURATION} | changes))
    base = await server.start()
    asked: list[Asked] = []
    connection = Connection(
        transport=HttpTransport(session),
        clock=clock,
        api_url=base + "/api/v3",
        graphql_url=base + "/api/graphql",
        observe=asked.append,
    )
    private, _ = app_key()
    return Hub(world, server, clock, GitHubApp(connection, AppKey(APP_ID, private)), shop, asked)


def undescribed(world: GitHubWorld) -> list[str]:
    """Calls that the list of calls lacks, and parameters that GitHub's description lacks."""
    found = []
    for record in world.requests:
        method, template = record.request.method, record.template
        if template in (None, "/graphql"):
            continue  # answered by a fault before it was looked up; or not described there
        if endpoint_of(method, template) is None:
            found.append(f"{method} {template} is not listed")
        if template in NOT_IN_THE_EXTRACT:
            continue
        operation = facts()["paths"][template][method.lower()]
        known = {_name(parameter) for parameter in operation["parameters"]}
        found += [f"{method} {template}: {name}" for name in record.request.query if name not in known]
    return found


def _name(parameter: dict[str, Any]) -> str:
    reference = parameter.get("$ref")
    described = facts()["components"]["parameters"][reference.rpartition("/")[2]] if reference else parameter
    name: str = described["name"]
    return name
