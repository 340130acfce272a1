"""Products that send alerts, as a bot hears them: each with its own message and its own proof.

`Watcher` is one of them that people can set off, `Alarms` carries to the bot what it says.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.sandbox.deployer.signing import signed_headers

SECRET = "whsec_" + base64.b64encode(b"a secret of simulated products 1").decode()
"""What all of them share with the bot."""
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Message:
    """A request on its way to the bot."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Alarm:
    """Something is wrong, or is over. `name` is the alert's id with its product."""

    title: str
    labels: Mapping[str, str]
    began_at: float
    now: float
    name: str = "a1"
    over: bool = False
    more: dict[str, Any] = field(default_factory=dict)


def alertmanager(alarm: Alarm) -> Message:
    """Prometheus Alertmanager's `webhook_config` with a bearer token."""
    alert = {
        "status": "resolved" if alarm.over else "firing",
        "labels": {"alertname": alarm.title, **alarm.labels},
        "annotations": {"summary": alarm.title},
        "startsAt": _rfc3339(alarm.began_at),
        "endsAt": _rfc3339(alarm.now) if alarm.over else "0001-01-01T00:00:00Z",
        "generatorURL": "https://prom.example.com/graph?g0.expr=errors",
        "fingerprint": alarm.name,
    }
    group = {"version": "4", "groupKey": "{}:{}", "status": alert["status"], "alerts": [alert]}
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": JSON}
    return Message("/webhooks/alerts/alertmanager", headers, _body(group | alarm.more))


def cloudevents(alarm: Alarm) -> Message:
    """A structured CloudEvent, signed by Standard Webhooks headers."""
    event = {
        "specversion": "1.0",
        "id": f"{alarm.name}-{alarm.now}",
        "source": "//watcher.example.com",
        "type": f"pointsman.alert.{'resolved' if alarm.over else 'raised'}",
        "subject": alarm.name,
        "time": _rfc3339(alarm.began_at),
        "data": {"labels": dict(alarm.labels), "title": alarm.title, "url": "https://watcher.example.com/a1"},
    }
    body = _body(event | alarm.more)
    signed = signed_headers(SECRET, f"msg-{alarm.name}-{alarm.now}", int(alarm.now), body)
    return Message("/events", {"Content-Type": "application/cloudevents+json", **signed}, body)


def pagerduty(alarm: Alarm) -> Message:
    """PagerDuty's V3 webhook."""
    incident = {
        "id": alarm.name,
        "type": "incident",
        "title": alarm.title,
        "html_url": "https://acme.pagerduty.com/incidents/a1",
        "created_at": _rfc3339(alarm.began_at),
        "urgency": "high",
        "service": {"id": "PSHOP", "type": "service_reference", "summary": alarm.labels.get("service")},
    }
    kind = "incident.resolved" if alarm.over else "incident.triggered"
    event = {"id": f"{alarm.name}-{alarm.now}", "event_type": kind, "resource_type": "incident"}
    body = _body({"event": {**event, "occurred_at": _rfc3339(alarm.now), "data": incident}} | alarm.more)
    headers = {"Content-Type": JSON, "X-PagerDuty-Signature": f"v1={_digest(body)}"}
    return Message("/webhooks/alerts/pagerduty", headers, body)


def datadog(alarm: Alarm) -> Message:
    """Datadog's webhook with the payload that docs/alerts.md gives."""
    message = {
        "id": alarm.name,
        "title": alarm.title,
        "transition": "Recovered" if alarm.over else "Triggered",
        "tags": ",".join(f"{name}:{value}" for name, value in alarm.labels.items()),
        "url": "https://app.datadoghq.com/monitors/1",
        "date": str(int(alarm.now * 1_000)),
    }
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": JSON}
    return Message("/webhooks/alerts/datadog", headers, _body(message | alarm.more))


def sentry(alarm: Alarm) -> Message:
    """An issue alert of Sentry's integration platform."""
    event = {
        "issue_id": alarm.name,
        "title": alarm.title,
        "web_url": "https://sentry.io/organizations/acme/issues/1/",
        "environment": alarm.labels.get("environment"),
        "tags": [[name, value] for name, value in alarm.labels.items()],
    }
    action = "resolved" if alarm.over else "triggered"
    body = _body({"action": action, "data": {"event": event, "triggered_rule": "errors"}} | alarm.more)
    headers = {
        "Content-Type": JSON,
        "Sentry-Hook-Resource": "event_alert",
        "Sentry-Hook-Signature": _digest(body),
        "Request-ID": f"{alarm.name}{alarm.now}",
    }
    return Message("/webhooks/alerts/sentry", headers, body)


SENDERS = {
    "alertmanager": alertmanager,
    "cloudevents": cloudevents,
    "pagerduty": pagerduty,
    "datadog": datadog,
    "sentry": sentry,
}


def _rfc3339(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def _body(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


def _digest(body: bytes) -> str:
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


SEND_SECONDS, AGAIN_SECONDS, TRIES_MAX = 5.0, 1.0, 60


@dataclass(slots=True)
class Watcher:
    """Something that watches `api` in production; `to_be_sent` is what the bot has not taken yet."""

    clock: Callable[[], float]
    began_at: float | None = None
    to_be_sent: list[Message] = field(default_factory=list)
    listeners: list[Callable[[], None]] = field(default_factory=list)
    _number: int = 0

    @property
    def fires(self) -> bool:
        """Whether its alert is on."""
        return self.began_at is not None

    def fire(self) -> None:
        """Something is wrong."""
        if not self.fires:
            self._number += 1
            self.began_at = self.clock()
            self._say(self.began_at, over=False)

    def end(self) -> None:
        """It is well again."""
        if self.began_at is not None:
            self._say(self.began_at, over=True)
            self.began_at = None

    def _say(self, began_at: float, *, over: bool) -> None:
        labels = {"service": "api", "environment": "production"}
        alarm = Alarm("5xx answers above 2 %", labels, began_at, self.clock(), f"errors-{self._number}", over)
        self.to_be_sent.append(cloudevents(alarm))
        for listener in list(self.listeners):
            listener()


class Alarms:
    """Carries what a watcher says to a bot, in order, and again until it is taken."""

    def __init__(self, watcher: Watcher, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._watcher = watcher
        self._sleep = sleep
        self._url: str | None = None
        self._task: asyncio.Task[None] | None = None
        watcher.listeners.append(self._go)

    def deliver_to(self, url: str | None) -> None:
        """Send to the bot there; None = nobody is there, and what is said waits."""
        self._url = url
        self._go()

    async def close(self) -> None:
        """Send nothing more."""
        self._watcher.listeners.remove(self._go)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _go(self) -> None:
        if self._url is not None and self._watcher.to_be_sent and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._carry())

    async def _carry(self) -> None:
        async with ClientSession(timeout=ClientTimeout(total=SEND_SECONDS)) as session:
            for _ in range(TRIES_MAX):
                if self._url is None or not self._watcher.to_be_sent:
                    return
                if await self._is_taken(session, self._url, self._watcher.to_be_sent[0]):
                    del self._watcher.to_be_sent[0]
                else:
                    await self._sleep(AGAIN_SECONDS)

    async def _is_taken(self, session: ClientSession, url: str, message: Message) -> bool:
        try:
            async with session.post(url + message.path, data=message.body, headers=message.headers) as answer:
                return answer.status < 500
        except (ClientError, TimeoutError):
            return False
