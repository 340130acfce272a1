"""Words for the tests of the simulated deployer: a clock to turn, orders as the bot sends them."""

import json
from dataclasses import dataclass
from random import Random
from typing import Any

from bot.sandbox.deployer import DeployerWorld, make_secret, signed_headers
from bot.sandbox.slack import Request, Response

SECRET = make_secret(Random(3))
NOW = 1_795_550_000.0
SHA, OTHER_SHA = "a" * 40, "b" * 40


@dataclass
class Clock:
    """A clock that only the test turns."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def new_world(clock: Clock, **more: Any) -> DeployerWorld:
    return DeployerWorld(clock, Random(5), SECRET, **more)


def data(**more: Any) -> dict[str, Any]:
    known = {
        "deployment": "d-0123456789",
        "request": "r-0123456789",
        "attempt": 1,
        "action": "deploy",
        "repository": "acme/shop",
        "service": "api",
        "environment": "production",
        "sha": SHA,
        "ref": "main",
        "previous_sha": None,
        "step": None,
        "params": {},
        "requested_by": "ada",
        "callback_url": "http://127.0.0.1:9/callbacks/deployments/d-0123456789",
    }
    return known | more


def event(**more: Any) -> dict[str, Any]:
    known = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "https://pointsman.example.com",
        "type": "pointsman.deployer.requested",
        "time": "2026-11-24T20:00:00Z",
        "datacontenttype": "application/json",
        "data": data(),
    }
    return known | more


def signed(document: object, message_id: str = "msg_1", timestamp: float = NOW) -> Request:
    body = json.dumps(document).encode()
    headers = signed_headers(SECRET, message_id, int(timestamp), body)
    return Request("POST", "/hook", {"content-type": "application/cloudevents+json", **headers}, body)


def order(world: DeployerWorld, message_id: str = "msg_1", **more: Any) -> Response:
    """Send the deployer an order, its data changed like this."""
    return world.receive(signed(event(data=data(**more)), message_id, world.clock()))


def play(world: DeployerWorld, status: int | None = 202) -> list[dict[str, Any]]:
    """Let the deployer report all that is due, each report answered with this status."""
    told = []
    while runs := world.due(world.clock()):
        report = world.next_report(runs[0])
        told.append(json.loads(report.body) | {"id": report.headers["webhook-id"]})
        world.answered(runs[0], status)
    return told
