"""Commits: lists, one, comparisons, the pull requests of one, and what was reported about one."""

from bot.sandbox.github.acts import checks
from bot.sandbox.github.call import Answer, Call, resolve
from bot.sandbox.github.exchange import Json, Refusal, not_found
from bot.sandbox.github.records import CommitStatus, Repository
from bot.sandbox.github.shapes.checks import check_run, check_suite, simple_status, status
from bot.sandbox.github.shapes.commits import commit, file_change, full_commit
from bot.sandbox.github.shapes.pulls import simple_pull
from bot.sandbox.github.shapes.repositories import api_address, minimal_repository, page_address

COMPARE_COMMITS_MAX = 250
COMPARE_FILES_MAX = 300


def list_commits(call: Call) -> Answer:
    """The commits that a ref contains, newest first; with `path` those that changed it."""
    repository = call.repository
    ref = call.query.get("sha") or repository.default_branch
    sha = resolve(repository, ref)
    if sha is None:
        raise not_found()
    history = repository.history
    found = history.newest_first(history.reachable(sha))
    path = call.query.get("path", "").strip("/")
    if path:
        found = [c for c in found if any(_is_under(p, path) for p in history.changed_paths(c.sha))]
    return Answer([commit(call.memory, repository, one) for one in call.page(found, newest="first")])


def get_commit(call: Call) -> Answer:
    """One commit; only its SHA where the Accept header asks for that."""
    found = call.commit(call.params["ref"])
    if "vnd.github.sha" in call.request.headers.get("accept", ""):
        return Answer(raw=found.sha.encode(), content_type="application/vnd.github.sha; charset=utf-8")
    return Answer(full_commit(call.memory, call.repository, found))


def list_pulls(call: Call) -> Answer:
    """The pull requests that contain a commit, or that were merged as it."""
    repository = call.repository
    sha = call.commit(call.params["commit_sha"]).sha
    found = [
        pull
        for pull in repository.pulls
        if sha == pull.merge_commit_sha
        or sha in repository.history.difference(pull.base_sha, pull.head_sha).ahead
    ]
    return Answer([simple_pull(call.memory, repository, pull) for pull in call.page(found)])


def list_check_runs(call: Call) -> Answer:
    """The check runs of a commit: the newest of each name, or all."""
    repository, query = call.repository, call.query
    sha = call.commit(call.params["ref"]).sha
    if query.get("filter", "latest") == "all":
        found = [repository.check_runs[number] for number in repository.runs_by_sha.get(sha, [])]
    else:
        found = checks.latest_runs(repository, sha)
    found = [
        run
        for run in found
        if query.get("check_name", run.name) == run.name
        and query.get("status", run.status) == run.status
        and query.get("app_id", str(run.suite.app.id)) == str(run.suite.app.id)
    ]
    shown = call.page(found)
    runs = [check_run(call.memory, repository, run) for run in shown]
    return Answer({"total_count": len(found), "check_runs": runs})


def list_check_suites(call: Call) -> Answer:
    """The check suites of a commit."""
    repository = call.repository
    sha = call.commit(call.params["ref"]).sha
    found = [repository.check_suites[number] for number in repository.suites_by_sha.get(sha, [])]
    wanted = call.query.get("app_id")
    found = [suite for suite in found if wanted in (None, str(suite.app.id))]
    suites = [check_suite(call.memory, repository, suite) for suite in call.page(found)]
    return Answer({"total_count": len(found), "check_suites": suites})


def combined_status(call: Call) -> Answer:
    """The newest commit status of each context, and what they say together."""
    repository = call.repository
    sha = call.commit(call.params["ref"]).sha
    newest = checks.latest_statuses(repository, sha)
    url = f"{api_address(call.memory, repository)}/commits/{sha}"
    return Answer(
        {
            "state": _together({one.state for one in newest}),
            "statuses": [simple_status(call.memory, repository, one) for one in call.page(newest)],
            "sha": sha,
            "total_count": len(newest),
            "repository": minimal_repository(call.memory, repository),
            "commit_url": url,
            "url": f"{url}/status",
        }
    )


def create_status(call: Call) -> Answer:
    """A commit status by the App."""
    repository, body = call.repository, call.body
    sha = call.commit(call.params["sha"]).sha
    made = CommitStatus(
        call.memory.new_id(),
        sha,
        body.get("context", "default"),
        body["state"],
        body.get("description"),
        body.get("target_url"),
        call.actor,
        call.memory.clock(),
    )
    checks.add_status(call.memory, repository, made)
    return Answer(status(call.memory, repository, made), 201)


def compare(call: Call) -> Answer:
    """`base...head`: how far apart two commits are, and what changed since they were one."""
    base_name, dots, head_name = call.params["basehead"].partition("...")
    if not dots:
        raise not_found()
    base, head = _side(call, base_name), _side(call, head_name)
    repository, history = call.repository, call.repository.history
    difference = history.difference(base, head)
    if difference.merge_base is None:
        raise Refusal(404, f"No common ancestor between {base_name} and {head_name}.")
    url = f"{api_address(call.memory, repository)}/compare/{call.params['basehead']}"
    page = f"{page_address(call.memory, repository)}/compare/{call.params['basehead']}"
    payload: Json = {
        "url": url,
        "html_url": page,
        "permalink_url": f"{page_address(call.memory, repository)}/compare/{base}...{head}",
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": commit(call.memory, repository, history.commits[base]),
        "merge_base_commit": commit(call.memory, repository, history.commits[difference.merge_base]),
        "status": _relation(len(difference.ahead), len(difference.behind)),
        "ahead_by": len(difference.ahead),
        "behind_by": len(difference.behind),
        "total_commits": len(difference.ahead),
        "commits": [
            commit(call.memory, repository, history.commits[sha])
            for sha in _compared_page(call, difference.ahead)
        ],
    }
    if call.query.get("page", "1") == "1":
        changes = history.changes(difference.merge_base, head)[:COMPARE_FILES_MAX]
        payload["files"] = [file_change(call.memory, repository, change, head) for change in changes]
    return Answer(payload)


def _compared_page(call: Call, ahead: tuple[str, ...]) -> tuple[str, ...]:
    if "page" in call.query or "per_page" in call.query:
        return tuple(call.page(ahead))
    return ahead[:COMPARE_COMMITS_MAX]


def _side(call: Call, name: str) -> str:
    """One side of a comparison; `owner:branch` is a branch of that owner's fork."""
    owner, colon, ref = name.partition(":")
    where: Repository = call.repository
    if colon:
        same = [
            r
            for r in call.memory.repositories.values()
            if r.history is where.history and r.owner.login.lower() == owner.lower()
        ]
        if not same:
            raise not_found()
        where, name = same[0], ref
    sha = resolve(where, name)
    if sha is None:
        raise not_found()
    return sha


def _together(states: set[str]) -> str:
    if states & {"error", "failure"}:
        return "failure"
    return "success" if states == {"success"} else "pending"


def _relation(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    return "ahead" if ahead else "behind" if behind else "identical"


def _is_under(path: str, wanted: str) -> bool:
    return path == wanted or path.startswith(f"{wanted}/")
