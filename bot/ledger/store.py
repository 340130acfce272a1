"""The ledger that everybody is handed: each method of the port, as an operation for the executor.

What can be prepared (compressing a body) is prepared here, in the caller, so that the one who writes
does not keep others waiting. Nothing is decided here.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.effects import Effect
from bot.domain.erasure import Erased
from bot.domain.events import Event
from bot.domain.values import Seconds
from bot.ledger import (
    chronicles,
    deliveries,
    effects,
    erasing,
    lanes,
    parked,
    queues,
    reading,
    recovery,
    schema,
    turning_back,
)
from bot.ledger import work as stored_work
from bot.ledger.execution import Executor
from bot.ledger.past import Past
from bot.ledger.retelling import Retold
from bot.ports import (
    Accepted,
    Choice,
    Chronicle,
    DeliveryFilter,
    DeliveryRow,
    EffectRow,
    EventFilter,
    Held,
    Incoming,
    LaneRow,
    Lease,
    Mark,
    OutcomeRow,
    ParkedRow,
    Performed,
    Recorded,
    Translated,
    Work,
)

_TOUCH = sa.insert(schema.aliases)
_UNTOUCH = sa.delete(schema.aliases).where(schema.aliases.c.alias == "ping", schema.aliases.c.key == "ping")


def random_token() -> str:
    """Give a word that no other lease has."""
    return secrets.token_hex(8)


def _nothing() -> None:
    """There is no lock to give back, or nobody to tell."""


class SqlLedger(Past, Retold):
    """Durable memory in an SQL database.

    `on_change` is called after each commit that people may see something of: a delivery, a decision, an
    effect. It is called by this process for what this process wrote, and must be quick.
    """

    def __init__(
        self, executor: Executor, token: Callable[[], str], on_close: Callable[[], None] = _nothing
    ) -> None:
        self._executor = executor
        self._token = token
        self._on_close = on_close
        self.on_change: Callable[[], None] = _nothing

    async def accept(self, incoming: Incoming) -> Accepted:
        """Store a delivery; returns after its commit."""
        accepted = await self._executor.write_grouped(deliveries.accept, deliveries.encode(incoming))
        self.on_change()
        return accepted

    async def untranslated(self, limit: int) -> Sequence[Incoming]:
        """Give the oldest deliveries that were not translated yet, in the order of their arrival."""
        found, damaged = await self._executor.read(
            lambda connection: deliveries.untranslated(connection, limit)
        )
        if damaged:  # said at once, so that they stand in nobody's way
            await self.record_translations(damaged, {}, now=0.0)  # what failed has no time of translation
        return found

    async def record_translations(
        self,
        translations: Sequence[tuple[Incoming, Translated | str]],
        reactors: Mapping[str, tuple[str, ...]],
        now: Seconds,
    ) -> None:
        """Store what deliveries mean, in one transaction."""
        await self._executor.write(
            lambda connection: deliveries.record_translations(connection, translations, reactors, now)
        )
        self.on_change()

    async def lease(
        self,
        limit: int,
        now: Seconds,
        duration: Seconds,
        busy: frozenset[str],
        share: int | None = None,
    ) -> Sequence[Lease]:
        """Lease up to `limit` keys that have due work and are not leased, the oldest work first."""

        def operation(connection: Connection) -> Sequence[Lease]:
            keys = queues.leasable(connection, limit, now, busy, share)
            return stored_work.lease(connection, keys, now + duration, self._token, now)

        return await self._executor.write(operation)

    async def record(self, recorded: Recorded, *, release: bool = False) -> int:
        """Commit a decision, and with `release` give the lease back in the same transaction."""
        version = await self._executor.write(
            lambda connection: stored_work.record(connection, recorded, release)
        )
        self.on_change()
        return version

    async def release(self, lease: Lease) -> None:
        """Give a lease back."""
        await self._executor.write(lambda connection: stored_work.release(connection, lease))

    async def postpone(self, lease: Lease, work: Work, until: Seconds, reason: str, now: Seconds) -> None:
        """Hold the key until then, count an attempt, and release the lease."""
        hold = stored_work.Hold(until, reason)
        await self._executor.write(
            lambda connection: stored_work.postpone(connection, lease, work, hold, now)
        )
        self.on_change()

    async def lease_effects(
        self,
        limit: int,
        now: Seconds,
        duration: Seconds,
        busy_lanes: Mapping[str, int],
        lane_limit: Callable[[str], int],
    ) -> Sequence[Effect]:
        """Lease due effects whose parent has its handle, at most `lane_limit(lane)` a lane."""
        capacity = effects.Capacity(
            limit=limit, duration=duration, busy_lanes=dict(busy_lanes), lane_limit=lane_limit
        )
        leased = await self._executor.write(
            lambda connection: effects.lease(connection, capacity, self._token, now)
        )
        if leased:
            self.on_change()
        return leased

    async def finish_effect(
        self, effect: Effect, performed: Performed, reactors: Mapping[str, tuple[str, ...]], now: Seconds
    ) -> None:
        """Record an effect's success with the events that follow. Raises LeaseLost."""
        await self._executor.write(
            lambda connection: effects.finish(connection, effect, performed, reactors, now)
        )
        self.on_change()

    async def retry_effect(
        self, effect: Effect, until: Seconds, reason: str, uncertain: bool, now: Seconds
    ) -> None:
        """Try an effect again later. Raises LeaseLost."""
        setback = effects.Setback(reason, until, uncertain)
        await self._executor.write(lambda connection: effects.retry(connection, effect, setback, now))
        self.on_change()

    async def park_effect(
        self, effect: Effect, reason: str, hint: str, reactors: Mapping[str, tuple[str, ...]], now: Seconds
    ) -> None:
        """Give up on an effect (and on those that wait for it) and tell its owner by EffectParked."""
        refusal = effects.Refusal(reason, hint)
        await self._executor.write(
            lambda connection: effects.park(connection, effect, refusal, reactors, now)
        )
        self.on_change()

    async def next_due(self, now: Seconds) -> Seconds | None:
        """When the next key can be leased or effect falls due; None = nothing waits for a time."""
        return await self._executor.read(lambda connection: reading.next_due(connection, now))

    async def recover(self, now: Seconds) -> int:
        """At the start of the only process: take back every lease; effects under way are uncertain."""

        def operation(connection: Connection) -> int:
            turning_back.turn_back(connection, now)
            return queues.release_all(connection) + effects.take_back(connection, now)

        return await self._executor.write(operation)

    async def renew(self, held: Sequence[Held], until: Seconds) -> Sequence[Held]:
        """Let leases of keys last until then; gives those that are lost."""
        return await self._executor.write(lambda connection: queues.renew(connection, held, until))

    async def renew_effects(self, held: Sequence[Held], until: Seconds) -> Sequence[Held]:
        """Let leases of effects last until then; gives those that are lost."""
        return await self._executor.write(lambda connection: effects.renew(connection, held, until))

    async def hand_back(self, held: Sequence[Held]) -> None:
        """Give leases of keys back."""
        await self._executor.write(lambda connection: queues.hand_back(connection, held))

    async def hand_back_effects(self, held: Sequence[Held], now: Seconds) -> None:
        """Give broken-off attempts back, as uncertain."""
        await self._executor.write(lambda connection: effects.hand_back(connection, held, now))

    async def turn_back(self, now: Seconds) -> int:
        """The clock went back: what was written ahead of it waits no longer than it should."""
        return await self._executor.write(lambda connection: turning_back.turn_back(connection, now))

    async def lanes(self) -> Sequence[LaneRow]:
        """List what is known of each target's health."""
        return await self._executor.read(lanes.listed)

    async def note_lanes(self, rows: Sequence[LaneRow]) -> None:
        """Keep what is known of targets, unless something newer is known."""
        await self._executor.write(lambda connection: lanes.note(connection, rows))

    async def parked(self, *, discarded: bool = False) -> Sequence[ParkedRow]:
        """List what was given up, or what was discarded of it."""
        return await self._executor.read(lambda connection: parked.listed(connection, discarded=discarded))

    async def retry_parked(self, choice: Choice, now: Seconds) -> Sequence[ParkedRow]:
        """Let what was given up be tried again, with what belongs to it."""
        return await self._executor.write(lambda connection: parked.retry(connection, choice, now))

    async def discard_parked(self, choice: Choice, by: str, now: Seconds) -> Sequence[ParkedRow]:
        """Give up for good, in somebody's name."""
        return await self._executor.write(lambda connection: parked.discard(connection, choice, by, now))

    async def erase(self, erased: Erased, by: str, now: Seconds) -> dict[str, int]:
        """Erase a person in small steps, so that nobody waits; `left` rows are not done yet and were left."""
        words: frozenset[str] = frozenset()
        behind: int | None = 0
        while behind is not None:
            found, behind = await self._executor.read(partial(erasing.collect, erased=erased, after=behind))
            words |= found
        counts = {"changed": 0, "left": 0}
        place: erasing.Place | None = erasing.Place()
        while place is not None:
            step = await self._executor.write(partial(erasing.step, erased=erased, words=words, place=place))
            counts["changed"] += step.changed
            counts["left"] += step.left
            place = step.next
        recorded = dict(counts)
        await self._executor.write(lambda connection: erasing.record(connection, erased, by, recorded, now))
        return counts

    async def state(self, key: str) -> Any:
        """Read a key's state; None = nothing yet."""
        return await self._executor.read(lambda connection: reading.state(connection, key))

    async def states(self, prefix: str) -> Mapping[str, Any]:
        """Read the states whose key begins so."""
        return await self._executor.read(lambda connection: reading.states(connection, prefix))

    async def locate(self, alias: str) -> Sequence[str]:
        """Find the keys that an alias leads to (`r-…`, `d-…`, a SHA or its first 7 characters or more)."""
        return await self._executor.read(lambda connection: reading.locate(connection, alias))

    async def deliveries(self, limit: int, wanted: DeliveryFilter | None = None) -> Sequence[DeliveryRow]:
        """List deliveries, the newest first; 0 = all."""
        return await self._executor.read(
            lambda connection: reading.list_deliveries(connection, limit, wanted or DeliveryFilter())
        )

    async def delivery(self, id: str) -> tuple[DeliveryRow, Incoming] | None:
        """Read one delivery with its body."""
        return await self._executor.read(lambda connection: reading.delivery(connection, id))

    async def events(
        self,
        *,
        limit: int = 0,
        key: str | None = None,
        correlation: str | None = None,
        delivery: str | None = None,
        type: str | None = None,
    ) -> Sequence[Event]:
        """List events in their order; the newest `limit` of them, 0 = all."""
        wanted = EventFilter(key=key, correlation=correlation, delivery=delivery, type=type)
        return await self.events_like(wanted, limit)

    async def events_like(self, wanted: EventFilter, limit: int = 0) -> Sequence[Event]:
        """List such events in their order; the newest `limit` of them, 0 = all."""
        return await self._executor.read(lambda connection: reading.list_events(connection, limit, wanted))

    async def event(self, id: str) -> Event | None:
        """Read one event."""
        return await self._executor.read(lambda connection: reading.event(connection, id))

    async def marks(self, limit: int, *, before: int | None = None, key: str | None = None) -> Sequence[Mark]:
        """Say where the newest events stand (those before a place, those of a key), the newest first."""
        return await self._executor.read(lambda connection: chronicles.marks(connection, limit, before, key))

    async def chronicle(
        self, correlations: Sequence[str], keys: Sequence[str] = (), *, limit: int
    ) -> Chronicle:
        """Read at once all about correlations, and about those in which one of the keys occurs."""
        return await self._executor.read(
            lambda connection: chronicles.chronicle(connection, correlations, keys, limit)
        )

    async def history(self, key: str) -> Sequence[Event]:
        """List the events that made a key's state, in the order in which they were applied."""
        return await self._executor.read(lambda connection: reading.history(connection, key))

    async def outcomes(self, event: str) -> Sequence[OutcomeRow]:
        """List what the reactors made of an event."""
        return await self._executor.read(lambda connection: reading.outcomes(connection, event))

    async def effects(
        self, *, causation: str | None = None, correlation: str | None = None, state: str | None = None
    ) -> Sequence[EffectRow]:
        """List effects."""
        wanted = {"causation": causation, "correlation": correlation, "state": state}
        return await self._executor.read(lambda connection: reading.list_effects(connection, wanted))

    async def backlog(self) -> Mapping[str, int]:
        """Count what waits: deliveries, work, timers, effects, and what was parked."""
        return await self._executor.read(reading.backlog)

    async def known_deliveries(self, source: str, ids: Sequence[str]) -> Mapping[str, DeliveryRow]:
        """Give the rows of those of a sender's ids that are stored."""
        return await self._executor.read(lambda connection: recovery.known(connection, source, ids))

    async def oldest_delivery(self, source: str) -> Seconds | None:
        """Say when the oldest delivery of a sender that is kept here came; None = there is none."""
        return await self._executor.read(lambda connection: recovery.oldest(connection, source))

    async def wanted_effects(self, keys: Sequence[str]) -> frozenset[str]:
        """Give those of the keys under which an effect was ever wanted."""
        return await self._executor.read(lambda connection: recovery.wanted_effects(connection, keys))

    async def effect_counts(self) -> Mapping[tuple[str, str], int]:
        """Count the effects that wait, are under way or were given up, by kind and state."""
        return await self._executor.read(recovery.effect_counts)

    async def mark(self, name: str) -> Seconds | None:
        """Read a point in time that was kept under a name; None = it was never set, or is gone."""
        return await self._executor.read(lambda connection: recovery.mark(connection, name))

    async def set_mark(self, name: str, at: Seconds) -> None:
        """Keep a point in time under a name, over restarts."""
        await self._executor.write(lambda connection: recovery.set_mark(connection, name, at))

    async def ping(self) -> None:
        """Whether the ledger can store now; raises StoreUnavailable."""
        await self._executor.write(_touch)

    async def close(self) -> None:
        """Finish what was begun, end threads and connections, give the lock back."""
        await self._executor.close()
        self._on_close()


def _touch(connection: Connection) -> None:
    """Write something and take it back, in one transaction: a disk that is full says so."""
    row = {"alias": "ping", "key": "ping"}
    connection.execute(_TOUCH, row)
    connection.execute(_UNTOUCH)
