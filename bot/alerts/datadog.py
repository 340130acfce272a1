"""Datadog ("Webhooks" integration): a payload of our own, and a bearer token as custom header.

Payload: `{"id": "$ALERT_ID", "title": "$EVENT_TITLE", "transition": "$ALERT_TRANSITION", "tags": "$TAGS",
"url": "$LINK", "scope": "$ALERT_SCOPE"}`. Tags such as `env:prod` are the labels.
"""

import msgspec
from msgspec import Struct

from bot.alerts.sender import (
    ID_CHARS_MAX,
    Sender,
    Unreadable,
    bearer,
    by_content,
    labels_of,
    title_of,
)
from bot.domain.alerts import Alert
from bot.messages.escaping import web_address

OVER = frozenset({"Recovered", "Warn Recovered", "No Data Recovered"})
BEGUN = frozenset({"Triggered", "Re-Triggered"})


class MessageShape(Struct, frozen=True):
    """A message, as the payload above makes it."""

    id: str
    transition: str
    title: str | None = None
    tags: str = ""
    scope: str = ""
    url: str | None = None


def read(body: bytes) -> tuple[Alert, ...]:
    """Read a transition; warnings and missing data mean nothing. Raises Unreadable."""
    try:
        message = msgspec.json.decode(body, type=MessageShape)
    except msgspec.MsgspecError as error:
        raise Unreadable(
            f"This is not the payload for Datadog's webhook that the docs give: {error}."
        ) from error
    if message.transition not in OVER | BEGUN:
        return ()
    tags = (each.strip().partition(":") for each in message.tags.split(","))
    return (
        Alert(
            source="datadog",
            id=f"{message.id} {message.scope}".strip()[:ID_CHARS_MAX],
            title=title_of(message.title),
            state="resolved" if message.transition in OVER else "firing",
            labels=labels_of({name: value for name, _, value in tags if name}),
            url=web_address(message.url),
        ),
    )


SENDER = Sender("datadog", "/webhooks/alerts/datadog", bearer, by_content, read)
