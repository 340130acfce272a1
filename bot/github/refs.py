"""Which commit a branch, a tag or a SHA names, and whether it belongs to this repository.

A fork's commits can be read through its parent, so a SHA that GitHub knows proves nothing: it must be in
the default branch, or at the tip of a branch, a tag or a pull request of this same repository. What cannot
be proved so is given back without a way (`via` None), never guessed.
"""

import re
from datetime import datetime
from typing import Literal, TypeAlias

import structlog

from bot.domain.values import Repository, Seconds
from bot.github.addresses import many, paged, repository_path, with_query
from bot.github.answers import (
    Activity,
    Comparison,
    Named,
    Pull,
    RepositoryShape,
    Tip,
    read,
    read_all,
)
from bot.github.caching import Facts
from bot.github.client import GitHubClient
from bot.github.faults import NotThere, Refused
from bot.github.tokens import GitHubApp
from bot.ports import ResolvedRef

DEFAULT_BRANCH_KEPT_SECONDS: Seconds = 15.0
SEARCHED_MAX = 300
TIPS_CHECKED_MAX = 5
HEADS = "refs/heads/"
TAGS = "refs/tags/"

Way: TypeAlias = Literal["default_branch", "branch", "tag", "pull_request"]

_FULL_SHA = re.compile(r"[0-9a-f]{40}")
_SHORT_SHA = re.compile(r"[0-9a-f]{7,39}")
# What git itself refuses in a ref ("git check-ref-format"), as far as it could mean something in an address.
_NO_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[/.-]|/\.|[/.]$|\.lock(?:/|$)|^@$")

log = structlog.get_logger(__name__)


class Refs:
    """Finds commits by name, and how they are reachable."""

    def __init__(self, app: GitHubApp) -> None:
        self._app = app
        self._default_branches: Facts[int, str] = Facts(app.clock, DEFAULT_BRANCH_KEPT_SECONDS)

    async def resolve(self, repository: Repository, ref: str) -> ResolvedRef | None:
        """Find the commit that a branch, a tag or a SHA (7 characters or more) names, in this order.

        None = there is none. Where a branch and a tag share a name, the branch is meant.
        """
        name = ref.strip()
        if not name or _NO_REF.search(name):
            return None
        if _FULL_SHA.fullmatch(name.lower()):
            return await self._by_sha(repository, name.lower())
        found = await self._by_branch(repository, name.removeprefix(HEADS))
        found = found or await self._by_tag(repository, name.removeprefix(TAGS))
        if found is None and _SHORT_SHA.fullmatch(name.lower()):
            return await self._by_sha(repository, name.lower())
        return found

    async def default_head(self, repository: Repository) -> ResolvedRef:
        """Read the default branch's head. Raises NotThere for a repository without one."""
        tip = await self._tip(repository, await self._default_branch(repository))
        return ResolvedRef(sha=tip.commit.sha, ref=tip.name, via="default_branch")

    async def head_moved_at(self, repository: Repository, ref: str, since: Seconds) -> Seconds | None:
        """When the branch was last moved after `since`, by GitHub's record of the last day.

        GitHub tells whole seconds; what happened in the same second counts as before. A server without this
        record (old Enterprise) gives None, with a warning in the log.
        """
        full_ref = HEADS + ref
        path = paged(f"{repository_path(repository)}/activity", ref=full_ref, time_period="day")
        try:
            answers = await self._client(repository).collect(path, items_max=SEARCHED_MAX)
        except NotThere:
            log.warning("github.no_activity", repository=repository.full_name, ref=ref)
            return None
        moves = [each for each in read_all(Activity, answers) if each.ref == full_ref and each.is_move]
        times = [datetime.fromisoformat(each.timestamp).timestamp() for each in moves]
        return max((time for time in times if int(time) > int(since)), default=None)

    def _client(self, repository: Repository) -> GitHubClient:
        return self._app.installation(repository.installation)

    async def _default_branch(self, repository: Repository) -> str:
        async def fetch() -> str:
            answer = await self._client(repository).getitem(repository_path(repository))
            return read(RepositoryShape, answer).default_branch

        return await self._default_branches.get(repository.id, fetch)

    async def _tip(self, repository: Repository, branch: str) -> Tip:
        """A renamed branch answers under its new name, for GitHub redirects there."""
        path = f"{repository_path(repository)}/branches/{many(branch)}"
        return read(Tip, await self._client(repository).getitem(path))

    async def _by_branch(self, repository: Repository, branch: str) -> ResolvedRef | None:
        try:
            tip = await self._tip(repository, branch)
        except NotThere:
            return None
        is_default = tip.name == await self._default_branch(repository)
        return ResolvedRef(sha=tip.commit.sha, ref=tip.name, via="default_branch" if is_default else "branch")

    async def _by_tag(self, repository: Repository, tag: str) -> ResolvedRef | None:
        """`tags/NAME` makes GitHub follow an annotated tag to its commit ("Get a commit")."""
        sha = await self._commit(repository, f"tags/{tag}")
        return ResolvedRef(sha=sha, ref=tag, via="tag") if sha else None

    async def _by_sha(self, repository: Repository, sha: str) -> ResolvedRef | None:
        full = await self._commit(repository, sha)
        if full is None or not full.startswith(sha):
            return None
        return ResolvedRef(sha=full, ref=sha, via=await self._way(repository, full))

    async def _commit(self, repository: Repository, name: str) -> str | None:
        path = f"{repository_path(repository)}/commits/{many(name)}"
        try:
            return read(Named, await self._client(repository).getitem(path)).sha
        except NotThere:
            return None
        except Refused as fault:
            if fault.status in (409, 422):  # an empty repository; a SHA that is none or that is ambiguous
                return None
            raise

    async def _way(self, repository: Repository, sha: str) -> Way | None:
        if await self._in_default_branch(repository, sha):
            return "default_branch"
        if await self._heads_own_pull_request(repository, sha):
            return "pull_request"
        if await self._is_tagged(repository, sha):
            return "tag"
        return "branch" if await self._is_tip(repository, sha) else None

    async def _in_default_branch(self, repository: Repository, sha: str) -> bool:
        branch = await self._default_branch(repository)
        path = f"{repository_path(repository)}/compare/{many(branch)}...{many(sha)}"
        try:
            answer = await self._client(repository).getitem(with_query(path, per_page=1))
        except NotThere:  # no common history
            return False
        return read(Comparison, answer).status in ("behind", "identical")

    async def _heads_own_pull_request(self, repository: Repository, sha: str) -> bool:
        path = paged(f"{repository_path(repository)}/commits/{many(sha)}/pulls")
        pulls = read_all(Pull, await self._client(repository).collect(path, items_max=SEARCHED_MAX))
        return any(
            pull.head.sha == sha and pull.head.repo is not None and pull.head.repo.id == repository.id
            for pull in pulls
        )

    async def _is_tagged(self, repository: Repository, sha: str) -> bool:
        path = paged(f"{repository_path(repository)}/tags")
        tags = read_all(Tip, await self._client(repository).collect(path, items_max=SEARCHED_MAX))
        return any(tag.commit.sha == sha for tag in tags)

    async def _is_tip(self, repository: Repository, sha: str) -> bool:
        """Search the newest moves of all branches for this commit, then ask whether one still stands there.

        A tip that was pushed longer ago is not found: its branch has to be named then.
        """
        path = paged(f"{repository_path(repository)}/activity")
        try:
            answers = await self._client(repository).collect(path, items_max=SEARCHED_MAX)
        except NotThere:
            log.warning("github.no_activity", repository=repository.full_name)
            return False
        moves = [each for each in read_all(Activity, answers) if each.after == sha and each.is_move]
        refs = dict.fromkeys(each.ref for each in moves if each.ref.startswith(HEADS))
        branches = [ref.removeprefix(HEADS) for ref in refs]
        for branch in branches[:TIPS_CHECKED_MAX]:
            found = await self._by_branch(repository, branch)
            if found is not None and found.sha == sha:
                return True
        return False
