"""What people say of a request that waits for them: it is shown, and the gates are asked again at once.

The request looks again at what it is now: whoever answered at the same moment may have been faster.
"""

from msgspec import Struct

from bot.domain.approval_events import ApprovalGiven, ApprovalWithdrawn, RequestRejected
from bot.domain.events import (
    CancellationRequested,
    Event,
    New,
    TurnCame,
    data_of,
)
from bot.domain.request import Request, approved_by, not_started
from bot.domain.state import slot_key
from bot.domain.values import Person, Seconds
from bot.messages import approvals
from bot.messages.message import Message
from bot.ports import Decision, Sources
from bot.reactors.request import say, shown


class ApprovalFacts(Struct, frozen=True):
    """GitHub's address for people."""

    web_url: str


async def read(sources: Sources, _event: Event) -> ApprovalFacts:
    """Nothing is read but where GitHub is."""
    return ApprovalFacts(sources.web_url)


def given(event: Event, request: Request | None, facts: ApprovalFacts, _now: Seconds) -> Decision:
    """Somebody agreed: who waits for that is looked at again."""
    data = data_of(event, ApprovalGiven)
    if request is None or request.ended or not approved_by(request, data.person):
        return _nothing_waits(data.request)
    return _looked_at_again(request, event, facts, "approval_given", approvals.given(request, data.person))


def withdrawn(event: Event, request: Request | None, facts: ApprovalFacts, _now: Seconds) -> Decision:
    """Somebody took their approval back: what waits is looked at again."""
    data = data_of(event, ApprovalWithdrawn)
    if request is None or request.ended:
        return _nothing_waits(data.request)
    message = approvals.withdrawn(data.person)
    return _looked_at_again(request, event, facts, "approval_withdrawn", message)


def rejected(event: Event, request: Request | None, facts: ApprovalFacts, _now: Seconds) -> Decision:
    """Somebody refused it: each part that has not started ends."""
    data = data_of(event, RequestRejected)
    parts = not_started(request) if request else ()
    if request is None or not parts:
        return _nothing_waits(data.request)
    wishes = tuple(
        New(
            key=slot_key(part.deployment.order),
            data=CancellationRequested(
                deployment=part.deployment.id,
                person=data.person,
                at=data.at,
                rejected=True,
                because=data.because,
            ),
        )
        for part in parts
    )
    told = (say(request, f"{event.id}:rejected", approvals.rejected(data.person, data.because)),)
    return Decision(
        outcome="acted",
        reason="rejected",
        values={"request": request.id, "by": _name(data.person)},
        events=wishes,
        effects=told if request.made.channel else (),
    )


def _looked_at_again(
    request: Request, event: Event, facts: ApprovalFacts, reason: str, message: Message
) -> Decision:
    looks = (
        New(key=slot_key(part.deployment.order), data=TurnCame(look=True)) for part in not_started(request)
    )
    told = (say(request, f"{event.id}:{reason}", message),) if request.made.channel else ()
    return Decision(
        outcome="acted",
        reason=reason,
        values={"request": request.id, "approvals": [_name(each.person) for each in request.approvals]},
        events=tuple(looks),
        effects=(*shown(request, facts.web_url), *told),
    )


def _nothing_waits(request: str) -> Decision:
    return Decision(outcome="ignored", reason="nothing_waits_for_it", values={"request": request})


def _name(person: Person) -> str | None:
    return person.login or person.slack
