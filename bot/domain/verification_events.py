"""What happens after a deployer said "done". Stands beside `events`, whose list names these too."""

from bot.domain.event_data import EventData
from bot.domain.values import Report, Seconds


class VerificationBegun(EventData, frozen=True, kw_only=True):
    """Its deployer is done, and what was deployed is watched; `report` is what the deployer said."""

    TYPE = "verification.begun"
    deployment: str
    report: Report
    at: Seconds


class ProbeDue(EventData, frozen=True, kw_only=True):
    """A probe of a verification is to be taken; `place` None = its time is over."""

    TYPE = "verification.due"
    deployment: str
    attempt: int
    place: int | None = None


class ProbeTaken(EventData, frozen=True, kw_only=True):
    """A probe was taken; `good` None = it told nothing. `said` is what was seen."""

    TYPE = "verification.sampled"
    deployment: str
    attempt: int
    place: int
    good: bool | None
    said: str
    at: Seconds


class VerificationInconclusive(EventData, frozen=True, kw_only=True):
    """Nobody can tell from the probes whether it is good: a person is asked."""

    TYPE = "verification.inconclusive"
    deployment: str
    because: str
    at: Seconds


class RollbackDue(EventData, frozen=True, kw_only=True):
    """Nobody decided about what went wrong, or nobody is to be asked: it is rolled back by itself.

    `at` is the moment that its prompt named; another one there now = this is no longer due.
    """

    TYPE = "rollback.due"
    deployment: str
    at: Seconds | None = None
