"""Watches the schedules of all configurations: `auto: {schedule: …}`.

A moment that has come is stored as a delivery whose id names it, so that it counts once over restarts and
processes. What was missed is caught up once: the newest moment only. A schedule that is seen for the first
time, or with another line, counts from then on.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from cronsim import CronSim

from bot.domain.automation import Schedule, schedule_key
from bot.domain.automation_events import ScheduleDue, ScheduleSeen
from bot.domain.errors import LastingFault, PassingFault, StoreUnavailable
from bot.domain.policy import EnvironmentPolicy
from bot.domain.values import Repository, Seconds
from bot.ports import Clock, GitHub, Incoming, Ledger
from bot.runtime.own_deliveries import delivery_of

LOOK_SECONDS: Seconds = 30.0
MISSED_LOOKED_AT_MAX = 10_000
"""So many moments of a schedule are gone through to find the newest that was missed."""

log = structlog.get_logger(__name__)


class Schedules:
    """Looks at every schedule from time to time; `store` takes what is due."""

    def __init__(
        self, ledger: Ledger, github: GitHub, store: Callable[[Incoming], Awaitable[object]], clock: Clock
    ) -> None:
        self._ledger = ledger
        self._github = github
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Look until it is cancelled; a fault is logged, and the next look comes."""
        while True:
            await self._clock.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except (PassingFault, LastingFault, StoreUnavailable) as fault:
                log.warning("schedules.not_looked_at", reason=str(fault))

    async def look(self) -> None:
        """Look once at all repositories that are served."""
        for repository in await self._github.repositories():
            policy = (await self._github.policy(repository)).policy
            for environment in policy.environments if policy else ():
                if environment.auto.on == "schedule":
                    await self._look_at(repository, environment)

    async def _look_at(self, repository: Repository, environment: EnvironmentPolicy) -> None:
        now, auto = self._clock.now(), environment.auto
        key = schedule_key(repository, environment.name)
        state = await self._ledger.state(key)
        line = auto.schedule or ""
        if not isinstance(state, Schedule) or (state.cron, state.timezone) != (line, auto.timezone):
            seen = ScheduleSeen(
                repository=repository,
                environment=environment.name,
                cron=line,
                timezone=auto.timezone,
                at=now,
            )
            await self._store(delivery_of(seen, f"{key}:seen:{line}:{auto.timezone}:{int(now)}", now))
            return
        due = newest_due(line, auto.timezone, state.since, now)
        if due is not None:
            told = ScheduleDue(repository=repository, environment=environment.name, at=due)
            await self._store(delivery_of(told, f"{key}:due:{int(due)}", now))


def newest_due(cron: str, timezone: str, since: Seconds, now: Seconds) -> Seconds | None:
    """The newest moment of a schedule after `since` that has come; None = none has.

    A local time that a change of the clocks skips runs once, after it; one that comes twice runs once.
    """
    zone = ZoneInfo(timezone)
    newest: Seconds | None = None
    moments = CronSim(cron, datetime.fromtimestamp(since, zone))
    for _, moment in zip(range(MISSED_LOOKED_AT_MAX), moments, strict=False):
        if moment.timestamp() > now:
            break
        newest = moment.timestamp()
    return newest
