"""What the tests of the doors share: a ledger in memory, a clock that stands, and how senders sign."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st
from multidict import CIMultiDict

from bot.domain.errors import StoreUnavailable
from bot.inbox import Intake
from bot.ports import Accepted, Incoming
from bot.standard_webhooks import Key, headers_of

NOW = 1_770_000_000.0
GITHUB_SECRET = "It's a Secret to Everybody"
SLACK_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
DEPLOYER_KEY = Key(b"k" * 24)
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)
GITHUB_BODY = b'{"action": "opened", "number": 1}'


@dataclass
class MemoryLedger:
    """Stores as the ledger does: one row for an id, the first body wins."""

    rows: dict[tuple[str, str], Incoming] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    is_down: bool = False
    before_accept: Callable[[], None] = lambda: None

    async def accept(self, incoming: Incoming) -> Accepted:
        self.before_accept()
        if self.is_down:
            raise StoreUnavailable("the disk is full")
        known = self.rows.setdefault((incoming.source, incoming.id), incoming)
        if known is incoming:
            return Accepted("new")
        if incoming.id in self.failed:
            return Accepted("revived")
        return Accepted("duplicate", conflict=known.body != incoming.body)

    @property
    def stored(self) -> list[Incoming]:
        return list(self.rows.values())


class StoppedClock:
    """Stands still until it is set."""

    def __init__(self, now: float = NOW) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


@dataclass
class Hall:
    """A ledger, a clock and an intake that counts how often the worker was woken."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    clock: StoppedClock = field(default_factory=StoppedClock)
    woken: int = 0

    @property
    def intake(self) -> Intake:
        return Intake(self.ledger, self.clock, self._wake)

    def _wake(self) -> None:
        self.woken += 1


def github_headers(body: bytes, secret: str = GITHUB_SECRET, **changes: str | None) -> CIMultiDict[str]:
    """GitHub's headers; `changes` by name with `_` for `-`, None takes one away."""
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "pull_request",
        "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "X-Hub-Signature-256": "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex(),
    }
    return _changed(headers, changes)


def slack_headers(
    body: bytes, timestamp: int = int(NOW), secret: str = SLACK_SECRET, **changes: str | None
) -> CIMultiDict[str]:
    """Slack's headers for a form."""
    signed = b"v0:%d:%s" % (timestamp, body)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": str(timestamp),
        "X-Slack-Signature": "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest(),
    }
    return _changed(headers, changes)


def deployer_headers(
    body: bytes,
    webhook_id: str = "msg_1",
    timestamp: int = int(NOW),
    key: Key = DEPLOYER_KEY,
    **changes: str | None,
) -> CIMultiDict[str]:
    """A deployer's headers."""
    headers = {"Content-Type": "application/json", **headers_of((key,), webhook_id, timestamp, body)}
    return _changed(headers, changes)


def _changed(headers: dict[str, str], changes: dict[str, str | None]) -> CIMultiDict[str]:
    named = CIMultiDict(headers)
    for written, value in changes.items():
        name = written.replace("_", "-")
        named.pop(name, None)
        if value is not None:
            named[name] = value
    return named
