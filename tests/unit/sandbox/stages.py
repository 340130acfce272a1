"""Words for the tests of what is kept: a stage on which things happened, without servers."""

import json
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.deployer import signed_headers
from bot.sandbox.deployer.world import Run
from bot.sandbox.github import generate_app_key, seed_acme_shop
from bot.sandbox.github.emission import queue
from bot.sandbox.github.seed import SHOP
from bot.sandbox.keeping import Kept, Ports, load, snapshot
from bot.sandbox.slack import Request
from bot.sandbox.stage import CONFIGURATION, Stage, StageSettings

NOW = 1_795_550_000.0
APP_KEY = generate_app_key()
VERSION = "1.2.3"
PORTS = Ports(20_001, 20_002, 20_003, 20_004, 20_005)


@dataclass
class Clock:
    """A clock that only the test turns."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


def new_stage(folder: Path, clock: Clock, kept: Kept | None = None) -> Stage:
    """A stage that is not served; a new one has acme/shop, two open pull requests and a message in it."""
    stage = Stage(folder, StageSettings(app_key=APP_KEY, clock=clock, step_seconds=1.0), kept)
    if kept is None:
        seed_acme_shop(stage.github, CONFIGURATION)
        stage.slack.post("ada", "deploys", "Good morning")
        stage.slack.slash_command("ada", "deploys", "/deploy", "api staging")
    return stage


def order(stage: Stage) -> Run:
    """Have the deployer take an order to ship the head of main."""
    deployment = f"d-{len(stage.deployer.runs):010d}"
    data = {
        "deployment": deployment,
        "request": "r-0123456789",
        "attempt": 1,
        "action": "deploy",
        "repository": SHOP,
        "service": "api",
        "environment": "production",
        "sha": stage.github.repository(SHOP).branches["main"],
        "ref": "main",
        "previous_sha": None,
        "step": None,
        "params": {},
        "requested_by": "ada",
        "callback_url": f"http://127.0.0.1:20001/callbacks/deployments/{deployment}",
    }
    event = {"specversion": "1.0", "id": "e-1", "source": "https://bot.example", "data": data}
    event["type"] = "pointsman.deployer.requested"
    body = json.dumps(event).encode()
    now = int(stage.deployer.clock())
    headers = signed_headers(stage.deployer.secret, f"msg_{deployment}", now, body)
    headers["content-type"] = "application/cloudevents+json"
    assert stage.deployer.receive(Request("POST", "/hook", headers, body)).status == 202
    return stage.deployer.runs[-1]


def busy(stage: Stage, comments: int = 1) -> None:
    """Comments on the first pull request, each with its webhook, delivered; one ping that waits."""
    (first, *_) = stage.github.repository(SHOP).pulls
    for number in range(comments):
        stage.github.comment("ada", SHOP, first.number, f"Comment {number}")
    for webhook in stage.github.outbox.drain():
        stage.github.record_delivery_result(webhook.guid, 202, 0.01)
    queue(stage.github, "ping", {"zen": "Keep it logically awesome."}, None)


def saved_and_loaded(stage: Stage, path: Path, clock: Clock, *, in_order: bool = True) -> Kept:
    """What comes back from the disk."""
    snapshot(stage.kept(PORTS, in_order=in_order), VERSION).write(path)
    return load(path, VERSION, clock)
