"""GitHub Deployments and their statuses, at the simulated GitHub."""

from collections.abc import Mapping
from typing import Literal

import msgspec
import pytest

from bot.domain.effects import RecordDeployment
from bot.domain.errors import LastingFault, PassingFault
from bot.doubt import LOOKS_SECONDS
from bot.github.deployments import DeploymentRecorder, DeploymentsOfOthers
from bot.ports import DeploymentWanted, Performed
from bot.sandbox.github import Fault
from bot.sandbox.github.records import Deployment
from tests.unit.github.hub import Hub
from tests.unit.github.ordered import ordered
from tests.unit.github.scripted import Scripted

CREATE = ".*/deployments"
STATUS = ".*/statuses"


def wanted(hub: Hub, **changes: object) -> RecordDeployment:
    body = RecordDeployment(
        repository=hub.repository,
        deployment="d-1",
        sha=hub.shop.pull_requests[0].head_sha,
        environment="production",
        state="queued",
        description="Waiting for its turn",
    )
    return msgspec.structs.replace(body, **changes)


def deployments(hub: Hub) -> list[Deployment]:
    return list(hub.shop.repository.deployments.values())


def states(hub: Hub) -> list[str]:
    (deployment,) = deployments(hub)
    return [status.state for status in deployment.statuses]


async def lost(hub: Hub, effect_body: RecordDeployment, handle: Mapping[str, object] | None = None) -> None:
    with pytest.raises(PassingFault) as raised:
        await DeploymentRecorder(hub.app)(ordered(effect_body, handle))
    assert raised.value.applied_maybe


async def record(hub: Hub, body: RecordDeployment, before: Performed | None = None) -> Performed:
    return await DeploymentRecorder(hub.app)(ordered(body, before.handle if before else None))


async def test_a_deployment_is_created_without_githubs_surprises(hub: Hub) -> None:
    performed = await record(hub, wanted(hub))
    (deployment,) = deployments(hub)
    assert (deployment.sha, deployment.ref, deployment.task) == (wanted(hub).sha, wanted(hub).sha, "deploy")
    assert deployment.payload == {"pointsman": "d-1"}
    assert (deployment.production, deployment.transient) == (True, False)
    assert performed.handle == {"deployment": deployment.id, "state": "queued"}
    assert states(hub) == ["queued"]


@pytest.mark.parametrize(
    ("environment", "is_production"), [("production/api", True), ("staging", False), ("preproduction", False)]
)
async def test_production_is_what_is_called_so(hub: Hub, environment: str, is_production: bool) -> None:
    await record(hub, wanted(hub, environment=environment))
    assert deployments(hub)[0].production is is_production


async def test_states_follow_in_one_deployment_with_their_addresses(hub: Hub) -> None:
    first = await record(hub, wanted(hub))
    second = await record(hub, wanted(hub, state="in_progress", log_url="https://ci.example.com/1"), first)
    await record(hub, wanted(hub, state="success", environment_url="https://shop.example.com"), second)
    assert states(hub) == ["queued", "in_progress", "success"]
    statuses = deployments(hub)[0].statuses
    assert statuses[1].log_url == "https://ci.example.com/1"
    assert statuses[2].environment_url == "https://shop.example.com"


async def test_the_predecessor_stays_as_it_is(hub: Hub) -> None:
    await record(hub, wanted(hub, environment="staging", state="success"))
    await record(hub, wanted(hub, environment="staging", deployment="d-2", state="success"))
    assert [deployment.state for deployment in deployments(hub)] == ["success", "success"]


async def test_the_same_state_is_not_posted_twice(hub: Hub) -> None:
    first = await record(hub, wanted(hub))
    assert (await record(hub, wanted(hub), first)).note == "already shown"
    assert states(hub) == ["queued"]


async def test_another_description_of_the_same_state_is_posted(hub: Hub) -> None:
    first = await record(hub, wanted(hub, state="in_progress", description="10 %"))
    await record(hub, wanted(hub, state="in_progress", description="50 %"), first)
    assert [status.description for status in deployments(hub)[0].statuses] == ["10 %", "50 %"]


async def test_a_lost_reply_to_the_creation_leaves_one_deployment(hub: Hub) -> None:
    hub.world.faults.add(Fault("lost_reply", method="POST", path=CREATE, times=1))
    await lost(hub, wanted(hub))
    performed = await DeploymentRecorder(hub.app)(ordered(wanted(hub), lost_at=hub.clock.now()))
    assert performed.handle == {"deployment": deployments(hub)[0].id, "state": "queued"}
    assert states(hub) == ["queued"]


async def test_a_list_that_lags_does_not_lead_to_a_second_deployment(hub: Hub) -> None:
    hub.world.faults.add(Fault("lost_reply", method="POST", path=CREATE, times=1))
    first_at = hub.clock.now()
    await lost(hub, wanted(hub))
    hub.world.lag(LOOKS_SECONDS[-1] - 1)
    await DeploymentRecorder(hub.app)(ordered(wanted(hub), lost_at=first_at))
    assert len(deployments(hub)) == 1


@pytest.mark.parametrize("kind", ["lost_reply", "reset"])
async def test_a_lost_reply_to_a_status_leaves_one_status(
    hub: Hub, kind: Literal["lost_reply", "reset"]
) -> None:
    first = await record(hub, wanted(hub))
    hub.world.faults.add(Fault(kind, method="POST", path=STATUS, times=1))
    done = wanted(hub, state="success")
    await lost(hub, done, first.handle)
    await DeploymentRecorder(hub.app)(ordered(done, first.handle, lost_at=hub.clock.now()))
    assert states(hub) == ["queued", "success"]


async def test_a_status_that_fails_after_the_creation_does_not_lead_to_a_second_one(hub: Hub) -> None:
    hub.world.faults.add(Fault("rate_limit_secondary", method="POST", path=STATUS, times=1, seconds=2))
    with pytest.raises(PassingFault) as raised:
        await record(hub, wanted(hub))
    assert (raised.value.retry_after, raised.value.applied_maybe) == (5.0, True)
    hub.clock.time += 7
    await DeploymentRecorder(hub.app)(ordered(wanted(hub), lost_at=hub.clock.now() - 7))
    assert states(hub) == ["queued"]


async def test_somebody_elses_deployment_is_not_taken_for_ours(hub: Hub) -> None:
    await record(hub, wanted(hub, deployment="d-other"))
    await record(hub, wanted(hub))
    assert [deployment.payload for deployment in deployments(hub)] == [
        {"pointsman": "d-other"},
        {"pointsman": "d-1"},
    ]


async def test_a_deployment_with_our_id_that_a_person_made_is_not_taken_for_ours(hub: Hub) -> None:
    """Anybody with write access can make one, and our id stands in a comment for all to read."""
    await record(hub, wanted(hub))
    (forged,) = deployments(hub)
    forged.creator, forged.by_app = hub.world.account("ada"), False
    await record(hub, wanted(hub, state="success"))
    assert [[status.state for status in each.statuses] for each in deployments(hub)] == [
        ["queued"],
        ["success"],
    ]


async def test_a_payload_that_github_gives_back_as_text_is_understood(hub: Hub) -> None:
    await record(hub, wanted(hub))
    deployments(hub)[0].payload = '{"pointsman": "d-1"}'
    await record(hub, wanted(hub, state="success"))
    assert states(hub) == ["queued", "success"]


async def test_a_description_has_one_line_of_140_characters(hub: Hub) -> None:
    await record(hub, wanted(hub, description="It\nfailed because " + "x" * 300))
    (deployment,) = deployments(hub)
    for text in (deployment.description, deployment.statuses[0].description):
        assert text is not None
        assert text.startswith("It failed because x")
        assert len(text) == 140
        assert text.endswith("…")


async def test_a_commit_that_is_gone_is_explained(hub: Hub) -> None:
    with pytest.raises(LastingFault) as raised:
        await record(hub, wanted(hub, sha="f" * 40))
    assert "No ref found" in raised.value.reason
    assert "Is the commit still in the repository" in raised.value.hint


async def test_a_conflict_is_explained(hub: Hub) -> None:
    hub.world.faults.add(Fault("status", status=409, method="POST", path=CREATE, times=1))
    with pytest.raises(LastingFault) as raised:
        await record(hub, wanted(hub))
    assert "conflict" in raised.value.hint


async def test_a_merge_in_the_place_of_a_deployment_is_a_fault(hub: Hub, scripted: Scripted) -> None:
    app = scripted.app()
    scripted.say(200, [])
    scripted.say(202, {"message": "Auto-merged main into x on deployment."})
    with pytest.raises(LastingFault) as raised:
        await DeploymentRecorder(app)(ordered(wanted(hub)))
    assert "Auto-merged main into x" in raised.value.hint


async def test_a_deployment_that_people_deleted_is_not_created_anew(hub: Hub) -> None:
    with pytest.raises(LastingFault) as raised:
        await DeploymentRecorder(hub.app)(ordered(wanted(hub), {"deployment": 999, "state": "pending"}))
    assert "deleted this deployment" in raised.value.hint
    assert deployments(hub) == []


async def test_another_apps_payload_is_no_riddle(hub: Hub) -> None:
    await record(hub, wanted(hub, deployment="d-other"))
    deployments(hub)[0].payload = "no json"
    await record(hub, wanted(hub))
    assert len(deployments(hub)) == 2


async def test_what_a_driver_made_is_found_and_never_made(hub: Hub) -> None:
    gone = wanted(hub, state="inactive", made_by_driver=True)
    performed = await record(hub, gone)
    assert (performed.note, performed.handle, deployments(hub)) == ("there is no such deployment", None, [])
    id = await DeploymentsOfOthers(hub.app).create(order(hub), ordered(wanted(hub)))
    performed = await record(hub, gone)
    assert performed.handle == {"deployment": id, "state": "inactive"}
    assert states(hub) == ["inactive"]


# --- those that another system acts on -----------------------------------------------------------------

OTHER = "acme-cd"


def order(hub: Hub, **changes: object) -> DeploymentWanted:
    body = DeploymentWanted(
        repository=hub.repository,
        deployment="d-1",
        sha=hub.shop.pull_requests[0].head_sha,
        environment="production",
        description="Deploy of main by ada",
        payload={"service": "api", "params": {"verbose": True}},
    )
    return msgspec.structs.replace(body, **changes)


async def made(hub: Hub, *, lost_at: float | None = None) -> int:
    return await DeploymentsOfOthers(hub.app).create(order(hub), ordered(wanted(hub), lost_at=lost_at))


def says(hub: Hub, id: int, state: str, description: str = "", app: str = OTHER) -> None:
    hub.world.add_app(app)
    hub.world.report_deployment(app, hub.repository.full_name, id, state, description)


async def test_the_other_system_gets_to_know_what_it_needs_and_our_id(hub: Hub) -> None:
    id = await made(hub)
    (deployment,) = deployments(hub)
    assert (deployment.id, deployment.description) == (id, "Deploy of main by ada")
    assert deployment.payload == {"service": "api", "params": {"verbose": True}, "pointsman": "d-1"}
    assert deployment.statuses == []


async def test_nobodys_payload_replaces_our_id(hub: Hub) -> None:
    faked = order(hub, payload={"pointsman": "d-2"})
    await DeploymentsOfOthers(hub.app).create(faked, ordered(wanted(hub)))
    assert deployments(hub)[0].payload == {"pointsman": "d-1"}


async def test_it_is_made_once_however_often_it_is_asked_for(hub: Hub) -> None:
    assert await made(hub) == await made(hub)
    assert len(deployments(hub)) == 1


async def test_after_a_lost_reply_it_is_found_and_not_made_again(hub: Hub) -> None:
    hub.world.faults.add(Fault("lost_reply", method="POST", path=CREATE, times=1))
    first_at = hub.clock.now()
    with pytest.raises(PassingFault) as raised:
        await made(hub)
    assert raised.value.applied_maybe
    hub.world.lag(LOOKS_SECONDS[-1] - 1)
    assert await made(hub, lost_at=first_at) == deployments(hub)[0].id
    assert len(deployments(hub)) == 1


async def test_the_newest_word_of_the_reporter_is_seen_and_nobody_elses(hub: Hub) -> None:
    id = await made(hub)
    says(hub, id, "in_progress", "1 of 5")
    hub.clock.time += 2
    says(hub, id, "in_progress", "3 of 5")
    says(hub, id, "success", "lies", app="evil-cd")
    seen = await DeploymentsOfOthers(hub.app).seen(hub.repository, id, OTHER)
    assert seen is not None
    assert seen.status is not None
    assert (seen.id, seen.status.state, seen.status.description) == (id, "in_progress", "3 of 5")
    assert seen.status.at - seen.status.deployed_at == 2.0


async def test_being_replaced_hides_nothing_that_was_said_before(hub: Hub) -> None:
    id = await made(hub)
    says(hub, id, "success", "5 of 5")
    says(hub, id, "inactive")
    seen = await DeploymentsOfOthers(hub.app).seen(hub.repository, id, OTHER)
    assert seen is not None
    assert seen.status is not None
    assert seen.status.state == "success"


async def test_a_reporter_that_said_nothing_is_seen_as_silent(hub: Hub) -> None:
    seen = await DeploymentsOfOthers(hub.app).seen(hub.repository, await made(hub), OTHER)
    assert seen is not None
    assert seen.status is None


async def test_a_deployment_that_is_gone_is_not_seen(hub: Hub) -> None:
    assert await DeploymentsOfOthers(hub.app).seen(hub.repository, 999, OTHER) is None
