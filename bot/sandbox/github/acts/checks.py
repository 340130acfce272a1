"""Check suites, check runs and commit statuses come and change.

It must never complete a suite by hand: a suite follows from its newest runs.
"""

from dataclasses import dataclass

from bot.sandbox.github.emission import Occasion, announce
from bot.sandbox.github.exchange import Json
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import Account, CheckApp, CheckRun, CheckSuite, CommitStatus, Repository, iso
from bot.sandbox.github.shapes.checks import webhook_check_run, webhook_check_suite
from bot.sandbox.github.shapes.commits import commit as commit_shape
from bot.sandbox.github.shapes.repositories import api_address

_WORST_FIRST = (
    "failure",
    "timed_out",
    "cancelled",
    "action_required",
    "stale",
    "success",
    "neutral",
    "skipped",
)


@dataclass(frozen=True, slots=True)
class Pushed:
    """A branch's new head, and who moved it there from where."""

    sha: str
    branch: str
    before: str
    actor: Account


def request_suite(memory: Memory, repository: Repository, pushed: Pushed) -> None:
    """What GitHub does on a push: makes a suite for our App, and asks it to check."""
    installation = memory.installation_of(repository)
    if installation is None or installation.permissions.get("checks") != "write":
        return
    ours = memory.check_apps[memory.app.slug]
    if _find_suite(repository, ours, pushed.sha) is not None:
        return
    suite = suite_for(memory, repository, ours, pushed.sha, pushed.branch)
    suite.before = pushed.before
    _announce_suite(memory, repository, suite, "requested", pushed.actor)


def suite_for(
    memory: Memory, repository: Repository, app: CheckApp, sha: str, branch: str | None = None
) -> CheckSuite:
    """The App's suite for a commit; made when there is none."""
    found = _find_suite(repository, app, sha)
    if found is not None:
        return found
    now = memory.clock()
    known = branch or next((name for name, tip in repository.branches.items() if tip == sha), None)
    suite = CheckSuite(memory.new_id(), app, sha, known, None, now, now)
    repository.check_suites[suite.id] = suite
    repository.suites_by_sha.setdefault(sha, []).append(suite.id)
    return suite


def create_run(
    memory: Memory, repository: Repository, app: CheckApp, fields: Json, sender: Account
) -> CheckRun:
    """A new check run; `fields` are the API's, with `name` and `head_sha`."""
    suite = suite_for(memory, repository, app, fields["head_sha"])
    run = CheckRun(memory.new_id(), suite, fields["name"], suite.head_sha, memory.clock())
    suite.run_ids.append(run.id)
    repository.check_runs[run.id] = run
    repository.runs_by_sha.setdefault(run.head_sha, []).append(run.id)
    _write(memory, run, fields)
    _announce_run(memory, repository, run, "created", sender)
    _after(memory, repository, run, sender, was_completed=False)
    return run


def update_run(
    memory: Memory, repository: Repository, run: CheckRun, fields: Json, sender: Account
) -> CheckRun:
    """Changes a check run: absent fields stay as they are, annotations are added to those that are there."""
    was_completed = run.status == "completed"
    _write(memory, run, fields)
    _after(memory, repository, run, sender, was_completed=was_completed)
    return run


def rerequest_run(memory: Memory, repository: Repository, run: CheckRun, sender: Account) -> None:
    """Somebody pressed "Re-run": the run's own App is told; it must make a new run itself."""
    if run.suite.app.slug == memory.app.slug:
        _announce_run(memory, repository, run, "rerequested", sender)


def rerequest_suite(memory: Memory, repository: Repository, suite: CheckSuite, sender: Account) -> None:
    """Somebody pressed "Re-run all": the suite is queued again and its App is told."""
    suite.status, suite.conclusion, suite.updated_at = "queued", None, memory.clock()
    if suite.app.slug == memory.app.slug:
        _announce_suite(memory, repository, suite, "rerequested", sender)


def latest_runs(repository: Repository, sha: str) -> list[CheckRun]:
    """The newest run of each name and App for a commit."""
    newest: dict[tuple[int, str], CheckRun] = {}
    for run_id in repository.runs_by_sha.get(sha, []):
        run = repository.check_runs[run_id]
        newest[run.suite.app.id, run.name] = run
    return sorted(newest.values(), key=lambda run: run.id)


def add_status(memory: Memory, repository: Repository, status: CommitStatus) -> None:
    """Records a commit status."""
    repository.statuses_by_sha.setdefault(status.sha, []).append(status)
    announce(
        memory,
        Occasion("status", None, repository, status.creator),
        lambda: _status_payload(memory, repository, status),
    )


def latest_statuses(repository: Repository, sha: str) -> list[CommitStatus]:
    """The newest status of each context for a commit."""
    newest = {status.context: status for status in repository.statuses_by_sha.get(sha, [])}
    return list(newest.values())


def _write(memory: Memory, run: CheckRun, given: Json) -> None:
    for name in ("name", "details_url", "external_id", "status", "actions"):
        if name in given:
            setattr(run, name, given[name])
    if "conclusion" in given:
        run.conclusion, run.status = given["conclusion"], "completed"
    elif run.status != "completed":
        run.conclusion = None
    run.completed_at = (run.completed_at or memory.clock()) if run.status == "completed" else None
    output = given.get("output", {})
    for name in ("title", "summary", "text"):
        if name in output:
            setattr(run, name, output[name])
    run.annotations.extend(output.get("annotations", []))


def _after(
    memory: Memory, repository: Repository, run: CheckRun, sender: Account, *, was_completed: bool
) -> None:
    suite = run.suite
    suite.updated_at = memory.clock()
    if run.status == "completed" and not was_completed:
        _announce_run(memory, repository, run, "completed", sender)
    newest = [r for r in latest_runs(repository, run.head_sha) if r.suite is suite]
    if any(other.status != "completed" for other in newest):
        suite.status, suite.conclusion = "in_progress", None
        return
    found = {other.conclusion for other in newest}
    suite.status = "completed"
    suite.conclusion = next((word for word in _WORST_FIRST if word in found), "neutral")
    if not was_completed:
        _announce_suite(memory, repository, suite, "completed", sender)


def _find_suite(repository: Repository, app: CheckApp, sha: str) -> CheckSuite | None:
    suites = (repository.check_suites[suite_id] for suite_id in repository.suites_by_sha.get(sha, []))
    return next((suite for suite in suites if suite.app is app), None)


def _announce_run(
    memory: Memory, repository: Repository, run: CheckRun, action: str, sender: Account
) -> None:
    announce(
        memory,
        Occasion("check_run", action, repository, sender),
        lambda: {"check_run": webhook_check_run(memory, repository, run)},
    )


def _announce_suite(
    memory: Memory, repository: Repository, suite: CheckSuite, action: str, sender: Account
) -> None:
    announce(
        memory,
        Occasion("check_suite", action, repository, sender),
        lambda: {"check_suite": webhook_check_suite(memory, repository, suite)},
    )


def _status_payload(memory: Memory, repository: Repository, status: CommitStatus) -> Json:
    commit = repository.history.commits[status.sha]
    url = api_address(memory, repository)
    return {
        "id": status.id,
        "sha": status.sha,
        "name": repository.full_name,
        "avatar_url": f"https://avatars.githubusercontent.com/u/{status.creator.id}?v=4",
        "target_url": status.target_url,
        "context": status.context,
        "description": status.description,
        "state": status.state,
        "commit": commit_shape(memory, repository, commit),
        "branches": [
            {"name": name, "commit": {"sha": tip, "url": f"{url}/commits/{tip}"}, "protected": False}
            for name, tip in repository.branches.items()
            if tip == status.sha
        ],
        "created_at": iso(status.created_at),
        "updated_at": iso(status.created_at),
    }
