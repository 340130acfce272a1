"""What every door for webhooks shares: a verified request is stored first and acknowledged afterwards.

A sender that gets a 2xx from us may forget what it sent, so no answer may be made before the commit. What
is wrong with a request is said in one sentence; nothing that needs a secret is said before the signature
was checked. Nothing here knows aiohttp or a vendor's JSON: the web hands in headers and bytes.
"""

from collections.abc import Callable, Mapping
from typing import Literal, Protocol

import msgspec
import structlog
from msgspec import Struct

from bot.domain.errors import StoreUnavailable
from bot.ports import Accepted, Clock, Incoming

_log = structlog.get_logger(__name__)

StoredState = Literal["stored", "duplicate", "revived"]
RETRY_AFTER_SECONDS = 10

_NAMES: Mapping[str, StoredState] = {"new": "stored", "duplicate": "duplicate", "revived": "revived"}


class Answer(Struct, frozen=True, kw_only=True):
    """What the sender is told. `stored` says what storing found; None = nothing was to be stored.

    `delivery` is the sender's id of what was stored, for the log.
    """

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = {}
    stored: StoredState | None = None
    delivery: str | None = None


class Refused(Exception):
    """The request is not taken; `reason` is one sentence for whoever set up the sender."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = headers or {}

    def answer(self) -> Answer:
        """Give the refusal as an answer."""
        body = msgspec.json.encode({"error": self.reason})
        return Answer(status=self.status, body=body, headers=self.headers)


class Accepts(Protocol):
    """The part of the ledger that a door needs."""

    async def accept(self, incoming: Incoming) -> Accepted:
        """Store a delivery; returns after its commit. Raises StoreUnavailable."""
        ...


class Inbox(Protocol):
    """One sender's door. The names in `headers` are compared without regard to case."""

    @property
    def source(self) -> str:
        """Whose door it is."""
        ...

    @property
    def body_bytes_max(self) -> int:
        """The largest body that is read."""
        ...

    def check_headers(self, headers: Mapping[str, str]) -> None:
        """Refuse what needs no body to be refused. Raises Refused."""
        ...

    async def take(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Verify, store, answer. Raises Refused, StoreUnavailable."""
        ...


class Intake:
    """Stores what a door has verified, and wakes the worker.

    `refused` counts what could not be stored: its sender keeps it, and has to be asked for it.
    """

    def __init__(self, ledger: Accepts, clock: Clock, on_stored: Callable[[], None]) -> None:
        self._ledger = ledger
        self._on_stored = on_stored
        self.clock = clock
        self.refused = 0

    async def store(self, incoming: Incoming) -> StoredState:
        """Store durably; a duplicate changes nothing. Raises StoreUnavailable."""
        try:
            accepted = await self._ledger.accept(incoming)
        except StoreUnavailable:
            self.refused += 1
            raise
        if accepted.conflict:
            _log.warning("delivery_id_reused_with_another_body", source=incoming.source, delivery=incoming.id)
        if accepted.state != "duplicate":
            self._on_stored()
        return _NAMES[accepted.state]


def taken(state: StoredState, delivery: str) -> Answer:
    """The 202 of a delivery that is stored durably, now or earlier."""
    return Answer(status=202, body=_TAKEN[state], stored=state, delivery=delivery)


def is_json(headers: Mapping[str, str]) -> bool:
    """Whether the body is declared as JSON; parameters such as a character set do not matter."""
    return headers.get("Content-Type", "").partition(";")[0].strip().lower() == "application/json"


_TAKEN: Mapping[StoredState, bytes] = {
    state: msgspec.json.encode({"state": state}) for state in _NAMES.values()
}
