"""What GitHub's `workflow_run` and `workflow_job` deliveries mean: news of a deployment that we dispatched.

Most of them are everybody's CI and are refused at once. Whose deployment a run is, is found by names that
hold the repository (the run's number, and our id in its title), so that no repository can speak for another
one. Never an end from a job: only its run ends a deployment.
"""

from typing import Any

from msgspec import Raw, Struct, UnsetType

from bot.domain.events import DeployerReported
from bot.domain.values import Repository
from bot.domain.workflow_runs import (
    REPORTED_BY,
    deployments_in,
    dispatch_name,
    report_of_job,
    report_of_run,
    run_name,
)
from bot.github.payloads import decode
from bot.github.runs import DISPATCHED, JobShape, Origin, RunShape, is_dispatched_by, to_job, to_run
from bot.ports import Meant, Translated

_RUN_ACTIONS = frozenset({"requested", "in_progress", "completed"})
_JOB_ACTIONS = frozenset({"queued", "waiting", "in_progress", "completed"})


class Heard(Struct, frozen=True, kw_only=True):
    """Where the event happened; `app_slug` is None until GitHub told us our own name."""

    repository: Repository
    action: str | None
    default_branch: str | None
    app_slug: str | None


def workflow_run(part: Raw | UnsetType, heard: Heard) -> Translated:
    """A run was asked for, began or ended. Raises Incomplete."""
    if heard.action not in _RUN_ACTIONS:
        return _ignored(heard, "action_not_used")
    origin = decode(part, Origin, "workflow_run")
    if origin.event != DISPATCHED:
        return _ignored(heard, "not_our_run", began_by=origin.event, ours_begin_by=DISPATCHED)
    if heard.app_slug is None:
        return _ignored(heard, "app_unknown_yet")  # looking at the run repairs it
    if not is_dispatched_by(origin.event, origin.actor, heard.app_slug):
        return _ignored(heard, "not_our_run")
    run = to_run(decode(part, RunShape, "workflow_run"))
    names = [run_name(heard.repository, run.id)]
    titled = deployments_in(run.title)
    if len(titled) == 1:
        names.append(dispatch_name(heard.repository, titled[0]))
    report = report_of_run(run, names[0])
    meant = Meant(
        found_by=tuple(names), time=run.updated_at, data=DeployerReported(report=report, by=REPORTED_BY)
    )
    return Translated(events=(meant,), action=heard.action, subject=_subject(heard, run.id))


def workflow_job(part: Raw | UnsetType, heard: Heard) -> Translated:
    """A job waits, began or ended. Whose run it is of stands in no field, so the run's name decides."""
    if heard.action not in _JOB_ACTIONS:
        return _ignored(heard, "action_not_used")
    shape = decode(part, JobShape, "workflow_job")
    if heard.default_branch is not None and shape.head_branch not in (None, heard.default_branch):
        return _ignored(heard, "not_our_run")  # we dispatch on the default branch only
    job, subject = to_job(shape), _subject(heard, shape.run_id)
    if shape.conclusion == "skipped":
        return _ignored(heard, "job_skipped", subject)
    name = run_name(heard.repository, shape.run_id)
    report = report_of_job(job, shape.run_attempt, name)
    meant = Meant(found_by=(name,), time=job.at, data=DeployerReported(report=report, by=REPORTED_BY))
    return Translated(events=(meant,), action=heard.action, subject=subject)


def _ignored(heard: Heard, reason: str, subject: str | None = None, **values: Any) -> Translated:
    return Translated(reason=reason, action=heard.action, subject=subject, values=values)


def _subject(heard: Heard, run: int) -> str:
    return f"{heard.repository.full_name} run {run}"
