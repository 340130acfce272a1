"""Finds what never arrived in the sender's own list, and asks for it again.

How far the list was read is kept in the ledger, so that a restart reads only what is new; it never moves past
what is not done with. A sweep that ends in the middle, for whatever reason, only leaves work to the next one.
"""

from collections.abc import Sequence

import structlog
from msgspec import Struct
from msgspec.structs import replace

from bot.domain.errors import LastingFault
from bot.domain.values import Seconds
from bot.ports import Clock, DeliveryProof, DeliveryRow, Ledger, Sent, SentList, SentLog
from bot.runtime.missing import Asking, Known, judge, ours
from bot.runtime.proving import first_sent, prove

SENDER = "github"
MARK = "swept"
OVERLAP_SECONDS: Seconds = 600.0
SHOWN_SECONDS: Seconds = 3600.0
"""So far back is looked at least by the first sweep, so that the proof says something from the beginning."""
PROVEN_SECONDS: Seconds = 86_400.0
PROVEN_MAX = 50_000
ASKED_PER_SWEEP_MAX = 200
ASKED_AT_ONCE = 20
PAUSE_SECONDS: Seconds = 10.0
"""After so many requests: each costs five of the 900 points that a minute has, and others need them too."""

log = structlog.get_logger(__name__)


class Reach(Struct, frozen=True, kw_only=True):
    """How far back a sweep makes sense, in seconds: the sender's window, and how long deliveries are kept."""

    window: Seconds = 3 * 86_400.0
    kept: Seconds = 30 * 86_400.0


class Swept(Struct, frozen=True, kw_only=True):
    """What a sweep asked for, and when the next one has something to do; None = nothing waits for it."""

    asked: tuple[str, ...] = ()
    again_at: Seconds | None = None


class Sweep:
    """Sweeps the sender's log of deliveries, and keeps the proof of the last day."""

    def __init__(self, ledger: Ledger, sent_log: SentLog, clock: Clock, reach: Reach | None = None) -> None:
        self._ledger = ledger
        self._sent_log = sent_log
        self._clock = clock
        self._reach = reach or Reach()
        self._asked: dict[str, Asking] = {}
        self._sent: dict[str, Seconds] = {}
        self._done: dict[str, DeliveryRow] = {}
        self._seen_since: Seconds | None = None
        self.never_came: set[str] = set()
        self.proof: DeliveryProof | None = None

    async def run(self) -> Swept:
        """Sweep once. Raises PassingFault, LastingFault, StoreUnavailable; the next one repeats it."""
        now = self._clock.now()
        since = await self._since(now)
        listed = await self._sent_log.sent_since(since)
        known = await self._known(listed.attempts)
        verdict = judge(listed.attempts, known, now)
        await self._ask(verdict.ask[:ASKED_PER_SWEEP_MAX])
        reached = now if verdict.unsettled_since is None else min(now, verdict.unsettled_since)
        await self._ledger.set_mark(MARK, reached)
        self._give_up(verdict.never_came)
        await self._prove(ours(listed.attempts, known), _read_since(listed, since), listed.complete)
        asked = tuple(attempt.delivery for attempt in verdict.ask[:ASKED_PER_SWEEP_MAX])
        is_all = len(asked) == len(verdict.ask)
        return Swept(asked=asked, again_at=verdict.again_at if is_all else now)

    async def _since(self, now: Seconds) -> Seconds:
        """Since when the list is to be read: no further back than anything could be done about it."""
        mark = await self._ledger.mark(MARK)
        since = float("-inf") if mark is None else mark - OVERLAP_SECONDS
        if self._seen_since is None:
            since = min(since, now - SHOWN_SECONDS)
        return max(since, now - self._reach.window, now - self._reach.kept + OVERLAP_SECONDS)

    async def _known(self, attempts: Sequence[Sent]) -> Known:
        ids = list(dict.fromkeys(attempt.delivery for attempt in attempts))
        rows = await self._ledger.known_deliveries(SENDER, ids)
        return Known(rows=rows, asked=self._asked, answers_since=await self._ledger.oldest_delivery(SENDER))

    async def _ask(self, wanted: Sequence[Sent]) -> None:
        """Ask for each; what the sender cannot repeat any more holds up nothing else."""
        for index, attempt in enumerate(wanted):
            if index and index % ASKED_AT_ONCE == 0:
                await self._clock.sleep(PAUSE_SECONDS)
            before = self._asked.get(attempt.delivery, Asking())
            self._asked[attempt.delivery] = Asking(before.times + 1, self._clock.now())
            try:
                await self._sent_log.send_again(attempt.attempt)
            except LastingFault as fault:
                log.warning("reconciler.not_repeated", delivery=attempt.delivery, reason=fault.reason)
        if wanted:
            log.info("reconciler.asked_again", deliveries=[attempt.delivery for attempt in wanted])

    def _give_up(self, never_came: Sequence[str]) -> None:
        """Say it once of each. What came after all is no longer among them."""
        news = [delivery for delivery in never_came if delivery not in self.never_came]
        if news:
            log.error("reconciler.never_came", deliveries=news)
        self.never_came |= set(news)

    async def _prove(self, attempts: Sequence[Sent], since: Seconds, is_complete: bool) -> None:
        """Add what was listed to what is known of the last day, and look how far all of it came."""
        now = self._clock.now()
        begun = since if self._seen_since is None or not is_complete else self._seen_since
        self._seen_since = max(begun, now - PROVEN_SECONDS)
        for delivery, at in first_sent(attempts).items():
            self._sent[delivery] = min(at, self._sent.get(delivery, at))
        self._forget(now)
        open_ones = [delivery for delivery in self._sent if delivery not in self._done]
        rows = await self._ledger.known_deliveries(SENDER, open_ones)
        done = {delivery: row for delivery, row in rows.items() if row.state == "done"}
        self._done |= done
        proof = prove(self._sent, {**self._done, **rows}, (self._seen_since, now))
        self.proof = replace(proof, complete=is_complete)
        self.never_came -= set(done)

    def _forget(self, now: Seconds) -> None:
        """Keep what was sent in the last day, and of that no more than there is room for."""
        recent = sorted((at, delivery) for delivery, at in self._sent.items() if at > now - PROVEN_SECONDS)
        if len(recent) > PROVEN_MAX:
            recent = recent[-PROVEN_MAX:]
            self._seen_since = recent[0][0]
        self._sent = {delivery: at for at, delivery in recent}
        self._done = {delivery: row for delivery, row in self._done.items() if delivery in self._sent}
        oldest = now - self._reach.window
        self._asked = {delivery: asked for delivery, asked in self._asked.items() if asked.at > oldest}


def _read_since(listed: SentList, since: Seconds) -> Seconds:
    """Since when everything was read: later than was asked for, where the list was cut."""
    if listed.complete:
        return since
    log.warning("reconciler.list_cut", attempts=len(listed.attempts))
    return min((attempt.at for attempt in listed.attempts), default=since)
