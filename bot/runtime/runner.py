"""Performs effects: under their keys, within their targets' limits, with retries that end.

A reply that was lost makes an effect uncertain: its performer looks before it repeats. A target that
asks for a pause gets one for all of its effects. What is given up is parked, and its owner is told.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping

import structlog
from msgspec.structs import replace

from bot.domain.effects import CallDeployer, Effect
from bot.domain.errors import LastingFault, LeaseLost, PassingFault
from bot.ports import Clock, Ledger, Performer
from bot.runtime.backoff import Backoff
from bot.runtime.pace import Pace
from bot.runtime.signal import Signal

EFFECTS_AT_ONCE = 32
LANE_SHARE = EFFECTS_AT_ONCE // 4
LEASE_SECONDS = 60.0
POLL_SECONDS = 1.0
ATTEMPTS_MAX = 10
ATTEMPTS_IN_ORDER = 5  # a conversation waits so long for what it missed, then goes on without it
BACKOFF = Backoff(first=0.5, longest=120.0)

log = structlog.get_logger(__name__)


class Runner:
    """Leases effects that are due and performs them."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        performers: Mapping[str, Performer],
        reactors: Mapping[str, tuple[str, ...]],
        chance: random.Random,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._performers = performers
        self._reactors = reactors
        self._chance = chance
        self._pace = Pace(clock)
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._lanes: Counter[str] = Counter()
        self._draining = False
        self.signal = Signal(clock)
        self.on_event: Signal | None = None

    async def run(self) -> None:
        """Perform until cancelled."""
        try:
            while True:
                if not await self.step():
                    await self.signal.wait(self._pace.soonest(POLL_SECONDS))
        finally:
            await self._stop()

    async def step(self) -> int:
        """Start on the effects that are due; gives how many."""
        free = EFFECTS_AT_ONCE - len(self._busy)
        if free <= 0 or self._draining:
            return 0
        try:
            effects = await self._ledger.lease_effects(
                free, self._clock.now(), LEASE_SECONDS, self._lanes, self._lane_limit
            )
        except Exception:
            log.exception("runner.step_failed")
            return 0
        for effect in effects:
            self._start(effect)
        return len(effects)

    def _lane_limit(self, lane: str) -> int:
        return self._pace.allowed(lane, LANE_SHARE)

    def _start(self, effect: Effect) -> None:
        lane = effect.body.lane
        self._lanes[lane] += 1
        self._pace.used(lane)
        task = asyncio.create_task(self._perform(effect), name=f"effect:{effect.key}")
        self._busy[effect.token] = task  # by lease, not by key: a newer body may be leased at once
        task.add_done_callback(lambda _: self._finished(effect, lane))

    def _finished(self, effect: Effect, lane: str) -> None:
        task = self._busy.pop(effect.token)
        self._lanes[lane] -= 1
        if not self._lanes[lane]:
            del self._lanes[lane]
        if not task.cancelled() and task.exception() is not None:
            log.error("runner.effect_failed", effect=effect.key, exc_info=task.exception())
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

    async def _perform(self, effect: Effect) -> None:
        try:
            await self._attempt(effect)
        except LeaseLost:
            log.warning("runner.lease_lost", effect=effect.key)

    async def _attempt(self, effect: Effect) -> None:
        try:
            self._check_deadline(effect)
            performed = await self._performers[effect.body.KIND](effect)
        except PassingFault as fault:
            await self._again(effect, fault)
        except LastingFault as fault:
            await self._give_up(effect, fault.reason, fault.hint)
        except Exception as error:
            log.exception("effect.failed", effect=effect.key, kind=effect.body.KIND)
            reason = f"{type(error).__name__}: {error}"
            in_doubt = replace(effect, uncertain=True)  # whatever broke may have broken after it was done
            await self._give_up(in_doubt, reason, "This is a defect; see the log.")
        else:
            await self._ledger.finish_effect(effect, performed, self._reactors, self._clock.now())
            log.info("performed", effect=effect.key, kind=effect.body.KIND, note=performed.note)
            if performed.events and self.on_event is not None:
                self.on_event.set()

    def _check_deadline(self, effect: Effect) -> None:
        body = effect.body
        if isinstance(body, CallDeployer) and self._clock.now() > body.deadline:
            raise LastingFault("The deployer could not be reached in time.", hint="Deploy again.")

    async def _again(self, effect: Effect, fault: PassingFault) -> None:
        now = self._clock.now()
        uncertain = effect.uncertain or fault.applied_maybe
        if effect.attempts >= ATTEMPTS_MAX:
            doubtful = replace(effect, uncertain=uncertain)
            await self._give_up(doubtful, fault.reason, "The target stayed away; retry when it is back.")
            return
        until = now + BACKOFF.delay(effect.attempts, fault.retry_after, self._chance)
        in_order = self._pace.keeps_order(effect.body.lane) and effect.attempts <= ATTEMPTS_IN_ORDER
        if fault.pause_lane or in_order:
            self._pace.pause(effect.body.lane, until)
        log.warning("effect.postponed", effect=effect.key, kind=effect.body.KIND, reason=fault.reason)
        await self._ledger.retry_effect(effect, until, fault.reason, uncertain, now)

    async def _give_up(self, effect: Effect, reason: str, hint: str) -> None:
        log.error("effect.parked", effect=effect.key, kind=effect.body.KIND, reason=reason)
        await self._ledger.park_effect(effect, reason, hint, self._reactors, self._clock.now())
        if self.on_event is not None:
            self.on_event.set()
