"""Sentry ("Integration Platform", webhooks): signed by `Sentry-Hook-Signature`; issue and metric alerts."""

import msgspec
from msgspec import Struct

from bot.alerts.sender import (
    ID_CHARS_MAX,
    Forged,
    Headers,
    Sender,
    Unreadable,
    by_content,
    hex_digest,
    is_any,
    labels_of,
    title_of,
)
from bot.domain.alerts import Alert
from bot.domain.values import Seconds
from bot.messages.escaping import web_address

BEGUN = frozenset({"triggered", "critical"})


class IssueEventShape(Struct, frozen=True):
    """The event that an issue alert is about ("Issue Alerts")."""

    issue_id: str
    title: str | None = None
    web_url: str | None = None
    environment: str | None = None
    tags: list[tuple[str, str]] = []


class RuleShape(Struct, frozen=True):
    """The rule of a metric alert."""

    name: str | None = None
    environment: str | None = None


class MetricAlertShape(Struct, frozen=True):
    """A metric alert ("Metric Alerts")."""

    id: str
    title: str | None = None
    alert_rule: RuleShape | None = None
    projects: list[str] = []


class DataShape(Struct, frozen=True):
    """Either of both."""

    event: IssueEventShape | None = None
    metric_alert: MetricAlertShape | None = None
    web_url: str | None = None


class MessageShape(Struct, frozen=True):
    """A message."""

    action: str
    data: DataShape


def verify(headers: Headers, body: bytes, secrets: tuple[str, ...], _now: Seconds) -> None:
    """Compare the signature, the HMAC-SHA256 of the body. Raises Forged."""
    if not is_any([headers.get("Sentry-Hook-Signature", "")], [hex_digest(each, body) for each in secrets]):
        raise Forged("`Sentry-Hook-Signature` is not made with the client secret.")


def delivery(headers: Headers, body: bytes) -> str:
    """Know a message by its `Request-ID`, else by its content."""
    return headers.get("Request-ID", "")[:100] or by_content(headers, body)


def read(body: bytes) -> tuple[Alert, ...]:
    """Read an alert; other resources and warnings mean nothing. Raises Unreadable."""
    try:
        message = msgspec.json.decode(body, type=MessageShape)
    except msgspec.MsgspecError as error:
        raise Unreadable(f"This is no message of Sentry's integration platform: {error}.") from error
    over, data = message.action == "resolved", message.data
    if not over and message.action not in BEGUN:
        return ()
    if data.event is not None:
        return (_of_issue(data.event, over=over),)
    return () if data.metric_alert is None else (_of_metric(data.metric_alert, data.web_url, over=over),)


def _of_issue(event: IssueEventShape, *, over: bool) -> Alert:
    tags = dict(event.tags) | ({"environment": event.environment} if event.environment else {})
    return Alert(
        source="sentry",
        id=f"issue {event.issue_id}"[:ID_CHARS_MAX],
        title=title_of(event.title),
        state="resolved" if over else "firing",
        labels=labels_of(tags),
        url=web_address(event.web_url),
        may_act=True,
    )


def _of_metric(alert: MetricAlertShape, url: str | None, *, over: bool) -> Alert:
    rule = alert.alert_rule or RuleShape()
    labels = {"rule": rule.name, "environment": rule.environment}
    labels |= {"project": alert.projects[0], "service": alert.projects[0]} if len(alert.projects) == 1 else {}
    return Alert(
        source="sentry",
        id=f"metric {alert.id}"[:ID_CHARS_MAX],
        title=title_of(alert.title),
        state="resolved" if over else "firing",
        labels=labels_of(labels),
        url=web_address(url),
        may_act=True,
    )


SENDER = Sender("sentry", "/webhooks/alerts/sentry", verify, delivery, read)
