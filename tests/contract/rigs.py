"""The drivers' deployers for the contract: each does as it is told. Another driver adds its own file."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random

import pytest
from aiohttp import web

from bot.domain.deployment import DriverCall
from bot.domain.events import DeployerReported
from bot.domain.instance import BoundSecret, InstancePolicy
from bot.domain.values import Repository
from bot.drivers import egress
from bot.drivers.egress import EgressGuard
from bot.drivers.http import HttpDriver
from bot.drivers.secrets import SecretsOf
from bot.ports import Driver
from bot.sandbox.deployer import DeployerWorld, make_secret
from bot.sandbox.deployer.behaviours import Behaviour
from bot.sandbox.deployer.world import Report, Trouble
from bot.sandbox.slack.exchange import Request
from bot.standard_webhooks import Key
from bot.testing.drivers import KEY, Manner
from bot.web.callbacks import CallbackContext, DeployerInbox, translate_report
from tests.unit.doors import Hall
from tests.unit.drivers.serving import AllLocal, Server, serving

SHOP = Repository("acme", "shop", 1, 7)
_BEHAVIOURS: dict[Manner, Behaviour] = {
    "succeed": "succeed",
    "fail": "fail",
    "silent": "silent",
    "hold": "late",
    "refuse": "reject",
    "hostile": "hostile",
}
_TROUBLES: dict[Manner, Trouble] = {"unavailable": "unavailable", "lose_reply": "lost_reply"}


class HttpRig:
    """The http driver against the simulated deployer, whose reports come through the bot's own door."""

    manners: frozenset[Manner] = frozenset({*_BEHAVIOURS, *_TROUBLES})
    sha = "a" * 40
    repository = SHOP

    def __init__(self, server: Server, guard: EgressGuard, hall: Hall) -> None:
        self.clock = hall.clock
        self.world = DeployerWorld(hall.clock.now, Random(1), make_secret(Random(2)))
        self._guard, self._hall = guard, hall
        bound = BoundSecret("SECRET", ("acme/*",), (server.url,))
        instance = InstancePolicy(secrets={"deployer": bound})
        self._secrets = SecretsOf(instance, {"SECRET": self.world.secret})
        self._door = DeployerInbox(self._context, hall.intake)
        self.call = DriverCall("http", {"url": server.url, "secret": "deployer"})
        self.driver: Driver = self._new_driver()
        self.no: bytes | None = None
        server.answer = self._take

    def _new_driver(self) -> Driver:
        return HttpDriver(self._guard, self._secrets, self._hall.clock, "http://127.0.0.1:9")

    async def _context(self, _deployment: str) -> CallbackContext:
        return CallbackContext(KEY, (Key.parse(self.world.secret),))

    async def _take(self, request: web.Request) -> web.StreamResponse:
        if self.no is not None:
            return web.Response(status=422, body=self.no)
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self.world.receive(Request(request.method, "/hook", headers, await request.read()))
        if answer.cut and request.transport is not None:
            request.transport.abort()
        return web.Response(status=answer.status or 200, body=answer.body, headers=dict(answer.headers))

    def behave(self, manner: Manner) -> None:
        if manner in _TROUBLES:
            self.world.break_next(_TROUBLES[manner])
        else:
            self.world.play_next(_BEHAVIOURS[manner])

    async def heard(self) -> Sequence[DeployerReported]:
        before = len(self._hall.ledger.stored)
        while due := self.world.due(self.clock.now()):
            for run in due:
                self.world.answered(run, await self._deliver(self.world.next_report(run)))
        fresh = self._hall.ledger.stored[before:]
        meant = [each.data for incoming in fresh for each in translate_report(incoming).events]
        return [data for data in meant if isinstance(data, DeployerReported)]

    async def _deliver(self, report: Report) -> int:
        deployment = report.url.rpartition("/")[2]
        return (await self._door.at(deployment).take(report.headers, report.body)).status

    async def release(self) -> None:
        self.world.release_late()

    async def restart(self) -> None:
        await self.driver.close()
        self.driver = self._new_driver()

    def wait(self, seconds: float) -> None:
        self.clock.time += seconds

    @property
    def started(self) -> int:
        return len(self.world.runs)

    @property
    def cancelled(self) -> int:
        """How many orders to stop the deployer took."""
        return len([each for each in self.world.orders if each.action == "cancel"])


@asynccontextmanager
async def http_rig(monkeypatch: pytest.MonkeyPatch, hall: Hall | None = None) -> AsyncIterator[HttpRig]:
    """The http driver's rig; a deployer that says nothing is waited for only briefly."""
    monkeypatch.setattr(egress, "TIMEOUT_SECONDS", 0.3)
    guard = EgressGuard(AllLocal())
    async with serving() as server:
        try:
            yield HttpRig(server, guard, hall or Hall())
        finally:
            await guard.close()
