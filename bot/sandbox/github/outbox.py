"""The webhooks that wait to be delivered, and GitHub's log of those that were.

GitHub never tries twice by itself: what failed stays failed until somebody asks for a redelivery, which
carries the same GUID. Deliveries older than three days are gone (documentation: "Redelivering webhooks").
It must never send anything: a shell or a simulation takes what waits here.
"""

import hashlib
import hmac
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

REDELIVERY_WINDOW_SECONDS = 3 * 24 * 3600
LOG_SIZE_MAX = 20_000


@dataclass(slots=True)
class Webhook:
    """One delivery: the exact bytes and headers that go out."""

    guid: str
    event: str
    action: str | None
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    delivery_id: int = 0


@dataclass(slots=True)
class HookDelivery:
    """A line of GitHub's delivery log. `status_code` 0: nobody answered."""

    id: int
    webhook: Webhook
    installation_id: int | None
    repository_id: int | None
    redelivery: bool
    delivered_at: float | None = None
    duration_seconds: float = 0.0
    status_code: int = 0
    status: str = ""


@dataclass(slots=True)
class HeldWebhook:
    """A webhook that is late on purpose: until a time, or until others have gone before it."""

    webhook: Webhook
    until: float | None
    behind: int | None


@dataclass(slots=True)
class Outbox:
    """The queue, oldest first, and what is held back."""

    waiting: deque[Webhook] = field(default_factory=deque)
    held: list[HeldWebhook] = field(default_factory=list)
    queued_total: int = 0

    def __len__(self) -> int:
        return len(self.waiting)

    def __iter__(self) -> Iterator[Webhook]:
        return iter(self.waiting)

    def add(self, webhook: Webhook) -> None:
        """Queues a webhook, and lets go of those that were to come after it."""
        self.waiting.append(webhook)
        self.queued_total += 1
        self._let_go(lambda held: held.behind is not None and held.behind <= self.queued_total)

    def hold(self, webhook: Webhook, *, until: float | None = None, behind: int | None = None) -> None:
        """Keeps a webhook back until a time (epoch seconds), or until `behind` others were queued."""
        position = None if behind is None else self.queued_total + behind
        self.held.append(HeldWebhook(webhook, until, position))

    def release(self, now: float | None = None) -> None:
        """Lets go of what is due at `now`; without a time, of everything."""
        self._let_go(lambda held: now is None or (held.until is not None and held.until <= now))

    def take(self, now: float) -> Webhook | None:
        """The next webhook to deliver, if one is due."""
        self.release(now)
        return self.waiting.popleft() if self.waiting else None

    def drain(self) -> list[Webhook]:
        """Takes everything that waits (not what is held), for callers that deliver by hand."""
        taken = list(self.waiting)
        self.waiting.clear()
        return taken

    def next_release(self) -> float | None:
        """When the next held webhook becomes due, in epoch seconds."""
        return min((held.until for held in self.held if held.until is not None), default=None)

    def _let_go(self, is_due: Callable[[HeldWebhook], bool]) -> None:
        due = [held for held in self.held if is_due(held)]
        if due:
            self.held = [held for held in self.held if held not in due]
            self.waiting.extend(held.webhook for held in due)


@dataclass(slots=True)
class DeliveryLog:
    """GitHub's log of deliveries, by id."""

    entries: dict[int, HookDelivery] = field(default_factory=dict)
    _open: dict[str, list[int]] = field(default_factory=dict, repr=False)

    def open(self, entry: HookDelivery) -> None:
        """Notes an attempt that is about to be made; the oldest are forgotten beyond a limit."""
        self.entries[entry.id] = entry
        self._open.setdefault(entry.webhook.guid, []).append(entry.id)
        if len(self.entries) > LOG_SIZE_MAX:
            self.entries.pop(next(iter(self.entries)))

    def close(self, guid: str, status_code: int | None, duration_seconds: float, now: float) -> None:
        """Records how the oldest open attempt under this GUID ended; None means that nobody answered."""
        pending = self._open.get(guid, [])
        if not pending:
            raise KeyError(f"no open delivery has the GUID {guid}")
        entry = self.entries.get(pending.pop(0))
        if not pending:
            del self._open[guid]
        if entry is None:
            return
        entry.delivered_at = now
        entry.duration_seconds = round(duration_seconds, 2)
        entry.status_code = status_code or 0
        entry.status = _status_text(status_code)

    def unanswered(self) -> list[Webhook]:
        """What was queued and has no answer yet, oldest first; one that goes out twice is there twice."""
        ids = sorted(id for pending in self._open.values() for id in pending if id in self.entries)
        return [self.entries[id].webhook for id in ids]

    def listed(self, now: float) -> list[HookDelivery]:
        """What the API shows, newest first: attempts that were made within the window."""
        return [
            entry
            for entry in reversed(self.entries.values())
            if entry.delivered_at is not None and now - entry.delivered_at <= REDELIVERY_WINDOW_SECONDS
        ]


def sign(secret: str, body: bytes, algorithm: Literal["sha1", "sha256"]) -> str:
    """The signature header's value, as in "Validating webhook deliveries"."""
    return f"{algorithm}={hmac.new(secret.encode(), body, getattr(hashlib, algorithm)).hexdigest()}"


def _status_text(status_code: int | None) -> str:
    if status_code is None:
        return "failed to connect to host"
    return "OK" if 200 <= status_code < 300 else f"Invalid HTTP Response: {status_code}"
