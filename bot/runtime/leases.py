"""Keeps leases alive while the work under them gets on, and lets go of work that hangs.

A lease is short, so that a worker that was killed is replaced soon, and it is renewed by a heartbeat, so that
a slow but living one keeps it. What makes no progress for too long is broken off. Whoever lost a lease, or
could not renew it, stops at once: somebody else may be at it already.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from msgspec import Struct

from bot.domain.values import Seconds
from bot.ports import Clock, Held

LEASE_SECONDS: Seconds = 30.0
"""A worker that was killed is replaced after so long, and a second for the other to look (promise 5)."""
BEAT_SECONDS: Seconds = 10.0

log = structlog.get_logger(__name__)

Renew = Callable[[Sequence[Held], Seconds], Awaitable[Sequence[Held]]]


class _UnderWay(Struct):
    """A lease, the task that works under it, when that last got on, and until when the lease lasts."""

    held: Held
    task: "asyncio.Task[None]"
    since: Seconds
    until: Seconds
    hangs: bool = False


class Leases:
    """The leases that one loop holds. `longest` is how long a task may take without getting on."""

    def __init__(self, clock: Clock, renew: Renew, longest: Seconds) -> None:
        self._clock = clock
        self._renew = renew
        self._longest = longest
        self._under_way: dict[str, _UnderWay] = {}
        self._beaten_at = clock.now()

    @property
    def held(self) -> tuple[Held, ...]:
        """What is held now."""
        return tuple(each.held for each in self._under_way.values())

    def add(self, held: Held, task: "asyncio.Task[None]", leased_at: Seconds) -> None:
        """Keep a lease for a task; it was taken for `LEASE_SECONDS` from `leased_at` on."""
        self._under_way[held.token] = _UnderWay(held, task, leased_at, leased_at + LEASE_SECONDS)

    def remove(self, token: str) -> None:
        """The work under it ended."""
        self._under_way.pop(token, None)

    def got_on(self, token: str) -> None:
        """The work under it made progress: from now on it may take as long again."""
        each = self._under_way.get(token)
        if each is not None:
            each.since, each.hangs = self._clock.now(), False

    def hangs(self, token: str) -> bool:
        """Whether the work under it was broken off because it took too long."""
        each = self._under_way.get(token)
        return each is not None and each.hangs

    async def beat(self) -> None:
        """Break off what hangs; renew the rest, if it is time, and stop what is no longer ours."""
        now = self._clock.now()
        alive = [each for each in self._under_way.values() if not self._broken_off(each, now)]
        if self._beaten_at <= now < self._beaten_at + BEAT_SECONDS:
            return
        self._beaten_at = now
        if not alive:
            return
        try:
            lost = {
                one.token for one in await self._renew([each.held for each in alive], now + LEASE_SECONDS)
            }
        except Exception:
            log.exception("leases.not_renewed", held=len(alive))
            lost = {each.held.token for each in alive if self._clock.now() >= each.until}
        else:
            for each in alive:
                each.until = now + LEASE_SECONDS
        for each in alive:
            if each.held.token in lost:
                log.warning("leases.lost", key=each.held.key)
                each.task.cancel()

    def _broken_off(self, each: _UnderWay, now: Seconds) -> bool:
        """Whether a task hangs; one that does is cancelled, once."""
        each.since = min(each.since, now)  # the clock may have gone back
        if not each.hangs and now - each.since > self._longest:
            log.warning("leases.hangs", key=each.held.key, seconds=round(now - each.since))
            each.hangs = True
            each.task.cancel()
        return each.hangs


def go_on_after_break_off() -> None:
    """Take back the cancellation of a task that was broken off, so that it can say what became of it."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
