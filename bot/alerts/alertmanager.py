"""Prometheus Alertmanager ("Configuration", `webhook_config`): version 4 messages, a bearer token."""

import msgspec
from msgspec import Struct

from bot.alerts.sender import (
    ID_CHARS_MAX,
    Sender,
    Unreadable,
    bearer,
    by_content,
    labels_of,
    time_of,
    title_of,
)
from bot.domain.alerts import Alert
from bot.messages.escaping import web_address

ALERTS_MAX = 500


class AlertShape(Struct, frozen=True, rename="camel"):
    """One alert of a group."""

    status: str
    fingerprint: str
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    starts_at: str | None = None
    generator_url: str | None = msgspec.field(default=None, name="generatorURL")


class GroupShape(Struct, frozen=True, rename="camel"):
    """A message: alerts that are grouped."""

    alerts: list[AlertShape]


def read(body: bytes) -> tuple[Alert, ...]:
    """Read a group. Raises Unreadable."""
    try:
        group = msgspec.json.decode(body, type=GroupShape)
    except msgspec.MsgspecError as error:
        raise Unreadable(f"This is no message of Alertmanager's webhook: {error}.") from error
    return tuple(_alert(each) for each in group.alerts[:ALERTS_MAX])


def _alert(shape: AlertShape) -> Alert:
    name = shape.annotations.get("summary") or shape.labels.get("alertname")
    return Alert(
        source="alertmanager",
        id=shape.fingerprint[:ID_CHARS_MAX],
        title=title_of(name),
        state="resolved" if shape.status == "resolved" else "firing",
        labels=labels_of(shape.labels),
        began_at=time_of(shape.starts_at),
        url=web_address(shape.generator_url),
    )


SENDER = Sender("alertmanager", "/webhooks/alerts/alertmanager", bearer, by_content, read)
