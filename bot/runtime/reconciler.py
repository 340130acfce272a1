"""Finds what never arrived, and asks for it again.

At the start, shortly after, and then from time to time, the sender's own list is compared with the ledger.
Only what is not stored here is asked for: a redelivery that is already here would change nothing.
"""

import structlog

from bot.domain.errors import LastingFault, PassingFault
from bot.ports import Clock, Ledger, Sent, SentLog

FIRST_LOOK_BACK_SECONDS = 3 * 86_400.0
OVERLAP_SECONDS = 600.0
SECOND_SWEEP_SECONDS = 20.0
SWEEP_SECONDS = 300.0
ASKED_AGAIN_MAX = 3

log = structlog.get_logger(__name__)


class Reconciler:
    """Sweeps the sender's log of deliveries."""

    def __init__(self, ledger: Ledger, sent_log: SentLog, clock: Clock) -> None:
        self._ledger = ledger
        self._sent_log = sent_log
        self._clock = clock
        self._swept_until = clock.now() - FIRST_LOOK_BACK_SECONDS
        self._asked: dict[str, int] = {}

    async def run(self) -> None:
        """Sweep until cancelled."""
        pause = SECOND_SWEEP_SECONDS
        while True:
            await self.sweep()
            await self._clock.sleep(pause)
            pause = SWEEP_SECONDS

    async def sweep(self) -> int:
        """Ask again for what is not here; gives how many. A fault is logged; the next sweep repeats it."""
        started = self._clock.now()
        try:
            missing = await self._missing()
            for attempt in missing:
                self._asked[attempt.delivery] = self._asked.get(attempt.delivery, 0) + 1
                await self._sent_log.send_again(attempt.attempt)
        except (PassingFault, LastingFault) as fault:
            log.warning("reconciler.sweep_failed", reason=fault.reason)
            return 0
        self._swept_until = started - OVERLAP_SECONDS
        if missing:
            log.info("reconciler.asked_again", deliveries=[attempt.delivery for attempt in missing])
        return len(missing)

    async def _missing(self) -> list[Sent]:
        """The newest attempt of each delivery that arrived in no attempt and is not stored."""
        attempts = await self._sent_log.sent_since(self._swept_until)
        arrived = {attempt.delivery for attempt in attempts if attempt.arrived}
        newest: dict[str, Sent] = {}
        for attempt in attempts:
            newest.setdefault(attempt.delivery, attempt)
        failed = [attempt for delivery, attempt in newest.items() if delivery not in arrived]
        return [attempt for attempt in reversed(failed) if await self._is_missing(attempt)]

    async def _is_missing(self, attempt: Sent) -> bool:
        if self._asked.get(attempt.delivery, 0) >= ASKED_AGAIN_MAX:
            return False
        return await self._ledger.delivery(attempt.delivery) is None
