"""Works off events: one key in order, keys in parallel; a decision is one transaction or nothing.

A reactor that cannot read its facts holds its key for at most a minute, then its work is parked and the
key goes on. Nothing waits inside a key: waiting is state plus a timer. Keys that wait for one owner's
installation take a quarter of the places, so that others go on. No product rule lives here.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import structlog
from msgspec.structs import replace

from bot.domain.errors import LastingFault, LeaseLost, PassingFault, StoreUnavailable
from bot.domain.events import New
from bot.domain.state import apply
from bot.domain.values import Seconds
from bot.ports import Clock, Decision, Held, Lease, Ledger, Reactor, Recorded, Work
from bot.runtime.backoff import Backoff
from bot.runtime.clock import ClockWatch
from bot.runtime.leases import LEASE_SECONDS, Leases, go_on_after_break_off
from bot.runtime.signal import Signal
from bot.runtime.translator import Translator

KEYS_AT_ONCE = 64
KEYS_SHARE = KEYS_AT_ONCE // 4
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
        self._leases = Leases(clock, self._renew, FACTS_SECONDS_MAX)
        self._watch = ClockWatch()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._draining = False
        self.poll_seconds = POLL_SECONDS
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
        """Translate a batch and start on the keys that are due; gives how much there was to do.

        What is under way is kept: its leases are renewed.
        """
        await self._leases.beat()
        if self._draining:
            return 0
        try:
            await self._mind_the_clock()
            translated = await self._translator.step()
            free = KEYS_AT_ONCE - len(self._busy)
            leased_at = self._clock.now()
            leases = await self._lease(free, leased_at) if free > 0 else ()
        except StoreUnavailable as error:
            log.warning("worker.store_unavailable", problem=str(error))
            return 0
        except Exception:
            log.exception("worker.step_failed")
            return 0
        for lease in leases:
            task = asyncio.create_task(self._work_off(lease), name=f"work:{lease.key}")
            self._busy[lease.key] = task
            self._leases.add(Held(lease.key, lease.token), task, leased_at)
            task.add_done_callback(partial(self._released, lease))
        return translated + len(leases)

    async def _lease(self, free: int, now: Seconds) -> tuple[Lease, ...]:
        busy = frozenset(self._busy)
        return tuple(await self._ledger.lease(free, now, LEASE_SECONDS, busy, KEYS_SHARE))

    async def _renew(self, held: Sequence[Held], until: Seconds) -> Sequence[Held]:
        return await self._ledger.renew(held, until)

    async def _mind_the_clock(self) -> None:
        """A clock that was set back must not let what is due wait until it has caught up."""
        now = self._clock.now()
        if self._watch.went_back(now):
            log.warning("worker.clock_went_back", work=await self._ledger.turn_back(now))

    async def _quiet_seconds(self) -> float:
        if self._busy:
            return self.poll_seconds
        now = self._clock.now()
        try:
            due = await self._ledger.next_due(now)
        except StoreUnavailable as error:
            log.warning("worker.store_unavailable", problem=str(error))
            return self.poll_seconds
        return self.poll_seconds if due is None else min(max(due - now, 0.01), self.poll_seconds)

    def _released(self, lease: Lease, _task: asyncio.Task[None]) -> None:
        key = lease.key
        task = self._busy.pop(key)
        self._leases.remove(lease.token)
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
        """Break off what is under way and hand it back: nothing of it was recorded."""
        held, tasks = self._leases.held, list(self._busy.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if held:
            try:
                await self._ledger.hand_back(held)
            except StoreUnavailable as error:  # the leases end by themselves
                log.warning("worker.not_handed_back", problem=str(error), keys=len(held))

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
        began = self._clock.now()
        try:
            state = lease.state if work.applied else apply(lease.key, lease.state, work.event.data)
        except Exception as error:
            log.exception("event.not_applicable", key=lease.key, event_id=work.event.id)
            return self._given_up(lease, work, _words(error), applied=False)
        try:
            reactor = self._reactors[work.reactor]
            facts = await self._read(lease, reactor, work, state)
            now = self._clock.now()
            decision = reactor.decide(work.event, state, facts, now)
            return self._recorded(replace(lease, state=state), work, decision, (facts, now))
        except (PassingFault, LastingFault) as fault:
            if await self._held(lease, work, fault, began):
                return None
            return self._given_up(replace(lease, state=state), work, fault.reason)
        except Exception as error:
            log.exception("reactor.failed", reactor=work.reactor, event_id=work.event.id)
            return self._given_up(replace(lease, state=state), work, _words(error))

    async def _read(self, lease: Lease, reactor: Reactor, work: Work, state: Any) -> Any:
        """Read the facts; what takes so long that its beginning is old news is broken off and read again."""
        self._leases.got_on(lease.token)
        began = self._clock.now()
        try:
            facts = await reactor.read(work.event, state)
        except asyncio.CancelledError:
            if not self._leases.hangs(lease.token):
                raise
            go_on_after_break_off()
            raise _read_too_long() from None
        if self._clock.now() - began > FACTS_SECONDS_MAX:
            raise _read_too_long()
        return facts

    def _recorded(self, lease: Lease, work: Work, decision: Decision, known: tuple[Any, Seconds]) -> Recorded:
        """Give what is committed: what was known, the time included, is what it is decided again from."""
        facts, now = known
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
            decided_at=now,
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

    async def _held(
        self, lease: Lease, work: Work, fault: PassingFault | LastingFault, began: Seconds
    ) -> bool:
        """Hold the key for a while, if its minute, which began with the first attempt, is not used up."""
        now = self._clock.now()
        began = min(max(began, now - FACTS_SECONDS_MAX), now)  # no longer ago, or the clock has jumped
        held_since = began if work.first_failed_at is None else work.first_failed_at
        asked, longest = _patience(fault)
        until = now + BACKOFF.delay(work.attempts + 1, asked, self._chance)
        if until - held_since > longest:
            log.error("reactor.gave_up", key=lease.key, reactor=work.reactor, reason=fault.reason)
            return False
        log.warning("reactor.postponed", key=lease.key, reactor=work.reactor, reason=fault.reason)
        await self._ledger.postpone(lease, work, until, fault.reason, held_since)
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


def _read_too_long() -> PassingFault:
    return PassingFault(f"Reading took longer than {FACTS_SECONDS_MAX:.0f} s; the facts may be old.")


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _is_own(lease: Lease, new: New) -> bool:
    return new.key == lease.key and new.due is None
