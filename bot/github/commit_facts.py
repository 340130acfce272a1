"""What was reported on a commit, and what people said of its pull request.

The latest attempt of a context is the one that began last: GitHub's own filter goes by the end, so that an
older run which ends after its repetition would win there ("List check runs for a Git reference"). What GitHub
cuts off is marked, and a word of GitHub's that nobody has heard of is never taken for green.
"""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from bot.domain.commit_facts import CheckSeen, CheckState, CommitChecks, Reviews, ReviewSeen, ReviewState
from bot.domain.values import Repository, Seconds
from bot.github.addresses import many, paged, repository_path, with_query
from bot.github.answers import Account, Pull, read, read_all, to_pull_request
from bot.github.caching import Facts
from bot.github.payloads import Identifier, Moment
from bot.github.people import People
from bot.github.runs import DISPATCHED
from bot.github.tokens import GitHubApp
from bot.ports import PullRequest

CONTEXTS_MAX = 3_000
REVIEWS_MAX = 1_000
PULLS_SEARCHED_MAX = 300
TREES_KEPT_SECONDS: Seconds = 86_400.0
TREES_KEPT_MAX = 2_000
ACTIONS_APP = "github-actions"
_CONCLUSIONS: dict[str, CheckState] = {
    "success": "success",
    "neutral": "neutral",
    "skipped": "skipped",
    "cancelled": "cancelled",
}
_STATUSES: dict[str, CheckState] = {"success": "success", "pending": "pending"}
_REVIEWS: dict[str, ReviewState] = {
    "APPROVED": "approved",
    "CHANGES_REQUESTED": "changes_requested",
    "DISMISSED": "dismissed",
}


class AppShape(Struct, frozen=True):
    """The App that reported a check."""

    id: Identifier
    slug: str | None = None


class SuiteShape(Struct, frozen=True):
    """The suite that a check run belongs to."""

    id: Identifier


class CheckRunShape(Struct, frozen=True):
    """A check run. `started_at` is null for one that waits."""

    id: Identifier
    name: str
    status: str
    conclusion: str | None = None
    started_at: Moment | None = None
    html_url: str | None = None
    app: AppShape | None = None
    check_suite: SuiteShape | None = None


class StatusShape(Struct, frozen=True):
    """A commit status; GitHub lists the newest of each context."""

    id: Identifier
    context: str
    state: str
    created_at: Moment
    target_url: str | None = None


class RunOfSuite(Struct, frozen=True):
    """A workflow run, of which only its suite matters."""

    check_suite_id: Identifier | None = None


class ReviewShape(Struct, frozen=True):
    """A review; `commit_id` is null where the commit is gone."""

    state: str
    user: Account | None = None
    commit_id: str | None = None
    submitted_at: Moment | None = None


class TreeOfCommit(Struct, frozen=True):
    """A commit's tree."""

    sha: str


class TextOfCommit(Struct, frozen=True):
    """What git keeps of a commit, as far as the tree matters."""

    tree: TreeOfCommit


class CommitWithTree(Struct, frozen=True):
    """A commit with its tree."""

    commit: TextOfCommit


class CommitFacts:
    """Reads checks, reviews and trees. `people` says who has write access."""

    def __init__(self, app: GitHubApp, people: People) -> None:
        self._app = app
        self._people = people
        self._trees: Facts[tuple[int, str], str] = Facts(app.clock, TREES_KEPT_SECONDS, TREES_KEPT_MAX)

    async def checks(self, repository: Repository, sha: str) -> CommitChecks:
        """Read all check runs and statuses of a commit, the latest attempt of each context."""
        client = self._app.installation(repository.installation)
        path = f"{repository_path(repository)}/commits/{many(sha)}"
        runs = read_all(
            CheckRunShape,
            await client.collect(
                paged(f"{path}/check-runs", filter="all"), key="check_runs", items_max=CONTEXTS_MAX
            ),
        )
        statuses = read_all(
            StatusShape,
            await client.collect(paged(f"{path}/status"), key="statuses", items_max=CONTEXTS_MAX),
        )
        dispatched = await self._dispatched(repository, sha, runs)
        seen = [*latest(runs, self._app.id, dispatched), *map(_of_status, statuses)]
        complete = len(runs) < CONTEXTS_MAX and len(statuses) < CONTEXTS_MAX
        return CommitChecks(checks=tuple(seen), complete=complete)

    async def _dispatched(
        self, repository: Repository, sha: str, runs: Iterable[CheckRunShape]
    ) -> frozenset[int]:
        """The suites of workflows that somebody started by hand: their jobs say nothing of the commit."""
        if not any(run.app and run.app.slug == ACTIONS_APP for run in runs):
            return frozenset()
        path = paged(f"{repository_path(repository)}/actions/runs", head_sha=sha, event=DISPATCHED)
        client = self._app.installation(repository.installation)
        found = await client.collect(path, key="workflow_runs", items_max=CONTEXTS_MAX)
        shapes = read_all(RunOfSuite, found)
        return frozenset(each.check_suite_id for each in shapes if each.check_suite_id is not None)

    async def reviews(self, repository: Repository, number: int) -> Reviews:
        """Read the newest verdict of each reviewer; only of those who can write it counts."""
        client = self._app.installation(repository.installation)
        path = paged(f"{repository_path(repository)}/pulls/{number}/reviews")
        shapes = read_all(ReviewShape, await client.collect(path, items_max=REVIEWS_MAX))
        newest: dict[str, ReviewSeen] = {}
        for shape in shapes:  # GitHub lists them in the order of time
            state = _REVIEWS.get(shape.state.upper())
            if state is not None and shape.user is not None:
                newest[shape.user.login] = _review(shape, shape.user.login, state)
        seen = [await self._counted(repository, each) for each in newest.values()]
        return Reviews(reviews=tuple(seen), complete=len(shapes) < REVIEWS_MAX)

    async def _counted(self, repository: Repository, review: ReviewSeen) -> ReviewSeen:
        if review.state == "dismissed":
            return review
        permission = await self._people.permission(repository, review.login)
        return ReviewSeen(
            login=review.login,
            state=review.state,
            sha=review.sha,
            at=review.at,
            counts=permission in ("admin", "write"),
        )

    async def merged_as(self, repository: Repository, sha: str) -> PullRequest | None:
        """Find the pull request that was merged as this commit; None = there is none."""
        client = self._app.installation(repository.installation)
        path = paged(f"{repository_path(repository)}/commits/{many(sha)}/pulls")
        pulls = read_all(Pull, await client.collect(path, items_max=PULLS_SEARCHED_MAX))
        for pull in pulls:
            if pull.merged_at is not None and pull.merge_commit_sha == sha:
                return to_pull_request(pull)
        return None

    async def tree(self, repository: Repository, sha: str) -> str:
        """Read the SHA of a commit's tree, which never changes."""
        return await self._trees.get((repository.id, sha), lambda: self._read_tree(repository, sha))

    async def _read_tree(self, repository: Repository, sha: str) -> str:
        client = self._app.installation(repository.installation)
        path = with_query(f"{repository_path(repository)}/commits/{many(sha)}", per_page=1)
        return read(CommitWithTree, await client.getitem(path)).commit.tree.sha


def latest(
    runs: Iterable[CheckRunShape], our_app: int, dispatched: frozenset[int] = frozenset()
) -> list[CheckSeen]:
    """The attempt that began last, of each name and App."""
    newest: dict[tuple[int | None, str], CheckRunShape] = {}
    for run in runs:
        key = (run.app.id if run.app else None, run.name)
        if key not in newest or _began(newest[key]) <= _began(run):
            newest[key] = run
    return [_of_run(run, our_app, dispatched) for run in newest.values()]


def _began(run: CheckRunShape) -> tuple[bool, Seconds, int]:
    """One that has not begun yet is newer than any that has."""
    return (
        run.started_at is None,
        run.started_at.timestamp() if run.started_at else 0.0,
        run.id,
    )


def _of_run(run: CheckRunShape, our_app: int, dispatched: frozenset[int]) -> CheckSeen:
    return CheckSeen(
        name=run.name,
        app=run.app.slug if run.app else None,
        state=_state_of(run),
        at=run.started_at.timestamp() if run.started_at else 0.0,
        url=run.html_url,
        ours=run.app is not None and run.app.id == our_app,
        of_dispatch=run.check_suite is not None and run.check_suite.id in dispatched,
    )


def _state_of(run: CheckRunShape) -> CheckState:
    """A completed run without a conclusion is not known to be green: it is waited for."""
    if run.status != "completed" or run.conclusion is None:
        return "pending"
    return _CONCLUSIONS.get(run.conclusion, "failure")


def _of_status(status: StatusShape) -> CheckSeen:
    return CheckSeen(
        name=status.context,
        app=None,
        state=_STATUSES.get(status.state, "failure"),
        at=status.created_at.timestamp(),
        url=status.target_url,
    )


def _review(shape: ReviewShape, login: str, state: ReviewState) -> ReviewSeen:
    at: Any = shape.submitted_at
    return ReviewSeen(
        login=login,
        state=state,
        sha=shape.commit_id or "",
        at=at.timestamp() if at is not None else 0.0,
        counts=False,
    )
