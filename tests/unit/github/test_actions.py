"""Workflows at the simulated GitHub: started, found, read and cancelled; and what other servers answer."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from bot.domain.errors import LastingFault, PassingFault
from bot.domain.values import Repository
from bot.github.actions import ActionsWorkflows
from bot.github.transport import open_session
from bot.ports import Dispatch, Started
from bot.sandbox.github import DEPLOY_WORKFLOW, DEPLOY_WORKFLOW_PATH, Fault
from bot.sandbox.github.records import iso
from bot.sandbox.github.seed import AUTHOR
from tests.oracles.validation import request_messages
from tests.unit.doors import StoppedClock
from tests.unit.github.hub import SHOP, Hub, connect, new_world, undescribed
from tests.unit.github.scripted import BREAK, Scripted

INPUTS = {
    "sha": "a" * 40,
    "environment": "production",
    "service": "api",
    "deployment": "d-0123456789",
    "region": "eu",
}
ACME = Repository("acme", "shop", 1, 7)
DISPATCHES = ".*/dispatches"


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    """acme/shop with a workflow whose runs wait for a runner."""
    clock = StoppedClock()
    world = new_world(clock)
    world.validators.append(request_messages)
    world.actions.behaviour = "silent"
    async with open_session() as session:
        hub = await connect(world, clock, session, more_files={DEPLOY_WORKFLOW_PATH: DEPLOY_WORKFLOW})
        yield hub
        await hub.server.close()
    assert hub.world.violations == []
    assert hub.world.unknown_requests == []
    assert undescribed(hub.world) == []


def wanted(hub: Hub | None = None, **changes: str) -> Dispatch:
    repository = hub.repository if hub else ACME
    return Dispatch(repository=repository, workflow="deploy.yml", inputs=INPUTS | changes)


async def started(hub: Hub) -> int:
    found = await ActionsWorkflows(hub.app).dispatch(wanted(hub))
    assert found is not None
    return found.run


# --- starting -------------------------------------------------------------------------------------------


async def test_a_workflow_is_started_on_the_default_branch_with_its_inputs(hub: Hub) -> None:
    found = await ActionsWorkflows(hub.app).dispatch(wanted(hub))
    (run,) = hub.world.actions.runs.values()
    assert found == Started(run.id, f"{hub.world.web_url}/acme/shop/actions/runs/{run.id}")
    assert (run.head_branch, run.inputs) == ("main", INPUTS)
    assert run.actor.login == f"{hub.world.app.slug}[bot]"


async def test_a_server_that_ignores_the_wish_for_details_started_it_all_the_same(hub: Hub) -> None:
    hub.world.actions.run_details = False
    assert await ActionsWorkflows(hub.app).dispatch(wanted(hub)) is None
    assert len(hub.world.actions.runs) == 1


async def test_a_workflow_that_is_not_there_is_named_with_its_branch(hub: Hub) -> None:
    elsewhere = msgspec.structs.replace(wanted(hub), workflow="release.yml")
    with pytest.raises(LastingFault) as fault:
        await ActionsWorkflows(hub.app).dispatch(elsewhere)
    assert fault.value.reason == "GitHub finds no workflow release.yml on main of acme/shop."
    assert ".github/workflows/release.yml" in fault.value.hint


async def test_a_workflow_name_cannot_climb_to_another_address(hub: Hub) -> None:
    with pytest.raises(LastingFault):
        await ActionsWorkflows(hub.app).dispatch(msgspec.structs.replace(wanted(hub), workflow=".."))


@pytest.mark.parametrize(
    "changes,said",
    [
        ({"verbose": "true"}, 'Unexpected inputs provided: ["verbose"]'),
        ({"region": "moon"}, "Provided value 'moon' for input 'region'"),
        ({"sha": ""}, "Required input 'sha' not provided"),
    ],
)
async def test_inputs_that_do_not_fit_are_told_in_githubs_words(
    hub: Hub, changes: dict[str, str], said: str
) -> None:
    with pytest.raises(LastingFault) as fault:
        await ActionsWorkflows(hub.app).dispatch(wanted(hub, **changes))
    assert fault.value.reason.startswith(
        "GitHub does not start the workflow deploy.yml on main of acme/shop: "
    )
    assert said in fault.value.reason
    assert "sha, environment, service, deployment, region" in fault.value.hint
    assert hub.world.actions.runs == {}


async def test_a_workflow_that_cannot_be_dispatched_says_so(hub: Hub) -> None:
    text = DEPLOY_WORKFLOW.replace("workflow_dispatch:", "workflow_call:")
    hub.world.push(AUTHOR, SHOP, "main", {DEPLOY_WORKFLOW_PATH: text}, "Only called")
    with pytest.raises(LastingFault) as fault:
        await ActionsWorkflows(hub.app).dispatch(wanted(hub))
    assert "does not have 'workflow_dispatch' trigger" in fault.value.reason


async def test_trouble_at_github_may_have_started_it(hub: Hub) -> None:
    hub.world.faults.add(Fault("status", method="POST", path=DISPATCHES, times=1))
    with pytest.raises(PassingFault) as fault:
        await ActionsWorkflows(hub.app).dispatch(wanted(hub))
    assert fault.value.applied_maybe


async def test_trouble_before_anything_was_sent_started_nothing(hub: Hub) -> None:
    hub.world.faults.add(Fault("status", method="GET", path="/repos/acme/shop", times=1))
    with pytest.raises(PassingFault) as fault:
        await ActionsWorkflows(hub.app).dispatch(wanted(hub))
    assert not fault.value.applied_maybe


async def test_an_app_that_may_not_start_workflows_is_told_what_to_grant() -> None:
    clock = StoppedClock()
    world = new_world(clock, {"contents": "read", "metadata": "read", "actions": "read"})
    async with open_session() as session:
        hub = await connect(world, clock, session, more_files={DEPLOY_WORKFLOW_PATH: DEPLOY_WORKFLOW})
        with pytest.raises(LastingFault) as fault:
            await ActionsWorkflows(hub.app).dispatch(wanted(hub))
        await hub.server.close()
    assert "actions" in fault.value.hint
    assert "write" in fault.value.hint


async def test_a_server_that_refuses_the_wish_for_details_is_asked_without_it(scripted: Scripted) -> None:
    workflows = ActionsWorkflows(scripted.app())
    scripted.say(200, {"id": 1, "name": "shop", "full_name": "acme/shop", "owner": {"login": "acme"}})
    scripted.say(422, {"message": 'Invalid request. "return_run_details" is not a permitted key.'})
    scripted.say(204, b"")
    assert await workflows.dispatch(wanted()) is None
    bodies = [msgspec.json.decode(each.body) for each in scripted.heard if "dispatches" in each.path]
    assert [sorted(body) for body in bodies] == [["inputs", "ref", "return_run_details"], ["inputs", "ref"]]


@pytest.mark.parametrize("body", [{}, {"workflow_run_id": "five"}, {"workflow_run_id": None}, []])
async def test_an_odd_answer_to_a_dispatch_is_no_reason_to_send_it_again(
    scripted: Scripted, body: object
) -> None:
    workflows = ActionsWorkflows(scripted.app())
    scripted.say(200, {"id": 1, "name": "shop", "full_name": "acme/shop", "owner": {"login": "acme"}})
    scripted.say(200, body)
    assert await workflows.dispatch(wanted()) is None


async def test_a_connection_that_breaks_may_have_started_it(scripted: Scripted) -> None:
    workflows = ActionsWorkflows(scripted.app())
    scripted.say(200, {"id": 1, "name": "shop", "full_name": "acme/shop", "owner": {"login": "acme"}})
    scripted.say(BREAK)
    with pytest.raises(PassingFault) as fault:
        await workflows.dispatch(wanted())
    assert fault.value.applied_maybe


# --- finding --------------------------------------------------------------------------------------------


async def test_only_our_own_runs_of_this_workflow_since_then_are_listed(hub: Hub) -> None:
    hub.world.push(AUTHOR, SHOP, "main", {".github/workflows/other.yml": DEPLOY_WORKFLOW}, "Another")
    early = await started(hub)
    hub.clock.time += 600
    workflows = ActionsWorkflows(hub.app)
    await workflows.dispatch(msgspec.structs.replace(wanted(hub), workflow="other.yml"))
    mine, theirs = await started(hub), await started(hub)
    hub.world.actions.runs[theirs].actor = hub.world.account(AUTHOR)
    found = await workflows.dispatched(wanted(hub), hub.clock.time)
    assert [run.id for run in found] == [mine]
    assert found[0].title == "Deploy api to production (d-0123456789)"
    assert [run.id for run in await workflows.dispatched(wanted(hub), hub.clock.time - 600)] == [early, mine]


async def test_a_run_that_was_started_later_by_a_schedule_is_not_listed(hub: Hub) -> None:
    run = await started(hub)
    hub.world.actions.runs[run].event = "schedule"
    assert await ActionsWorkflows(hub.app).dispatched(wanted(hub), hub.clock.time) == ()


# --- reading --------------------------------------------------------------------------------------------


async def test_a_run_is_read_with_its_jobs_and_steps(hub: Hub) -> None:
    hub.world.actions.play_next("held")
    hub.world.actions.step_seconds = 1.0
    run = await started(hub)
    while (due_at := hub.world.next_play_at()) is not None:
        hub.clock.time = due_at
        hub.world.play_due()
    seen = await ActionsWorkflows(hub.app).run(hub.repository, run)
    assert seen is not None
    assert (seen.id, seen.attempt, seen.status, seen.conclusion) == (run, 1, "in_progress", None)
    assert [(job.name, job.status) for job in seen.jobs] == [
        ("Build api", "completed"),
        ("Deploy to production", "in_progress"),
    ]
    assert [step.status for step in seen.jobs[1].steps] == ["completed", "completed", "in_progress"]
    assert seen.jobs[1].url == f"{seen.url}/job/{hub.world.actions.runs[run].current[1].id}"
    assert iso(seen.updated_at) == iso(hub.clock.time)


async def test_a_run_that_github_does_not_have_is_none(hub: Hub) -> None:
    assert await ActionsWorkflows(hub.app).run(hub.repository, 404) is None


async def test_only_the_jobs_of_the_newest_attempt_count(hub: Hub) -> None:
    run = await started(hub)
    hub.world.release_runs(behaviour="fail")
    while hub.world.play_due():
        pass
    hub.world.actions.behaviour = "silent"
    hub.world.rerun_all(AUTHOR, SHOP, run)
    seen = await ActionsWorkflows(hub.app).run(hub.repository, run)
    assert seen is not None
    assert (seen.attempt, [job.status for job in seen.jobs]) == (2, ["queued"])


# --- cancelling -----------------------------------------------------------------------------------------


async def test_a_run_is_cancelled_once_and_one_that_is_over_is_told_apart(hub: Hub) -> None:
    run = await started(hub)
    workflows = ActionsWorkflows(hub.app)
    assert await workflows.cancel(hub.repository, run)
    while hub.world.play_due():
        pass
    assert hub.world.actions.runs[run].conclusion == "cancelled"
    assert not await workflows.cancel(hub.repository, run)


async def test_a_run_that_is_gone_cannot_be_cancelled(hub: Hub) -> None:
    with pytest.raises(LastingFault):
        await ActionsWorkflows(hub.app).cancel(hub.repository, 404)
