"""What a workflow run of GitHub Actions means for a deployment, in words and as a report.

Webhooks and looks come here alike, so that both say the same. Only a run that GitHub calls a success is one:
skipped, neutral and what nobody has heard of are failures. Old news cannot win: see `_sequence`. Titles and
names come from files that others write, so only plain bounded text and web links leave here.
"""

import re
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from bot.domain.report import plain_description, web_link
from bot.domain.values import DeployerState, Report, Repository, Seconds

RunStatus = Literal["queued", "in_progress", "waiting", "completed"]

REPORTED_BY = "actions"
"""How reports on deployments come that workflows ship (`DriverRule.reports`)."""
NAME_CHARS_MAX = 80
_GOING, _FAILING, _ENDED = 0, 1, 2
_STATUSES: Mapping[str, RunStatus] = {
    "in_progress": "in_progress",
    "waiting": "waiting",
    "completed": "completed",
}
_OUR_ID = re.compile(r"(?<![0-9A-Za-z-])d-[0-9a-hjkmnp-tv-z]{10}(?![0-9A-Za-z])")


_HARMLESS = ("success", "skipped", "neutral", "cancelled")


class Step(Struct, frozen=True, kw_only=True):
    """One step of a job. `at` = when it began or ended last."""

    name: str
    status: str
    conclusion: str | None = None
    at: Seconds | None = None


class Job(Struct, frozen=True, kw_only=True):
    """One job of a run, with the steps that GitHub tells. `at` = when it was made, began or ended last."""

    name: str
    status: RunStatus
    conclusion: str | None
    url: str | None
    at: Seconds
    steps: tuple[Step, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether it ended badly by itself; whether that fails the run is for the workflow to say."""
        return self.status == "completed" and self.conclusion not in _HARMLESS


class WorkflowRun(Struct, frozen=True, kw_only=True):
    """A workflow run as it stood when it was read. Times in epoch seconds.

    `conclusion` is GitHub's word where it is completed. `jobs` are those of this attempt, empty where they
    were not read; `attempt` above 1 = somebody ran it again.
    """

    id: int
    attempt: int
    status: RunStatus
    conclusion: str | None
    title: str
    url: str
    created_at: Seconds
    updated_at: Seconds
    jobs: tuple[Job, ...] = ()


def status_of(word: str | None) -> RunStatus:
    """GitHub's word for a status, of a run or a job; what we have not heard of has not begun."""
    return _STATUSES.get(word or "", "queued")  # also "requested" and "pending"


def deployments_in(title: str) -> tuple[str, ...]:
    """Our ids that a run's title holds, each once."""
    return tuple(dict.fromkeys(_OUR_ID.findall(title)))


def run_name(repository: Repository, run: int) -> str:
    """The name under which a run's deployment is known."""
    return f"run:{repository.id}:{run}"


def dispatch_name(repository: Repository, deployment: str) -> str:
    """The name under which a deployment is known whose run is found by its title.

    The repository stands in it: anybody can write somebody else's id into the title of a run.
    """
    return f"dispatch:{repository.id}:{deployment}"


def report_of_run(run: WorkflowRun, deployment: str) -> Report:
    """What a run says of the deployment, which is known as `deployment`."""
    return _report_of_end(run, deployment) if run.status == "completed" else _report_of_way(run, deployment)


def _report_of_end(run: WorkflowRun, deployment: str) -> Report:
    """Where a job failed and its event told so before, a run without its jobs must not cover that."""
    state, words = _end(run.conclusion)
    told = _telling(run.jobs) if run.conclusion == "failure" else None
    link = told.url if told is not None and told.failed else run.url
    return Report(
        deployment=deployment,
        state=state,
        sequence=_sequence(run.attempt, _ENDED, run.updated_at, 9),
        description=plain_description(words or (_words(told) if told is not None else None)),
        log_url=None if run.conclusion == "failure" and told is None else web_link(link),
        again=run.attempt > 1,
    )


def _report_of_way(run: WorkflowRun, deployment: str) -> Report:
    told = _telling(run.jobs)
    has_failed = told is not None and told.failed
    words = "the workflow waits for an approval on GitHub" if run.status == "waiting" else None
    phase = 6 if run.jobs else 2 if run.status == "in_progress" else 1
    at = max([run.updated_at, *(_newest(job) for job in run.jobs)])
    return Report(
        deployment=deployment,
        state="in_progress" if run.status == "in_progress" else "accepted",
        sequence=_sequence(run.attempt, _FAILING if has_failed else _GOING, at, phase),
        description=plain_description(_words(told) if told is not None else words),
        log_url=web_link(told.url if told is not None and has_failed else run.url),
        again=run.attempt > 1,
    )


def report_of_job(job: Job, attempt: int, deployment: str) -> Report:
    """What one job says of the deployment. It never ends it: only its run does."""
    # A job that is done comes before the next one that begins in the same second: that one is what matters.
    phase = {"completed": 3, "queued": 4, "waiting": 4, "in_progress": 5}[job.status]
    return Report(
        deployment=deployment,
        state="accepted" if job.status in ("queued", "waiting") else "in_progress",
        sequence=_sequence(attempt, _FAILING if job.failed else _GOING, _newest(job), phase),
        description=plain_description(_words(job)),
        log_url=web_link(job.url) if job.failed else None,
        again=attempt > 1,
    )


def _end(conclusion: str | None) -> tuple[DeployerState, str | None]:
    """The state and the words for a run that is over. A plain failure's words are its jobs'."""
    if conclusion == "success":
        return "succeeded", "the workflow succeeded"
    if conclusion == "cancelled":
        return "cancelled", "the workflow was cancelled on GitHub"
    if conclusion == "failure":
        return "failed", None
    if conclusion in ("skipped", "neutral"):
        return "failed", f"the workflow did nothing: its conclusion is {conclusion}"
    return "failed", _ODD_ENDS.get(
        conclusion or "", f"the workflow's conclusion is {conclusion or 'missing'}"
    )


_ODD_ENDS = {
    "timed_out": "the workflow took longer than GitHub allows (timed_out)",
    "startup_failure": "GitHub could not start the workflow (startup_failure): is its file valid?",
    "action_required": "the workflow was not run: somebody has to allow it on GitHub (action_required)",
    "stale": "GitHub gave the workflow up (stale)",
}


def _telling(jobs: tuple[Job, ...]) -> Job | None:
    """The job that says most about how the run stands: a failed one, else one that people wait for."""
    groups = (
        [job for job in jobs if job.failed],
        [job for job in jobs if job.status == "waiting"],
        [job for job in jobs if job.status == "in_progress"],
        [job for job in jobs if job.status == "queued"],
        [job for job in jobs if job.conclusion in ("success", "cancelled")],
    )
    return next((max(group, key=_newest) for group in groups if group), None)


def _words(job: Job) -> str | None:
    name = _short(job.name)
    if job.status == "queued":
        return f"{name} waits for a runner"
    if job.status == "waiting":
        return f"{name} waits for an approval on GitHub"
    if job.status == "in_progress":
        return f"{name}: {_at_step(job)}" if job.steps else f"{name} runs"
    if job.conclusion == "success":
        return f"{name} is done"
    if job.conclusion in ("skipped", "neutral"):
        return f"{name} was skipped"
    if job.conclusion == "cancelled":
        return f"{name} was cancelled"
    step = next((step for step in job.steps if step.conclusion == "failure"), None)
    place = f" at the step {_short(step.name)}" if step else ""
    why = "" if job.conclusion == "failure" else f" ({job.conclusion or 'no conclusion'})"
    return f"{name} failed{place}{why}"


def _at_step(job: Job) -> str:
    """Where a job is. GitHub tells a step only once it begins, so the number of all may still grow."""
    done = sum(step.status == "completed" for step in job.steps)
    place = min(done, len(job.steps) - 1)
    return f"step {place + 1} of {len(job.steps)}, {_short(job.steps[place].name)}"


def _short(name: str) -> str:
    plain = plain_description(name) or "unnamed"
    return plain if len(plain) <= NAME_CHARS_MAX else plain[: NAME_CHARS_MAX - 1].rstrip() + "…"


def _newest(job: Job) -> Seconds:
    return max([job.at, *(step.at for step in job.steps if step.at is not None)])


_ATTEMPTS_MAX = 1_000  # GitHub allows 50
_MOMENTS = 2**36  # of a sixteenth of a second's place each: until the year 2106


def _sequence(attempt: int, rank: int, at: Seconds, phase: int) -> int:
    """Order what is said of a run: by attempt, then rank, then time, then phase within a second.

    The rank says whether it is going, failing or ended, so that neither another job's progress covers a
    failure nor a clock that is ahead an end. Times are absolute: a job's event does not tell when its run was
    made.
    """
    moment = min(max(int(at), 0) * 16 + phase, _MOMENTS - 1)
    return (min(attempt, _ATTEMPTS_MAX) * 4 + rank) * _MOMENTS + moment
