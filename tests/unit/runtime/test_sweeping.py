"""A sweep reads what is new, asks for what is missing, and loses nothing when it ends in the middle."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bot.domain.errors import LastingFault, PassingFault
from bot.ports import Sent, SentList
from bot.runtime import sweeping
from bot.runtime.missing import ASKED_AGAIN_MAX
from bot.runtime.sweeping import OVERLAP_SECONDS, PAUSE_SECONDS, SHOWN_SECONDS, Reach, Sweep
from tests.unit.runtime.machinery import Machinery

DAY = 86_400.0
NOW = 10 * DAY


@dataclass
class SenderLog:
    """What a sender says it sent, the newest first."""

    attempts: Sequence[Sent] = ()
    fault: Exception | None = None
    refuses: dict[int, Exception] = field(default_factory=dict)
    complete: bool = True
    asked_since: list[float] = field(default_factory=list)
    asked_again: list[int] = field(default_factory=list)

    async def sent_since(self, since: float) -> SentList:
        self.asked_since.append(since)
        if self.fault is not None:
            raise self.fault
        return SentList([each for each in self.attempts if each.at >= since], self.complete)

    async def send_again(self, attempt: int) -> None:
        if attempt in self.refuses:
            raise self.refuses[attempt]
        self.asked_again.append(attempt)


@pytest.fixture(autouse=True)
def _much_later(machinery: Machinery) -> None:
    machinery.clock.time = NOW


def sweep_of(machinery: Machinery, log: SenderLog, reach: Reach | None = None) -> Sweep:
    return Sweep(machinery.ledger, log, machinery.clock, reach)


async def test_what_failed_and_is_not_here_is_asked_for_the_oldest_first(machinery: Machinery) -> None:
    log = SenderLog((Sent(3, "c", NOW - 30, False), Sent(1, "a", NOW - 100, False)))
    swept = await sweep_of(machinery, log).run()
    assert log.asked_again == [1, 3]
    assert swept.asked == ("a", "c")


async def test_what_is_stored_here_is_not_asked_for_although_its_answer_was_lost(
    machinery: Machinery,
) -> None:
    await machinery.ledger.accept(machinery.incoming("a"))
    log = SenderLog((Sent(1, "a", NOW - 100, False),))
    await sweep_of(machinery, log).run()
    assert log.asked_again == []


async def test_the_first_sweep_reads_all_that_can_be_repeated_and_the_next_ones_what_is_new(
    machinery: Machinery,
) -> None:
    log = SenderLog()
    sweep = sweep_of(machinery, log)
    await sweep.run()
    machinery.clock.time += 300
    await sweep.run()
    assert log.asked_since == [NOW - 3 * DAY, NOW - OVERLAP_SECONDS]


async def test_a_restart_reads_on_where_the_last_sweep_ended(machinery: Machinery) -> None:
    log = SenderLog()
    await sweep_of(machinery, log).run()
    machinery.clock.time += 2 * DAY
    await sweep_of(machinery, log).run()
    assert log.asked_since[1] == NOW - OVERLAP_SECONDS


async def test_a_quick_restart_reads_an_hour_so_that_the_proof_says_something(machinery: Machinery) -> None:
    log = SenderLog()
    await sweep_of(machinery, log).run()
    machinery.clock.time += 60
    await sweep_of(machinery, log).run()
    assert log.asked_since[1] == NOW + 60 - SHOWN_SECONDS


@pytest.mark.parametrize("fault", [PassingFault("down"), LastingFault("forbidden")])
async def test_a_sweep_that_failed_is_repeated_over_the_same_time(
    machinery: Machinery, fault: Exception
) -> None:
    log = SenderLog(fault=fault)
    sweep = sweep_of(machinery, log)
    with pytest.raises(type(fault)):
        await sweep.run()
    log.fault = None
    await sweep.run()
    assert log.asked_since[0] == log.asked_since[1]


async def test_a_sweep_that_ends_in_the_middle_leaves_the_rest_to_the_next_one(machinery: Machinery) -> None:
    attempts = (Sent(3, "c", NOW - 30, False), Sent(1, "a", NOW - 100, False))
    log = SenderLog(attempts, refuses={3: PassingFault("down")})
    with pytest.raises(PassingFault):
        await sweep_of(machinery, log).run()
    log.refuses.clear()
    await sweep_of(machinery, log).run()
    assert set(log.asked_again) == {1, 3}


async def test_the_mark_waits_for_what_is_not_done_with(machinery: Machinery) -> None:
    log = SenderLog((Sent(1, "a", NOW - 7200, False),))
    sweep = sweep_of(machinery, log)
    await sweep.run()
    machinery.clock.time += 300
    await sweep.run()
    assert log.asked_since[1] == NOW - 7200 - OVERLAP_SECONDS
    assert log.asked_again == [1, 1]


async def test_what_cannot_be_repeated_any_more_holds_up_nothing_else(machinery: Machinery) -> None:
    attempts = (Sent(3, "c", NOW - 30, False), Sent(1, "a", NOW - 100, False))
    log = SenderLog(attempts, refuses={1: LastingFault("too old")})
    sweep = sweep_of(machinery, log)
    await sweep.run()
    assert log.asked_again == [3]
    for _ in range(5):
        machinery.clock.time += 700
        await sweep.run()
    assert sweep.never_came == {"a", "c"}
    assert log.asked_again == [3] * ASKED_AGAIN_MAX


async def test_it_asks_slowly_and_no_more_than_so_many_at_once(
    machinery: Machinery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "ASKED_PER_SWEEP_MAX", 4)
    monkeypatch.setattr(sweeping, "ASKED_AT_ONCE", 2)
    attempts = [Sent(n, f"d{n}", NOW - 100 + n, False) for n in (5, 4, 3, 2, 1)]
    log = SenderLog(attempts)
    pauses: list[float] = []
    sleep = machinery.clock.sleep

    async def counted(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(seconds)

    monkeypatch.setattr(machinery.clock, "sleep", counted)
    sweep = sweep_of(machinery, log)
    assert (await sweep.run()).again_at == NOW
    assert (log.asked_again, pauses) == ([1, 2, 3, 4], [PAUSE_SECONDS])
    await sweep.run()
    assert log.asked_again == [1, 2, 3, 4, 5]


async def test_what_is_older_than_deliveries_are_kept_is_not_missed(machinery: Machinery) -> None:
    """It was stored and removed: to ask for it would do it twice."""
    log = SenderLog()
    await sweep_of(machinery, log, Reach(kept=DAY)).run()
    assert log.asked_since == [NOW - DAY + OVERLAP_SECONDS]


async def test_the_proof_counts_what_was_sent_stored_and_finished_hour_by_hour(machinery: Machinery) -> None:
    await machinery.deliver("one", "two")
    await machinery.ledger.record_translations(
        [(machinery.incoming("g-0"), "broken")], {}, machinery.clock.now()
    )
    lost, late = Sent(9, "lost", NOW - 4000, False), Sent(8, "late", NOW - 5, False)
    stored = [Sent(1, "g-0", NOW - 100, True), Sent(2, "g-1", NOW - 90, True)]
    sweep = sweep_of(machinery, SenderLog([late, *stored, lost]))
    await sweep.run()
    proof = sweep.proof
    assert proof is not None
    assert (proof.total.sent, proof.total.stored, proof.total.finished, proof.total.failed) == (4, 2, 0, 1)
    assert proof.missing == ("lost",)  # what was sent 5 s ago may be on its way
    assert proof.unfinished == ("g-1",)
    assert proof.failed == ("g-0",)
    assert [tally.sent for _, tally in proof.hours] == [1, 3]
    assert proof.complete


async def test_a_list_that_was_cut_is_said_to_be(machinery: Machinery) -> None:
    sweep = sweep_of(machinery, SenderLog([Sent(1, "a", NOW - 100, True)], complete=False))
    await sweep.run()
    assert sweep.proof is not None
    assert (sweep.proof.complete, sweep.proof.since) == (False, NOW - 100)


async def test_what_another_ledger_took_is_not_counted_as_missing(machinery: Machinery) -> None:
    sweep = sweep_of(machinery, SenderLog([Sent(1, "a", NOW - 100, True)]))
    await sweep.run()
    assert sweep.proof is not None
    assert (sweep.proof.total.sent, sweep.proof.missing) == (0, ())
