"""Asking the deployer with the driver that the order names, and telling the slot."""

import pytest
from msgspec.structs import replace

from bot.domain.effects import AddReaction, CallDeployer, CancelDeployer, Effect, LookAtDeployer
from bot.domain.errors import LastingFault
from bot.domain.events import CancellationAnswered, DeployerAnswered, DeployerLooked, New
from bot.domain.values import Person, Report
from bot.drivers.performing import (
    CallDeployerPerformer,
    CancelDeployerPerformer,
    LookAtDeployerPerformer,
)
from bot.ports import DeployerReply, Look
from tests.unit.reactors.stories import SHOP, SLOT, order

BODY = CallDeployer(order=order(attempt=2), action="deploy", previous_sha=None, deadline=1.0)
EFFECT = Effect(
    key="x-1",
    body=BODY,
    version=1,
    handle=None,
    parent_handle=None,
    uncertain=False,
    attempts=1,
    token="lease",
    owner=SLOT,
)


class Told:
    """A driver that says what a test says."""

    name = "http"

    def __init__(self, reply: DeployerReply) -> None:
        self.reply = reply

    async def call(self, call: CallDeployer, effect: Effect) -> DeployerReply:
        return self.reply

    async def look(self, asked: LookAtDeployer) -> Look:
        return Look(report=self.reply.report, lost=self.reply.description, look_after=self.reply.look_after)

    async def cancel(self, asked: CancelDeployer, effect: Effect) -> DeployerReply:
        return self.reply

    async def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    "reply",
    [
        DeployerReply(accepted=True),
        DeployerReply(accepted=True, report=Report("d-new", "succeeded")),
        DeployerReply(accepted=False, description="no capacity"),
    ],
)
async def test_the_slot_is_told_what_the_deployer_answered(reply: DeployerReply) -> None:
    performed = await CallDeployerPerformer({"http": Told(reply)})(EFFECT)
    answered = DeployerAnswered(
        deployment="d-new",
        attempt=2,
        accepted=reply.accepted,
        description=reply.description,
        report=reply.report,
    )
    assert performed.events == (New(key=SLOT, data=answered),)
    assert performed.handle == {"accepted": reply.accepted}


async def test_a_driver_that_is_not_there_is_a_lasting_fault() -> None:
    with pytest.raises(LastingFault) as fault:
        await CallDeployerPerformer({})(EFFECT)
    assert fault.value.hint


@pytest.mark.parametrize(
    "effect",
    [
        replace(EFFECT, owner=None),
        replace(EFFECT, body=AddReaction(repository=SHOP, comment=1, content="eyes")),
    ],
)
async def test_an_effect_for_somebody_else_is_a_defect(effect: Effect) -> None:
    with pytest.raises(TypeError):
        await CallDeployerPerformer({"http": Told(DeployerReply(accepted=True))})(effect)


async def test_what_is_seen_at_the_deployer_is_told_to_the_slot() -> None:
    body = LookAtDeployer(order=order(attempt=2), deployment_handle={"run": 77}, asked="e-1")
    report = Report("d-new", "in_progress")
    driver = Told(DeployerReply(accepted=True, report=report, look_after=30.0))
    performed = await LookAtDeployerPerformer({"http": driver})(replace(EFFECT, body=body))
    looked = DeployerLooked(deployment="d-new", attempt=2, report=report, look_after=30.0)
    assert performed.events == (New(key=SLOT, data=looked),)


async def test_what_the_deployer_makes_of_the_wish_to_stop_is_told_to_the_slot() -> None:
    body = CancelDeployer(order=order(attempt=2), deployment_handle={}, person=Person("ada"))
    driver = Told(DeployerReply(accepted=False, description="too late"))
    performed = await CancelDeployerPerformer({"http": driver})(replace(EFFECT, body=body))
    answered = CancellationAnswered(deployment="d-new", attempt=2, accepted=False, description="too late")
    assert performed.events == (New(key=SLOT, data=answered),)
