"""What GitHub's API answers, as far as Pointsman reads it, and how it becomes our values.

No other file reads a field of an answer. Fields that are not read are not declared, so that GitHub may add
and older servers may lack others; a declared one that is missing is a fault, never a guess.
"""

from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct, field

from bot.domain.errors import LastingFault
from bot.domain.values import Repository
from bot.ports import PullRequest

T = TypeVar("T")


class Account(Struct, frozen=True):
    """A person, a bot or an organisation."""

    login: str
    type: str = "User"


class InstallationToken(Struct, frozen=True):
    """An installation's access token."""

    token: str
    expires_at: str

    def __repr__(self) -> str:
        return "InstallationToken(hidden)"


class Installation(Struct, frozen=True):
    """The App on an account."""

    id: int
    account: Account | None = None
    suspended_at: str | None = None
    permissions: dict[str, str] = {}


class RepositoryShape(Struct, frozen=True):
    """A repository."""

    id: int
    name: str
    full_name: str
    owner: Account
    default_branch: str = "main"


class Head(Struct, frozen=True):
    """What a pull request wants to merge; `repo` is null where a fork was deleted."""

    ref: str
    sha: str
    repo: RepositoryShape | None = None


class Base(Struct, frozen=True):
    """Where a pull request wants to be merged."""

    ref: str
    sha: str
    repo: RepositoryShape


class Pull(Struct, frozen=True):
    """A pull request, in a list or by itself."""

    number: int
    state: Literal["open", "closed"]
    title: str
    head: Head
    base: Base
    user: Account | None = None
    merged_at: str | None = None
    merge_commit_sha: str | None = None
    changed_files: int = 0


class File(Struct, frozen=True):
    """A changed file; a rename concerns both of its places."""

    filename: str
    previous_filename: str | None = None


class Signature(Struct, frozen=True):
    """Who wrote a commit, by their own words."""

    name: str | None = None


class CommitText(Struct, frozen=True):
    """What git keeps of a commit."""

    message: str
    author: Signature | None = None


class Commit(Struct, frozen=True):
    """A commit; `author` is the account that GitHub links, if it knows one."""

    sha: str
    commit: CommitText
    author: Any = None


class Comparison(Struct, frozen=True):
    """`base...head`."""

    status: Literal["ahead", "behind", "identical", "diverged"]
    ahead_by: int
    html_url: str
    total_commits: int
    commits: list[Commit]
    files: list[File] = []


class Named(Struct, frozen=True):
    """A commit of which only the SHA matters."""

    sha: str


class Tip(Struct, frozen=True):
    """A branch or a tag, with the commit where it stands."""

    name: str
    commit: Named


class Activity(Struct, frozen=True):
    """An entry of the record of pushes."""

    ref: str
    after: str
    timestamp: str
    activity_type: str

    @property
    def is_move(self) -> bool:
        """Whether the branch stands elsewhere since: a push, a merge into it, a new branch of its name."""
        return self.activity_type != "branch_deletion"


class Collaborator(Struct, frozen=True):
    """What somebody may do: `permission` is one of admin, write, read, none, whatever the role is called."""

    permission: str


class Membership(Struct, frozen=True):
    """Somebody in a team; `pending` until they accept."""

    state: str


class Content(Struct, frozen=True):
    """A file at a commit. `content` is base64 with line ends; empty beyond 1 MB."""

    type: str
    sha: str
    size: int
    content: str = ""
    encoding: str = ""


class App(Struct, frozen=True):
    """Which App did something."""

    id: int


class Comment(Struct, frozen=True):
    """A comment on a pull request."""

    id: int
    body: str = ""
    user: Account | None = None
    app: App | None = field(default=None, name="performed_via_github_app")


class DeploymentStatus(Struct, frozen=True):
    """One status of a GitHub Deployment."""

    id: int
    state: str
    description: str | None = None
    log_url: str | None = None
    environment_url: str | None = None


class Identified(Struct, frozen=True):
    """Anything of which only the id matters."""

    id: int


def read(shape: type[T], answer: Any) -> T:
    """Read an answer. Raises LastingFault where it lacks what it must have."""
    try:
        return msgspec.convert(answer, shape)
    except msgspec.ValidationError as error:
        raise LastingFault(
            f"GitHub's answer is not the {shape.__name__} that was asked for: {error}",
            hint="Is GITHUB_API_URL an API of GitHub, and recent enough?",
        ) from error


def read_all(shape: type[T], answers: list[Any]) -> list[T]:
    """Read the items of a list."""
    return [read(shape, answer) for answer in answers]


def to_repository(shape: RepositoryShape, installation: int) -> Repository:
    """Our value for a repository."""
    return Repository(shape.owner.login, shape.name, shape.id, installation)


def to_pull_request(pull: Pull) -> PullRequest:
    """Our value for a pull request. Before a merge GitHub's merge commit is only a trial: not passed on."""
    merged = pull.merged_at is not None
    return PullRequest(
        number=pull.number,
        state="merged" if merged else pull.state,
        title=pull.title,
        author=pull.user.login if pull.user else "ghost",
        head_sha=pull.head.sha,
        head_ref=pull.head.ref,
        head_repository=pull.head.repo.full_name if pull.head.repo else None,
        base_ref=pull.base.ref,
        merge_sha=pull.merge_commit_sha if merged else None,
        default_branch=pull.base.repo.default_branch,
    )


def paths_of(files: list[File]) -> tuple[str, ...]:
    """All paths that a list of changed files touches, each once."""
    paths = [path for each in files for path in (each.filename, each.previous_filename) if path]
    return tuple(dict.fromkeys(paths))


def to_commit(commit: Commit) -> tuple[str, str, str]:
    """SHA, first line, author: the login where GitHub knows it, else the name that the commit carries."""
    login = commit.author.get("login") if isinstance(commit.author, dict) else None
    name = commit.commit.author.name if commit.commit.author else None
    return commit.sha, commit.commit.message.partition("\n")[0], login or name or "unknown"
