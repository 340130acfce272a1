"""What somebody asked for: the story that one comment and one Slack message tell.

A request holds one deployment for each service. Its picture of a deployment is whatever the slot said
last; it decides nothing itself.
"""

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.approval_events import ApprovalGiven, ApprovalWithdrawn, RequestRejected
from bot.domain.deployment import WENT_WRONG, Deployment, State
from bot.domain.events import EventData, Live, Prompt, RequestMade, RequestProgressed
from bot.domain.values import Person, Seconds, is_same

ASKED_OF_PEOPLE = frozenset({"approvals_missing", "fork_unapproved", "reviewer_missing"})
"""Reasons of gates that somebody can open with `/approve`."""


class Part(Struct, frozen=True):
    """One deployment of a request as the slot described it last."""

    deployment: Deployment
    position: int | None = None
    prompt: Prompt | None = None
    live: Live | None = None


class Approval(Struct, frozen=True):
    """Somebody agreed to it."""

    person: Person
    at: Seconds


class Request(Struct, frozen=True):
    """A request: how it was made, and how far its parts have come.

    `approvals` are those that hold, each person's once; `rejected` is who refused it.
    """

    made: RequestMade
    parts: tuple[Part, ...] = ()
    approvals: tuple[Approval, ...] = ()
    rejected: RequestRejected | None = None

    @property
    def id(self) -> str:
        """The request's id, `r-…`."""
        return self.made.id

    @property
    def ended(self) -> bool:
        """Whether every part has its outcome."""
        return all(part.deployment.ended for part in self.parts)

    @property
    def state(self) -> State:
        """The state that tells most: what went wrong first, then what still goes on, then success."""
        states = [part.deployment.state for part in self.parts]
        for state in _TELLING:
            if state in states:
                return state
        return "requested"


_TELLING: tuple[State, ...] = (
    *sorted(WENT_WRONG),
    "paused",
    "verifying",
    "running",
    "starting",
    "waiting",
    "queued",
    "requested",
    "cancelled",
    "refused",
    "superseded",
    "succeeded",
)


def apply(request: Request | None, data: EventData) -> Request | None:
    """Give the request after an event."""
    if isinstance(data, RequestMade):
        return request or Request(
            made=data, parts=tuple(Part(Deployment(order=order)) for order in data.orders)
        )
    if isinstance(data, RequestProgressed) and request is not None:
        newest = Part(data.deployment, data.position, data.prompt, data.live)
        parts = (newest if _same(part, newest) else part for part in request.parts)
        return replace(request, parts=tuple(parts))
    if request is None or request.ended:
        return request
    if isinstance(data, ApprovalGiven) and not approved_by(request, data.person):
        return replace(request, approvals=(*request.approvals, Approval(data.person, data.at)))
    if isinstance(data, ApprovalWithdrawn):
        left = (each for each in request.approvals if not is_same(each.person, data.person))
        return replace(request, approvals=tuple(left))
    if isinstance(data, RequestRejected):
        return replace(request, rejected=request.rejected or data)
    return request


def waits_for_people(request: Request) -> bool:
    """Whether a part of it waits for somebody to approve."""
    return any(
        part.deployment.state == "waiting"
        and any(
            each.state == "waiting" and each.reason in ASKED_OF_PEOPLE for each in part.deployment.verdicts
        )
        for part in request.parts
    )


def not_started(request: Request) -> tuple[Part, ...]:
    """The parts that no deployer was asked for yet."""
    return tuple(
        part for part in request.parts if part.deployment.state in ("requested", "waiting", "queued")
    )


def approved_by(request: Request, person: Person) -> bool:
    """Whether this person's approval holds."""
    return any(is_same(each.person, person) for each in request.approvals)


def _same(part: Part, other: Part) -> bool:
    return part.deployment.id == other.deployment.id
