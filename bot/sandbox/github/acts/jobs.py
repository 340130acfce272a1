"""The jobs of a run begin, go on step by step and end, with the deployment that their environment makes.

That deployment is GitHub's own: made by github-actions[bot], of the run's commit (not of an input), without a
payload. It must never be mistaken for one of the bot, which is why it is here.
"""

from typing import Literal

from bot.sandbox.github.actions.records import Conclusion, Job, JobStep, WorkflowRun
from bot.sandbox.github.actions.workflow_file import JobPlan
from bot.sandbox.github.acts import checks, deployments
from bot.sandbox.github.emission import Occasion, announce
from bot.sandbox.github.exchange import Json
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import Deployment, DeploymentStatus
from bot.sandbox.github.shapes.actions import job as job_shape
from bot.sandbox.github.shapes.actions import run_addresses
from bot.sandbox.github.shapes.actions import workflow as workflow_shape
from bot.sandbox.github.shapes.actions import workflow_run as run_shape
from bot.sandbox.github.shapes.deployments import deployment as deployment_shape

ACTIONS_APP = "github-actions"
_STATES = {"success": "success", "failure": "failure", "cancelled": "failure", "skipped": "inactive"}


def add(memory: Memory, run: WorkflowRun, plan: JobPlan) -> None:
    """A job whose turn it is: queued, waiting for an approval, or skipped after a failure."""
    steps = [JobStep(number, name) for number, name in enumerate(plan.steps, 1)]
    job = Job(memory.new_id(), plan, run.attempt, memory.clock(), steps)
    run.current.append(job)
    run.jobs.append(job)
    if memory.actions.checks_of_jobs:
        _report_check(memory, run, job)
    needed = [other for other in run.current if other.plan.key in plan.needs]
    if any(other.conclusion != "success" for other in needed):
        _end(memory, run, job, "skipped")
        return
    if plan.environment:
        job.deployment = _deploy(memory, run, plan.environment)
        job.status = "waiting" if run.behaviour == "waiting" else "queued"
        _tell_environment(memory, run, job, "queued")
    _announce(memory, run, job, "waiting" if job.status == "waiting" else "queued")


def approve(memory: Memory, run: WorkflowRun, job: Job) -> None:
    """Somebody approved the job's environment."""
    job.status = run.status = "queued"
    _announce(memory, run, job, "queued")


def begin(memory: Memory, run: WorkflowRun, job: Job) -> None:
    """A runner takes the job."""
    job.status, job.started_at = "in_progress", memory.clock()
    _begin_step(memory, job.steps[0])
    _tell_environment(memory, run, job, "in_progress")
    _report_check(memory, run, job)
    _announce(memory, run, job, "in_progress")


def is_held(run: WorkflowRun, job: Job) -> bool:
    """Whether the job is at the step that does not end before it is released."""
    return run.behaviour == "held" and not run.is_cancelling and _is_at_the_last_step(run, job)


def finish_step(memory: Memory, run: WorkflowRun, job: Job) -> None:
    """The job's step ends; the next begins, or the job is over."""
    step = job.current_step
    if step is None:
        raise LookupError(f"job {job.id} has no step left")
    fails = run.behaviour == "fail" and _is_at_the_last_step(run, job)
    _end_step(memory, step, "failure" if fails else "success")
    following = job.current_step
    if following is None:
        _end(memory, run, job, "failure" if fails else "success")
    else:
        _begin_step(memory, following)


def cancel(memory: Memory, run: WorkflowRun, job: Job) -> None:
    """The job ends where it is; a job that is over stays as it ended."""
    if job.status == "completed":
        return
    for step in job.steps:
        if step.status == "in_progress":
            _end_step(memory, step, "cancelled")
        elif step.status == "queued":
            step.status, step.conclusion = "completed", "skipped"
    _end(memory, run, job, "cancelled")


def announce_run(
    memory: Memory, run: WorkflowRun, action: Literal["requested", "in_progress", "completed"]
) -> None:
    """Tells of a run; the sender is who asked for this attempt."""
    announce(
        memory,
        Occasion("workflow_run", action, run.repository, run.triggering_actor),
        lambda: {
            "workflow_run": run_shape(memory, run),
            "workflow": workflow_shape(memory, run.workflow, run.name),
        },
    )


def _is_at_the_last_step(run: WorkflowRun, job: Job) -> bool:
    return job.plan.key == run.plans[-1].key and job.current_step is job.steps[-1]


def _begin_step(memory: Memory, step: JobStep) -> None:
    step.status, step.started_at = "in_progress", memory.clock()


def _end_step(memory: Memory, step: JobStep, conclusion: Conclusion) -> None:
    step.status, step.conclusion, step.completed_at = "completed", conclusion, memory.clock()


def _end(memory: Memory, run: WorkflowRun, job: Job, conclusion: Conclusion) -> None:
    job.status, job.conclusion, job.completed_at = "completed", conclusion, memory.clock()
    _tell_environment(memory, run, job, _STATES[conclusion])
    _report_check(memory, run, job)
    _announce(memory, run, job, "completed")


def _announce(memory: Memory, run: WorkflowRun, job: Job, action: str) -> None:
    def details() -> Json:
        told: Json = {"workflow_job": job_shape(memory, run, job)}
        if job.deployment is not None:
            told["deployment"] = deployment_shape(memory, run.repository, job.deployment)
        return told

    announce(memory, Occasion("workflow_job", action, run.repository, run.triggering_actor), details)


def _deploy(memory: Memory, run: WorkflowRun, environment: str) -> Deployment:
    now = memory.clock()
    made = Deployment(
        memory.new_id(),
        run.head_sha,
        run.head_branch,
        "deploy",
        environment,
        {},
        None,
        memory.bot_of(ACTIONS_APP),
        False,
        False,
        environment == "production",
        now,
        now,
    )
    made.via, made.run_id = memory.check_app(ACTIONS_APP), run.id
    deployments.create(memory, run.repository, made)
    return made


def _tell_environment(memory: Memory, run: WorkflowRun, job: Job, state: str) -> None:
    """GitHub's own status of GitHub's own deployment; earlier successes become inactive, as by default."""
    if job.deployment is None:
        return
    log_url = f"{run_addresses(memory, run)[1]}/job/{job.id}"
    status = DeploymentStatus(
        memory.new_id(),
        state,
        memory.bot_of(ACTIONS_APP),
        "",
        job.deployment.environment,
        "",
        log_url,
        memory.clock(),
        memory.check_app(ACTIONS_APP),
    )
    deployments.add_status(memory, run.repository, job.deployment, status, auto_inactive=True)


def _report_check(memory: Memory, run: WorkflowRun, job: Job) -> None:
    """A job is a check run of its commit too, under the same number; only where the world wants it so."""
    bot = memory.bot_of(ACTIONS_APP)
    if job.check is None:
        if memory.actions.checks_of_jobs and job.status == "queued":
            given = {"name": job.plan.name, "head_sha": run.head_sha, "status": "queued"}
            job.check = checks.create_run(memory, run.repository, memory.check_app(ACTIONS_APP), given, bot)
            job.id = job.check.id
        return
    fields = {"conclusion": job.conclusion} if job.conclusion else {"status": job.status}
    checks.update_run(memory, run.repository, job.check, fields, bot)
