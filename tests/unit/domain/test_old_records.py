"""What an earlier version stored is read by this one, and means what it meant then.

The records are those of the version whose only deployer was `http`, field by field.
"""

from typing import Any

import msgspec
import pytest

from bot.domain.deployment import Deployment, DriverCall
from bot.domain.effects import CallDeployer
from bot.domain.event_types import BY_TYPE
from bot.domain.events import (
    DeployerAnswered,
    DeployerReported,
    DeploymentEnded,
    EffectParked,
    Live,
    RequestProgressed,
)
from bot.domain.slot import Slot
from bot.domain.state import decode
from bot.domain.values import Report
from bot.ledger import codec
from bot.reactors import deployer
from tests.unit.reactors.stories import NEW, SLOT, event

ORDER: dict[str, Any] = {
    "id": "d-old",
    "request": "r-old",
    "action": "deploy",
    "repository": {"owner": "acme", "name": "shop", "id": 1, "installation": 7},
    "service": "api",
    "environment": "production",
    "sha": NEW,
    "ref": "main",
    "call": {"driver": "http", "settings": {"url": "https://deployer.example"}},
    "asker": {"login": "ada", "slack": None, "is_bot": False},
    "requested_at": 1.0,
    "attempt": 1,
    "params": {},
    "because": None,
    "automatic": False,
    "number": None,
    "target": None,
    "of": None,
    "answers": False,
    "on_busy": "queue",
    "start_timeout": 300.0,
    "timeout": 1800.0,
    "github_environment": "",
    "github_deployments": True,
    "url": None,
    "channel": None,
    "rollback": "prompt",
    "pinned": "head",
    "configuration": None,
    "prefix": "",
}
DEPLOYMENT: dict[str, Any] = {
    "order": ORDER,
    "state": "running",
    "started_at": 2.0,
    "accepted_at": 3.0,
    "ended_at": None,
    "previous_sha": None,
    "sequence": 2,
    "percent": None,
    "description": None,
    "log_url": None,
    "reason": None,
}
STATE: dict[str, Any] = {
    "current": DEPLOYMENT,
    "queue": [],
    "history": [DEPLOYMENT | {"state": "failed", "ended_at": 4.0}],
    "live": {"deployment": "d-old", "sha": NEW, "known": True},
    "bad": [],
    "prompts": [],
}
REPORT: dict[str, Any] = {
    "deployment": "d-old",
    "state": "succeeded",
    "attempt": None,
    "step": None,
    "sequence": 3,
    "description": None,
    "percent": None,
    "log_url": None,
}
PARKED = {"effect": "x-1", "kind": "deployer.call", "reason": "away", "hint": "", "uncertain": False}


def stored(record: dict[str, Any]) -> bytes:
    return msgspec.msgpack.encode(record)


def slot() -> Slot:
    read = decode(SLOT, stored(STATE))
    assert isinstance(read, Slot)
    return read


def test_a_slot_is_read_with_what_runs_and_what_ran() -> None:
    read = slot()
    assert read.current is not None
    assert (read.current.handle, read.current.names, read.current.cancel) == ({}, (), None)
    assert read.current.known_as == ("d-old",)
    assert read.current.order.call == DriverCall(
        "http", {"url": "https://deployer.example"}, "callback", False
    )
    assert (read.history[0].state, read.history[0].again) == ("failed", None)
    assert read.live == Live("d-old", NEW, known=True)


@pytest.mark.parametrize(
    ("record", "event"),
    [
        (
            {"report": REPORT},
            DeployerReported(report=Report("d-old", "succeeded", sequence=3), by="callback"),
        ),
        (
            {"deployment": "d-old", "state": "succeeded", "at": 4.0, "reason": "r", "description": None}
            | {"log_url": None},
            DeploymentEnded(deployment="d-old", state="succeeded", at=4.0, reason="r", sequence=None),
        ),
        (
            {"deployment": "d-old", "attempt": 1, "accepted": True, "description": None, "report": None},
            DeployerAnswered(deployment="d-old", attempt=1, accepted=True, awaits_deployer=False),
        ),
        (PARKED, EffectParked(effect="x-1", kind="deployer.call", reason="away", hint="", deployment=None)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_events_are_read_as_what_they_were(record: dict[str, Any], event: Any) -> None:
    assert codec.read_data(event.TYPE, 1, stored(record)) == event
    assert BY_TYPE[event.TYPE].VERSION == 1


def test_pictures_and_effects_that_hold_an_order_are_read() -> None:
    picture = {"deployment": DEPLOYMENT, "position": None, "prompt": None, "live": None}
    read = codec.read_data(RequestProgressed.TYPE, 1, stored(picture))
    assert isinstance(read, RequestProgressed)
    assert isinstance(read.deployment, Deployment)
    call = {"order": ORDER, "action": "deploy", "previous_sha": None, "deadline": 302.0}
    body = codec.read_effect(CallDeployer.KIND, stored(call))
    assert isinstance(body, CallDeployer)
    assert (body.order.call.reports, body.asks_about) == ("callback", "d-old")


def test_a_report_that_was_stored_before_ways_were_told_still_ends_its_deployment() -> None:
    report = codec.read_data(DeployerReported.TYPE, 1, stored({"report": REPORT}))
    decision = deployer.reported(event(report), slot(), None, 5.0)
    assert decision.reason == "deployer_succeeded"
