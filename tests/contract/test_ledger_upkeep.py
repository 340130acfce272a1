"""The ledger's contract: leases that are renewed and handed back, lanes, and a clock that went back."""

import pytest

from bot.domain.errors import LeaseLost
from bot.ledger.store import SqlLedger
from bot.ports import Held, LaneRow, Performed
from tests.contract.ledger_stories import (
    LEASE_SECONDS,
    PULL,
    REACTORS,
    Bench,
    answered,
    decided,
    give,
    lease_all,
    lease_effects,
    lease_one,
    message,
    new,
    order,
    reaction,
    reply,
    texts,
    timer,
)

END = 100.0 + LEASE_SECONDS


# --- leases ---------------------------------------------------------------------------------------------


async def test_a_lease_that_is_renewed_lasts_longer(ledger: SqlLedger) -> None:
    await give(ledger, "one")
    lease = await lease_one(ledger)
    assert list(await ledger.renew([Held(lease.key, lease.token)], END + 30)) == []
    assert await lease_all(ledger, END + 29) == []
    await ledger.record(decided(lease), release=True)


async def test_a_lease_that_ended_is_anybodys_and_renewing_it_says_so(ledger: SqlLedger) -> None:
    await give(ledger, "one")
    late = await lease_one(ledger)
    taken = await lease_one(ledger, END)
    held = [Held(late.key, late.token), Held(taken.key, taken.token), Held("pr:acme/shop#404", "nobody's")]
    assert list(await ledger.renew(held, END + 60)) == [held[0], held[2]]
    with pytest.raises(LeaseLost):
        await ledger.record(decided(late))


async def test_a_lease_that_is_handed_back_can_be_taken_at_once(ledger: SqlLedger) -> None:
    await give(ledger, "one")
    lease = await lease_one(ledger)
    await ledger.hand_back([Held(lease.key, lease.token)])
    again = await lease_one(ledger, 100.0)
    await ledger.hand_back([Held(lease.key, lease.token)])  # too late: it is somebody else's
    assert await lease_all(ledger, 100.0) == []
    await ledger.record(decided(again), release=True)


async def test_an_effect_whose_lease_is_renewed_is_nobody_elses(ledger: SqlLedger) -> None:
    await order(ledger, reaction())
    (effect,) = await lease_effects(ledger)
    held = Held(effect.key, effect.token)
    assert list(await ledger.renew_effects([held], END + 30)) == []
    assert await lease_effects(ledger, END + 29) == []
    (again,) = await lease_effects(ledger, END + 30)
    assert list(await ledger.renew_effects([held], END + 90)) == [held]
    assert again.uncertain


async def test_an_attempt_that_is_handed_back_is_looked_for_after_a_moment(ledger: SqlLedger) -> None:
    await order(ledger, reaction())
    (effect,) = await lease_effects(ledger)
    await ledger.hand_back_effects([Held(effect.key, effect.token)], 110.0)
    assert await lease_effects(ledger, 114.9) == []
    (again,) = await lease_effects(ledger, 115.0)
    assert (again.uncertain, again.attempts, again.first_attempt_at) == (True, 2, 100.0)


async def test_an_attempt_that_ended_meanwhile_is_not_handed_back(ledger: SqlLedger) -> None:
    await order(ledger, reaction())
    (effect,) = await lease_effects(ledger)
    await ledger.finish_effect(effect, Performed(), REACTORS, 101.0)
    await ledger.hand_back_effects([Held(effect.key, effect.token)], 101.0)
    assert [row.state for row in await ledger.effects()] == ["done"]


async def test_what_was_under_way_long_ago_is_looked_for_at_once(bench: Bench) -> None:
    await order(bench.ledger, reaction())
    await lease_effects(bench.ledger)
    ledger = await bench.restart()
    await ledger.recover(10_000.0)
    (again,) = await lease_effects(ledger, 10_000.0)
    assert again.uncertain


# --- shares ---------------------------------------------------------------------------------------------


async def leased_keys(ledger: SqlLedger, busy: frozenset[str] = frozenset(), share: int = 2) -> list[str]:
    return [lease.key for lease in await ledger.lease(10, 200.0, LEASE_SECONDS, busy, share)]


async def test_keys_of_one_owner_get_at_most_their_share_however_many_wait(ledger: SqlLedger) -> None:
    for number in range(6):
        await give(ledger, "x", key=f"pr:acme/shop#{number}")
    for number in range(3):
        await give(ledger, "x", key=f"slack:T1:C1:{number}")
    await give(ledger, "x", key="pr:globex/shop#1")
    assert await leased_keys(ledger) == [
        "pr:acme/shop#0",
        "pr:acme/shop#1",
        "slack:T1:C1:0",
        "slack:T1:C1:1",
        "pr:globex/shop#1",
    ]


async def test_what_is_busy_counts_in_its_owners_share(ledger: SqlLedger) -> None:
    for key in ("pr:acme/shop#1", "pr:acme/shop#2", "pr:globex/shop#3"):
        await give(ledger, "x", key=key)
    assert await leased_keys(ledger, frozenset({"slot:acme/shop/api/production"})) == [
        "pr:acme/shop#1",
        "pr:globex/shop#3",
    ]


async def test_owners_whose_names_are_alike_are_told_apart(ledger: SqlLedger) -> None:
    for key in ("pr:acme-a/shop#1", "pr:acme_a/shop#2", "pr:acme_a/shop#3", "pr:acme/shop#4"):
        await give(ledger, "x", key=key)
    busy = frozenset({"pr:acme_a/shop#8", "pr:acme_a/shop#9"})
    assert await leased_keys(ledger, busy) == ["pr:acme-a/shop#1", "pr:acme/shop#4"]


# --- lanes ----------------------------------------------------------------------------------------------


async def test_what_is_known_of_a_lane_outlives_a_restart(bench: Bench) -> None:
    row = LaneRow(
        lane="github:7", paused_until=500.0, reason="limited", failures=5, opened_at=90.0, updated_at=100.0
    )
    await bench.ledger.note_lanes([row])
    ledger = await bench.restart()
    assert await ledger.lanes() == [row]


async def test_older_knowledge_of_a_lane_does_not_replace_newer(ledger: SqlLedger) -> None:
    await ledger.note_lanes([LaneRow(lane="github:7", paused_until=500.0, updated_at=100.0)])
    await ledger.note_lanes([LaneRow(lane="github:7", paused_until=200.0, updated_at=99.0)])
    assert [row.paused_until for row in await ledger.lanes()] == [500.0]


async def test_who_knew_nothing_of_a_pause_does_not_end_it(ledger: SqlLedger) -> None:
    await ledger.note_lanes([LaneRow(lane="github:7", paused_until=500.0, updated_at=100.0)])
    await ledger.note_lanes(
        [LaneRow(lane="github:7", failures=2, updated_at=101.0), LaneRow(lane="slack:C1")]
    )
    assert [(row.lane, row.paused_until, row.failures) for row in await ledger.lanes()] == [
        ("github:7", 500.0, 2),
        ("slack:C1", 0.0, 0),
    ]


# --- a clock that went back -----------------------------------------------------------------------------


async def test_after_the_clock_went_back_older_work_is_still_done_first(ledger: SqlLedger) -> None:
    await give(ledger, "one", at=4000.0)
    assert await ledger.turn_back(400.0) == 1
    await give(ledger, "two", at=400.0)
    assert texts(await lease_one(ledger, 400.0)) == ["one", "two"]


async def test_after_the_clock_went_back_a_timer_waits_as_long_as_before(ledger: SqlLedger) -> None:
    await give(ledger, "one", at=4000.0)
    await ledger.record(
        decided(await lease_one(ledger, 4000.0), new(timer(), due=4300.0), at=4000.0), release=True
    )
    await ledger.turn_back(400.0)
    assert await lease_all(ledger, 699.0) == []
    assert [work.event.data for work in (await lease_one(ledger, 700.0)).work] == [timer()]


async def test_a_timer_that_was_set_before_the_clock_was_ahead_is_left_alone(ledger: SqlLedger) -> None:
    await give(ledger, "one", at=100.0)
    await ledger.record(decided(await lease_one(ledger), new(timer(), due=400.0)), release=True)
    await ledger.turn_back(200.0)
    assert await lease_all(ledger, 399.0) == []
    await lease_one(ledger, 400.0)


async def test_after_the_clock_went_back_no_lease_and_no_hold_lasts_for_ever(ledger: SqlLedger) -> None:
    await give(ledger, "one", at=4000.0)
    await lease_one(ledger, 4000.0)  # by a worker that is no more
    await give(ledger, "two", key="pr:acme/shop#13", at=4000.0)
    held = await lease_one(ledger, 4000.0)
    await ledger.postpone(held, held.work[0], 4050.0, "GitHub is down", 4000.0)
    await ledger.turn_back(400.0)
    assert {lease.key for lease in await lease_all(ledger, 460.0)} == {PULL, "pr:acme/shop#13"}


async def test_after_the_clock_went_back_effects_and_lanes_wait_as_long_as_before(ledger: SqlLedger) -> None:
    await order(ledger, reaction(), at=4000.0)
    (effect,) = await lease_effects(ledger, 4000.0)
    await ledger.retry_effect(effect, 4030.0, "HTTP 502", False, 4000.0)
    await ledger.note_lanes([LaneRow(lane="github:7", paused_until=4060.0, updated_at=4000.0)])
    await ledger.turn_back(400.0)
    assert await lease_effects(ledger, 429.0) == []
    (again,) = await lease_effects(ledger, 430.0)
    assert again.first_attempt_at == 400.0
    assert [row.paused_until for row in await ledger.lanes()] == [460.0]


async def test_turning_back_a_clock_that_is_right_changes_nothing(ledger: SqlLedger) -> None:
    await order(ledger, message("request"), reply("a"))
    await give(ledger, "later")
    lease = await lease_one(ledger)
    await ledger.record(decided(lease, new(answered("later"))), release=True)
    before = (await ledger.effects(), await ledger.backlog(), await ledger.next_due(100.0))
    assert await ledger.turn_back(100.0) == 0
    assert (await ledger.effects(), await ledger.backlog(), await ledger.next_due(100.0)) == before
