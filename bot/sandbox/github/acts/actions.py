"""Runs of workflows are asked for, cancelled, released and run again, and make their moves.

Each change is announced (`workflow_run`, `workflow_job`), whoever asked for it. An attempt begins with the
jobs that need no other; a job comes into being when those that it needs are done, and is skipped where one of
them did not succeed. It must never decide when a move is due beyond setting `due_at`: that is `actions.play`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.sandbox.github.actions.records import Job, RunBehaviour, Workflow, WorkflowRun
from bot.sandbox.github.actions.workflow_file import JobPlan, WorkflowFile, filled
from bot.sandbox.github.acts import jobs
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import Account, NotAllowed, Repository

WORKFLOW_FOLDER = ".github/workflows/"


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What is to be run: a file as it is at a branch's or tag's commit, with its checked inputs."""

    workflow: Workflow
    file: WorkflowFile
    branch: str
    sha: str
    inputs: dict[str, str]
    actor: Account


def find_workflow(memory: Memory, repository: Repository, name: str) -> Workflow | None:
    """The workflow of this file name or number that is on the default branch."""
    known = memory.actions.workflows
    numbered = {str(each.id): path for (home, path), each in known.items() if home == repository.id}
    path = numbered.get(name, f"{WORKFLOW_FOLDER}{name}")
    file = path.removeprefix(WORKFLOW_FOLDER)
    tip = repository.branches.get(repository.default_branch)
    if tip is None or path not in repository.history.commits[tip].tree:
        return None
    if "/" in file or not file.endswith((".yml", ".yaml")):
        return None
    key = (repository.id, path)
    if key not in known:
        known[key] = Workflow(memory.new_id(), repository, path, memory.clock())
    return known[key]


def dispatch(memory: Memory, ordered: Dispatch) -> WorkflowRun:
    """Asks for a run. Raises Unreadable where a title or name holds an expression that is not simulated."""
    now, repository = memory.clock(), ordered.workflow.repository
    number = 1 + sum(each.workflow is ordered.workflow for each in memory.actions.runs.values())
    texts = _filling(ordered, number)
    plans = tuple(_plan(plan, texts) for plan in ordered.file.jobs)
    title = texts(ordered.file.run_name).strip() or ordered.file.name
    run = WorkflowRun(
        id=memory.new_id(),
        number=number,
        workflow=ordered.workflow,
        repository=repository,
        name=ordered.file.name,
        title=title,
        plans=plans,
        inputs=ordered.inputs,
        actor=ordered.actor,
        triggering_actor=ordered.actor,
        head_branch=ordered.branch,
        head_sha=ordered.sha,
        check_suite_id=memory.new_id(),
        created_at=now,
        started_at=now,
        updated_at=now,
        behaviour=memory.actions.next_behaviour(),
        due_at=None,
    )
    memory.actions.runs[run.id] = run
    _begin_attempt(memory, run)
    return run


def run_again(memory: Memory, run: WorkflowRun, person: Account, *, only_failed: bool) -> None:
    """Another attempt of a run that is over, of all its jobs or of those that did not succeed."""
    if not run.is_over:
        raise NotAllowed("this workflow run is still running and cannot be run again")
    kept = [job for job in run.current if only_failed and job.conclusion == "success"]
    if only_failed and len(kept) == len(run.plans):
        raise NotAllowed("no job of this workflow run failed")
    run.attempt, run.current = run.attempt + 1, kept
    run.status, run.conclusion, run.is_announced = "queued", None, False
    run.triggering_actor, run.started_at = person, memory.clock()
    run.behaviour = memory.actions.next_behaviour()
    _begin_attempt(memory, run)


def cancel(memory: Memory, run: WorkflowRun) -> None:
    """Asks for the end of a run, which comes with its next move. Nothing where it is over."""
    if not run.is_over:
        run.is_cancelling = True
        _move_later(memory, run)


def release(memory: Memory, run: WorkflowRun, behaviour: RunBehaviour) -> None:
    """Lets a run go on that waits for a runner, for an approval or for its last step."""
    waiting = [job for job in run.current if job.status == "waiting"]
    is_stuck = run.due_at is None and not run.is_over
    if not waiting and not is_stuck:
        return
    run.behaviour = behaviour
    for job in waiting:
        jobs.approve(memory, run, job)
    if is_stuck:
        _move_later(memory, run)


def advance(memory: Memory, run: WorkflowRun, at: float) -> None:
    """One move: queued jobs begin, the others finish a step. `at` is when it was due."""
    for job in list(run.current):
        if run.is_cancelling:
            jobs.cancel(memory, run, job)
        elif job.status == "queued":
            _announce_start(memory, run)
            jobs.begin(memory, run, job)
        elif job.status == "in_progress" and not jobs.is_held(run, job):
            jobs.finish_step(memory, run, job)
    _add_jobs(memory, run)
    _settle(memory, run)
    run.due_at = at + memory.actions.step_seconds if _moves_by_itself(run) else None


def _begin_attempt(memory: Memory, run: WorkflowRun) -> None:
    memory.actions.playing[run.id] = run
    run.is_cancelling, run.updated_at = False, memory.clock()
    jobs.announce_run(memory, run, "requested")
    _add_jobs(memory, run)
    _settle(memory, run)
    if _moves_by_itself(run):
        _move_later(memory, run)


def _move_later(memory: Memory, run: WorkflowRun) -> None:
    run.due_at = memory.clock() + memory.actions.step_seconds
    memory.changed()


def _announce_start(memory: Memory, run: WorkflowRun) -> None:
    run.status = "in_progress"
    if not run.is_announced:
        run.is_announced = True
        jobs.announce_run(memory, run, "in_progress")


def _add_jobs(memory: Memory, run: WorkflowRun) -> None:
    """Makes the jobs whose turn it is; skipping one may be another's turn."""
    while ready := [plan for plan in run.plans if _is_ready(run, plan)]:
        for plan in ready:
            jobs.add(memory, run, plan)


def _is_ready(run: WorkflowRun, plan: JobPlan) -> bool:
    there = {job.plan.key for job in run.current}
    done = {job.plan.key for job in run.current if job.status == "completed"}
    return plan.key not in there and done.issuperset(plan.needs)


def _settle(memory: Memory, run: WorkflowRun) -> None:
    """What the run's state is, by its jobs; its end is announced."""
    states = {job.status for job in run.current}
    run.updated_at = memory.clock()
    if states != {"completed"}:
        if states <= {"waiting", "completed"}:
            run.status = "waiting"
        elif run.is_announced:
            run.status = "in_progress"
        return
    found = {job.conclusion for job in run.current}
    run.conclusion = "cancelled" if run.is_cancelling else "failure" if "failure" in found else "success"
    run.status = "completed"
    del memory.actions.playing[run.id]
    jobs.announce_run(memory, run, "completed")


def _moves_by_itself(run: WorkflowRun) -> bool:
    if run.is_over or run.behaviour == "silent":
        return False
    return any(_is_active(run, job) for job in run.current)


def _is_active(run: WorkflowRun, job: Job) -> bool:
    return job.status == "queued" or (job.status == "in_progress" and not jobs.is_held(run, job))


def _filling(ordered: Dispatch, number: int) -> Callable[[str], str]:
    context = {
        "github.actor": ordered.actor.login,
        "github.ref_name": ordered.branch,
        "github.repository": ordered.workflow.repository.full_name,
        "github.run_number": str(number),
        "github.sha": ordered.sha,
        "github.workflow": ordered.file.name,
    }
    return lambda text: filled(text, ordered.inputs, context)


def _plan(plan: JobPlan, texts: Callable[[str], str]) -> JobPlan:
    """The job with its texts as people see them."""
    return replace(
        plan,
        name=texts(plan.name),
        environment=texts(plan.environment).strip(),
        steps=tuple(texts(step) for step in plan.steps),
    )
