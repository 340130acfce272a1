"""What is heard of alerts. Stands beside `events`, whose list names these too."""

from bot.domain.alerts import Alert
from bot.domain.event_data import EventData
from bot.domain.values import Seconds


class AlertHeard(EventData, frozen=True, kw_only=True):
    """An alert came in; which deployments it concerns is decided by its labels."""

    TYPE = "alert.heard"
    alert: Alert
    at: Seconds


class AlertRaised(EventData, frozen=True, kw_only=True):
    """An alert concerns what runs in a slot, or is over. `alone` = it concerns one repository only."""

    TYPE = "alert.raised"
    alert: Alert
    at: Seconds
    alone: bool = True


class AlertNoted(EventData, frozen=True, kw_only=True):
    """An alert was added to what is known of a deployment."""

    TYPE = "alert.noted"
    deployment: str
    alert: Alert
    at: Seconds
