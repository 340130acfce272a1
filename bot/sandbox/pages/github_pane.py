"""The simulated GitHub as a part of a page: one pull request, and the way to the others.

Must never change anything: it reads the world and fills in a template.
"""

from itertools import islice
from typing import Any

from markupsafe import Markup

from bot.sandbox.github.records import CheckRun, CommitStatus, Deployment, PullRequest, Repository
from bot.sandbox.pages.conversation import conversation, deployments_of
from bot.sandbox.pages.github_deeds import directories
from bot.sandbox.pages.look import Look
from bot.sandbox.pages.people import person_called
from bot.sandbox.pages.places import repository_at, shelves
from bot.sandbox.pages.rendering import render
from bot.sandbox.pages.worlds import Worlds

DEPLOYMENTS_SHOWN = 12
RUNS_SHOWN = 12
HAPPENED_SHOWN = 200
"""The newest so many entries of a conversation are shown; the rest is counted."""
TO_TYPE = ("/deploy production", "/deploy staging", "/rollback production", "/status", "/help")


def github_pane(worlds: Worlds, look: Look, trouble: str = "") -> Markup:
    """The pull request that is looked at; without any, an invitation to open one."""
    repository = repository_at(worlds.github, look)
    pull = pull_at(repository, look)
    shown: dict[str, Any] = {
        "look": look,
        "trouble": trouble,
        "repository": repository,
        "pull": pull,
        "shelves": shelves(worlds, look),
        "person": person_called(worlds, look.person),
        "directories": directories(repository),
        "runs": list(islice(worlds.github.actions.runs_of(repository), RUNS_SHOWN)),
        "app_slug": worlds.github.app.slug,
        "to_type": TO_TYPE,
    }
    if pull is not None:
        shown |= _about(repository, pull)
    return render("panes/github.html", shown)


def pull_at(repository: Repository, look: Look) -> PullRequest | None:
    """The pull request that is looked at: the one named, else the oldest open one, else the newest.

    LookupError for a number that there is not.
    """
    pulls = repository.pulls
    if look.pull:
        found = next((one for one in pulls if str(one.number) == look.pull), None)
        if found is None:
            raise LookupError(f"There is no pull request {look.pull} in {repository.full_name}.")
        return found
    newest = pulls[-1] if pulls else None
    return next((one for one in pulls if one.state == "open"), newest)


def checks_of(repository: Repository, sha: str) -> list[CheckRun]:
    """The newest check run of each App and name for a commit."""
    newest: dict[tuple[str, str], CheckRun] = {}
    for run_id in repository.runs_by_sha.get(sha, []):
        run = repository.check_runs[run_id]
        newest[run.suite.app.slug, run.name] = run
    return sorted(newest.values(), key=lambda run: (run.suite.app.slug, run.name))


def statuses_of(repository: Repository, sha: str) -> list[CommitStatus]:
    """The newest status of each context for a commit."""
    newest = {status.context: status for status in repository.statuses_by_sha.get(sha, [])}
    return [newest[context] for context in sorted(newest)]


def newest_deployments(repository: Repository) -> list[Deployment]:
    """The repository's deployments, newest first."""
    return list(reversed(repository.deployments.values()))[:DEPLOYMENTS_SHOWN]


def _about(repository: Repository, pull: PullRequest) -> dict[str, Any]:
    checks, statuses = checks_of(repository, pull.head_sha), statuses_of(repository, pull.head_sha)
    happened = conversation(repository, pull)
    return {
        "happened": happened[-HAPPENED_SHOWN:],
        "left_out": max(0, len(happened) - HAPPENED_SHOWN),
        "checks": checks,
        "statuses": statuses,
        "checks_state": _worst(
            [*(one.conclusion or one.status for one in checks), *(s.state for s in statuses)]
        ),
        "deployments": list(reversed(deployments_of(repository, pull)))[:DEPLOYMENTS_SHOWN],
        "files": repository.history.changes(pull.base_sha, pull.head_sha),
        "obstacle": _obstacle(repository, pull),
    }


def _worst(states: list[str]) -> str:
    """One word for all checks: failure before waiting before success; empty without any."""
    if not states:
        return ""
    if any(one in ("failure", "error", "timed_out", "cancelled", "action_required") for one in states):
        return "failure"
    if any(one in ("queued", "in_progress", "pending") for one in states):
        return "in_progress"
    return "success"


def _obstacle(repository: Repository, pull: PullRequest) -> str:
    """What keeps this pull request from being merged."""
    if pull.state != "open":
        return "merged" if pull.merged_at else "closed"
    tip = repository.branches[pull.base_ref]
    return "" if repository.history.merged_tree(tip, pull.head_sha) is not None else "conflicts"
