"""Performs effects: under their keys, within their targets' limits, with retries that end.

A reply that was lost makes an effect uncertain: its performer looks before it repeats. A target that
asks for a pause gets one for all of its effects. What is given up is parked, and its owner is told. A lease
is renewed while its attempt is under way; an attempt that hangs is broken off, and counts as uncertain.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence

import structlog
from msgspec.structs import replace

from bot.domain.effects import CallDeployer, Effect
from bot.domain.errors import LastingFault, LeaseLost, PassingFault, StoreUnavailable
from bot.domain.values import Seconds
from bot.ports import Clock, Held, Ledger, Performer
from bot.runtime.backoff import Backoff
from bot.runtime.clock import ClockWatch
from bot.runtime.lanes import Lanes
from bot.runtime.leases import LEASE_SECONDS, Leases, go_on_after_break_off
from bot.runtime.signal import Signal

EFFECTS_AT_ONCE = 32
LANE_SHARE = EFFECTS_AT_ONCE // 4
URGENT_LANES = "cancel-"
URGENT_PLACES = 4  # beyond the others: what stops something never waits behind what starts something
ATTEMPT_SECONDS_MAX = 300.0  # far more than the requests of any effect may take together
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
        self.lanes = Lanes(ledger, clock, chance)
        self._leases = Leases(clock, self._renew, ATTEMPT_SECONDS_MAX)
        self._watch = ClockWatch()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._busy_lanes: Counter[str] = Counter()
        self._draining = False
        self.poll_seconds = POLL_SECONDS
        self.signal = Signal(clock)
        self.on_event: Signal | None = None

    async def run(self) -> None:
        """Perform until cancelled."""
        try:
            while True:
                if not await self.step():
                    await self.signal.wait(self.lanes.soonest(self.poll_seconds))
        finally:
            await self._stop()

    async def step(self) -> int:
        """Renew what is under way, and start on the effects that are due; gives how many."""
        await self._leases.beat()
        free = EFFECTS_AT_ONCE - len(self._busy)
        limit = self._lane_limit
        if free <= 0:
            free, limit = free + URGENT_PLACES, self._urgent_limit
        if free <= 0 or self._draining:
            return 0
        now = self._clock.now()
        if self._watch.went_back(now):
            self.lanes.clock_went_back(now)
        try:
            await self.lanes.look()
            effects = await self._ledger.lease_effects(free, now, LEASE_SECONDS, self._busy_lanes, limit)
        except StoreUnavailable as error:
            log.warning("runner.store_unavailable", problem=str(error))
            return 0
        except Exception:
            log.exception("runner.step_failed")
            return 0
        for effect in effects:
            self._start(effect, now)
        return len(effects)

    async def _renew(self, held: Sequence[Held], until: Seconds) -> Sequence[Held]:
        return await self._ledger.renew_effects(held, until)

    def _lane_limit(self, lane: str) -> int:
        return self.lanes.allowed(lane, LANE_SHARE)

    def _urgent_limit(self, lane: str) -> int:
        return self._lane_limit(lane) if lane.startswith(URGENT_LANES) else 0

    def _start(self, effect: Effect, leased_at: Seconds) -> None:
        lane = effect.body.lane
        self._busy_lanes[lane] += 1
        self.lanes.begun(lane, makes=effect.handle is None)
        task = asyncio.create_task(self._perform(effect), name=f"effect:{effect.key}")
        self._busy[effect.token] = task  # by lease, not by key: a newer body may be leased at once
        self._leases.add(Held(effect.key, effect.token), task, leased_at)
        task.add_done_callback(lambda _: self._finished(effect, lane))

    def _finished(self, effect: Effect, lane: str) -> None:
        task = self._busy.pop(effect.token)
        self._leases.remove(effect.token)
        self.lanes.over(lane)
        self._busy_lanes[lane] -= 1
        if not self._busy_lanes[lane]:
            del self._busy_lanes[lane]
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
        """Break off what is under way and hand it back: the next process looks whether it was done."""
        held, tasks = self._leases.held, list(self._busy.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if held:
            try:
                await self._ledger.hand_back_effects(held, self._clock.now())
            except StoreUnavailable as error:  # the leases end by themselves
                log.warning("runner.not_handed_back", problem=str(error), effects=len(held))

    async def _perform(self, effect: Effect) -> None:
        try:
            await self._attempt(effect)
        except LeaseLost:
            log.warning("runner.lease_lost", effect=effect.key)

    async def _attempt(self, effect: Effect) -> None:
        try:
            self._check_deadline(effect)
            performed = await self._performers[effect.body.KIND](effect)
        except asyncio.CancelledError:
            if not self._leases.hangs(effect.token):
                raise
            go_on_after_break_off()
            await self._again(effect, _broken_off())
        except PassingFault as fault:
            await self._again(effect, fault)
        except LastingFault as fault:
            await self.lanes.answered(effect.body.lane)
            await self._give_up(effect, fault.reason, fault.hint)
        except Exception as error:
            log.exception("effect.failed", effect=effect.key, kind=effect.body.KIND)
            reason = f"{type(error).__name__}: {error}"
            in_doubt = replace(effect, uncertain=True)  # whatever broke may have broken after it was done
            await self._give_up(in_doubt, reason, "This is a defect; see the log.")
        else:
            await self._ledger.finish_effect(effect, performed, self._reactors, self._clock.now())
            await self.lanes.answered(effect.body.lane)
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
        await self.lanes.failed(effect.body.lane, fault)
        if effect.attempts >= ATTEMPTS_MAX:
            doubtful = replace(effect, uncertain=uncertain)
            await self._give_up(doubtful, fault.reason, "The target stayed away; retry when it is back.")
            return
        until = now + BACKOFF.delay(effect.attempts, fault.retry_after, self._chance)
        in_order = self.lanes.keeps_order(effect.body.lane) and effect.attempts <= ATTEMPTS_IN_ORDER
        if fault.pause_lane or in_order:
            await self.lanes.paused(effect.body.lane, until, fault.reason)
        log.warning("effect.postponed", effect=effect.key, kind=effect.body.KIND, reason=fault.reason)
        await self._ledger.retry_effect(effect, until, fault.reason, uncertain, now)

    async def _give_up(self, effect: Effect, reason: str, hint: str) -> None:
        log.error("effect.parked", effect=effect.key, kind=effect.body.KIND, reason=reason)
        await self._ledger.park_effect(effect, reason, hint, self._reactors, self._clock.now())
        if self.on_event is not None:
            self.on_event.set()


def _broken_off() -> PassingFault:
    return PassingFault(
        f"It took longer than {ATTEMPT_SECONDS_MAX:.0f} s and was broken off.", applied_maybe=True
    )
