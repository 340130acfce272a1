"""Every driver that the contract holds for, with the deployer that it asks. Another driver adds a row.

A rig makes its deployer behave, and says how often something was started there.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from random import Random
from typing import Literal, Protocol

import pytest
from aiohttp import web

from bot.domain.deployment import DriverCall, Order
from bot.domain.effects import CallDeployer, Effect
from bot.domain.instance import BoundSecret, InstancePolicy
from bot.domain.values import Person, Repository
from bot.drivers import egress
from bot.drivers.egress import EgressGuard
from bot.drivers.http import HttpDriver
from bot.drivers.secrets import SecretsOf
from bot.ports import Driver
from bot.sandbox.deployer import DeployerServer, DeployerWorld, make_secret
from tests.unit.doors import StoppedClock
from tests.unit.drivers.serving import AllLocal, Server, serving

Manner = Literal[
    "accept", "succeed_at_once", "refuse", "redirect", "break", "lose_reply", "say_nothing", "be_hostile"
]
HOSTILE = b'{"deployment": "d-0000000001", "state": "failed", "description": "' + b"@here \x1b[31m" * 800_000


class Rig(Protocol):
    """A driver and its deployer."""

    @property
    def driver(self) -> Driver:
        """What is tested."""
        ...

    def behave(self, manner: Manner) -> None:
        """How the deployer takes the next call."""
        ...

    @property
    def settings(self) -> dict[str, str]:
        """The driver's settings in the repository's configuration."""
        ...

    @property
    def started(self) -> int:
        """How many deployments the deployer began."""
        ...

    @property
    def cancelled(self) -> int:
        """How many orders to stop the deployer took."""
        ...


class HttpRig:
    """The http driver against the simulated deployer; what that one never does, another server does."""

    def __init__(
        self, deployer: DeployerServer, other: Server, guard: EgressGuard, clock: StoppedClock
    ) -> None:
        self._deployer = deployer
        self._other = other
        self._url = deployer.hook_url
        bound = BoundSecret("SECRET", ("acme/*",), (deployer.url, other.url))
        secrets = SecretsOf(InstancePolicy(secrets={"deployer": bound}), {"SECRET": deployer.world.secret})
        self.driver: Driver = HttpDriver(guard, secrets, clock, "http://127.0.0.1:9")

    @property
    def settings(self) -> dict[str, str]:
        return {"url": self._url, "secret": "deployer"}

    @property
    def started(self) -> int:
        return len(self._deployer.world.runs)

    @property
    def cancelled(self) -> int:
        return len([each for each in self._deployer.world.orders if each.action == "cancel"])

    def behave(self, manner: Manner) -> None:
        world = self._deployer.world
        if manner == "succeed_at_once":
            world.play_next("synchronous")
        elif manner == "refuse":
            world.play_next("reject")
        elif manner == "break":
            world.break_next("unavailable")
        elif manner == "lose_reply":
            world.break_next("lost_reply")
        elif manner == "say_nothing":
            world.break_next("slow")
        elif manner in ("redirect", "be_hostile"):
            self._url = self._other.url
            self._other.answer = _redirect if manner == "redirect" else _hostile


async def _redirect(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=308, headers={"location": "http://127.0.0.1:9/elsewhere"})


async def _hostile(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=400, body=HOSTILE)


@asynccontextmanager
async def http_rig(clock: StoppedClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    """The http driver's rig; a deployer that says nothing is waited for only briefly."""
    monkeypatch.setattr(egress, "TIMEOUT_SECONDS", 0.3)
    over = asyncio.Event()

    async def until_it_is_over(_seconds: float) -> None:
        await over.wait()

    world = DeployerWorld(clock.now, Random(1), make_secret(Random(2)), behaviour="silent")
    deployer = DeployerServer(world, until_it_is_over)
    await deployer.start()
    guard = EgressGuard(AllLocal())
    async with serving() as other:
        try:
            yield HttpRig(deployer, other, guard, clock)
        finally:
            over.set()
            await guard.close()
            await deployer.close()


Opening = Callable[[StoppedClock, pytest.MonkeyPatch], AbstractAsyncContextManager[Rig]]
DRIVERS: Mapping[str, Opening] = {"http": http_rig}


def order_for(rig: Rig, service: str = "api") -> Order:
    return Order(
        id="d-0000000001",
        request="r-0000000001",
        action="deploy",
        repository=Repository("acme", "shop", 1, 7),
        service=service,
        environment="production",
        sha="a" * 40,
        ref="main",
        call=DriverCall(rig.driver.name, dict(rig.settings)),
        asker=Person("ada"),
        requested_at=0.0,
    )


def effect_for(rig: Rig, key: str = "x-1", *, uncertain: bool = False) -> Effect:
    body = CallDeployer(order=order_for(rig), action="deploy", previous_sha=None, deadline=1e12)
    return Effect(
        key=key,
        body=body,
        version=1,
        handle=None,
        parent_handle=None,
        uncertain=uncertain,
        attempts=1,
        token="lease",
        owner="slot:acme/shop/api/production",
    )
