"""What a comparison of our records with GitHub finds, as a delivery like any other, and what it means.

Pure. A finding says what GitHub has and what we knew, so that `why` can tell both. The same finding has the
same id, whoever finds it how often, and a merge counts once, whether its webhook or a comparison tells of it.
"""

from typing import Literal

import msgspec
from msgspec import Struct

from bot.domain.change import ChangeState, merge_name
from bot.domain.events import (
    ChangeClosed,
    ChangeMerged,
    ChangeOpened,
    ChangeUpdated,
    ChecksRequested,
    EventData,
)
from bot.domain.identity import derive
from bot.domain.state import commit_key, pull_request_key
from bot.domain.values import Person, Seconds
from bot.ports import ChangeSeen, Incoming, Meant, Translated

SOURCE: Literal["reconciler"] = "reconciler"
EVENT = "comparison"
SENDER = "github"

Kind = Literal["opened", "updated", "merged", "closed", "unchecked"]


class Knew(Struct, frozen=True):
    """What our records said of a pull request; `unseen` = nothing."""

    state: str = "unseen"
    head_sha: str | None = None
    updated_at: Seconds = 0.0


class Finding(Struct, frozen=True, kw_only=True):
    """One pull request of which GitHub has something else than we knew."""

    kind: Kind
    github_has: ChangeSeen
    we_knew: Knew


def find(seen: ChangeSeen, known: ChangeState | None, closed_since: Seconds) -> Finding | None:
    """Compare a pull request with our record; None = they agree, or it is no news that matters.

    What we never heard of matters while it is open, or if it was merged since the last comparison.
    """
    state = known or ChangeState()
    knew = Knew(state.state, state.head_sha, state.updated_at)
    kind = _kind(seen, state, closed_since)
    return None if kind is None else Finding(kind=kind, github_has=seen, we_knew=knew)


def _kind(seen: ChangeSeen, state: ChangeState, closed_since: Seconds) -> Kind | None:
    if seen.state == "open":
        if state.state != "open":
            return "opened"
        return None if state.head_sha == seen.change.head_sha else "updated"
    if state.state == "open":
        return seen.state
    is_news = seen.merged_at is not None and seen.merged_at >= closed_since
    return "merged" if state.state == "unseen" and is_news else None


def unchecked(seen: ChangeSeen, known: ChangeState) -> Finding:
    """An open pull request whose head got no check from us."""
    knew = Knew(known.state, known.head_sha, known.updated_at)
    return Finding(kind="unchecked", github_has=seen, we_knew=knew)


def delivery_of(finding: Finding, now: Seconds) -> Incoming:
    """A finding as it is stored."""
    change, seen = finding.github_has.change, finding.github_has
    place = (change.repository.id, change.number, finding.kind, change.head_sha, seen.merge_sha or "")
    # An open pull request can be missed twice with the same head: closed and opened again, for example.
    when = "" if finding.kind == "unchecked" else int(change.updated_at)
    return Incoming(
        source=SOURCE,
        id=derive("c", *place, when),
        event=EVENT,
        action=finding.kind,
        body=msgspec.json.encode(finding),
        received_at=now,
    )


def translate(incoming: Incoming) -> Translated:
    """Translate a stored finding into the event that its webhook would have been."""
    finding = msgspec.json.decode(incoming.body, type=Finding)
    change = finding.github_has.change
    subject = f"{change.repository.full_name}#{change.number}"
    return Translated(events=(_meant(finding, incoming.received_at),), action=finding.kind, subject=subject)


def _meant(finding: Finding, received_at: Seconds) -> Meant:
    seen, change = finding.github_has, finding.github_has.change
    key = pull_request_key(change.repository, change.number)
    if finding.kind == "unchecked":
        asked = ChecksRequested(
            repository=change.repository,
            head_sha=change.head_sha,
            name=None,
            numbers=(change.number,),
            asker=Person(),
        )
        return Meant(key=commit_key(change.repository, change.head_sha), time=received_at, data=asked)
    if finding.kind == "merged" and seen.merge_sha is not None:
        return Meant(
            key=key,
            time=change.updated_at if seen.merged_at is None else seen.merged_at,
            data=_merged(seen, seen.merge_sha),
            natural=merge_name(change.repository, change.number, seen.merge_sha),
            sender=SENDER,
        )
    return Meant(key=key, time=change.updated_at, data=_changed(finding))


def _changed(finding: Finding) -> EventData:
    change = finding.github_has.change
    if finding.kind == "opened":
        return ChangeOpened(change=change)
    if finding.kind == "updated":
        return ChangeUpdated(change=change, before=finding.we_knew.head_sha)
    return ChangeClosed(change=change)


def _merged(seen: ChangeSeen, merge_sha: str) -> ChangeMerged:
    return ChangeMerged(
        change=seen.change,
        merge_sha=merge_sha,
        merged_by=Person(login=seen.merged_by),
        default_branch=seen.default_branch,
    )
