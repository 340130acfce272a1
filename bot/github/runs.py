"""Workflow runs and jobs as GitHub writes them, in answers and in webhooks alike, and how they become ours.

Names and titles stand here as they came; they are made safe where words are made of them
(`domain.workflow_runs`). Old servers lack newer fields, so only what a decision needs is required.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from bot.domain.values import Seconds
from bot.domain.workflow_runs import Job, Step, WorkflowRun, status_of
from bot.github.payloads import Account, Identifier, Moment

DISPATCHED = "workflow_dispatch"


class RunShape(Struct, frozen=True):
    """A workflow run; `actor` is whose event started it, also where somebody else ran it again."""

    id: Identifier
    event: str
    html_url: str
    created_at: Moment
    updated_at: Moment
    status: str | None = None
    conclusion: str | None = None
    display_title: str | None = None
    run_attempt: int = 1
    actor: Account | None = None


class StepShape(Struct, frozen=True):
    """A step of a job."""

    name: str
    status: str
    conclusion: str | None = None
    started_at: Moment | None = None
    completed_at: Moment | None = None


class JobShape(Struct, frozen=True):
    """A job of a run. `html_url` is null where GitHub has no page for it."""

    run_id: Identifier
    name: str
    status: str
    started_at: Moment
    created_at: Moment | None = None
    completed_at: Moment | None = None
    conclusion: str | None = None
    html_url: str | None = None
    head_branch: str | None = None
    run_attempt: int = 1
    steps: list[StepShape | None] | None = None


class Origin(Struct, frozen=True):
    """What started a run: enough to see that it is none of ours."""

    event: str | None = None
    actor: Account | None = None


def is_dispatched_by(event: str | None, actor: Account | None, app_slug: str) -> bool:
    """Whether our App asked for the run."""
    return event == DISPATCHED and actor is not None and actor.login == f"{app_slug}[bot]"


def to_run(shape: RunShape, jobs: Iterable[JobShape] = ()) -> WorkflowRun:
    """Our value for a run, with the jobs that were read."""
    return WorkflowRun(
        id=shape.id,
        attempt=shape.run_attempt,
        status=status_of(shape.status),
        conclusion=shape.conclusion,
        title=shape.display_title or "",
        url=shape.html_url,
        created_at=shape.created_at.timestamp(),
        updated_at=shape.updated_at.timestamp(),
        jobs=tuple(map(to_job, jobs)),
    )


def to_job(shape: JobShape) -> Job:
    """Our value for a job."""
    return Job(
        name=shape.name,
        status=status_of(shape.status),
        conclusion=shape.conclusion,
        url=shape.html_url,
        at=_newest(shape.created_at, shape.started_at, shape.completed_at) or 0.0,
        steps=tuple(_to_step(step) for step in shape.steps or () if step is not None),
    )


def _to_step(shape: StepShape) -> Step:
    at = _newest(shape.started_at, shape.completed_at)
    return Step(name=shape.name, status=shape.status, conclusion=shape.conclusion, at=at)


def _newest(*moments: datetime | None) -> Seconds | None:
    return max((moment.timestamp() for moment in moments if moment is not None), default=None)
