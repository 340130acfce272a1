"""The `github_actions` driver: what it starts, when it starts nothing, and how it finds its run again."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.deployment import Order
from bot.domain.effects import CallDeployer, CancelDeployer, Effect, LookAtDeployer
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.values import Person
from bot.drivers.github_actions import (
    FIRST_LOOK_SECONDS,
    FOUND_WITHIN_SECONDS,
    LOOK_FOR_IT_SECONDS,
    LOOK_SECONDS,
    LOOKS_SECONDS,
    ROW,
    GitHubActionsDriver,
)
from bot.ports import DeployerReply, Look
from bot.sandbox.github import DEPLOY_WORKFLOW, Fault
from bot.sandbox.github.seed import AUTHOR
from tests.unit.doors import NOW
from tests.unit.drivers.workflows import CALL, SHOP, ActionsStage
from tests.unit.reactors.stories import order

ID = "d-0123456789"
ADA = Person("ada")
UNTITLED = DEPLOY_WORKFLOW.replace("run-name:", "# run-name:")
DISPATCHES, RUNS = ".*/dispatches", ".*/workflows/.*/runs"


@pytest.fixture
def stage() -> ActionsStage:
    return ActionsStage()


def asked_for(stage: ActionsStage, **changes: Any) -> Order:
    values: dict[str, Any] = {
        "id": ID,
        "repository": stage.repository,
        "sha": stage.sha,
        "call": CALL,
        "number": None,
    } | changes
    return order(**values)


async def call(
    stage: ActionsStage, *, lost_at: float | None = None, deadline: float = 1e12, **changes: Any
) -> DeployerReply:
    order = asked_for(stage, **changes)
    body = CallDeployer(order=order, action="deploy", previous_sha=None, deadline=deadline)
    effect = Effect(
        key="x-1",
        body=body,
        version=1,
        handle=None,
        parent_handle=None,
        uncertain=lost_at is not None,
        attempts=1,
        token="lease",
        first_attempt_at=stage.clock.time if lost_at is None else lost_at,
    )
    return await stage.driver.call(body, effect)


async def look(stage: ActionsStage, reply: DeployerReply) -> Look:
    asked = LookAtDeployer(order=asked_for(stage), deployment_handle=reply.handle, asked="e-1")
    return await stage.driver.look(asked)


async def cancel(stage: ActionsStage, reply: DeployerReply) -> DeployerReply:
    body = CancelDeployer(order=asked_for(stage), deployment_handle=reply.handle, person=ADA)
    effect = Effect(
        key="x-2",
        body=body,
        version=1,
        handle=None,
        parent_handle=None,
        uncertain=False,
        attempts=1,
        token="lease",
    )
    return await stage.driver.cancel(body, effect)


def dispatches(stage: ActionsStage) -> int:
    return sum(record.request.route.endswith("/dispatches") for record in stage.world.requests)


# --- starting -------------------------------------------------------------------------------------------


async def test_the_workflow_gets_what_is_to_be_shipped_and_the_reply_names_the_run(
    stage: ActionsStage,
) -> None:
    reply = await call(stage)
    (run,) = stage.runs
    assert run.inputs == {
        "sha": stage.sha,
        "environment": "production",
        "service": "api",
        "deployment": ID,
        "region": "eu",
    }
    repository = stage.repository.id
    assert (reply.accepted, reply.handle) == (True, {"run": run.id, "since": NOW})
    assert reply.names == (f"run:{repository}:{run.id}",)
    assert reply.look_after == FIRST_LOOK_SECONDS
    assert reply.report is not None
    assert (reply.report.state, reply.report.deployment) == ("accepted", ID)
    assert reply.report.log_url == f"https://github.example/acme/shop/actions/runs/{run.id}"


async def test_parameters_become_inputs_and_nothing_replaces_what_we_say_ourselves(
    stage: ActionsStage,
) -> None:
    stage.write_workflow(DEPLOY_WORKFLOW.replace("region: {", "verbose: {type: boolean}\n      region: {"))
    configured = replace(CALL, settings={"workflow": "deploy.yml", "inputs": {"region": "eu", "sha": "evil"}})
    reply = await call(stage, call=configured, params={"verbose": True, "region": "us", "service": "web"})
    assert reply.accepted
    (run,) = stage.runs
    assert (run.inputs["verbose"], run.inputs["region"]) == ("true", "us")
    assert (run.inputs["sha"], run.inputs["service"]) == (stage.sha, "api")


async def test_a_parameter_that_the_workflow_does_not_declare_is_refused_in_githubs_words(
    stage: ActionsStage,
) -> None:
    reply = await call(stage, params={"verbose": False})
    assert not reply.accepted
    assert 'Unexpected inputs provided: ["verbose"]' in (reply.description or "")
    assert "has to declare these inputs" in (reply.description or "")
    assert stage.runs == []


async def test_a_workflow_that_is_not_there_is_refused_with_what_to_do(stage: ActionsStage) -> None:
    elsewhere = replace(CALL, settings={"workflow": "ship.yml"})
    reply = await call(stage, call=elsewhere)
    assert not reply.accepted
    assert reply.description == (
        "GitHub finds no workflow ship.yml on main of acme/shop. "
        "Put .github/workflows/ship.yml on main, or change `deploy.workflow`."
    )


# --- a server that does not tell the run ----------------------------------------------------------------


async def test_a_run_that_github_does_not_tell_is_found_by_our_id_in_its_title(stage: ActionsStage) -> None:
    stage.world.actions.run_details = False
    reply = await call(stage)
    (run,) = stage.runs
    assert (reply.handle["run"], reply.look_after) == (run.id, FIRST_LOOK_SECONDS)


@pytest.mark.parametrize("fault", [Fault("status", path=RUNS, times=1), Fault("not_found_once", path=RUNS)])
async def test_a_search_that_fails_never_starts_the_workflow_once_more(
    stage: ActionsStage, fault: Fault
) -> None:
    stage.world.actions.run_details = False
    stage.world.faults.add(fault)
    reply = await call(stage)
    assert (reply.accepted, reply.report, reply.handle) == (True, None, {"since": NOW})
    assert reply.look_after == LOOK_FOR_IT_SECONDS
    (run,) = stage.runs
    seen = await look(stage, reply)
    assert seen.report is not None
    assert (seen.report.deployment, seen.look_after) == (ID, LOOK_SECONDS)
    assert (seen.report.log_url or "").endswith(str(run.id))


async def test_a_run_without_our_id_in_its_title_is_looked_for_a_while_and_then_lost(
    stage: ActionsStage,
) -> None:
    stage.write_workflow(UNTITLED)
    stage.world.actions.run_details = False
    reply = await call(stage)
    assert await look(stage, reply) == Look(look_after=LOOK_FOR_IT_SECONDS)
    stage.clock.time += FOUND_WITHIN_SECONDS + 1
    seen = await look(stage, reply)
    assert seen.lost is not None
    assert "deploy.yml" in seen.lost
    assert "`${{ inputs.deployment }}` in the workflow's `run-name`" in seen.lost


# --- a reply that got lost ------------------------------------------------------------------------------


async def lose_the_reply(stage: ActionsStage) -> float:
    stage.world.faults.add(Fault("lost_reply", method="POST", path=DISPATCHES, times=1))
    at = stage.clock.time
    with pytest.raises(PassingFault) as fault:
        await call(stage)
    assert fault.value.applied_maybe
    assert fault.value.retry_after == LOOKS_SECONDS[0]
    return at


async def test_after_a_lost_reply_the_run_is_found_again_and_nothing_is_started(stage: ActionsStage) -> None:
    at = await lose_the_reply(stage)
    stage.play()
    reply = await call(stage, lost_at=at)
    (run,) = stage.runs
    assert (reply.handle["run"], dispatches(stage)) == (run.id, 1)
    assert reply.report is not None
    assert reply.report.state == "succeeded"


async def test_while_github_may_still_be_making_the_run_nothing_is_started(stage: ActionsStage) -> None:
    at = await lose_the_reply(stage)
    stage.world.lag(LOOKS_SECONDS[-1] - 1)
    reply = await call(stage, lost_at=at)
    (run,) = stage.runs
    assert (reply.handle["run"], dispatches(stage)) == (run.id, 1)


async def test_a_workflow_is_not_started_again_when_the_time_to_start_it_is_over(stage: ActionsStage) -> None:
    with pytest.raises(LastingFault) as fault:
        await call(stage, lost_at=NOW, deadline=NOW + LOOKS_SECONDS[-1] - 1)
    assert "the time to start it is over" in fault.value.reason
    assert dispatches(stage) == 0


async def test_trouble_that_certainly_started_nothing_is_tried_again_soon(stage: ActionsStage) -> None:
    stage.world.faults.add(Fault("status", method="GET", path="/repos/acme/shop", times=1))
    with pytest.raises(PassingFault) as fault:
        await call(stage)
    assert (fault.value.applied_maybe, fault.value.retry_after) == (False, None)


async def test_when_certainly_nothing_was_started_it_is_started(stage: ActionsStage) -> None:
    reply = await call(stage, lost_at=NOW)
    assert (reply.accepted, len(stage.runs)) == (True, 1)
    assert stage.clock.time == NOW + LOOKS_SECONDS[-1]


async def test_runs_that_are_others_by_their_titles_do_not_stand_in_the_way(stage: ActionsStage) -> None:
    await call(stage, id="d-zzzzzzzzzz")
    reply = await call(stage, lost_at=NOW)
    assert reply.accepted
    assert [run.inputs["deployment"] for run in stage.runs] == ["d-zzzzzzzzzz", ID]


async def test_where_titles_do_not_say_whose_run_it_is_nothing_is_started_twice(stage: ActionsStage) -> None:
    stage.write_workflow(UNTITLED)
    at = await lose_the_reply(stage)
    with pytest.raises(LastingFault) as fault:
        await call(stage, lost_at=at)
    assert "not known whether the workflow deploy.yml started" in fault.value.reason
    assert "Look under Actions" in fault.value.hint
    assert dispatches(stage) == 1


async def test_a_person_who_dispatches_with_our_id_is_not_taken_for_us(stage: ActionsStage) -> None:
    at = await lose_the_reply(stage)
    stage.runs[0].actor = stage.world.account(AUTHOR)
    await call(stage, lost_at=at)
    assert dispatches(stage) == 2


# --- looking --------------------------------------------------------------------------------------------


async def test_a_look_sees_the_step_that_no_event_tells(stage: ActionsStage) -> None:
    reply = await call(stage)
    stage.play(2)
    seen = await look(stage, reply)
    assert seen.report is not None
    assert (seen.report.state, seen.report.description) == (
        "in_progress",
        "Build api: step 2 of 3, Build the image",
    )
    assert seen.look_after == LOOK_SECONDS


async def test_a_look_sees_the_end_that_an_event_did_not_bring(stage: ActionsStage) -> None:
    stage.world.actions.play_next("fail")
    reply = await call(stage)
    stage.play()
    seen = await look(stage, reply)
    assert seen.report is not None
    assert (seen.report.state, seen.report.description) == (
        "failed",
        "Deploy to production failed at the step Check their health",
    )
    assert "/job/" in (seen.report.log_url or "")


async def test_an_approval_that_is_waited_for_is_said(stage: ActionsStage) -> None:
    stage.world.actions.play_next("waiting")
    reply = await call(stage)
    stage.play()
    seen = await look(stage, reply)
    assert seen.report is not None
    assert (seen.report.state, seen.report.description) == (
        "accepted",
        "Deploy to production waits for an approval on GitHub",
    )


async def test_a_run_that_was_just_made_may_not_be_there_yet(stage: ActionsStage) -> None:
    reply = await call(stage)
    stage.world.actions.runs.clear()
    assert await look(stage, reply) == Look(look_after=LOOK_SECONDS)


async def test_a_run_that_was_deleted_is_lost(stage: ActionsStage) -> None:
    reply = await call(stage)
    stage.world.actions.runs.clear()
    stage.clock.time += FOUND_WITHIN_SECONDS + 1
    seen = await look(stage, reply)
    assert "somebody deleted it" in (seen.lost or "")


async def test_a_look_sees_that_somebody_started_it_again(stage: ActionsStage) -> None:
    reply = await call(stage)
    stage.play()
    stage.world.rerun_all(AUTHOR, SHOP, stage.runs[0].id)
    seen = await look(stage, reply)
    assert seen.report is not None
    assert (seen.report.again, seen.report.state) == (True, "accepted")


# --- cancelling -----------------------------------------------------------------------------------------


async def test_a_run_is_cancelled_and_its_event_says_so(stage: ActionsStage) -> None:
    reply = await call(stage)
    stage.play(2)
    assert (await cancel(stage, reply)).accepted
    stage.play()
    assert stage.reports()[-1].report.state == "cancelled"


async def test_a_run_that_has_ended_cannot_be_cancelled_and_tells_how_it_ended(stage: ActionsStage) -> None:
    reply = await call(stage)
    stage.play()
    answer = await cancel(stage, reply)
    assert (answer.accepted, answer.description) == (False, "its workflow run has ended already")
    assert answer.report is not None
    assert answer.report.state == "succeeded"


async def test_a_run_that_cannot_be_cancelled_just_now_is_tried_again(stage: ActionsStage) -> None:
    """GitHub says the same of one that has ended and of a second run that it has not queued yet."""
    reply = await call(stage)
    stage.play(2)
    stage.world.faults.add(Fault("status", status=409, method="POST", path=".*/cancel", times=1))
    with pytest.raises(PassingFault) as fault:
        await cancel(stage, reply)
    assert not fault.value.applied_maybe
    assert (await cancel(stage, reply)).accepted


async def test_a_run_whose_number_nobody_told_is_cancelled_by_its_title(stage: ActionsStage) -> None:
    reply = await call(stage)
    assert (await cancel(stage, replace(reply, handle={"since": NOW}))).accepted
    stage.play()
    assert stage.runs[0].conclusion == "cancelled"


async def test_a_run_that_is_not_found_is_not_cancelled(stage: ActionsStage) -> None:
    stage.write_workflow(UNTITLED)
    reply = await call(stage)
    answer = await cancel(stage, replace(reply, handle={"since": NOW}))
    assert (answer.accepted, answer.report) == (False, None)
    assert "cancel it on GitHub" in (answer.description or "")


# --- events ---------------------------------------------------------------------------------------------


async def test_every_report_of_an_undisturbed_run_is_newer_than_the_one_before(stage: ActionsStage) -> None:
    await call(stage)
    stage.play()
    reports = [told.report for told in stage.reports()]
    assert [report.state for report in reports][-1] == "succeeded"
    assert [report.description for report in reports if report.description] == [
        "Build api waits for a runner",
        "Build api: step 1 of 3, Check out",
        "Build api is done",
        "Deploy to production waits for a runner",
        "Deploy to production: step 1 of 3, Sign in to the cluster",
        "Deploy to production is done",
        "the workflow succeeded",
    ]
    places = [report.sequence or 0 for report in reports if report.description]
    assert places == sorted(set(places))


async def test_the_deployment_that_a_jobs_environment_makes_is_not_taken_for_ours(
    stage: ActionsStage,
) -> None:
    await call(stage)
    stage.play()
    (made,) = stage.world.environment_deployments(SHOP)
    assert made.creator.login == "github-actions[bot]"
    heard = {webhook.event for webhook in stage.world.outbox}
    assert {"deployment", "deployment_status"} <= heard
    for translated in stage.delivered():
        for event in translated.events:
            assert event.found_by[0].startswith(f"run:{stage.repository.id}:")


def test_it_declares_what_its_workflow_needs_and_who_may_report() -> None:
    assert ROW.rule.inputs == ("sha", "environment", "service", "deployment")
    assert (ROW.rule.reports, ROW.rule.steps, ROW.rule.records) == ("actions", False, False)
    assert GitHubActionsDriver.name == "github_actions"
