"""GitHub's webhook payloads, as far as a decision needs them: only those fields, strictly typed.

Old Enterprise versions lack newer fields, so nothing is required here that no decision needs; what is needed
and missing becomes a reason, never an exception. Source: "Webhook events and payloads".
"""

import re
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

T = TypeVar("T")

Sha = Annotated[str, Meta(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
Name = Annotated[str, Meta(min_length=1, max_length=300)]
Moment = Annotated[datetime, Meta(tz=True)]
Identifier = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Account(Struct, frozen=True):
    """A user, an organisation or a bot (`type`)."""

    login: Name
    type: str = "User"


class NamedApp(Struct, frozen=True):
    """A GitHub App, as it is named on what it made."""

    id: int | None = None
    slug: str | None = None


class Installation(Struct, frozen=True):
    """Our installation through which the event reached us."""

    id: Identifier


class RepositoryPayload(Struct, frozen=True):
    """The repository of the event."""

    id: Identifier
    name: Name
    owner: Account
    default_branch: Name | None = None


class HeadRepository(Struct, frozen=True):
    """Where a pull request comes from."""

    full_name: Name


class Head(Struct, frozen=True):
    """A pull request's head; `repo` is null where a fork was deleted."""

    sha: Sha
    ref: Name
    repo: HeadRepository | None = None


class Base(Struct, frozen=True):
    """The branch that a pull request is to be merged into."""

    ref: Name


class PullRequestPayload(Struct, frozen=True):
    """A pull request; `user` is null where the account was deleted."""

    number: Identifier
    title: str
    head: Head
    base: Base
    updated_at: Moment
    user: Account | None = None
    merged: bool | UnsetType = UNSET
    merge_commit_sha: Sha | None = None
    merged_by: Account | None = None


class IssuePayload(Struct, frozen=True):
    """An issue; `pull_request` is there where it is a pull request's."""

    number: Identifier
    pull_request: Raw | UnsetType = UNSET


class CommentPayload(Struct, frozen=True):
    """A comment, with the App that wrote it, if one did."""

    id: Identifier
    body: str
    created_at: Moment
    user: Account
    performed_via_github_app: NamedApp | None = None


class BaseRepository(Struct, frozen=True):
    """The repository that a check's pull request is to be merged into."""

    id: int


class CheckedBase(Struct, frozen=True):
    """The base of a check's pull request."""

    repo: BaseRepository


class CheckedPullRequest(Struct, frozen=True):
    """A pull request as a check names it."""

    number: Identifier
    base: CheckedBase


class CheckPayload(Struct, frozen=True):
    """A check run (which has a `name`) or a check suite (which has none)."""

    head_sha: Sha
    name: Name | None = None
    app: NamedApp | None = None
    pull_requests: list[CheckedPullRequest] = []


class Envelope(Struct, frozen=True):
    """A payload's outermost object. The parts stay undecoded; which are there tells what kind it is."""

    action: str | None = None
    before: Sha | None = None
    installation: Installation | None = None
    repository: RepositoryPayload | None = None
    sender: Account | None = None
    pull_request: Raw | UnsetType = UNSET
    issue: Raw | UnsetType = UNSET
    comment: Raw | UnsetType = UNSET
    review: Raw | UnsetType = UNSET
    thread: Raw | UnsetType = UNSET
    check_run: Raw | UnsetType = UNSET
    check_suite: Raw | UnsetType = UNSET
    workflow_run: Raw | UnsetType = UNSET
    workflow_job: Raw | UnsetType = UNSET
    deployment: Raw | UnsetType = UNSET
    deployment_status: Raw | UnsetType = UNSET
    release: Raw | UnsetType = UNSET


PARTS = (
    "pull_request",
    "issue",
    "comment",
    "review",
    "thread",
    "check_run",
    "check_suite",
    "workflow_run",
    "workflow_job",
    "deployment",
    "deployment_status",
    "release",
)


class Incomplete(Exception):
    """A field that a decision needs is missing or has another type; `path` says which."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def decode(raw: bytes | Raw | UnsetType, kind: type[T], at: str = "") -> T:
    """Decode a payload, or the part of it that stands at `at`. Raises Incomplete."""
    if isinstance(raw, UnsetType):
        raise Incomplete(at)
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise Incomplete(".".join(part for part in (at, _path(str(error))) if part)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Incomplete(at or "body") from error


_FIELD = re.compile(r"missing required field `(\w+)`")
_PLACE = re.compile(r"at `\$\.?([^`]*)`$")


def _path(message: str) -> str:
    """Give the path that msgspec's message names: `head.sha` for both a missing and a wrong one."""
    place, field = _PLACE.search(message), _FIELD.search(message)
    return ".".join(found.group(1) for found in (place, field) if found and found.group(1))
