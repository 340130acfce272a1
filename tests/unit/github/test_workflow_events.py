"""What GitHub's events of workflow runs and jobs mean to us, from whole payloads and from odd ones."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.events import DeployerReported
from bot.github.translate import TranslateContext, translate
from bot.ports import Incoming, Meant, Translated
from tests.unit.doors import ANY_JSON
from tests.unit.github import samples
from tests.unit.github.samples import Json, drop

CONTEXT = TranslateContext(app_id=12, app_slug="pointsman", owners=frozenset({"acme"}))
NOON = 1_772_366_400.0  # 2026-03-01T12:00:00Z
OURS = "d-0123456789"
PAGE = "https://github.example/acme/shop/actions/runs/5"
RUN: Json = {
    "workflow_run.id": 5,
    "workflow_run.event": "workflow_dispatch",
    "workflow_run.actor": {"login": "pointsman[bot]", "id": 3, "type": "Bot"},
    "workflow_run.display_title": f"Deploy api ({OURS})",
    "workflow_run.html_url": PAGE,
    "workflow_run.run_attempt": 1,
    "workflow_run.created_at": "2026-03-01T11:59:00Z",
    "workflow_run.updated_at": "2026-03-01T12:00:00Z",
    "workflow_run.status": "queued",
    "workflow_run.conclusion": None,
}
STEPS = [
    {"name": "Sign in", "number": 1, "status": "completed", "conclusion": "success"},
    {"name": "Roll out", "number": 2, "status": "in_progress", "conclusion": None},
]
JOB: Json = {
    "workflow_job.run_id": 5,
    "workflow_job.run_attempt": 1,
    "workflow_job.name": "deploy",
    "workflow_job.head_branch": "main",
    "workflow_job.html_url": f"{PAGE}/job/7",
    "workflow_job.status": "in_progress",
    "workflow_job.conclusion": None,
    "workflow_job.created_at": "2026-03-01T11:59:00Z",
    "workflow_job.started_at": "2026-03-01T12:00:00Z",
    "workflow_job.completed_at": None,
    "workflow_job.steps": [
        {**step, "started_at": "2026-03-01T12:00:00Z", "completed_at": None} for step in STEPS
    ],
}


def run_body(name: str = "requested", **changes: Any) -> Json:
    told = {f"workflow_run.{key}": value for key, value in changes.items()}
    return samples.payload(f"workflow-run-{name}", RUN | told)


def job_body(name: str = "in-progress", **changes: Any) -> Json:
    told = {f"workflow_job.{key}": value for key, value in changes.items()}
    return samples.payload(f"workflow-job-{name}", JOB | told)


def translated(event: str, body: Json, context: TranslateContext = CONTEXT) -> Translated:
    raw = json.dumps(body).encode()
    incoming = Incoming(source="github", id="1", event=event, body=raw, received_at=NOON + 5)
    return translate(incoming, context)


def meant(event: str, body: Json) -> tuple[Meant, DeployerReported]:
    found = translated(event, body)
    assert found.reason == ""
    (one,) = found.events
    assert isinstance(one.data, DeployerReported)
    assert one.data.by == "actions"
    assert one.key == ""
    return one, one.data


# --- runs -----------------------------------------------------------------------------------------------


def test_a_run_that_we_asked_for_reports_under_its_number_and_our_id_in_its_title() -> None:
    one, data = meant("workflow_run", run_body())
    assert one.found_by == ("run:7:5", f"dispatch:7:{OURS}")
    assert (one.time, one.natural) == (NOON, None)
    assert (data.report.deployment, data.report.state) == ("run:7:5", "accepted")
    assert (data.report.log_url, data.report.again) == (PAGE, False)
    assert translated("workflow_run", run_body()).subject == "acme/shop run 5"


@pytest.mark.parametrize("title", ["Deploy", "", f"{OURS} after d-abcdefghjk"])
def test_a_title_that_does_not_hold_one_id_of_ours_leaves_the_number(title: str) -> None:
    one, data = meant("workflow_run", run_body(display_title=title))
    assert one.found_by == ("run:7:5",)
    assert data.report.deployment == "run:7:5"


@pytest.mark.parametrize(
    "name,conclusion,state",
    [("in-progress", None, "in_progress"), ("completed", "success", "succeeded"),
     ("completed", "failure", "failed"), ("completed", "cancelled", "cancelled"),
     ("completed", "skipped", "failed"), ("completed", None, "failed")],
)  # fmt: skip
def test_a_runs_state_is_what_its_payload_says(name: str, conclusion: str | None, state: str) -> None:
    body = run_body(name, status=name.replace("-", "_"), conclusion=conclusion)
    _, data = meant("workflow_run", body)
    assert data.report.state == state


def test_a_run_that_somebody_started_again_says_so_and_is_still_ours() -> None:
    somebody = {"login": "octocat", "id": 9, "type": "User"}
    _, data = meant("workflow_run", run_body(run_attempt=2, triggering_actor=somebody))
    assert data.report.again


@pytest.mark.parametrize("event", ["push", "pull_request", "schedule", "workflow_run", ""])
def test_runs_that_nobody_dispatched_are_none_of_ours(event: str) -> None:
    assert translated("workflow_run", run_body(event=event)).reason == "not_our_run"


@pytest.mark.parametrize("actor", [{"login": "octocat", "id": 9, "type": "User"}, None])
def test_a_run_that_somebody_else_dispatched_with_our_id_is_none_of_ours(actor: Json | None) -> None:
    body = run_body()
    body["workflow_run"]["actor"] = actor
    assert translated("workflow_run", body).reason == "not_our_run"


def test_before_github_told_our_name_nobodys_run_is_taken_for_ours() -> None:
    assert translated("workflow_run", run_body(), TranslateContext(app_id=12)).reason == "app_unknown_yet"


def test_the_run_of_another_repository_is_known_by_other_names() -> None:
    one, _ = meant("workflow_run", {**run_body(), "repository": {**run_body()["repository"], "id": 8}})
    assert one.found_by == ("run:8:5", f"dispatch:8:{OURS}")


@pytest.mark.parametrize("action", ["", "never_heard_of"])
@pytest.mark.parametrize("event,body", [("workflow_run", run_body()), ("workflow_job", job_body())])
def test_other_actions_are_ignored(event: str, body: Json, action: str) -> None:
    assert translated(event, {**body, "action": action}).reason == "action_not_used"


# --- jobs -----------------------------------------------------------------------------------------------


def test_a_job_reports_under_its_runs_number_what_it_does() -> None:
    one, data = meant("workflow_job", job_body())
    assert (one.found_by, one.time) == (("run:7:5",), NOON)
    assert (data.report.deployment, data.report.state) == ("run:7:5", "in_progress")
    assert data.report.description == "deploy: step 2 of 2, Roll out"


def test_a_job_that_waits_for_an_approval_says_so() -> None:
    _, data = meant("workflow_job", job_body("waiting", status="waiting", steps=[]))
    assert data.report.description == "deploy waits for an approval on GitHub"


def test_a_job_that_failed_names_its_step_and_ends_nothing() -> None:
    broken = {**JOB["workflow_job.steps"][1], "status": "completed", "conclusion": "failure"}
    body = job_body(
        "completed",
        status="completed",
        conclusion="failure",
        steps=[broken],
        completed_at="2026-03-01T12:00:09Z",
    )
    one, data = meant("workflow_job", body)
    assert (data.report.state, data.report.description) == (
        "in_progress",
        "deploy failed at the step Roll out",
    )
    assert (data.report.log_url, one.time) == (f"{PAGE}/job/7", NOON + 9)


def test_a_skipped_job_is_no_news() -> None:
    body = job_body(
        "completed", status="completed", conclusion="skipped", completed_at="2026-03-01T12:00:09Z"
    )
    assert translated("workflow_job", body).reason == "job_skipped"


def test_jobs_of_other_branches_are_refused_at_once() -> None:
    assert translated("workflow_job", job_body(head_branch="cart")).reason == "not_our_run"
    assert len(translated("workflow_job", job_body(head_branch=None)).events) == 1


def test_a_job_with_the_deployment_of_its_environment_is_still_a_job() -> None:
    body = job_body()
    body["deployment"] = {"id": 1, "task": "deploy", "payload": {}}
    meant("workflow_job", body)


# --- what the job's own environment makes ---------------------------------------------------------------


def test_the_deployment_that_a_jobs_environment_makes_leads_to_nothing() -> None:
    body = samples.payload(
        "deployment-created",
        {"deployment.creator": {"login": "github-actions[bot]", "id": 4, "type": "Bot"}},
    )
    assert translated("deployment", body).events == ()


# --- lies and odd payloads ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event,body",
    [
        ("workflow_run", job_body()),
        ("workflow_job", run_body()),
        ("pull_request", run_body()),
        ("workflow_run", {**run_body(), "comment": {"id": 1}}),
        ("workflow_job", {**job_body(), "workflow_run": {"id": 1}}),
    ],
)
def test_a_header_that_does_not_fit_the_signed_body_does_not_count(event: str, body: Json) -> None:
    assert translated(event, body).reason == "body_does_not_match_event"


@pytest.mark.parametrize("field", ["id", "html_url", "created_at", "updated_at"])
def test_a_run_without_a_needed_field_is_incomplete(field: str) -> None:
    body = run_body()
    drop(body, f"workflow_run.{field}")
    assert translated("workflow_run", body).reason == f"payload_incomplete: workflow_run.{field}"


@pytest.mark.parametrize("field", ["run_id", "name", "status", "started_at"])
def test_a_job_without_a_needed_field_is_incomplete(field: str) -> None:
    body = job_body()
    drop(body, f"workflow_job.{field}")
    assert translated("workflow_job", body).reason == f"payload_incomplete: workflow_job.{field}"


@pytest.mark.parametrize("field", ["display_title", "run_attempt", "triggering_actor"])
def test_a_server_that_lacks_a_newer_field_is_understood(field: str) -> None:
    body = run_body()
    body["workflow_run"].pop(field, None)
    meant("workflow_run", body)


@given(st.sampled_from(["workflow_run", "workflow_job"]), ANY_JSON)
def test_whatever_a_part_holds_there_is_a_reason_and_never_an_exception(event: str, part: Any) -> None:
    body = {**(run_body() if event == "workflow_run" else job_body()), event: part}
    found = translated(event, body)
    assert found.reason or found.events
