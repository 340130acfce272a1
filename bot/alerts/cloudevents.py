"""CloudEvents 1.0 over HTTP, structured and batched, signed by Standard Webhooks headers.

Binary mode is refused: its attributes stand in headers, which the signature does not cover.
Types: `pointsman.alert.raised` and `pointsman.alert.resolved`; data: `labels`, `title`, `url`.
"""

from typing import Any

import msgspec
from msgspec import Struct

from bot.alerts.sender import (
    ID_CHARS_MAX,
    Forged,
    Headers,
    Sender,
    Unreadable,
    labels_of,
    time_of,
    title_of,
)
from bot.domain.alerts import Alert
from bot.domain.values import Seconds
from bot.messages.escaping import web_address
from bot.standard_webhooks import Key, NotVerified, signed_headers
from bot.standard_webhooks import verify as verify_signature

RAISED, RESOLVED = "pointsman.alert.raised", "pointsman.alert.resolved"
EVENTS_MAX = 100


class DataShape(Struct, frozen=True):
    """What an alert's event says."""

    labels: dict[str, Any] = {}
    title: str | None = None
    url: str | None = None


class EventShape(Struct, frozen=True):
    """The envelope (CloudEvents 1.0, "Required Attributes"); `subject` names the alert, else `id`."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str | None = None
    time: str | None = None
    data: DataShape = DataShape()


def verify(headers: Headers, body: bytes, secrets: tuple[str, ...], now: Seconds) -> None:
    """Check the Standard Webhooks signature. Raises Forged."""
    try:
        verify_signature([Key.parse(secret) for secret in secrets], signed_headers(headers), body, now)
    except NotVerified as error:
        raise Forged(f"The request is not signed: {error}.") from error


def delivery(headers: Headers, _body: bytes) -> str:
    """Know a message by its `webhook-id`."""
    return headers.get("webhook-id", "")


def read(body: bytes) -> tuple[Alert, ...]:
    """Read one event or a batch; other types mean nothing. Raises Unreadable."""
    try:
        decoded = msgspec.json.decode(body, type=list[EventShape] | EventShape)
    except msgspec.MsgspecError as error:
        raise Unreadable(f"This is no structured or batched CloudEvent: {error}.") from error
    events = decoded if isinstance(decoded, list) else [decoded]
    if len(events) > EVENTS_MAX:
        raise Unreadable(f"A batch has at most {EVENTS_MAX} events.")
    if any(each.specversion != "1.0" for each in events):
        raise Unreadable("The specversion must be 1.0.")
    return tuple(_alert(each) for each in events if each.type in (RAISED, RESOLVED))


def _alert(shape: EventShape) -> Alert:
    return Alert(
        source="cloudevents",
        id=f"{shape.source} {shape.subject or shape.id}"[:ID_CHARS_MAX],
        title=title_of(shape.data.title),
        state="resolved" if shape.type == RESOLVED else "firing",
        labels=labels_of(shape.data.labels),
        began_at=time_of(shape.time),
        url=web_address(shape.data.url),
        may_act=True,
    )


SENDER = Sender(
    "cloudevents",
    "/events",
    verify,
    delivery,
    read,
    ("application/cloudevents+json", "application/cloudevents-batch+json"),
)
