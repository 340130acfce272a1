"""Workflows, their runs and jobs as GitHub writes them."""

from bot.sandbox.github.actions.records import Job, JobStep, Workflow, WorkflowRun
from bot.sandbox.github.exchange import Json
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import iso
from bot.sandbox.github.shapes.accounts import node_id, simple_user
from bot.sandbox.github.shapes.checks import pull_requests_of
from bot.sandbox.github.shapes.commits import simple_commit
from bot.sandbox.github.shapes.repositories import api_address, minimal_repository, page_address

RUNNER = {"runner_id": 1, "runner_name": "GitHub Actions 1", "runner_group_id": 0}
RUNNER_GROUP = "GitHub Actions"


def workflow(memory: Memory, shown: Workflow, name: str) -> Json:
    """A workflow, by the name that its file gives it."""
    page = page_address(memory, shown.repository)
    file = shown.path.rpartition("/")[2]
    return {
        "id": shown.id,
        "node_id": node_id("W", shown.id),
        "name": name,
        "path": shown.path,
        "state": "active",
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.created_at),
        "url": f"{api_address(memory, shown.repository)}/actions/workflows/{shown.id}",
        "html_url": f"{page}/blob/{shown.repository.default_branch}/{shown.path}",
        "badge_url": f"{page}/actions/workflows/{file}/badge.svg",
    }


def run_addresses(memory: Memory, run: WorkflowRun) -> tuple[str, str]:
    """Where the API and where people have a run."""
    end = f"actions/runs/{run.id}"
    return (
        f"{api_address(memory, run.repository)}/{end}",
        f"{page_address(memory, run.repository)}/{end}",
    )


def workflow_run(memory: Memory, run: WorkflowRun) -> Json:
    """A run, in answers and in webhooks."""
    repository = run.repository
    url, page = run_addresses(memory, run)
    short = minimal_repository(memory, repository)
    return {
        "id": run.id,
        "name": run.name,
        "node_id": node_id("WFR", run.id),
        "head_branch": run.head_branch,
        "head_sha": run.head_sha,
        "path": run.workflow.path,
        "display_title": run.title,
        "run_number": run.number,
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion,
        "workflow_id": run.workflow.id,
        "check_suite_id": run.check_suite_id,
        "check_suite_node_id": node_id("CS", run.check_suite_id),
        "url": url,
        "html_url": page,
        "pull_requests": pull_requests_of(memory, repository, run.head_sha),
        "created_at": iso(run.created_at),
        "updated_at": iso(run.updated_at),
        "actor": simple_user(memory, run.actor),
        "run_attempt": run.attempt,
        "referenced_workflows": [],
        "run_started_at": iso(run.started_at),
        "triggering_actor": simple_user(memory, run.triggering_actor),
        "jobs_url": f"{url}/jobs",
        "logs_url": f"{url}/logs",
        "check_suite_url": f"{api_address(memory, repository)}/check-suites/{run.check_suite_id}",
        "artifacts_url": f"{url}/artifacts",
        "cancel_url": f"{url}/cancel",
        "rerun_url": f"{url}/rerun",
        "previous_attempt_url": f"{url}/attempts/{run.attempt - 1}" if run.attempt > 1 else None,
        "workflow_url": f"{api_address(memory, repository)}/actions/workflows/{run.workflow.id}",
        "head_commit": simple_commit(repository.history.commits[run.head_sha]),
        "repository": short,
        "head_repository": short,
    }


def job(memory: Memory, run: WorkflowRun, shown: Job) -> Json:
    """A job, in answers and in webhooks; steps are there once it has begun, a runner too."""
    url = api_address(memory, run.repository)
    run_url, run_page = run_addresses(memory, run)
    began = shown.started_at is not None
    return {
        "id": shown.id,
        "run_id": run.id,
        "workflow_name": run.name,
        "head_branch": run.head_branch,
        "run_url": run_url,
        "run_attempt": shown.attempt,
        "node_id": node_id("CR", shown.id),
        "head_sha": run.head_sha,
        "url": f"{url}/actions/jobs/{shown.id}",
        "html_url": f"{run_page}/job/{shown.id}",
        "status": shown.status,
        "conclusion": shown.conclusion,
        "created_at": iso(shown.created_at),
        "started_at": iso(shown.created_at if shown.started_at is None else shown.started_at),
        "completed_at": _when(shown.completed_at),
        "name": shown.plan.name,
        "steps": [_step(one) for one in shown.steps] if began else [],
        "check_run_url": f"{url}/check-runs/{shown.id}",
        "labels": ["ubuntu-latest"],
        **(RUNNER if began else dict.fromkeys(RUNNER)),
        "runner_group_name": RUNNER_GROUP if began else None,
    }


def _step(shown: JobStep) -> Json:
    return {
        "name": shown.name,
        "status": shown.status,
        "conclusion": shown.conclusion,
        "number": shown.number,
        "started_at": _when(shown.started_at),
        "completed_at": _when(shown.completed_at),
    }


def _when(seconds: float | None) -> str | None:
    return None if seconds is None else iso(seconds)
