"""Durable memory: every writing method is one transaction, every reading one what people may see."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from msgspec import Struct

from bot.domain.effects import Effect
from bot.domain.events import Event
from bot.domain.values import Seconds
from bot.ports.decisions import Lease, Performed, Recorded, Work
from bot.ports.incoming import Accepted, Incoming, Translated
from bot.ports.upkeep import Choice, Held, LaneRow, ParkedRow


class Unreadable(Exception):
    """Something is stored that this version of the program cannot read; the text says what."""


class DeliveryRow(Struct, frozen=True, kw_only=True):
    """A stored delivery as people see it. `values` are what was compared, where it means nothing here."""

    id: str
    source: str
    event: str
    action: str | None
    received_at: Seconds
    state: Literal["received", "done", "failed"]
    outcome: str | None
    reason: str | None
    subject: str | None = None
    sha: str | None = None
    values: dict[str, Any] = {}


class DeliveryFilter(Struct, frozen=True, kw_only=True):
    """Which deliveries; None = whatever. `about` is a subject, or a SHA of seven digits or more."""

    state: str | None = None
    event: str | None = None
    source: str | None = None
    about: str | None = None
    since: Seconds | None = None


class EventFilter(Struct, frozen=True, kw_only=True):
    """Which events; None = whatever. `since` is when they were recorded."""

    key: str | None = None
    correlation: str | None = None
    delivery: str | None = None
    type: str | None = None
    since: Seconds | None = None


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
    """An effect as people see it. `lane` is its target, whose health `Ledger.lanes` tells."""

    key: str
    kind: str
    state: Literal["pending", "leased", "done", "parked", "discarded"]
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
    lane: str = ""


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
        self,
        limit: int,
        now: Seconds,
        duration: Seconds,
        busy: frozenset[str],
        share: int | None = None,
    ) -> Sequence[Lease]:
        """Lease up to `limit` keys that have due work and are not leased, the oldest work first.

        With `share`, of one owner's keys at most so many at once, those in `busy` included.
        """
        ...

    async def renew(self, held: Sequence[Held], until: Seconds) -> Sequence[Held]:
        """Let leases of keys last until then; gives those that are lost."""
        ...

    async def renew_effects(self, held: Sequence[Held], until: Seconds) -> Sequence[Held]:
        """Let leases of effects last until then; gives those that are lost."""
        ...

    async def hand_back(self, held: Sequence[Held]) -> None:
        """Give leases of keys back, so that the next process need not wait for their end."""
        ...

    async def hand_back_effects(self, held: Sequence[Held], now: Seconds) -> None:
        """Give broken-off attempts back: they are uncertain, and are looked for after a moment."""
        ...

    async def turn_back(self, now: Seconds) -> int:
        """The clock went back: what was written ahead of it waits no longer than it should."""
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
        """Hold the key until then, count an attempt, and release the lease.

        `now` is what counts as the first failure's time, if this is the first.
        """
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

    async def deliveries(self, limit: int, wanted: DeliveryFilter | None = None) -> Sequence[DeliveryRow]:
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

    async def events_like(self, wanted: EventFilter, limit: int = 0) -> Sequence[Event]:
        """List such events in their order; the newest `limit` of them, 0 = all. Raises Unreadable."""
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

    async def lanes(self) -> Sequence[LaneRow]:
        """List what is known of each target's health, also of those that are well again."""
        ...

    async def note_lanes(self, rows: Sequence[LaneRow]) -> None:
        """Keep what is known of targets, unless something newer is known."""
        ...

    async def parked(self, *, discarded: bool = False) -> Sequence[ParkedRow]:
        """List what was given up, or what was discarded of it; the longest parked first."""
        ...

    async def retry_parked(self, choice: Choice, now: Seconds) -> Sequence[ParkedRow]:
        """Let what was given up be tried again, with what belongs to it; gives what that is."""
        ...

    async def discard_parked(self, choice: Choice, by: str, now: Seconds) -> Sequence[ParkedRow]:
        """Give up for good, in somebody's name; gives what that is."""
        ...

    async def backlog(self) -> Mapping[str, int]:
        """Count what waits: deliveries, work, timers, effects, and what was parked."""
        ...

    async def known_deliveries(self, source: str, ids: Sequence[str]) -> Mapping[str, DeliveryRow]:
        """Give the rows of those of a sender's ids that are stored."""
        ...

    async def oldest_delivery(self, source: str) -> Seconds | None:
        """Say when the oldest delivery of a sender that is kept here came; None = there is none."""
        ...

    async def wanted_effects(self, keys: Sequence[str]) -> frozenset[str]:
        """Give those of the keys under which an effect was ever wanted."""
        ...

    async def effect_counts(self) -> Mapping[tuple[str, str], int]:
        """Count the effects that wait, are under way or were given up, by kind and state."""
        ...

    async def mark(self, name: str) -> Seconds | None:
        """Read a point in time that was kept under a name; None = it was never set, or is gone."""
        ...

    async def set_mark(self, name: str, at: Seconds) -> None:
        """Keep a point in time under a name, over restarts."""
        ...

    async def ping(self) -> None:
        """Whether the ledger can store now; raises StoreUnavailable."""
        ...

    async def close(self) -> None:
        """End threads and connections."""
        ...
