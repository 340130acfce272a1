"""A run of a workflow as a part of a page: its jobs and steps, and what people can do with it.

Must never show a step as done that has not ended.
"""

from collections.abc import Callable

from markupsafe import Markup

from bot.sandbox.github import GitHubWorld
from bot.sandbox.github.access import require
from bot.sandbox.github.actions.records import WorkflowRun
from bot.sandbox.pages.look import Look
from bot.sandbox.pages.people import person_called
from bot.sandbox.pages.rendering import render
from bot.sandbox.pages.worlds import Worlds


def release(world: GitHubWorld, actor: str, run: WorkflowRun) -> None:
    """Approve what waits for that, or end what keeps a run from going on; NotAllowed."""
    require(world, run.repository, world.account(actor), "write", "let a workflow run go on")
    world.release_runs(run.id)


RUN_DEEDS: dict[str, Callable[[GitHubWorld, str, WorkflowRun], object]] = {
    "cancel": lambda world, actor, run: world.cancel_run(actor, run.repository.full_name, run.id),
    "release": release,
    "rerun": lambda world, actor, run: world.rerun_all(actor, run.repository.full_name, run.id),
    "rerun_failed": lambda world, actor, run: world.rerun_failed(actor, run.repository.full_name, run.id),
}


def run_pane(worlds: Worlds, look: Look, trouble: str = "") -> Markup:
    """The run that is looked at; LookupError."""
    run = find_run(worlds.github, look.repository, look.run)
    person = person_called(worlds, look.person)
    shown = {"look": look, "trouble": trouble, "run": run, "repository": run.repository, "person": person}
    return render("panes/run.html", shown)


def find_run(world: GitHubWorld, repository: str, number: str) -> WorkflowRun:
    """A run of a repository; LookupError."""
    run = world.actions.runs.get(int(number)) if number.isdecimal() else None
    if run is None or run.repository.full_name != repository:
        raise LookupError(f"There is no run {number} of {repository}.")
    return run
