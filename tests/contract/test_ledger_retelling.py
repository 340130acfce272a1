"""The ledger's contract for those who go through its past: what was decided, and on which state."""

import random
from typing import Any

import pytest

from bot.domain.state import apply
from bot.ledger.store import SqlLedger
from bot.ports import Choice, Recorded
from bot.ports.retelling import Place
from bot.replaying import walking
from bot.replaying.walking import Step
from tests.contract.ledger_histories import History
from tests.contract.ledger_stories import (
    PULL,
    answered,
    decide,
    give,
    lease_one,
    message,
    new,
    order,
    reaction,
)
from tests.contract.test_ledger_compaction import compact

Seen = dict[tuple[str, str], Any]


def seen_by(ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Note which state each decision saw when it was recorded; the last one counts."""
    seen: Seen = {}
    record = ledger.record

    async def noting(recorded: Recorded, *, release: bool = False) -> int:
        lease, work = recorded.lease, recorded.work
        state = lease.state if work.applied else apply(lease.key, lease.state, work.event.data)
        version = await record(recorded, release=release)
        seen[work.event.id, work.reactor] = state
        return version

    monkeypatch.setattr(ledger, "record", noting)
    return seen


async def all_steps(ledger: SqlLedger) -> list[Step]:
    return [step async for key in walking.keys(ledger) async for step in walking.steps(ledger, key)]


@pytest.mark.parametrize("seed", range(4))
async def test_each_decision_is_found_with_the_state_that_it_saw_also_when_it_came_late(
    ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    seen = seen_by(ledger, monkeypatch)
    history, chance = History(ledger, seed), random.Random(seed)
    for _ in range(12):
        await history.steps(chance.randrange(5, 15))
        await ledger.retry_parked(Choice(everything=True), history.now)
    await history.settle()

    steps = await all_steps(ledger)
    assert {(step.event.id, step.outcome.reactor) for step in steps} == set(seen)
    wrong = [step for step in steps if seen[step.event.id, step.outcome.reactor] not in step.states]
    assert wrong == []
    first = [step for step in steps if seen[step.event.id, step.outcome.reactor] == step.states[0]]
    assert len(steps) * 0.8 < len(first) < len(steps)
    assert all(step.outcome.facts == {"now": step.outcome.decided_at} for step in steps)


async def test_what_is_left_after_compaction_is_found_with_the_state_that_it_saw(
    ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = seen_by(ledger, monkeypatch)
    history = History(ledger, 5, trouble=False)
    await history.steps(60)
    await history.settle()
    before = history.now
    await history.steps(60)
    removed, refused = await compact(ledger, before, history.now)
    assert removed > 0
    assert refused == {}

    steps = await all_steps(ledger)
    assert steps
    assert [step for step in steps if seen[step.event.id, step.outcome.reactor] not in step.states] == []


async def test_events_are_told_in_the_order_in_which_they_were_applied_and_in_portions(
    ledger: SqlLedger,
) -> None:
    await give(ledger, "one", "two")
    lease = await lease_one(ledger)
    first = lease.work[0]
    lease = await decide(ledger, lease, new(answered(first.event.id)))
    await decide(ledger, lease)

    told = await ledger.told(PULL, Place(0, 0), 10)
    assert [each.event.data.TYPE for each in told] == ["command.given", "command.answered", "command.given"]
    assert [each.place.version for each in told] == [1, 1, 2]
    assert [each.event.id for each in await ledger.told(PULL, told[0].place, 1)] == [told[1].event.id]
    assert await ledger.told(PULL, told[-1].place, 10) == []


async def test_keys_are_listed_by_when_something_was_recorded(ledger: SqlLedger) -> None:
    await give(ledger, "one", key="pr:acme/shop#1", at=100.0)
    await give(ledger, "two", key="pr:acme/shop#2", at=200.0)
    assert list(await ledger.keys_since(150.0, "", 10)) == ["pr:acme/shop#2"]
    assert list(await ledger.keys_since(0.0, "", 1)) == ["pr:acme/shop#1"]
    assert list(await ledger.keys_since(0.0, "pr:acme/shop#1", 10)) == ["pr:acme/shop#2"]


async def test_what_effects_carry_is_told_with_the_event_that_wanted_it_last(ledger: SqlLedger) -> None:
    await order(ledger, message("old"), at=100.0)
    await order(ledger, reaction(), message("newer"), at=101.0, name="again")
    (event,) = {step.event.id for step in await all_steps(ledger) if step.outcome.decided_at == 101.0}
    carried = await ledger.carried(["message:r-1", "nothing"])
    assert list(carried) == ["message:r-1"]
    assert carried["message:r-1"].causation == event
    assert carried["message:r-1"].body == message("newer").body
