"""How runs go, move by move: states, webhooks, environments, cancelling, running again."""

import json
import pickle
from typing import Any

import pytest

from bot.sandbox.github import DEPLOY_WORKFLOW, GitHubWorld, NotAllowed, WorkflowRun
from bot.sandbox.github.actions.records import Actions, RunBehaviour
from tests.unit.sandbox.github.actions.deploying import (
    NAME,
    RUNS,
    STEP_SECONDS,
    conclusions,
    dispatch,
    finish,
    jobs,
    names,
    shop_with_workflow,
    step,
    told,
)
from tests.unit.sandbox.github.client import EVENTS, SHOP, Shop

FORKED = """\
on: workflow_dispatch
jobs:
  left: {steps: [{run: a}]}
  right: {steps: [{run: a}, {run: b}]}
  both: {needs: [left, right], steps: [{run: a}]}
"""


def play(shop: Shop, behaviour: RunBehaviour, **inputs: Any) -> WorkflowRun:
    """Dispatches a run that goes so, and plays it as far as it goes by itself."""
    shop.world.actions.play_next(behaviour)
    run = dispatch(shop, **inputs)
    finish(shop)
    return run


def test_a_run_is_announced_from_the_request_to_its_end(shop: Shop) -> None:
    play(shop, "succeed")
    runs_and_jobs = [name for name in names(shop) if name.startswith("workflow")]
    assert runs_and_jobs == [
        "workflow_run.requested",
        "workflow_job.queued",
        "workflow_run.in_progress",
        "workflow_job.in_progress",
        "workflow_job.completed",
        "workflow_job.queued",
        "workflow_job.in_progress",
        "workflow_job.completed",
        "workflow_run.completed",
    ]


def test_nothing_moves_before_its_time(shop: Shop) -> None:
    run = dispatch(shop)
    assert shop.world.next_play_at() == shop.clock.now + STEP_SECONDS
    shop.clock.now += STEP_SECONDS - 0.1
    assert (shop.world.play_due(), run.status, shop.world.is_playing) == (0, "queued", False)
    shop.clock.now += 0.1
    assert shop.world.is_playing
    assert (shop.world.play_due(), run.status) == (1, "in_progress")


def test_all_that_was_due_meanwhile_is_played_at_once(shop: Shop) -> None:
    run = dispatch(shop)
    shop.clock.now += 1000
    assert shop.world.play_due() == 8
    assert (run.conclusion, shop.world.next_play_at()) == ("success", None)


def test_a_run_takes_as_long_as_its_steps(shop: Shop) -> None:
    began = shop.clock.now
    run = play(shop, "succeed")
    assert run.updated_at == began + 8 * STEP_SECONDS
    shown = jobs(shop, run)
    assert all(one["completed_at"] > one["started_at"] for one in shown)


def test_a_run_says_in_each_webhook_where_it_stands(shop: Shop) -> None:
    run = play(shop, "succeed")
    payloads = [payload for name, payload in told(shop) if name.startswith("workflow_run")]
    stands = [(one["workflow_run"]["status"], one["workflow_run"]["conclusion"]) for one in payloads]
    assert stands == [("queued", None), ("in_progress", None), ("completed", "success")]
    for one in payloads:
        assert one["workflow_run"]["id"] == run.id
        assert one["workflow"]["path"] == ".github/workflows/deploy.yml"
        assert one["sender"]["login"] == one["workflow_run"]["actor"]["login"] == "pointsman[bot]"


def test_a_run_fails_at_the_last_step_of_its_last_job(shop: Shop) -> None:
    run = play(shop, "fail")
    assert (run.status, run.conclusion) == ("completed", "failure")
    build, deploy = jobs(shop, run)
    assert (build["conclusion"], deploy["conclusion"]) == ("success", "failure")
    ends = [(one["name"], one["conclusion"]) for one in deploy["steps"]]
    assert ends[-1] == ("Check their health", "failure")
    assert {end for _, end in ends[:-1]} == {"success"}


def test_a_silent_run_stays_queued_until_a_runner_comes(shop: Shop) -> None:
    run = play(shop, "silent")
    assert (run.status, shop.world.next_play_at()) == ("queued", None)
    assert conclusions(shop, run) == {"Build api": "queued"}
    shop.world.release_runs()
    finish(shop)
    assert run.conclusion == "success"


@pytest.mark.parametrize(("behaviour", "end"), [("succeed", "success"), ("fail", "failure")])
def test_a_held_run_ends_when_it_is_released(shop: Shop, behaviour: Any, end: str) -> None:
    run = play(shop, "held")
    assert (run.status, shop.world.next_play_at()) == ("in_progress", None)
    steps = jobs(shop, run)[1]["steps"]
    assert [one["status"] for one in steps] == ["completed", "completed", "in_progress"]
    shop.world.release_runs(run.id, behaviour)
    finish(shop)
    assert (run.conclusion, run.current[-1].conclusion) == (end, end)


def test_a_job_waits_for_the_approval_of_its_environment(shop: Shop) -> None:
    run = play(shop, "waiting")
    assert (run.status, conclusions(shop, run)) == (
        "waiting",
        {"Build api": "success", "Deploy to staging": "waiting"},
    )
    assert names(shop)[-1] == "workflow_job.waiting"
    shop.world.release_runs(run.id)
    assert run.status == "queued"
    finish(shop)
    assert run.conclusion == "success"
    again = [name for name in names(shop) if name.startswith("workflow")]
    assert again == [
        "workflow_job.queued",
        "workflow_job.in_progress",
        "workflow_job.completed",
        "workflow_run.completed",
    ]


def test_without_an_environment_nothing_waits() -> None:
    shop = shop_with_workflow(DEPLOY_WORKFLOW.replace("environment: ${{", "timeout-minutes: ${{"))
    assert play(shop, "waiting").conclusion == "success"


def test_releasing_concerns_only_what_waits_and_only_the_named_run(shop: Shop) -> None:
    held, moving = play(shop, "held"), dispatch(shop)
    due_at = moving.due_at
    shop.world.release_runs(moving.id, "fail")
    assert (held.due_at, moving.due_at, moving.behaviour) == (None, due_at, "succeed")


def test_a_behaviour_can_be_the_rule_or_hold_for_one_run(shop: Shop) -> None:
    shop.world.actions.behaviour = "fail"
    once, rule = play(shop, "succeed"), dispatch(shop)
    finish(shop)
    assert (once.conclusion, rule.conclusion) == ("success", "failure")


def test_jobs_go_side_by_side_and_wait_for_those_that_they_need() -> None:
    shop = shop_with_workflow(FORKED)
    run = dispatch_plain(shop)
    step(shop, 2)
    assert conclusions(shop, run) == {"left": "success", "right": "in_progress"}
    step(shop)
    assert conclusions(shop, run) == {"left": "success", "right": "success", "both": "queued"}


def test_what_needs_a_failed_job_is_skipped() -> None:
    shop = shop_with_workflow(FORKED.replace("  both:", "  last: {needs: both, steps: [{run: a}]}\n  both:"))
    shop.world.actions.play_next("fail")
    run = dispatch_plain(shop)
    finish(shop)
    assert conclusions(shop, run)["both"] == "failure"
    assert conclusions(shop, run)["last"] == "skipped"
    completed = [one for name, one in told(shop) if name == "workflow_job.completed"]
    assert [one["workflow_job"]["conclusion"] for one in completed][-2:] == ["failure", "skipped"]


def dispatch_plain(shop: Shop) -> WorkflowRun:
    """Dispatches a workflow that has no inputs."""
    body = {"ref": "main", "return_run_details": True}
    answer = shop.api.post(f"{SHOP}/actions/workflows/deploy.yml/dispatches", body)
    return shop.world.run(NAME, answer.json()["workflow_run_id"])


@pytest.mark.parametrize("behaviour", ["succeed", "silent", "held", "waiting"])
def test_people_cancel_a_run_wherever_it_is(shop: Shop, behaviour: Any) -> None:
    shop.world.actions.play_next(behaviour)
    run = dispatch(shop)
    step(shop, 6)
    with pytest.raises(NotAllowed, match="needs write to cancel"):
        shop.world.cancel_run("mallory", NAME, run.id)
    shop.world.cancel_run("ada", NAME, run.id)
    finish(shop)
    assert (run.status, run.conclusion) == ("completed", "cancelled")
    assert "cancelled" in conclusions(shop, run).values()
    assert all(one["status"] == "completed" for job in jobs(shop, run) for one in job["steps"])
    assert names(shop)[-1] == "workflow_run.completed"
    shop.world.cancel_run("ada", NAME, run.id)
    assert shop.world.next_play_at() is None


def test_a_job_that_had_not_begun_when_its_run_was_cancelled_is_skipped(shop: Shop) -> None:
    run = dispatch(shop)
    step(shop)
    shop.world.cancel_run("ada", NAME, run.id)
    finish(shop)
    assert conclusions(shop, run) == {"Build api": "cancelled", "Deploy to staging": "skipped"}
    assert [one["conclusion"] for one in jobs(shop, run)[0]["steps"]] == ["cancelled", "skipped", "skipped"]


def test_a_run_again_is_the_same_run_with_one_attempt_more(shop: Shop) -> None:
    run = play(shop, "fail")
    names(shop)
    shop.world.rerun_all("ada", NAME, run.id)
    assert (run.attempt, run.status, run.conclusion) == (2, "queued", None)
    finish(shop)
    assert run.conclusion == "success"
    shown = shop.api.get(f"{RUNS}/{run.id}").json()
    assert (shown["actor"]["login"], shown["triggering_actor"]["login"]) == ("pointsman[bot]", "ada")
    assert shown["previous_attempt_url"] == f"{shown['url']}/attempts/1"
    assert shown["run_started_at"] > shown["created_at"]
    told_again = told(shop)
    assert told_again[0][0] == "workflow_run.requested"
    assert told_again[0][1]["sender"]["login"] == "ada"
    assert [name for name, _ in told_again].count("workflow_job.in_progress") == 2


def test_only_what_did_not_succeed_runs_again(shop: Shop) -> None:
    run = play(shop, "fail")
    names(shop)
    shop.world.rerun_failed("ada", NAME, run.id)
    finish(shop)
    assert (run.attempt, run.conclusion) == (2, "success")
    assert [(one["name"], one["run_attempt"]) for one in jobs(shop, run)] == [
        ("Build api", 1),
        ("Deploy to staging", 2),
    ]
    assert names(shop).count("workflow_job.in_progress") == 1


def test_running_again_needs_write_access_an_end_and_for_some_jobs_a_failure(shop: Shop) -> None:
    run = dispatch(shop)
    with pytest.raises(NotAllowed, match="still running"):
        shop.world.rerun_all("ada", NAME, run.id)
    finish(shop)
    with pytest.raises(NotAllowed, match="no job of this workflow run failed"):
        shop.world.rerun_failed("ada", NAME, run.id)
    with pytest.raises(NotAllowed, match="needs write to run"):
        shop.world.rerun_all("mallory", NAME, run.id)
    assert run.attempt == 1


@pytest.mark.parametrize(
    ("behaviour", "states"),
    [("succeed", ["success", "in_progress", "queued"]), ("fail", ["failure", "in_progress", "queued"])],
)
def test_a_jobs_environment_makes_githubs_own_deployment(
    shop: Shop, behaviour: Any, states: list[str]
) -> None:
    run = play(shop, behaviour, environment="production")
    (made,) = shop.api.get(f"{SHOP}/deployments").json()
    assert made["creator"]["login"] == "github-actions[bot]"
    assert made["performed_via_github_app"]["slug"] == "github-actions"
    assert (made["environment"], made["task"], made["payload"]) == ("production", "deploy", {})
    assert (made["sha"], made["ref"]) == (shop.main, "main")
    shown = shop.api.get(f"{SHOP}/deployments/{made['id']}/statuses").json()
    assert [one["state"] for one in shown] == states
    assert all(
        one["log_url"].startswith(f"http://127.0.0.1/acme/shop/actions/runs/{run.id}/") for one in shown
    )
    assert [each.id for each in shop.world.environment_deployments(NAME)] == [made["id"]]


def test_githubs_own_deployment_is_announced_with_the_run_that_made_it(shop: Shop) -> None:
    run = play(shop, "succeed")
    payloads = [one for name, one in told(shop) if name.startswith("deployment")]
    assert [one.get("deployment_status", {}).get("state") for one in payloads] == [
        None,
        "queued",
        "in_progress",
        "success",
    ]
    for one in payloads:
        assert one["workflow_run"]["id"] == run.id
        assert one["sender"]["login"] == "github-actions[bot]"


def test_a_jobs_webhook_names_its_deployment(shop: Shop) -> None:
    play(shop, "succeed")
    payloads = [one for name, one in told(shop) if name.startswith("workflow_job")]
    deployments = {one["workflow_job"]["name"]: "deployment" in one for one in payloads}
    assert deployments == {"Build api": False, "Deploy to staging": True}


def test_where_the_world_wants_it_jobs_are_check_runs_of_their_commit(shop: Shop) -> None:
    shop.world.actions.checks_of_jobs = True
    run = play(shop, "fail")
    checks = shop.api.get(f"{SHOP}/commits/{shop.main}/check-runs").json()["check_runs"]
    assert {(one["name"], one["conclusion"], one["app"]["slug"]) for one in checks} == {
        ("Build api", "success", "github-actions"),
        ("Deploy to staging", "failure", "github-actions"),
    }
    assert {one["id"] for one in checks} == {one["id"] for one in jobs(shop, run)}
    assert "check_run.completed" in names(shop)


def test_by_default_jobs_are_no_check_runs(shop: Shop) -> None:
    play(shop, "succeed")
    assert shop.api.get(f"{SHOP}/commits/{shop.main}/check-runs").json()["total_count"] == 0


def test_an_app_that_did_not_subscribe_hears_nothing_of_runs() -> None:
    events = [event for event in EVENTS if not event.startswith(("workflow", "deployment"))]
    shop = shop_with_workflow(events=events)
    run = play(shop, "succeed")
    assert (run.conclusion, shop.events()) == ("success", [])


def test_an_app_without_the_permission_hears_nothing_of_runs(shop: Shop) -> None:
    shop.installation.permissions.pop("actions")  # the token is from before
    assert play(shop, "succeed").conclusion == "success"
    assert {event for event, _ in shop.events()} == {"deployment", "deployment_status"}


def test_what_is_remembered_can_be_pickled_in_the_middle_of_a_run(shop: Shop) -> None:
    run = dispatch(shop)
    shop.world.follow_deployments("argo")
    shop.api.post(f"{SHOP}/deployments", {"ref": "main", "auto_merge": False, "required_contexts": []})
    step(shop)
    copy = pickle.loads(pickle.dumps(shop.world.actions))  # noqa: S301 - our own bytes
    assert isinstance(copy, Actions)
    assert copy.runs[run.id].current[0].steps[0].status == "in_progress"
    assert len(copy.playing) == 2


def test_listeners_hear_of_moves_even_where_the_app_hears_nothing() -> None:
    shop = shop_with_workflow(events=[])
    heard: list[GitHubWorld] = []
    dispatch(shop)
    shop.world.listeners.append(lambda: heard.append(shop.world))
    step(shop)
    assert heard


def test_payloads_of_runs_are_plain_json(shop: Shop) -> None:
    play(shop, "succeed")
    for webhook in shop.world.outbox.drain():
        assert json.loads(webhook.body)["repository"]["full_name"] == NAME


def test_what_the_next_runs_are_to_meet_can_be_seen_and_forgotten() -> None:
    actions = Actions()
    actions.play_next("fail", "held")
    assert actions.upcoming == ("fail", "held")
    actions.forget_next()
    assert list(actions.upcoming) == []
    assert actions.next_behaviour() == "succeed"


@pytest.mark.parametrize("behaviour", ["held", "waiting", "silent"])
def test_what_waits_for_somebody_is_stuck_until_it_is_released(behaviour: RunBehaviour) -> None:
    shop = shop_with_workflow()
    run = play(shop, behaviour)
    assert shop.world.actions.stuck == [run]
    shop.world.release_runs()
    assert shop.world.actions.stuck == []
    finish(shop)
    assert (run.conclusion, run.is_stuck) == ("success", False)
