"""The `github_deployment` driver at a simulated GitHub: what it orders, sees, and cannot stop."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.deployment import Order
from bot.domain.effects import CallDeployer, CancelDeployer, Effect, LookAtDeployer
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.values import Person
from bot.drivers.github_deployment import RULE, GitHubDeploymentDriver
from bot.ports import DeployerReply, Look
from bot.sandbox.github import Fault
from bot.sandbox.github.records import Deployment
from bot.testing.drivers import effect_for, order_for
from tests.contract.deployments_rig import REPORTER, DeploymentsRig

DEPLOYMENTS = ".*/deployments"


@pytest.fixture
def rig() -> DeploymentsRig:
    return DeploymentsRig()


def asked_for(rig: DeploymentsRig, **changes: Any) -> Order:
    return order_for(rig, **changes)


async def call(
    rig: DeploymentsRig, *, uncertain: bool = False, action: Any = "deploy", **changes: Any
) -> DeployerReply:
    body = CallDeployer(order=asked_for(rig, **changes), action=action, previous_sha="b" * 40, deadline=1e12)
    return await rig.driver.call(body, effect_for(body, uncertain=uncertain))


def handle_of(reply: DeployerReply) -> dict[str, Any]:
    assert reply.accepted
    return reply.handle


async def look(rig: DeploymentsRig, handle: dict[str, Any]) -> Look:
    asked = LookAtDeployer(order=asked_for(rig), deployment_handle=handle, asked="e-1")
    return await rig.driver.look(asked)


def made(rig: DeploymentsRig) -> Deployment:
    (deployment,) = rig.deployments
    return deployment


async def test_the_deployment_says_what_is_to_be_shipped_where_and_for_whom(rig: DeploymentsRig) -> None:
    settings = {"reporter": REPORTER, "payload": {"region": "eu", "service": "fake", "pointsman": "fake"}}
    reply = await call(
        rig,
        call=replace(rig.call, settings=settings),
        params={"verbose": True},
        action="rollback",
    )
    deployment = made(rig)
    assert handle_of(reply) == {"deployment": deployment.id}
    assert (reply.report, reply.names, reply.look_after) == (None, (), 30.0)
    assert (deployment.sha, deployment.environment, deployment.task) == (rig.sha, "production/api", "deploy")
    assert deployment.description == "Rollback of main by ada"
    assert deployment.payload == {
        "pointsman": "d-0000000001",
        "request": "r-0000000001",
        "attempt": 1,
        "action": "rollback",
        "service": "api",
        "environment": "production",
        "ref": "main",
        "previous_sha": "b" * 40,
        "params": {"verbose": True},
        "requested_by": "ada",
        "region": "eu",
    }


@pytest.mark.parametrize(
    "asker,name",
    [(Person(slack="U0ADA"), "U0ADA"), (Person(), "automation"), (Person("ada", "U0ADA"), "ada")],
)
async def test_whoever_asked_is_named(rig: DeploymentsRig, asker: Person, name: str) -> None:
    await call(rig, asker=asker, github_environment="")
    assert made(rig).description == f"Deploy of main by {name}"
    assert made(rig).environment == "production"


async def test_a_refusal_of_githubs_is_an_answer_in_its_words(rig: DeploymentsRig) -> None:
    reply = await call(rig, sha="f" * 40)
    assert not reply.accepted
    assert "No ref found" in (reply.description or "")
    assert "Is the commit still in the repository" in (reply.description or "")


async def test_a_refusal_after_a_lost_reply_proves_nothing(rig: DeploymentsRig) -> None:
    rig.stage.world.faults.add(Fault("lost_reply", method="POST", path=DEPLOYMENTS, times=1))
    with pytest.raises(PassingFault):
        await call(rig)
    rig.stage.world.faults.add(Fault("status", status=403, method="GET", path=DEPLOYMENTS, times=1))
    with pytest.raises(LastingFault):
        await call(rig, uncertain=True)
    assert len(rig.deployments) == 1


async def test_a_look_sees_what_no_event_told(rig: DeploymentsRig) -> None:
    handle = handle_of(await call(rig))
    assert await look(rig, handle) == Look(look_after=30.0)
    rig.stage.world.report_deployment(
        REPORTER, "acme/shop", made(rig).id, "in_progress", "3 of 5 pods", "https://cd.example/1"
    )
    (heard,) = rig.stage.reports()
    assert await look(rig, handle) == Look(report=heard.report, look_after=30.0)


async def test_a_look_at_a_deployment_that_was_deleted_says_that_it_is_lost(rig: DeploymentsRig) -> None:
    handle = handle_of(await call(rig))
    rig.stage.world.repository("acme/shop").deployments.clear()
    seen = await look(rig, handle)
    assert (seen.report, seen.look_after) == (None, None)
    assert seen.lost == "Somebody deleted the deployment on GitHub, so nobody can report on it any more."


async def test_what_cannot_be_stopped_is_said_and_nothing_is_touched(rig: DeploymentsRig) -> None:
    handle = handle_of(await call(rig))
    asked = CancelDeployer(order=asked_for(rig), deployment_handle=handle, person=Person("ada"))
    reply = await rig.driver.cancel(asked, _effect(asked))
    assert not reply.accepted
    assert reply.description == f"GitHub has nothing that stops a deployment; stop it in {REPORTER}."
    assert made(rig).statuses == []


def _effect(body: CancelDeployer) -> Effect:
    return effect_for(body)


def test_only_the_named_app_may_report_and_the_driver_makes_the_record() -> None:
    assert (RULE.reports, RULE.records, RULE.steps) == ("status:{reporter}", True, False)
    assert GitHubDeploymentDriver.name == "github_deployment"
