"""Reads how pull requests stand at GitHub, many at once, to compare them with our records.

Lists are asked for by their ETags, so that what did not change costs nothing of the hourly limit. A list
that was cut is marked, never passed off as whole.
"""

from collections.abc import Callable
from contextlib import aclosing
from datetime import datetime

from bot.domain.values import Change, Repository, Seconds
from bot.github.addresses import paged, repository_path
from bot.github.answers import Account, Pull, read, to_pull_request
from bot.github.client import GitHubClient
from bot.github.tokens import GitHubApp
from bot.ports import ChangeSeen, ChangesSeen

OPEN_MAX = 1_000
CLOSED_MAX = 300
SPARED = 0.2
"""This share of an hour's requests is left to people."""


class PullNow(Pull, frozen=True, kw_only=True):
    """A pull request with what a comparison needs besides; lists do not say who merged."""

    updated_at: datetime
    merged_by: Account | None = None


class PullRequestsNow:
    """Fulfils the `GitHubNow` port."""

    def __init__(self, app: GitHubApp) -> None:
        self._app = app

    async def changes(self, repository: Repository, closed_since: Seconds) -> ChangesSeen:
        """List the open pull requests, and those that were closed since then."""
        open_ones = await self._listed(repository, "open", OPEN_MAX, lambda _: True)
        closed = await self._listed(
            repository, "closed", CLOSED_MAX, lambda pull: pull.updated_at.timestamp() >= closed_since
        )
        changes = tuple(_seen(repository, pull) for pull in [*open_ones, *closed])
        return ChangesSeen(changes, complete=len(open_ones) < OPEN_MAX)

    async def change(self, repository: Repository, number: int) -> ChangeSeen:
        """Read one pull request, with who merged it."""
        path = f"{repository_path(repository)}/pulls/{number}"
        return _seen(repository, read(PullNow, await self._client(repository).getitem(path)))

    def is_scarce(self, repository: Repository) -> bool:
        """Whether so little of GitHub's hourly limit is left that people need it more."""
        limit = self._client(repository).limits.limit("core")
        if limit is None or limit.reset <= self._app.clock.now():
            return False
        return limit.remaining < limit.limit * SPARED

    def _client(self, repository: Repository) -> GitHubClient:
        return self._app.installation(repository.installation)

    async def _listed(
        self, repository: Repository, state: str, items_max: int, is_wanted: Callable[[PullNow], bool]
    ) -> list[PullNow]:
        """List those that changed last first, down to the first that is not wanted."""
        path = paged(f"{repository_path(repository)}/pulls", state=state, sort="updated", direction="desc")
        found: list[PullNow] = []
        async with aclosing(self._client(repository).getiter(path)) as items:
            async for item in items:
                pull = read(PullNow, item)
                if len(found) >= items_max or not is_wanted(pull):
                    break
                found.append(pull)
        return found


def _seen(repository: Repository, pull: PullNow) -> ChangeSeen:
    told = to_pull_request(pull)
    return ChangeSeen(
        change=Change(
            repository=repository,
            number=told.number,
            title=told.title,
            author=told.author,
            head_sha=told.head_sha,
            head_ref=told.head_ref,
            head_repository=told.head_repository,
            base_ref=told.base_ref,
            updated_at=pull.updated_at.timestamp(),
        ),
        state=told.state,
        default_branch=told.default_branch,
        merge_sha=told.merge_sha,
        merged_at=None if pull.merged_at is None else datetime.fromisoformat(pull.merged_at).timestamp(),
        merged_by=pull.merged_by.login if pull.merged_by else None,
    )
