"""What GitHub's news mean that start something by themselves, or make those who wait worth a look.

Checks, statuses and reviews of a commit; tags and releases; changes of rights and memberships. Most of it
means nothing here, and is said so with its reason.
"""

import re

from msgspec import Raw, Struct, UnsetType

from bot.domain.automation_events import AccessChanged, CommitReported, ReleasePublished, TagPushed
from bot.domain.event_data import EventData
from bot.domain.values import Person, Repository, Seconds
from bot.domain.who_may import ConfigurationSeen, rights_key
from bot.github.payloads import Account, CheckPayload, Incomplete, Moment, Name, Sha, decode
from bot.ports import Incoming, Meant, Translated

TAGS = "refs/tags/"
CONFIGURATION_PATH = ".github/pointsman.yml"
WORTH_READING = re.compile(rb'refs/tags/|\.github/pointsman\.yml|"forced":\s*true')
"""What a push must say somewhere to mean anything here; most say nothing of it and are not even decoded."""
ACCESS_EVENTS = frozenset({"member", "membership", "team", "organization"})


class StatusPayload(Struct, frozen=True):
    """A commit status; it stands in the payload's own fields."""

    sha: Sha
    state: str
    context: str


class ReviewedHead(Struct, frozen=True):
    """The head of a reviewed pull request."""

    sha: Sha


class Reviewed(Struct, frozen=True):
    """A reviewed pull request."""

    number: int
    head: ReviewedHead


class PushedCommit(Struct, frozen=True):
    """What a pushed commit touches."""

    added: list[str] = []
    removed: list[str] = []
    modified: list[str] = []


class PushedRepository(Struct, frozen=True):
    """Which branch counts."""

    default_branch: str | None = None


class PushPayload(Struct, frozen=True):
    """A push, as far as tags and the configuration matter."""

    ref: Name
    after: str = ""
    created: bool = False
    deleted: bool = False
    forced: bool = False
    commits: list[PushedCommit] = []
    repository: PushedRepository = PushedRepository()


class ReleasePayload(Struct, frozen=True):
    """A release."""

    tag_name: Name
    draft: bool = False
    prerelease: bool = False
    published_at: Moment | None = None
    author: Account | None = None


class OrganizationPayload(Struct, frozen=True):
    """An organisation."""

    login: Name


class AccessPayload(Struct, frozen=True):
    """Whose people changed."""

    action: str | None = None
    organization: OrganizationPayload | None = None


class Where(Struct, frozen=True, kw_only=True):
    """Where the news came from."""

    incoming: Incoming
    action: str | None
    repository: Repository
    sender: Person


def check_run(part: Raw | UnsetType, where: Where) -> Translated:
    """A check of somebody else's ended. Raises Incomplete."""
    check = decode(part, CheckPayload, "check_run")
    return _reported(where, check.head_sha, "check")


def status(where: Where) -> Translated:
    """A commit status was set; one that is pending opens nothing. Raises Incomplete."""
    payload = decode(where.incoming.body, StatusPayload)
    if payload.state == "pending":
        return Translated(reason="status_pending", action=where.action, sha=payload.sha)
    return _reported(where, payload.sha, "status")


def review(part: Raw | UnsetType, where: Where) -> Translated:
    """A review was given or dismissed. Raises Incomplete."""
    if where.action not in ("submitted", "dismissed"):
        return Translated(reason="action_not_used", action=where.action)
    return _reported(where, decode(part, Reviewed, "pull_request").head.sha, "review")


def _reported(where: Where, sha: str, what: str) -> Translated:
    data = CommitReported(repository=where.repository, sha=sha, what=what)  # type: ignore[arg-type]
    subject = f"{where.repository.full_name}@{sha[:7]}"
    meant = Meant(found_by=(sha,), time=where.incoming.received_at, data=data)
    return Translated(events=(meant,), action=where.action, subject=subject, sha=sha)


def push(where: Where) -> Translated:
    """A new tag starts what waits for tags; the configuration may be another now. Raises Incomplete."""
    payload = decode(where.incoming.body, PushPayload)
    if _touches_configuration(payload):
        return _configuration(where, payload)
    if not payload.ref.startswith(TAGS) or payload.deleted or not payload.created:
        return Translated(reason="nothing_listens", action=where.action)
    tag = payload.ref.removeprefix(TAGS)
    data = TagPushed(repository=where.repository, tag=tag, person=where.sender)
    return _occasion(where, data, f"tag:{where.repository.id}:{tag}:{where.incoming.id}", None)


def _touches_configuration(payload: PushPayload) -> bool:
    """A push that was forced need not list what it took away."""
    if payload.deleted or payload.ref != f"refs/heads/{payload.repository.default_branch}":
        return False
    touched = (path for each in payload.commits for path in (*each.added, *each.removed, *each.modified))
    return payload.forced or CONFIGURATION_PATH in touched


def _configuration(where: Where, payload: PushPayload) -> Translated:
    at = where.incoming.received_at
    data = ConfigurationSeen(repository=where.repository, person=where.sender, sha=payload.after, at=at)
    natural = f"configuration:{where.repository.id}:{where.incoming.id}"
    meant = Meant(key=rights_key(where.repository), time=at, data=data, natural=natural)
    return Translated(events=(meant,), action=where.action, subject=where.repository.full_name)


def release(part: Raw | UnsetType, where: Where) -> Translated:
    """A release was published. Raises Incomplete."""
    if where.action != "published":
        return Translated(reason="action_not_used", action=where.action)
    payload = decode(part, ReleasePayload, "release")
    if payload.draft or payload.prerelease:
        return Translated(reason="no_full_release", action=where.action)
    data = ReleasePublished(repository=where.repository, tag=payload.tag_name, person=where.sender)
    at = payload.published_at.timestamp() if payload.published_at else None
    natural = f"release:{where.repository.id}:{payload.tag_name}:{int(at or 0)}"
    return _occasion(where, data, natural, at)


def _occasion(where: Where, data: EventData, natural: str, at: Seconds | None) -> Translated:
    key = f"occasion:{where.repository.full_name}"
    time = where.incoming.received_at if at is None else at
    meant = Meant(key=key, time=time, data=data, natural=natural)
    return Translated(events=(meant,), action=where.action, subject=where.repository.full_name)


def access(incoming: Incoming) -> Translated:
    """Somebody's rights or memberships changed. Raises Incomplete."""
    payload = decode(incoming.body, AccessPayload)
    if payload.organization is None:
        raise Incomplete("organization")
    owner = payload.organization.login
    data = AccessChanged(owner=owner, what=incoming.event)
    meant = Meant(key=f"access:{owner}", time=incoming.received_at, data=data)
    return Translated(events=(meant,), action=payload.action, subject=owner)
