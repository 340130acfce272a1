"""What somebody asked for: the story that one comment and one Slack message tell.

A request holds one deployment for each service. Its picture of a deployment is whatever the slot said
last; it decides nothing itself.
"""

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.deployment import WENT_WRONG, Deployment, State
from bot.domain.events import EventData, Live, Prompt, RequestMade, RequestProgressed


class Part(Struct, frozen=True):
    """One deployment of a request as the slot described it last."""

    deployment: Deployment
    position: int | None = None
    prompt: Prompt | None = None
    live: Live | None = None


class Request(Struct, frozen=True):
    """A request: how it was made, and how far its parts have come."""

    made: RequestMade
    parts: tuple[Part, ...] = ()

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
    return request


def _same(part: Part, other: Part) -> bool:
    return part.deployment.id == other.deployment.id
