"""Check runs, check suites and commit statuses as GitHub writes them."""

from bot.sandbox.github.exchange import Json
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import CheckRun, CheckSuite, CommitStatus, PullRequest, Repository, iso
from bot.sandbox.github.shapes.accounts import app, node_id, simple_user
from bot.sandbox.github.shapes.commits import simple_commit
from bot.sandbox.github.shapes.repositories import api_address, minimal_repository, page_address


def check_run(memory: Memory, repository: Repository, run: CheckRun) -> Json:
    """A check run of the API."""
    return {**_run(memory, repository, run), "check_suite": {"id": run.suite.id}}


def webhook_check_run(memory: Memory, repository: Repository, run: CheckRun) -> Json:
    """A check run of a webhook: with its suite."""
    suite = run.suite
    return {
        **_run(memory, repository, run),
        "check_suite": {
            "id": suite.id,
            "node_id": node_id("CS", suite.id),
            "head_branch": suite.head_branch or "",
            "head_sha": suite.head_sha,
            "status": suite.status,
            "conclusion": suite.conclusion,
            "url": f"{api_address(memory, repository)}/check-suites/{suite.id}",
            "before": suite.before or "",
            "after": suite.head_sha,
            "pull_requests": pull_requests_of(memory, repository, suite.head_sha),
            "app": app(memory, suite.app),
            "created_at": iso(suite.created_at),
            "updated_at": iso(suite.updated_at),
        },
    }


def check_suite(memory: Memory, repository: Repository, suite: CheckSuite) -> Json:
    """A check suite of the API."""
    shape = webhook_check_suite(memory, repository, suite)
    return {**shape, "repository": minimal_repository(memory, repository)}


def webhook_check_suite(memory: Memory, repository: Repository, suite: CheckSuite) -> Json:
    """A check suite of a webhook."""
    url = f"{api_address(memory, repository)}/check-suites/{suite.id}"
    return {
        "id": suite.id,
        "node_id": node_id("CS", suite.id),
        "head_branch": suite.head_branch,
        "head_sha": suite.head_sha,
        "status": suite.status,
        "conclusion": suite.conclusion,
        "url": url,
        "before": suite.before,
        "after": suite.head_sha,
        "pull_requests": pull_requests_of(memory, repository, suite.head_sha),
        "app": app(memory, suite.app),
        "created_at": iso(suite.created_at),
        "updated_at": iso(suite.updated_at),
        "rerequestable": True,
        "runs_rerequestable": True,
        "latest_check_runs_count": len(suite.run_ids),
        "check_runs_url": f"{url}/check-runs",
        "head_commit": simple_commit(repository.history.commits[suite.head_sha]),
    }


def status(memory: Memory, repository: Repository, shown: CommitStatus) -> Json:
    """A commit status with its creator."""
    return {**simple_status(memory, repository, shown), "creator": simple_user(memory, shown.creator)}


def simple_status(memory: Memory, repository: Repository, shown: CommitStatus) -> Json:
    """A commit status inside the combined one."""
    return {
        "url": f"{api_address(memory, repository)}/statuses/{shown.sha}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{shown.creator.id}?v=4",
        "id": shown.id,
        "node_id": node_id("SC", shown.id),
        "state": shown.state,
        "description": shown.description,
        "target_url": shown.target_url,
        "context": shown.context,
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.created_at),
    }


def pull_requests_of(memory: Memory, repository: Repository, sha: str) -> list[Json]:
    """The open pull requests from this repository with this head; never those from forks ("Check runs")."""
    return [
        _minimal_pull(memory, repository, pull)
        for number in repository.numbers_by_head.get(sha, [])
        if isinstance(pull := repository.issues[number], PullRequest)
        and (pull.state, pull.head_sha) == ("open", sha)
        and pull.head_repository is repository
    ]


def _run(memory: Memory, repository: Repository, run: CheckRun) -> Json:
    url = f"{api_address(memory, repository)}/check-runs/{run.id}"
    page = f"{page_address(memory, repository)}/runs/{run.id}"
    return {
        "id": run.id,
        "name": run.name,
        "node_id": node_id("CR", run.id),
        "head_sha": run.head_sha,
        "external_id": run.external_id,
        "url": url,
        "html_url": page,
        "details_url": run.details_url or page,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": iso(run.started_at),
        "completed_at": iso(run.completed_at) if run.completed_at is not None else None,
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": run.text,
            "annotations_count": len(run.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "app": app(memory, run.suite.app),
        "pull_requests": pull_requests_of(memory, repository, run.head_sha),
    }


def _minimal_pull(memory: Memory, repository: Repository, pull: PullRequest) -> Json:
    def side(where: Repository, ref: str, sha: str) -> Json:
        short = {"id": where.id, "url": api_address(memory, where), "name": where.name}
        return {"ref": ref, "sha": sha, "repo": short}

    return {
        "url": f"{api_address(memory, repository)}/pulls/{pull.number}",
        "id": pull.id,
        "number": pull.number,
        "head": side(pull.head_repository, pull.head_ref, pull.head_sha),
        "base": side(repository, pull.base_ref, pull.base_sha),
    }
