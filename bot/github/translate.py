"""Says what a delivery of GitHub's means to us: events, or the reason why nothing.

Pure, and never an exception for anything that GitHub, of whatever version, may send: what we have not heard
of is ignored with a reason. The event's name comes from a header that is not signed, so it counts only where
the signed body has the shape of that event.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import UNSET, Raw, Struct, UnsetType

from bot.domain.change import merge_name
from bot.domain.events import (
    ChangeClosed,
    ChangeMerged,
    ChangeOpened,
    ChangeUpdated,
    ChecksRequested,
    CommandGiven,
    EventData,
)
from bot.domain.speech import KNOWN_WORDS
from bot.domain.state import commit_key, pull_request_key
from bot.domain.values import Change, Person, PullRequestPlace, Repository
from bot.github import news_events, status_events, strays, workflow_events
from bot.github.deployment_shapes import OurApp
from bot.github.payloads import (
    PARTS,
    Account,
    CheckPayload,
    CommentPayload,
    Envelope,
    Incomplete,
    IssuePayload,
    NamedApp,
    PullRequestPayload,
    decode,
)
from bot.ports import Incoming, Meant, Translated

_DELETED_ACCOUNT = "ghost"  # GitHub's own stand-in for accounts that are gone
_OPENING_ACTIONS = frozenset({"opened", "reopened", "ready_for_review"})
_SLASH_LINE = re.compile(r"^[ \t]*/", re.MULTILINE)
_MENTIONED = re.compile(rf"(?<!\w)/(?:pointsman|{'|'.join(sorted(KNOWN_WORDS))})\b", re.IGNORECASE)


class TranslateContext(Struct, frozen=True, kw_only=True):
    """Who we are, and whom we serve.

    `app_slug` is None until GitHub told it; `owners` are lower case, None = all.
    """

    app_id: int
    app_slug: str | None = None
    owners: frozenset[str] | None = None


class _Delivery(Struct, frozen=True):
    """A delivery for a repository that we serve, its parts still undecoded."""

    incoming: Incoming
    envelope: Envelope
    repository: Repository
    context: TranslateContext


def translate(incoming: Incoming, context: TranslateContext) -> Translated:
    """Translate a stored delivery. The reasons are codes; `payload_incomplete` names the field."""
    return strays.named(_meaning(incoming, context), incoming.body)


def _meaning(incoming: Incoming, context: TranslateContext) -> Translated:
    if incoming.event == "push" and news_events.WORTH_READING.search(incoming.body) is None:
        return Translated(reason="nothing_listens", action=incoming.action)  # most pushes: not even decoded
    if incoming.event in news_events.ACCESS_EVENTS:
        try:
            return news_events.access(incoming)
        except Incomplete as incomplete:
            return Translated(reason=f"payload_incomplete: {incomplete.path}", action=incoming.action)
    row = _TABLE.get(incoming.event)
    if row is None:
        return Translated(reason="event_not_used", action=incoming.action)
    shape, read = row
    try:
        envelope = decode(incoming.body, Envelope)
        delivery = _for_us(incoming, envelope, shape, context)
        return delivery if isinstance(delivery, Translated) else read(delivery)
    except Incomplete as incomplete:
        return Translated(reason=f"payload_incomplete: {incomplete.path}", action=incoming.action)


def _for_us(
    incoming: Incoming, envelope: Envelope, shape: frozenset[str], context: TranslateContext
) -> _Delivery | Translated:
    """Check shape, installation and owner, in this order."""
    parts = {part for part in PARTS if getattr(envelope, part) is not UNSET}
    if parts - _ALSO_THERE.get(incoming.event, frozenset()) != shape:
        return Translated(reason="body_does_not_match_event", action=envelope.action)
    if envelope.installation is None:
        return Translated(reason="no_installation", action=envelope.action)
    payload = envelope.repository
    if payload is None:
        raise Incomplete("repository")
    if context.owners is not None and payload.owner.login.lower() not in context.owners:
        values = {"owner": payload.owner.login, "served": sorted(context.owners)}
        return Translated(reason="owner_not_served", action=envelope.action, values=values)
    repository = Repository(payload.owner.login, payload.name, payload.id, envelope.installation.id)
    return _Delivery(incoming, envelope, repository, context)


# --- pull requests ----------------------------------------------------------------------------------


def _pull_request(delivery: _Delivery) -> Translated:
    action = delivery.envelope.action
    if action not in _OPENING_ACTIONS and action not in ("synchronize", "closed"):
        return _ignored(delivery, "action_not_used", _numbered(delivery, delivery.envelope.pull_request))
    payload = decode(delivery.envelope.pull_request, PullRequestPayload, "pull_request")
    change = _change(delivery.repository, payload)
    if action in _OPENING_ACTIONS:
        return _changed(delivery, change, ChangeOpened(change=change))
    if action == "synchronize":
        return _changed(delivery, change, ChangeUpdated(change=change, before=delivery.envelope.before))
    if payload.merged is UNSET:
        raise Incomplete("pull_request.merged")
    if not payload.merged:
        return _changed(delivery, change, ChangeClosed(change=change))
    return _merged(delivery, change, payload)


def _merged(delivery: _Delivery, change: Change, payload: PullRequestPayload) -> Translated:
    """A merge counts once under whichever delivery id it comes: it may deploy."""
    default_branch = delivery.envelope.repository and delivery.envelope.repository.default_branch
    if payload.merge_commit_sha is None:
        raise Incomplete("pull_request.merge_commit_sha")
    if not default_branch:
        raise Incomplete("repository.default_branch")
    data = ChangeMerged(
        change=change,
        merge_sha=payload.merge_commit_sha,
        merged_by=_person(payload.merged_by or delivery.envelope.sender),
        default_branch=default_branch,
    )
    natural = merge_name(change.repository, change.number, payload.merge_commit_sha)
    return _changed(delivery, change, data, natural)


def _change(repository: Repository, payload: PullRequestPayload) -> Change:
    return Change(
        repository=repository,
        number=payload.number,
        title=payload.title,
        author=payload.user.login if payload.user else _DELETED_ACCOUNT,
        head_sha=payload.head.sha,
        head_ref=payload.head.ref,
        head_repository=payload.head.repo.full_name if payload.head.repo else None,
        base_ref=payload.base.ref,
        updated_at=payload.updated_at.timestamp(),
    )


def _changed(delivery: _Delivery, change: Change, data: EventData, natural: str | None = None) -> Translated:
    key = pull_request_key(change.repository, change.number)
    return Translated(
        events=(Meant(key=key, time=change.updated_at, data=data, natural=natural),),
        action=delivery.envelope.action,
        subject=f"{change.repository.full_name}#{change.number}",
        sha=change.head_sha,
    )


# --- comments ---------------------------------------------------------------------------------------


def _issue_comment(delivery: _Delivery) -> Translated:
    action = delivery.envelope.action
    if action != "created":
        reason = "comment_not_new" if action in ("edited", "deleted") else "action_not_used"
        reason = "own_comment" if _is_own_echo(delivery) else reason
        return _ignored(delivery, reason, _numbered(delivery, delivery.envelope.issue))
    issue = decode(delivery.envelope.issue, IssuePayload, "issue")
    subject = f"{delivery.repository.full_name}#{issue.number}"
    if issue.pull_request is UNSET:
        return _ignored(delivery, "not_a_pull_request", subject)
    comment = decode(delivery.envelope.comment, CommentPayload, "comment")
    if _is_ours(comment, delivery.context):
        return _ignored(delivery, "own_comment", subject)
    if not _SLASH_LINE.search(comment.body):
        return _ignored(delivery, "no_command", subject, found=_nearest(comment.body))
    return Translated(events=(_command(delivery, issue, comment),), action=action, subject=subject)


def _command(delivery: _Delivery, issue: IssuePayload, comment: CommentPayload) -> Meant:
    """The whole comment: which line of it is a command is for the commands' own grammar to say.

    Keyed by the comment's id, because the delivery's id stands in a header that is not signed.
    """
    given_at = comment.created_at.timestamp()
    data = CommandGiven(
        text=comment.body,
        place=PullRequestPlace(delivery.repository, issue.number, comment.id),
        person=_person(comment.user),
        given_at=given_at,
        to_us=False,
    )
    key = pull_request_key(delivery.repository, issue.number)
    return Meant(key=key, time=given_at, data=data, natural=f"comment:{comment.id}")


def _nearest(body: str) -> str:
    """What in a comment is nearest to a command, for people who wonder why it was none."""
    if _MENTIONED.search(body):
        return "a command that does not begin its line: a quote, code, or part of a sentence"
    return "no line that begins with `/`"


def _is_own_echo(delivery: _Delivery) -> bool:
    """Whether it tells of our own comment, which we edit in place all the time."""
    try:
        return _is_ours(decode(delivery.envelope.comment, CommentPayload), delivery.context)
    except Incomplete:
        return False


def _is_ours(comment: CommentPayload, context: TranslateContext) -> bool:
    """Our own comments come back as events; answering them would never end."""
    by_login = context.app_slug is not None and comment.user.login == f"{context.app_slug}[bot]"
    return by_login or _is_our_app(comment.performed_via_github_app, context)


def _is_our_app(app: NamedApp | None, context: TranslateContext) -> bool:
    if app is None:
        return False
    return app.id == context.app_id or (app.slug is not None and app.slug == context.app_slug)


# --- checks -----------------------------------------------------------------------------------------


def _status(delivery: _Delivery) -> Translated:
    return news_events.status(_where(delivery))


def _review(delivery: _Delivery) -> Translated:
    return news_events.review(delivery.envelope.pull_request, _where(delivery))


def _push(delivery: _Delivery) -> Translated:
    return news_events.push(_where(delivery))


def _release(delivery: _Delivery) -> Translated:
    return news_events.release(delivery.envelope.release, _where(delivery))


def _where(delivery: _Delivery) -> news_events.Where:
    return news_events.Where(
        incoming=delivery.incoming,
        action=delivery.envelope.action,
        repository=delivery.repository,
        sender=_person(delivery.envelope.sender),
    )


def _check_run(delivery: _Delivery) -> Translated:
    part = delivery.envelope.check_run
    if delivery.envelope.action == "completed" and not _is_own_check(delivery, part):
        return news_events.check_run(part, _where(delivery))
    return _rerequested(delivery, delivery.envelope.check_run, "check_run")


def _check_suite(delivery: _Delivery) -> Translated:
    return _rerequested(delivery, delivery.envelope.check_suite, "check_suite")


def _rerequested(delivery: _Delivery, part: Raw | UnsetType, at: str) -> Translated:
    """A re-run that somebody asked for. The payload has no time of its own for that, so ours is taken."""
    if delivery.envelope.action != "rerequested":
        return _ignored(delivery, "own_check" if _is_own_check(delivery, part) else "action_not_used", None)
    check, repository = decode(part, CheckPayload, at), delivery.repository
    subject = f"{repository.full_name}@{check.head_sha[:7]}"
    if not _is_our_app(check.app, delivery.context):
        app = check.app.slug if check.app else None
        return _ignored(delivery, "check_of_another_app", subject, app=app)
    if at == "check_run" and check.name is None:
        raise Incomplete("check_run.name")
    data = ChecksRequested(
        repository=repository,
        head_sha=check.head_sha,
        name=check.name,
        numbers=tuple(one.number for one in check.pull_requests if one.base.repo.id == repository.id),
        asker=_person(delivery.envelope.sender),
    )
    key = commit_key(repository, check.head_sha)
    meant = Meant(key=key, time=delivery.incoming.received_at, data=data)
    return Translated(events=(meant,), action=delivery.envelope.action, subject=subject, sha=check.head_sha)


def _is_own_check(delivery: _Delivery, part: Raw | UnsetType) -> bool:
    try:
        return _is_our_app(decode(part, CheckPayload).app, delivery.context)
    except Incomplete:
        return False


# --- workflows --------------------------------------------------------------------------------------


def _workflow_run(delivery: _Delivery) -> Translated:
    return workflow_events.workflow_run(delivery.envelope.workflow_run, _heard(delivery))


def _workflow_job(delivery: _Delivery) -> Translated:
    return workflow_events.workflow_job(delivery.envelope.workflow_job, _heard(delivery))


def _heard(delivery: _Delivery) -> workflow_events.Heard:
    envelope = delivery.envelope
    return workflow_events.Heard(
        repository=delivery.repository,
        action=envelope.action,
        default_branch=envelope.repository.default_branch if envelope.repository else None,
        app_slug=delivery.context.app_slug,
    )


# --- deployments ------------------------------------------------------------------------------------


def _deployment_status(delivery: _Delivery) -> Translated:
    envelope, context = delivery.envelope, delivery.context
    placed = status_events.Placed(
        repository=delivery.repository,
        action=envelope.action,
        app=OurApp(context.app_id, context.app_slug),
    )
    return status_events.deployment_status(envelope.deployment_status, envelope.deployment, placed)


# --- shared -----------------------------------------------------------------------------------------


def _ignored(delivery: _Delivery, reason: str, subject: str | None, **values: Any) -> Translated:
    action = delivery.envelope.action
    if reason in ("action_not_used", "comment_not_new"):
        values = {"action": action, "used": _USED[delivery.incoming.event]}
    return Translated(reason=reason, action=action, subject=subject, values=values)


def _numbered(delivery: _Delivery, part: Raw | UnsetType) -> str | None:
    """What an ignored delivery is about, if it says; it is not worth a complaint where it does not."""
    try:
        return f"{delivery.repository.full_name}#{decode(part, IssuePayload).number}"
    except Incomplete:
        return None


def _person(account: Account | None) -> Person:
    if account is None:
        return Person()
    return Person(login=account.login, is_bot=account.type == "Bot")


_TABLE: Mapping[str, tuple[frozenset[str], Callable[[_Delivery], Translated]]] = {
    "pull_request": (frozenset({"pull_request"}), _pull_request),
    "issue_comment": (frozenset({"issue", "comment"}), _issue_comment),
    "check_run": (frozenset({"check_run"}), _check_run),
    "check_suite": (frozenset({"check_suite"}), _check_suite),
    "workflow_run": (frozenset({"workflow_run"}), _workflow_run),
    "workflow_job": (frozenset({"workflow_job"}), _workflow_job),
    "deployment_status": (frozenset({"deployment", "deployment_status"}), _deployment_status),
    "status": (frozenset(), _status),
    "pull_request_review": (frozenset({"review", "pull_request"}), _review),
    "push": (frozenset(), _push),
    "release": (frozenset({"release"}), _release),
}
"""Event name → the parts that its body has, and only it, and what reads them."""

_USED: Mapping[str, list[str]] = {
    "pull_request": [*sorted(_OPENING_ACTIONS), "synchronize", "closed"],
    "issue_comment": ["created"],
    "check_run": ["rerequested"],
    "check_suite": ["rerequested"],
}
"""Event name → the actions of it that mean something, where not all do."""

_ALSO_THERE: Mapping[str, frozenset[str]] = {
    "workflow_job": frozenset({"deployment"}),
    "deployment_status": frozenset({"check_run", "workflow_run"}),
}
"""Event name → parts that its body may have besides."""
