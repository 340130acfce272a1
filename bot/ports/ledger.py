"""Durable memory: every writing method is one transaction, every reading one what people may see."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from msgspec import Struct

from bot.domain.effects import Effect
from bot.domain.events import Event
from bot.domain.values import Seconds
from bot.ports.decisions import Lease, Performed, Recorded, Work
from bot.ports.incoming import Accepted, Incoming, Translated


class Unreadable(Exception):
    """Something is stored that this version of the program cannot read; the text says what."""


class DeliveryRow(Struct, frozen=True, kw_only=True):
    """A stored delivery as people see it."""

    id: str
    source: str
    event: str
    action: str | None
    received_at: Seconds
    state: Literal["received", "done", "failed"]
    outcome: str | None
    reason: str | None
    subject: str | None = None


class OutcomeRow(Struct, frozen=True, kw_only=True):
    """What one reactor made of one event."""

    event: str
    reactor: str
    outcome: str
    reason: str
    values: dict[str, Any]
    facts: Any
    decided_at: Seconds


class WaitRow(Struct, frozen=True, kw_only=True):
    """A decision that could not be made yet, and when it is tried again.

    `reason` None = the event's turn has not come: an earlier one of the same key is what is tried again.
    """

    event: str
    reactor: str
    key: str
    attempts: int
    reason: str | None
    again_at: Seconds


class EffectRow(Struct, frozen=True, kw_only=True):
    """An effect as people see it."""

    key: str
    kind: str
    state: Literal["pending", "leased", "done", "parked"]
    attempts: int
    version: int
    done_version: int
    not_before: Seconds
    reason: str | None
    hint: str | None
    causation: str | None
    correlation: str
    handle: dict[str, Any] | None
    updated_at: Seconds


class Mark(NamedTuple):
    """An event's place, the chain that it belongs to and its key, without what it carries."""

    sequence: int
    correlation: str
    key: str


class Chronicle(Struct, frozen=True, kw_only=True):
    """What is recorded about some correlations: events in their order, with all that goes with them.

    Outcomes come without their facts, which are much and seldom looked at. `unreadable` are the ids of events
    that this version cannot read; `cut` = there are older events, which are left out. `waits` = the
    decisions about these events that are held up.
    """

    events: Sequence[Event]
    outcomes: Sequence[OutcomeRow]
    effects: Sequence[EffectRow]
    deliveries: Sequence[DeliveryRow]
    waits: Sequence[WaitRow] = ()
    unreadable: Sequence[str] = ()
    cut: bool = False


class Ledger(Protocol):
    """Durable memory. Every writing method is one transaction. Raises StoreUnavailable, LeaseLost."""

    async def accept(self, incoming: Incoming) -> Accepted:
        """Store a delivery; returns after its commit. Many waiting callers share one commit."""
        ...

    async def untranslated(self, limit: int) -> Sequence[Incoming]:
        """Give the oldest deliveries that were not translated yet, in the order of their arrival."""
        ...

    async def record_translations(
        self,
        translations: Sequence[tuple[Incoming, Translated | str]],
        reactors: Mapping[str, tuple[str, ...]],
        now: Seconds,
    ) -> None:
        """Store what deliveries mean, in one transaction.

        A `str` instead of a translation is the reason why it could not be translated: the delivery is
        failed with it. `reactors` maps an event type to the names of its reactors.
        """
        ...

    async def lease(
        self, limit: int, now: Seconds, duration: Seconds, busy: frozenset[str]
    ) -> Sequence[Lease]:
        """Lease up to `limit` keys that have due work and are not leased, the oldest work first."""
        ...

    async def record(self, recorded: Recorded, *, release: bool = False) -> int:
        """Commit a decision; gives the state's version after it.

        Raises LeaseLost if the lease's token or version are no longer those that are stored. With `release`
        the lease is given back in the same transaction. The outcome `failed` parks the work: it stays
        visible and can be retried, and the key goes on.
        """
        ...

    async def release(self, lease: Lease) -> None:
        """Give a lease back."""
        ...

    async def postpone(self, lease: Lease, work: Work, until: Seconds, reason: str, now: Seconds) -> None:
        """Hold the key until then, count an attempt, and release the lease."""
        ...

    async def lease_effects(
        self,
        limit: int,
        now: Seconds,
        duration: Seconds,
        busy_lanes: Mapping[str, int],
        lane_limit: Callable[[str], int],
    ) -> Sequence[Effect]:
        """Lease due effects whose parent has its handle, at most `lane_limit(lane)` a lane."""
        ...

    async def finish_effect(
        self, effect: Effect, performed: Performed, reactors: Mapping[str, tuple[str, ...]], now: Seconds
    ) -> None:
        """Record an effect's success with the events that follow. Raises LeaseLost."""
        ...

    async def retry_effect(
        self, effect: Effect, until: Seconds, reason: str, uncertain: bool, now: Seconds
    ) -> None:
        """Try an effect again later."""
        ...

    async def park_effect(
        self, effect: Effect, reason: str, hint: str, reactors: Mapping[str, tuple[str, ...]], now: Seconds
    ) -> None:
        """Give up on an effect (and on those that wait for it) and tell its owner by EffectParked."""
        ...

    async def next_due(self, now: Seconds) -> Seconds | None:
        """When the next key can be leased or the next effect falls due; None = nothing waits for a time.

        An effect that is due already is not counted: it waits for room in its lane.
        """
        ...

    async def recover(self, now: Seconds) -> int:
        """At the start of the only process: take back every lease; effects under way are uncertain."""
        ...

    async def state(self, key: str) -> Any:
        """Read a key's state (a fact for reactors of other keys); None = nothing yet."""
        ...

    async def states(self, prefix: str) -> Mapping[str, Any]:
        """Read the states whose key begins so."""
        ...

    async def locate(self, alias: str) -> Sequence[str]:
        """Find the keys that an alias leads to (`r-…`, `d-…`, a SHA or its first 7 characters or more)."""
        ...

    async def deliveries(self, limit: int) -> Sequence[DeliveryRow]:
        """List deliveries, the newest first; 0 = all."""
        ...

    async def delivery(self, id: str) -> tuple[DeliveryRow, Incoming] | None:
        """Read one delivery with its body."""
        ...

    async def events(
        self,
        *,
        limit: int = 0,
        key: str | None = None,
        correlation: str | None = None,
        delivery: str | None = None,
        type: str | None = None,
    ) -> Sequence[Event]:
        """List events in their order; the newest `limit` of them, 0 = all. Raises Unreadable."""
        ...

    async def event(self, id: str) -> Event | None:
        """Read one event. Raises Unreadable."""
        ...

    async def marks(self, limit: int, *, before: int | None = None, key: str | None = None) -> Sequence[Mark]:
        """Say where the newest events stand (those before a place, those of a key), the newest first."""
        ...

    async def chronicle(
        self, correlations: Sequence[str], keys: Sequence[str] = (), *, limit: int
    ) -> Chronicle:
        """Read at once what is recorded about correlations, and about those in which one of the keys occurs.

        Of all these events, the newest `limit`.
        """
        ...

    async def history(self, key: str) -> Sequence[Event]:
        """List the events that made a key's state, in the order in which they were applied."""
        ...

    async def outcomes(self, event: str) -> Sequence[OutcomeRow]:
        """List what the reactors made of an event."""
        ...

    async def effects(
        self, *, causation: str | None = None, correlation: str | None = None, state: str | None = None
    ) -> Sequence[EffectRow]:
        """List effects."""
        ...

    async def backlog(self) -> Mapping[str, int]:
        """Count what waits: deliveries, work, timers, effects, and what was parked."""
        ...

    async def ping(self) -> None:
        """Whether the ledger can store now; raises StoreUnavailable."""
        ...

    async def close(self) -> None:
        """End threads and connections."""
        ...
