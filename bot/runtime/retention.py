"""Lets the past go: deliveries and finished stories that are older than the owner wants to keep them.

Works in steps that the ledger commits one by one, with a pause after each, so that what comes in never waits
behind it. It may end anywhere: the next round begins at the oldest again, and finds only what is left. It
must never decide by itself what is old enough, or whether a story is finished.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.instance import Retention
from bot.ports import Clock
from bot.ports.retention import Retaining, Swept

FIRST_ROUND_SECONDS = 120.0
ROUND_SECONDS = 3_600.0
PAUSE_SECONDS = 0.2
"""After each step: the writer is free at least four fifths of the time."""

Cursor = TypeVar("Cursor")
log = structlog.get_logger(__name__)


class Forgetting:
    """Goes round the ledger from time to time and removes what may go."""

    def __init__(self, ledger: Retaining, kept: Retention, clock: Clock) -> None:
        self._ledger = ledger
        self._kept = kept
        self._clock = clock

    async def run(self) -> None:
        """Go round until cancelled. A ledger that cannot store now is tried again in the next round."""
        await self._clock.sleep(FIRST_ROUND_SECONDS)
        while True:
            try:
                await self.round()
            except StoreUnavailable as error:
                log.warning("retention.store_unavailable", problem=str(error))
            await self._clock.sleep(ROUND_SECONDS)

    async def round(self) -> dict[str, int]:
        """Remove all that may go by now; gives how many rows of each kind went. Raises StoreUnavailable."""
        now, ledger = self._clock.now(), self._ledger
        old_deliveries, old_events = now - self._kept.deliveries, now - self._kept.events
        removed = {
            "deliveries": await self._sweep(lambda at: ledger.forget_deliveries(at, old_deliveries), 0),
            "events": await self._sweep(lambda at: ledger.compact_events(at, old_events, now), 0),
            "names": await self._sweep(lambda at: ledger.forget_names(at, old_events), ""),
            "effects": await self._sweep(ledger.forget_effects, 0),
        }
        if any(removed.values()):
            log.info("retention.removed", **removed)
        return removed

    async def _sweep(self, step: Callable[[Cursor], Awaitable[Swept[Cursor]]], start: Cursor) -> int:
        after, removed, ended = start, 0, False
        refused: dict[str, str] = {}
        while not ended:
            swept = await step(after)
            after, ended = swept.after, swept.ended
            removed += swept.removed
            refused.update(swept.refused)
            if not ended:
                await self._clock.sleep(PAUSE_SECONDS)
        for key, reason in sorted(refused.items()):
            log.error("retention.cannot_rebuild", key=key, reason=reason)
        return removed
