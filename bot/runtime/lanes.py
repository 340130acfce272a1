"""When each target may be asked again: pauses that it asked for, circuit breakers, and its pace.

A target that fails several times in a row is left alone for a while, then asked once; if that goes well,
it is asked as before. One target's trouble never touches another's. What is known is kept in the ledger, so
that a restart or another process does not ask too early. Must never lose an effect: they only wait.
"""

import random
from collections import Counter
from collections.abc import Sequence

import structlog
from msgspec.structs import replace

from bot.domain.errors import PassingFault
from bot.domain.values import Seconds
from bot.ports import Clock, LaneRow, Ledger
from bot.runtime.pace import CHAT_LANES, PERSON_LANES, Pace

FAILURES_MAX = 5
OPEN_SECONDS = 5.0
OPEN_SECONDS_MAX = 120.0
REFRESH_SECONDS = 5.0
WORKSPACE = "slack"

log = structlog.get_logger(__name__)


def target_of(lane: str) -> str:
    """Name whose health a lane shares: all channels and people of a workspace are answered by one Slack."""
    return WORKSPACE if lane.startswith((CHAT_LANES, PERSON_LANES)) else lane


def _merged(noted: LaneRow, known: LaneRow | None) -> LaneRow:
    """The newer of both; who noted it may not have known of a pause, which ends by time only."""
    if known is None:
        return noted
    newer = noted if noted.updated_at > known.updated_at else known
    return replace(newer, paused_until=max(noted.paused_until, known.paused_until))


class Lanes:
    """The health and the pace of all targets, as this process knows them."""

    def __init__(self, ledger: Ledger, clock: Clock, chance: random.Random) -> None:
        self._ledger = ledger
        self._clock = clock
        self._chance = chance
        self._rows: dict[str, LaneRow] = {}
        self._pace = Pace(clock)
        self._under_way: Counter[str] = Counter()
        self._probed: set[str] = set()
        self._read_at: Seconds | None = None

    @property
    def rows(self) -> Sequence[LaneRow]:
        """What is known of targets that are paused, or failed lately."""
        return tuple(self._rows[name] for name in sorted(self._rows))

    async def look(self) -> None:
        """Begin a round: from time to time take over what other processes, or an earlier one, noted."""
        self._probed.clear()
        now = self._clock.now()
        if self._read_at is not None and self._read_at <= now < self._read_at + REFRESH_SECONDS:
            return
        for row in await self._ledger.lanes():
            if row.updated_at <= now:  # else it was noted before the clock went back: it is mended first
                self._rows[row.lane] = _merged(row, self._rows.get(row.lane))
        self._read_at = now

    def clock_went_back(self, now: Seconds) -> None:
        """Keep how long is left of each pause, counted from now."""
        self._rows = {
            name: replace(row, paused_until=row.paused_until - row.updated_at + now, updated_at=now)
            if row.updated_at > now
            else row
            for name, row in self._rows.items()
        }

    def allowed(self, lane: str, share: int) -> int:
        """Give how many effects of the lane may be under way now; of a target on trial one in all."""
        target = target_of(lane)
        now = self._clock.now()
        if any(self._row(name).paused_until > now for name in (lane, target)):
            return 0
        most = self._pace.allowed(lane, share)
        if most and self._row(target).opened_at is not None:
            if self._under_way[target] or target in self._probed:
                return 0
            self._probed.add(target)
            return 1
        return most

    def keeps_order(self, lane: str) -> bool:
        """Whether what is said later must not overtake what was said before."""
        return self._pace.keeps_order(lane)

    def begun(self, lane: str, *, makes: bool) -> None:
        """An effect of the lane was started; `makes` = it makes a new thing at its target."""
        self._under_way[target_of(lane)] += 1
        self._pace.used(lane, makes=makes)

    def over(self, lane: str) -> None:
        """It is no longer under way, however it ended."""
        target = target_of(lane)
        self._under_way[target] -= 1
        if not self._under_way[target]:
            del self._under_way[target]

    def soonest(self, at_most: Seconds) -> Seconds:
        """Give the seconds until some lane may be asked again, at most so many."""
        now = self._clock.now()
        waits = [row.paused_until - now for row in self._rows.values() if row.paused_until > now]
        return max(min([self._pace.soonest(at_most), *waits]), 0.01)

    async def answered(self, lane: str) -> None:
        """The target answered, with success or with a refusal: it is well."""
        row = self._row(target_of(lane))
        if not row.failures and row.opened_at is None:
            return
        well = replace(row, failures=0, opened_at=None, updated_at=self._clock.now())
        if row.opened_at is None:
            self._rows[row.lane] = well
        else:
            log.info("lane.closed", lane=row.lane)
            await self._note(replace(well, reason=None))

    async def paused(self, lane: str, until: Seconds, reason: str) -> None:
        """Leave the lane alone until then, because its target asked for it or its order wants it."""
        row = self._row(lane)
        if until > row.paused_until:
            await self._note(replace(row, paused_until=until, reason=reason, updated_at=self._clock.now()))

    async def failed(self, lane: str, fault: PassingFault) -> None:
        """The target did not do it. After several failures in a row it is left alone for a while."""
        if fault.pause_lane:  # it answered, and told when it may be asked again
            await self.answered(lane)
            return
        now, row = self._clock.now(), self._row(target_of(lane))
        if row.opened_at is not None and row.paused_until > now:
            return  # what was still under way says nothing new
        row = replace(row, failures=row.failures + 1, updated_at=now)
        if row.failures < FAILURES_MAX:
            self._rows[row.lane] = row
            return
        doubled = OPEN_SECONDS * 2.0 ** min(row.failures - FAILURES_MAX, 16)
        wait = min(doubled, OPEN_SECONDS_MAX) * (1.0 + 0.5 * self._chance.random())
        reason = f"{row.failures} attempts in a row failed, the last one: {fault.reason}"
        opened = now if row.opened_at is None else row.opened_at
        log.warning("lane.opened", lane=row.lane, failures=row.failures, seconds=round(wait, 1))
        until = max(row.paused_until, now + wait)
        await self._note(replace(row, paused_until=until, reason=reason, opened_at=opened))

    def _row(self, name: str) -> LaneRow:
        return self._rows.get(name) or LaneRow(lane=name)

    async def _note(self, row: LaneRow) -> None:
        self._rows[row.lane] = row
        try:
            await self._ledger.note_lanes([row])
        except Exception:  # this process knows it, and goes on
            log.exception("lane.not_noted", lane=row.lane)
