"""GitHub Actions: starts workflows of the default branch, reads their runs, and cancels them.

A dispatch is sent once and never repeated here after a lost reply: whether it can be found again is for the
driver to judge. Only runs that our own App asked for are listed: nobody else's must be taken for one of ours.
"""

from datetime import UTC, datetime
from typing import Any

from bot.domain.errors import LastingFault
from bot.domain.values import Repository, Seconds
from bot.domain.workflow_runs import WorkflowRun
from bot.github.addresses import one, paged, repository_path
from bot.github.answers import RepositoryShape, read, read_all
from bot.github.faults import NotThere, Refused
from bot.github.hooks import own_slug
from bot.github.runs import DISPATCHED, JobShape, RunShape, is_dispatched_by, to_run
from bot.github.tokens import GitHubApp
from bot.ports import Dispatch, Started

RUNS_LISTED_MAX = 1_000  # of one workflow since one dispatch; GitHub's filter gives no more either
JOBS_READ_MAX = 500
RUN_DETAILS = "return_run_details"


class ActionsWorkflows:
    """GitHub Actions, for all installations of the App."""

    def __init__(self, app: GitHubApp) -> None:
        self._app = app

    async def dispatch(self, wanted: Dispatch) -> Started | None:
        """Start a workflow ("Create a workflow dispatch event"); None = started, not said which run."""
        branch = await self._default_branch(wanted.repository)
        order = {"ref": branch, "inputs": wanted.inputs, RUN_DETAILS: True}
        try:
            return _started(await self._post(wanted, order))
        except Refused as fault:
            if fault.status != 422 or RUN_DETAILS not in fault.reason:
                raise _explained(fault, wanted, branch) from fault
        del order[RUN_DETAILS]  # a server that does not know it
        try:
            return _started(await self._post(wanted, order))
        except Refused as fault:
            raise _explained(fault, wanted, branch) from fault

    async def dispatched(self, wanted: Dispatch, since: Seconds) -> tuple[WorkflowRun, ...]:
        """List the runs that we asked for since then, oldest first ("List workflow runs for a workflow")."""
        begin = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        path = paged(f"{_workflow_path(wanted)}/runs", event=DISPATCHED, created=f">={begin}")
        client = self._app.installation(wanted.repository.installation)
        answers = await client.collect(path, key="workflow_runs", items_max=RUNS_LISTED_MAX)
        slug = await own_slug(self._app)
        ours = [run for run in read_all(RunShape, answers) if is_dispatched_by(run.event, run.actor, slug)]
        return tuple(sorted(map(to_run, ours), key=lambda run: run.id))

    async def run(self, repository: Repository, id: int) -> WorkflowRun | None:
        """Read a run with the jobs of its newest attempt; None = GitHub does not have it."""
        client = self._app.installation(repository.installation)
        path = f"{repository_path(repository)}/actions/runs/{id}"
        try:
            shape = read(RunShape, await client.getitem(path))
            jobs = await client.collect(paged(f"{path}/jobs"), key="jobs", items_max=JOBS_READ_MAX)
        except NotThere:
            return None
        return to_run(shape, read_all(JobShape, jobs))

    async def cancel(self, repository: Repository, id: int) -> bool:
        """Ask GitHub to cancel a run ("Cancel a workflow run"); False = 409, mostly because it has ended."""
        client = self._app.installation(repository.installation)
        try:
            await client.post(f"{repository_path(repository)}/actions/runs/{id}/cancel", data=b"")
        except Refused as fault:
            if fault.status != 409:
                raise
            return False
        return True

    async def _post(self, wanted: Dispatch, order: dict[str, Any]) -> Any:
        client = self._app.installation(wanted.repository.installation)
        return await client.post(f"{_workflow_path(wanted)}/dispatches", data=order)

    async def _default_branch(self, repository: Repository) -> str:
        client = self._app.installation(repository.installation)
        return read(RepositoryShape, await client.getitem(repository_path(repository))).default_branch


def _workflow_path(wanted: Dispatch) -> str:
    return f"{repository_path(wanted.repository)}/actions/workflows/{one(wanted.workflow)}"


def _started(answer: Any) -> Started | None:
    """Read the run that an answer names. One that does not must be no fault: the workflow was started."""
    run = answer.get("workflow_run_id") if isinstance(answer, dict) else None
    return Started(run, str(answer.get("html_url") or "")) if isinstance(run, int) else None


def _explained(fault: Refused, wanted: Dispatch, branch: str) -> LastingFault:
    """Say what is wrong with the workflow, in GitHub's words and in ours."""
    where = f"{wanted.workflow} on {branch} of {wanted.repository.full_name}"
    if isinstance(fault, NotThere):
        return LastingFault(
            f"GitHub finds no workflow {where}.",
            hint=f"Put .github/workflows/{wanted.workflow} on {branch}, or change `deploy.workflow`.",
        )
    if fault.status == 422:
        names, said = ", ".join(wanted.inputs), fault.reason.partition(": ")[2]
        return LastingFault(
            f"GitHub does not start the workflow {where}: {said or fault.reason}",
            hint=f"Its `workflow_dispatch` has to declare these inputs, and to require no others: {names}.",
        )
    return fault
