"""Works off events: one key in order, keys in parallel; a decision is one transaction or nothing.

A reactor that cannot read its facts holds its key for at most a minute, then its work is parked and the
key goes on. Nothing waits inside a key: waiting is state plus a timer. No product rule lives here.
"""

import asyncio
import random
from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog
from msgspec.structs import replace

from bot.domain.errors import LastingFault, LeaseLost, PassingFault, StoreUnavailable
from bot.domain.events import New
from bot.domain.state import apply
from bot.ports import Clock, Decision, Lease, Ledger, Reactor, Recorded, Work
from bot.runtime.backoff import Backoff
from bot.runtime.signal import Signal
from bot.runtime.translator import Translator

KEYS_AT_ONCE = 32
LEASE_SECONDS = 60.0
HOLD_SECONDS_MAX = 60.0
NOT_YET_SECONDS_MAX = 10.0
FACTS_SECONDS_MAX = 30.0
POLL_SECONDS = 1.0
BACKOFF = Backoff(first=0.25, longest=10.0)

log = structlog.get_logger(__name__)


class ReactorTable:
    """The reactors by name, and by the type of event that they are for."""

    def __init__(self, rows: Mapping[str, tuple[Reactor, ...]]) -> None:
        self.names: Mapping[str, tuple[str, ...]] = {
            kind: tuple(reactor.name for reactor in reactors) for kind, reactors in rows.items()
        }
        self._by_name = {reactor.name: reactor for reactors in rows.values() for reactor in reactors}

    def __getitem__(self, name: str) -> Reactor:
        return self._by_name[name]


class Worker:
    """Leases keys that have something due and lets the reactors decide."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        reactors: ReactorTable,
        translator: Translator,
        chance: random.Random,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._reactors = reactors
        self._translator = translator
        self._chance = chance
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._draining = False
        self.signal = Signal(clock)
        self.on_decided: Signal | None = None

    async def run(self) -> None:
        """Work until cancelled; what is under way is then handed back."""
        try:
            while True:
                if not await self.step():
                    await self.signal.wait(await self._quiet_seconds())
        finally:
            await self._stop()

    async def step(self) -> int:
        """Translate a batch and start on the keys that are due; gives how much there was to do."""
        if self._draining:
            return 0
        try:
            translated = await self._translator.step()
            free = KEYS_AT_ONCE - len(self._busy)
            leases = await self._lease(free) if free > 0 else ()
        except Exception:
            log.exception("worker.step_failed")
            return 0
        for lease in leases:
            task = asyncio.create_task(self._work_off(lease), name=f"work:{lease.key}")
            self._busy[lease.key] = task
            task.add_done_callback(partial(self._released, lease.key))
        return translated + len(leases)

    async def _lease(self, free: int) -> tuple[Lease, ...]:
        return tuple(await self._ledger.lease(free, self._clock.now(), LEASE_SECONDS, frozenset(self._busy)))

    async def _quiet_seconds(self) -> float:
        if self._busy:
            return POLL_SECONDS
        now = self._clock.now()
        try:
            due = await self._ledger.next_due(now)
        except StoreUnavailable as error:
            log.warning("worker.store_unavailable", problem=str(error))
            return POLL_SECONDS
        return POLL_SECONDS if due is None else min(max(due - now, 0.01), POLL_SECONDS)

    def _released(self, key: str, _task: asyncio.Task[None]) -> None:
        task = self._busy.pop(key)
        if not task.cancelled() and task.exception() is not None:
            log.error("worker.key_failed", key=key, exc_info=task.exception())
        self.signal.set()

    async def drain(self, seconds: float) -> None:
        """Start nothing new, and let what is under way end within so many seconds."""
        self._draining = True
        tasks = list(self._busy.values())
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    async def _stop(self) -> None:
        tasks = list(self._busy.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work_off(self, lease: Lease) -> None:
        try:
            for work in lease.work:
                decided = await self._decided(lease, work)
                if decided is None:
                    return
                lease = await self._record(lease, decided, release=work is lease.work[-1])
        except LeaseLost:
            log.warning("worker.lease_lost", key=lease.key)
        except StoreUnavailable as error:
            log.warning("worker.store_unavailable", key=lease.key, problem=str(error))

    async def _decided(self, lease: Lease, work: Work) -> Recorded | None:
        """Decide one event; None = its key is held for a while. What cannot be decided is parked."""
        try:
            state = lease.state if work.applied else apply(lease.key, lease.state, work.event.data)
        except Exception as error:
            log.exception("event.not_applicable", key=lease.key, event_id=work.event.id)
            return self._given_up(lease, work, _words(error), applied=False)
        try:
            reactor = self._reactors[work.reactor]
            facts = await self._read(reactor, work, state)
            decision = reactor.decide(work.event, state, facts, self._clock.now())
            return self._recorded(replace(lease, state=state), work, decision, facts)
        except (PassingFault, LastingFault) as fault:
            if await self._held(lease, work, fault):
                return None
            return self._given_up(replace(lease, state=state), work, fault.reason)
        except Exception as error:
            log.exception("reactor.failed", reactor=work.reactor, event_id=work.event.id)
            return self._given_up(replace(lease, state=state), work, _words(error))

    async def _read(self, reactor: Reactor, work: Work, state: Any) -> Any:
        """Read the facts; what took so long that its beginning is old news is read again."""
        began = self._clock.now()
        facts = await reactor.read(work.event, state)
        if self._clock.now() - began > FACTS_SECONDS_MAX:
            raise PassingFault(f"Reading took longer than {FACTS_SECONDS_MAX:.0f} s; the facts may be old.")
        return facts

    def _recorded(self, lease: Lease, work: Work, decision: Decision, facts: Any) -> Recorded:
        own = tuple(new for new in decision.events if _is_own(lease, new))
        state = lease.state
        for new in own:
            state = apply(lease.key, state, new.data)
        return Recorded(
            lease=lease,
            work=work,
            state=state,
            decision=decision,
            facts=facts,
            own=own,
            others=tuple(new for new in decision.events if not _is_own(lease, new)),
            reactors=self._reactors.names,
            decided_at=self._clock.now(),
        )

    async def _record(self, lease: Lease, recorded: Recorded, *, release: bool) -> Lease:
        """Commit a decision; one that the ledger cannot take is parked, so that it blocks nobody."""
        try:
            version = await self._ledger.record(recorded, release=release)
        except (LeaseLost, StoreUnavailable):
            raise
        except Exception as error:
            log.exception("decision.not_recordable", key=lease.key, event_id=recorded.work.event.id)
            recorded = self._given_up(lease, recorded.work, _words(error), applied=False)
            version = await self._ledger.record(recorded, release=release)
        decision, work = recorded.decision, recorded.work
        if self.on_decided is not None and decision.effects:
            self.on_decided.set()
        log.info(
            "decided",
            key=lease.key,
            event_type=work.event.data.TYPE,
            event_id=work.event.id,
            reactor=work.reactor,
            outcome=decision.outcome,
            reason=decision.reason,
        )
        return replace(lease, state=recorded.state, version=version)

    async def _held(self, lease: Lease, work: Work, fault: PassingFault | LastingFault) -> bool:
        """Hold the key for a while, if its minute is not used up."""
        now = self._clock.now()
        held_since = now if work.first_failed_at is None else work.first_failed_at
        asked, longest = _patience(fault)
        until = now + BACKOFF.delay(work.attempts + 1, asked, self._chance)
        if until - held_since > longest:
            log.error("reactor.gave_up", key=lease.key, reactor=work.reactor, reason=fault.reason)
            return False
        log.warning("reactor.postponed", key=lease.key, reactor=work.reactor, reason=fault.reason)
        await self._ledger.postpone(lease, work, until, fault.reason, now)
        return True

    def _given_up(self, lease: Lease, work: Work, reason: str, *, applied: bool = True) -> Recorded:
        """Park an event, and tell whom it concerns."""
        try:
            told = self._reactors[work.reactor].give_up(work.event, reason)
        except Exception:
            log.exception("reactor.cannot_tell", reactor=work.reactor, event_id=work.event.id)
            told = ()
        return Recorded(
            lease=lease,
            work=work,
            state=lease.state,
            decision=Decision(
                outcome="failed", reason="gave_up", values={"error": reason[:500]}, effects=told
            ),
            facts=None,
            own=(),
            others=(),
            reactors=self._reactors.names,
            decided_at=self._clock.now(),
            applied=applied,
        )


def _patience(fault: PassingFault | LastingFault) -> tuple[float | None, float]:
    """How long the target asked us to wait, and how long a key is held for such a fault."""
    if isinstance(fault, PassingFault):
        return fault.retry_after, HOLD_SECONDS_MAX
    return None, NOT_YET_SECONDS_MAX if fault.not_yet else 0.0


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _is_own(lease: Lease, new: New) -> bool:
    return new.key == lease.key and new.due is None
