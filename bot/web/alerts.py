"""The doors for alerts: who sends one proves it as its product does, and what it says is stored.

Must never decide anything, and never take an alert for which the instance file names no secret.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Literal

from bot.alerts.sender import Forged, Sender, Unreadable
from bot.alerts.table import SENDERS
from bot.domain.alert_events import AlertHeard
from bot.inbox import Answer, Intake, Refused, taken
from bot.ports import Incoming, Meant, Translated

BODY_BYTES_MAX = 1024 * 1024
SOURCE: Literal["alerts"] = "alerts"


class AlertInbox:
    """The door of one product."""

    source = SOURCE
    body_bytes_max = BODY_BYTES_MAX

    def __init__(self, sender: Sender, secrets: tuple[str, ...], intake: Intake) -> None:
        self._sender = sender
        self._secrets = secrets
        self._intake = intake

    @property
    def path(self) -> str:
        """Where it is."""
        return self._sender.path

    def check_headers(self, headers: Mapping[str, str]) -> None:
        """Refuse another content type (415)."""
        if _type_of(headers) not in self._sender.content_types:
            raise Refused(415, f"The content type must be {' or '.join(self._sender.content_types)}.")

    async def take(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Verify, read, store. Raises Refused, StoreUnavailable."""
        now = self._intake.clock.now()
        try:
            self._sender.verify(headers, body, self._secrets, now)
            self._sender.read(body)
        except Forged as error:
            raise Refused(401, str(error)) from error
        except Unreadable as error:
            raise Refused(400, str(error)) from error
        incoming = Incoming(
            source=SOURCE,
            id=f"{self._sender.name}:{self._sender.delivery(headers, body)}",
            event="alert",
            headers={"sender": self._sender.name},
            body=body,
            received_at=now,
        )
        return taken(await self._intake.store(incoming), incoming.id)


def doors(configured: Mapping[str, tuple[str, ...]], intake: Intake) -> tuple[AlertInbox, ...]:
    """Make the doors of the products that have secrets."""
    return tuple(AlertInbox(SENDERS[name], secrets, intake) for name, secrets in configured.items())


def translate_alert(incoming: Incoming) -> Translated:
    """Say what a stored message means: one AlertHeard for each alert. Pure."""
    sender = SENDERS.get(incoming.headers.get("sender", ""))
    if sender is None:
        return Translated(reason="alert_invalid")
    try:
        alerts = sender.read(incoming.body)
    except Unreadable:
        return Translated(reason="alert_invalid")
    if not alerts:
        return Translated(reason="no_alert")
    at = incoming.received_at
    return Translated(
        events=tuple(
            Meant(
                key=f"alert:{each.source}:{sha256(each.id.encode()).hexdigest()[:16]}",
                time=at,
                data=AlertHeard(alert=each, at=at),
            )
            for each in alerts
        ),
        subject=alerts[0].title,
    )


def _type_of(headers: Mapping[str, str]) -> str:
    return headers.get("Content-Type", "").partition(";")[0].strip().lower()
