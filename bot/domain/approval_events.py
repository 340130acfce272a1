"""What people say of a request that waits for them. Stands beside `events`, whose list names these too.

An approval belongs to the request, and so to its commits and parameters, which never change: another commit
is another request, for which nobody has said anything yet.
"""

from bot.domain.event_data import EventData
from bot.domain.values import Person, Seconds


class ApprovalGiven(EventData, frozen=True, kw_only=True):
    """Somebody agreed to a request."""

    TYPE = "approval.given"
    request: str
    person: Person
    at: Seconds


class ApprovalWithdrawn(EventData, frozen=True, kw_only=True):
    """Somebody took their approval back before the request started."""

    TYPE = "approval.withdrawn"
    request: str
    person: Person
    at: Seconds


class RequestRejected(EventData, frozen=True, kw_only=True):
    """Somebody who may approve a request refused it: what has not started of it ends."""

    TYPE = "request.rejected"
    request: str
    person: Person
    at: Seconds
    because: str | None = None
