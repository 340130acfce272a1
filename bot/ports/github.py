"""What reactors read from GitHub, and what GitHub says it sent us."""

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct

from bot.domain.commit_facts import (
    CommitChecks,
    ConfigurationGuard,
    EnvironmentProtection,
    RequiredContext,
    Reviews,
)
from bot.domain.policy import RepositoryPolicy
from bot.domain.values import Change, Repository, Seconds


class PolicyRead(Struct, frozen=True, kw_only=True):
    """A repository's configuration as it stands: `off` (no file of its own), `invalid`, or `valid`.

    `blob` is the SHA of its file, the version that decisions record.
    """

    status: Literal["off", "invalid", "valid"]
    policy: RepositoryPolicy | None = None
    blob: str | None = None
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    read_at: Seconds = 0.0


class PullRequest(Struct, frozen=True, kw_only=True):
    """A pull request, read afresh."""

    number: int
    state: Literal["open", "closed", "merged"]
    title: str
    author: str
    head_sha: str
    head_ref: str
    head_repository: str | None
    base_ref: str
    merge_sha: str | None
    default_branch: str


class ChangedFiles(Struct, frozen=True):
    """The paths that a change touches; `truncated` = GitHub did not list all."""

    paths: tuple[str, ...]
    truncated: bool


class Compared(Struct, frozen=True, kw_only=True):
    """How `head` relates to `base`; `commits` are (sha, first line, author), the newest last."""

    status: Literal["ahead", "behind", "identical", "diverged"]
    ahead_by: int
    commits: tuple[tuple[str, str, str], ...]
    url: str
    files: ChangedFiles


class ResolvedRef(Struct, frozen=True, kw_only=True):
    """A ref that was named, as a commit, and through what it is reachable in this repository.

    `via` None = it is in no branch, tag or own pull request that we could find: refused.
    """

    sha: str
    ref: str
    via: Literal["default_branch", "branch", "tag", "pull_request"] | None


class GitHub(Protocol):
    """What reactors read. Raises PassingFault where GitHub cannot answer, LastingFault where it refuses."""

    async def policy(self, repository: Repository, *, fresh: bool = False) -> PolicyRead:
        """Read the configuration on the default branch, merged; at most 15 s old, or `fresh`."""
        ...

    async def policy_at(self, repository: Repository, sha: str) -> PolicyRead:
        """Read the configuration as a commit would have it (for the check of a change)."""
        ...

    async def pull_request(self, repository: Repository, number: int) -> PullRequest:
        """Read a pull request."""
        ...

    async def changed_files(self, repository: Repository, number: int) -> ChangedFiles:
        """List the files of a pull request."""
        ...

    async def pull_requests_of(self, repository: Repository, sha: str) -> tuple[int, ...]:
        """Find the open pull requests of this repository whose head is `sha`."""
        ...

    async def permission(
        self, repository: Repository, login: str, *, fresh: bool = False
    ) -> Literal["admin", "write", "read", "none"]:
        """Read somebody's permission (maintain counts as write, triage as read); ≤ 60 s old, or `fresh`."""
        ...

    async def in_team(
        self, organisation: str, team: str, login: str, repository: Repository, *, fresh: bool = False
    ) -> bool:
        """Whether somebody is an active member of a team of the owner; at most 60 s old, or `fresh`."""
        ...

    async def head_moved_at(self, repository: Repository, ref: str, since: Seconds) -> Seconds | None:
        """When the branch was last pushed to after `since`, by GitHub's own record; None = it was not."""
        ...

    async def resolve(self, repository: Repository, ref: str) -> ResolvedRef | None:
        """Find the commit that a branch, tag or SHA names; None = there is none."""
        ...

    async def default_head(self, repository: Repository) -> ResolvedRef:
        """Read the default branch's head."""
        ...

    async def compare(self, repository: Repository, base: str, head: str) -> Compared | None:
        """Compare two commits; None = GitHub knows no common history or one of them is gone."""
        ...

    async def repositories(self) -> tuple[Repository, ...]:
        """List the repositories of all installations that are served; at most 60 s old."""
        ...

    async def commit_checks(self, repository: Repository, sha: str) -> CommitChecks:
        """Read all check runs and statuses of a commit, the latest attempt of each context."""
        ...

    async def required_contexts(self, repository: Repository, branch: str) -> tuple[RequiredContext, ...]:
        """Read which contexts branch protection and rulesets require for a branch."""
        ...

    async def reviews(self, repository: Repository, number: int) -> Reviews:
        """Read the newest verdict of each reviewer of a pull request."""
        ...

    async def merged_as(self, repository: Repository, sha: str) -> PullRequest | None:
        """Find the pull request that was merged as this commit; None = there is none."""
        ...

    async def tree(self, repository: Repository, sha: str) -> str:
        """Read the SHA of a commit's tree: equal trees are equal contents."""
        ...

    async def protection(self, repository: Repository, environment: str) -> EnvironmentProtection | None:
        """Read GitHub's own protection of an environment; None = GitHub has no such environment."""
        ...

    async def configuration_guard(self, repository: Repository) -> ConfigurationGuard:
        """Read who guards the configuration file; at most an hour old."""
        ...

    async def account_id(self, repository: Repository, login: str) -> int | None:
        """Read the numeric id behind a login; at most 60 s old; None = nobody has that name."""
        ...

    async def team_id(self, repository: Repository, organisation: str, team: str) -> int | None:
        """Read the numeric id behind a team's slug; at most 60 s old; None = there is none."""
        ...

    def forget_rights(self, owner: str) -> None:
        """Drop every right, membership and id that was kept for an owner's repositories."""
        ...


class Sent(Struct, frozen=True):
    """One attempt of a sender to deliver; `delivery` stays the same over attempts.

    `again` = it was asked for, after an earlier attempt. `status` says in the sender's words how it ended;
    `status_code` 0 = nobody answered.
    """

    attempt: int
    delivery: str
    at: Seconds
    arrived: bool
    event: str = ""
    again: bool = False
    action: str | None = None
    status: str = ""
    status_code: int = 0


class SentList(Struct, frozen=True):
    """Attempts, the newest first; `complete` False = there are older ones that were not read."""

    attempts: Sequence[Sent] = ()
    complete: bool = True


class SentLog(Protocol):
    """What a sender says it sent us. Raises PassingFault, LastingFault."""

    async def sent_since(self, since: Seconds) -> SentList:
        """List the attempts since then, the newest first."""
        ...

    async def send_again(self, attempt: int) -> None:
        """Ask for one more attempt of a delivery."""
        ...


class ChangeSeen(Struct, frozen=True, kw_only=True):
    """A pull request as GitHub has it now. `merged_by` is known only where it was asked for."""

    change: Change
    state: Literal["open", "closed", "merged"]
    default_branch: str
    merge_sha: str | None = None
    merged_at: Seconds | None = None
    merged_by: str | None = None


class ChangesSeen(Struct, frozen=True):
    """The pull requests of a repository; `complete` False = not all open ones could be listed."""

    changes: tuple[ChangeSeen, ...] = ()
    complete: bool = True


class GitHubNow(Protocol):
    """GitHub as it stands, for comparing it with our records. Raises PassingFault, LastingFault."""

    async def changes(self, repository: Repository, closed_since: Seconds) -> ChangesSeen:
        """List the open pull requests, and those that were closed since then."""
        ...

    async def change(self, repository: Repository, number: int) -> ChangeSeen:
        """Read one pull request, with who merged it."""
        ...

    def is_scarce(self, repository: Repository) -> bool:
        """Whether so little of GitHub's hourly limit is left that people need it more."""
        ...
