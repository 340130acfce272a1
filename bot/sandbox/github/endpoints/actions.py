"""Workflows are dispatched, and their runs and jobs are read ("REST API endpoints for GitHub Actions")."""

from collections.abc import Callable
from datetime import UTC, datetime

from bot.sandbox.github.actions.inputs import checked_inputs
from bot.sandbox.github.actions.records import Workflow, WorkflowRun
from bot.sandbox.github.actions.workflow_file import Unreadable, read_workflow
from bot.sandbox.github.acts import actions
from bot.sandbox.github.call import Answer, Call
from bot.sandbox.github.exchange import Refusal, not_found
from bot.sandbox.github.records import Repository
from bot.sandbox.github.shapes.actions import job, run_addresses, workflow, workflow_run

_DAY_SECONDS = 86_400
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    ">=": float.__ge__,
    "<=": float.__le__,
    ">": float.__gt__,
    "<": float.__lt__,
}


def dispatch_workflow(call: Call) -> Answer:
    """Starts a workflow. 204, or 200 with the run where `return_run_details` asks for it."""
    found = _workflow(call)
    branch, sha = _branch_or_tag(call.repository, call.body["ref"])
    blob = call.repository.history.commits[sha].tree.get(found.path)
    if blob is None:
        raise not_found()
    try:
        file = read_workflow(blob.content.decode(), found.path)
        if file.inputs is None:
            raise Refusal(422, "Workflow does not have 'workflow_dispatch' trigger")
        inputs = checked_inputs(file.inputs, call.body.get("inputs", {}))
        run = actions.dispatch(call.memory, actions.Dispatch(found, file, branch, sha, inputs, call.actor))
    except Unreadable as error:
        raise Refusal(422, f"failed to parse workflow: {error}") from error
    if not (call.memory.actions.run_details and call.body.get("return_run_details")):
        return Answer(raw=b"", status=204)
    url, page = run_addresses(call.memory, run)
    return Answer({"workflow_run_id": run.id, "run_url": url, "html_url": page})


def get_workflow(call: Call) -> Answer:
    """A workflow by its file's name or its number."""
    found = _workflow(call)
    tip = call.repository.branches[call.repository.default_branch]
    text = call.repository.history.commits[tip].tree[found.path].content.decode()
    try:
        name = read_workflow(text, found.path).name
    except Unreadable:
        name = found.path  # a broken file has no name either
    return Answer(workflow(call.memory, found, name))


def list_workflow_runs(call: Call) -> Answer:
    """The runs of one workflow, the newest first."""
    found = _workflow(call)
    return _listed(call, [run for run in _runs(call) if run.workflow is found])


def list_runs(call: Call) -> Answer:
    """The runs of a repository, the newest first."""
    return _listed(call, _runs(call))


def get_run(call: Call) -> Answer:
    """One run."""
    return Answer(workflow_run(call.memory, _run(call)))


def list_jobs(call: Call) -> Answer:
    """A run's jobs: of its last attempt, or (`filter=all`) of every one."""
    run = _run(call)
    chosen = call.query.get("filter", "latest")
    if chosen not in ("latest", "all"):
        raise Refusal(422, f"Invalid filter: {chosen}")
    jobs = run.jobs if chosen == "all" else run.current
    shown = [job(call.memory, run, one) for one in call.page(jobs)]
    return Answer({"total_count": len(jobs), "jobs": shown})


def cancel_run(call: Call) -> Answer:
    """Asks for the end of a run; it comes later."""
    run = _run(call)
    if run.is_over:
        raise Refusal(409, "Cannot cancel a workflow run that is completed.")
    actions.cancel(call.memory, run)
    return Answer({}, 202)


def _workflow(call: Call) -> Workflow:
    found = actions.find_workflow(call.memory, call.repository, call.params["workflow_id"])
    if found is None:
        raise not_found()
    return found


def _run(call: Call) -> WorkflowRun:
    found = call.memory.actions.runs.get(call.number("run_id"))
    if found is None or found.repository is not call.repository:
        raise not_found()
    return found


def _branch_or_tag(repository: Repository, ref: str) -> tuple[str, str]:
    """The short name and the commit of a branch or tag; a SHA is none."""
    for prefix, refs in (("refs/heads/", repository.branches), ("refs/tags/", repository.tags)):
        name = ref.removeprefix(prefix)
        if name in refs:
            return name, refs[name]
    raise Refusal(422, f"No ref found for: {ref}")


def _runs(call: Call) -> list[WorkflowRun]:
    """The repository's runs that the query asks for."""
    query = call.query
    found = call.memory.actions.runs_of(call.repository)
    if "event" in query:
        found = [run for run in found if run.event == query["event"]]
    if "actor" in query:
        found = [run for run in found if run.actor.login.lower() == query["actor"].lower()]
    if "branch" in query:
        found = [run for run in found if run.head_branch == query["branch"]]
    if "head_sha" in query:
        found = [run for run in found if run.head_sha == query["head_sha"]]
    if "status" in query:
        found = [run for run in found if query["status"] in (run.status, run.conclusion)]
    if "created" in query:
        is_wanted = _span(query["created"])
        found = [run for run in found if is_wanted(float(int(run.created_at)))]
    return found


def _listed(call: Call, found: list[WorkflowRun]) -> Answer:
    shown = [workflow_run(call.memory, run) for run in call.page(found, newest="first")]
    return Answer({"total_count": len(found), "workflow_runs": shown})


def _span(text: str) -> Callable[[float], bool]:
    """A time as GitHub's search has it: `>=T`, `<T`, `T..T`, `T..*`, or a day or second itself."""
    for sign, compared in _COMPARED.items():
        if text.startswith(sign):
            limit = _edge(text.removeprefix(sign), at_end=sign in (">", "<="))
            return lambda at: compared(at, limit)
    first, dots, last = text.partition("..")
    low = float("-inf") if first == "*" else _edge(first)
    high = float("inf") if last == "*" else _edge(last if dots else first, at_end=True)
    return lambda at: low <= at <= high


def _edge(text: str, *, at_end: bool = False) -> float:
    """The first or last second of a day, or the second that is named."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(422, f"Invalid value for created: {text}") from None
    at = (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    is_day = "T" not in text
    return at + (_DAY_SECONDS - 1 if is_day and at_end else 0)
