"""Asking the deployer with the driver that the order names, and telling the slot."""

import pytest
from msgspec.structs import replace

from bot.domain.effects import AddReaction, CallDeployer, Effect
from bot.domain.errors import LastingFault
from bot.domain.events import DeployerAnswered, New
from bot.domain.values import Report
from bot.drivers.performing import CallDeployerPerformer
from bot.ports import DeployerReply
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
