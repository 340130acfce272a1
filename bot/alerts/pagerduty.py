"""PagerDuty ("Webhooks Overview", V3): signed by `X-PagerDuty-Signature`, one event of an incident each."""

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
    time_of,
    title_of,
)
from bot.domain.alerts import LABEL_CHARS_MAX, Alert
from bot.domain.values import Seconds
from bot.messages.escaping import web_address

STATES = {"incident.triggered": "firing", "incident.reopened": "firing", "incident.resolved": "resolved"}


class ReferenceShape(Struct, frozen=True):
    """A service or a priority: its id, and what people call it."""

    id: str
    summary: str | None = None


class IncidentShape(Struct, frozen=True):
    """The incident."""

    id: str
    title: str | None = None
    html_url: str | None = None
    urgency: str | None = None
    created_at: str | None = None
    service: ReferenceShape | None = None


class OccurrenceShape(Struct, frozen=True):
    """What happened to it."""

    event_type: str
    data: msgspec.Raw


class MessageShape(Struct, frozen=True):
    """A message."""

    event: OccurrenceShape


def verify(headers: Headers, body: bytes, secrets: tuple[str, ...], _now: Seconds) -> None:
    """Compare the signatures, `v1=` + HMAC-SHA256 each ("Verifying Signatures"). Raises Forged."""
    given = [each.strip() for each in headers.get("X-PagerDuty-Signature", "").split(",")[:20]]
    if not is_any(given, [f"v1={hex_digest(secret, body)}" for secret in secrets]):
        raise Forged("`X-PagerDuty-Signature` is not made with the shared secret.")


def read(body: bytes) -> tuple[Alert, ...]:
    """Read an incident that began, began again or is over; other events mean nothing. Raises Unreadable."""
    try:
        event = msgspec.json.decode(body, type=MessageShape).event
        if event.event_type not in STATES:
            return ()
        incident = msgspec.json.decode(event.data, type=IncidentShape)
    except msgspec.MsgspecError as error:
        raise Unreadable(f"This is no message of PagerDuty's V3 webhooks: {error}.") from error
    return (_alert(incident, STATES[event.event_type]),)


def _alert(incident: IncidentShape, state: str) -> Alert:
    service = incident.service
    named = {
        "service": service.summary if service else None,
        "service_id": service.id if service else None,
        "urgency": incident.urgency,
    }
    return Alert(
        source="pagerduty",
        id=incident.id[:ID_CHARS_MAX],
        title=title_of(incident.title),
        state="resolved" if state == "resolved" else "firing",
        labels={name: value[:LABEL_CHARS_MAX] for name, value in named.items() if value},
        began_at=time_of(incident.created_at),
        url=web_address(incident.html_url),
        may_act=True,
    )


SENDER = Sender("pagerduty", "/webhooks/alerts/pagerduty", verify, by_content, read)
