"""What GitHub remembers: plain records of accounts, repositories, pull requests, checks and deployments.

Times are epoch seconds. They hold no behaviour beyond reading themselves, and can be pickled.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from bot.sandbox.github.history import History

Permission: TypeAlias = Literal["none", "read", "triage", "write", "maintain", "admin"]
PERMISSION_ORDER: tuple[Permission, ...] = ("none", "read", "triage", "write", "maintain", "admin")
NO_COMMIT = "0" * 40


class NotAllowed(Exception):
    """A person tried what GitHub would not let them do."""


def iso(seconds: float) -> str:
    """RFC 3339 in UTC with whole seconds, as GitHub writes times."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def at_least(permission: str, wanted: Permission) -> bool:
    """Whether a repository permission includes another one."""
    return PERMISSION_ORDER.index(permission) >= PERMISSION_ORDER.index(wanted)


@dataclass(slots=True)
class Account:
    """A person, a bot or an organisation."""

    id: int
    login: str
    kind: Literal["User", "Bot", "Organization"]
    name: str
    created_at: float

    @property
    def email(self) -> str:
        """The address that its commits carry."""
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(slots=True)
class Team:
    """A team of an organisation; `members` maps logins to `member` or `maintainer`."""

    id: int
    organization: Account
    slug: str
    name: str
    created_at: float
    members: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Reaction:
    """An emoji that somebody left on a comment."""

    id: int
    user: Account
    content: str
    created_at: float


@dataclass(slots=True)
class Comment:
    """A comment on an issue or a pull request."""

    id: int
    number: int
    user: Account
    body: str
    created_at: float
    updated_at: float
    by_app: bool = False
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(slots=True)
class Issue:
    """An issue; a pull request is one too."""

    id: int
    number: int
    user: Account
    title: str
    body: str
    created_at: float
    updated_at: float
    state: Literal["open", "closed"] = "open"
    closed_at: float | None = None
    comments: list[Comment] = field(default_factory=list)
    locked: bool = False


@dataclass(slots=True)
class Review:
    """A review, bound to the commit that was the head when it was given."""

    id: int
    user: Account
    state: str
    body: str
    commit_id: str
    submitted_at: float


@dataclass(slots=True, kw_only=True)
class PullRequest(Issue):
    """A pull request. `base_sha` is the base branch's tip when it was opened, as GitHub reports it."""

    head_repository: "Repository"
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    draft: bool = False
    merged_at: float | None = None
    merged_by: Account | None = None
    merge_commit_sha: str | None = None
    reviews: list[Review] = field(default_factory=list)


@dataclass(slots=True)
class CheckApp:
    """An App that reports checks: ours or somebody else's CI."""

    id: int
    slug: str
    name: str


@dataclass(slots=True)
class CheckSuite:
    """All check runs of one App for one commit."""

    id: int
    app: CheckApp
    head_sha: str
    head_branch: str | None
    before: str | None
    created_at: float
    updated_at: float
    status: str = "queued"
    conclusion: str | None = None
    run_ids: list[int] = field(default_factory=list)


@dataclass(slots=True)
class CheckRun:
    """One check run."""

    id: int
    suite: CheckSuite
    name: str
    head_sha: str
    started_at: float
    status: str = "queued"
    conclusion: str | None = None
    completed_at: float | None = None
    details_url: str | None = None
    external_id: str = ""
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[dict[str, Any]] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class CommitStatus:
    """A commit status of the older kind."""

    id: int
    sha: str
    context: str
    state: str
    description: str | None
    target_url: str | None
    creator: Account
    created_at: float


@dataclass(slots=True)
class DeploymentStatus:
    """A status of a deployment."""

    id: int
    state: str
    creator: Account
    description: str
    environment: str
    environment_url: str
    log_url: str
    created_at: float
    via: CheckApp | None = None
    """The App that gave it, where that is another one than ours."""


@dataclass(slots=True)
class Deployment:
    """A deployment as GitHub lists it. `via` is the App that made it, where that is another one than ours.

    `run_id` is the run of a workflow whose job made it, by its `environment`.
    """

    id: int
    sha: str
    ref: str
    task: str
    environment: str
    payload: Any
    description: str | None
    creator: Account
    by_app: bool
    transient: bool
    production: bool
    created_at: float
    updated_at: float
    statuses: list[DeploymentStatus] = field(default_factory=list)
    via: CheckApp | None = None
    run_id: int | None = None

    @property
    def state(self) -> str | None:
        """The newest status, if it has one."""
        return self.statuses[-1].state if self.statuses else None


@dataclass(slots=True)
class Activity:
    """An entry of the repository's activity log: who moved which ref when, by the server's time."""

    id: int
    kind: str
    ref: str
    before: str
    after: str
    actor: Account
    timestamp: float


@dataclass(slots=True)
class BranchRules:
    """How a branch is protected: contexts with the App that must report them (None = any), reviews.

    `by_ruleset` says that a ruleset does it, and not the older branch protection.
    """

    contexts: list[tuple[str, int | None]] = field(default_factory=list)
    reviews: int = 0
    by_ruleset: bool = False


@dataclass(slots=True)
class Environment:
    """An environment with its protection; `reviewers` are accounts and teams, `branches` patterns."""

    id: int
    name: str
    created_at: float
    reviewers: list[Account | Team] = field(default_factory=list)
    prevent_self_review: bool = False
    protected_branches: bool = False
    branches: list[str] | None = None


@dataclass(slots=True)
class Repository:
    """A repository; forks share their parent's `history`."""

    id: int
    owner: Account
    name: str
    history: History
    created_at: float
    pushed_at: float
    private: bool = False
    description: str | None = None
    default_branch: str = "main"
    parent: "Repository | None" = None
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    collaborators: dict[str, Permission] = field(default_factory=dict)
    team_permissions: dict[str, Permission] = field(default_factory=dict)
    next_number: int = 1
    issues: dict[int, Issue] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    check_suites: dict[int, CheckSuite] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    suites_by_sha: dict[str, list[int]] = field(default_factory=dict)
    runs_by_sha: dict[str, list[int]] = field(default_factory=dict)
    statuses_by_sha: dict[str, list[CommitStatus]] = field(default_factory=dict)
    deployments: dict[int, Deployment] = field(default_factory=dict)
    activity: list[Activity] = field(default_factory=list)
    numbers_by_head: dict[str, list[int]] = field(default_factory=dict)
    open_issues_count: int = 0
    archived: bool = False
    branch_rules: dict[str, BranchRules] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner.login}/{self.name}"

    @property
    def pulls(self) -> list[PullRequest]:
        """The pull requests, oldest first."""
        return [issue for issue in self.issues.values() if isinstance(issue, PullRequest)]


@dataclass(slots=True)
class Installation:
    """The App installed on an account. `repository_ids` is None for all of the account's repositories."""

    id: int
    account: Account
    permissions: dict[str, str]
    repository_ids: list[int] | None
    created_at: float
    updated_at: float
    suspended_at: float | None = None


@dataclass(slots=True)
class Token:
    """An installation access token, with what it was limited to."""

    value: str = field(repr=False)
    installation_id: int
    permissions: dict[str, str]
    repository_ids: list[int] | None
    expires_at: float
