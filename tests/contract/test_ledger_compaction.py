"""The ledger's contract for its past: what goes, what stays, and that state is still what events make."""

import random
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from bot.domain.events import MessagePosted
from bot.domain.slot import Slot
from bot.domain.state import encode, slot_key
from bot.ledger import compaction, forgetting, schema
from bot.ledger.store import SqlLedger
from bot.ports import Choice, Meant, Performed
from tests.contract.ledger_histories import History
from tests.contract.ledger_stories import (
    PULL,
    REACTORS,
    answered,
    decide,
    decided,
    deliver,
    give,
    incoming,
    lease_all,
    lease_effects,
    lease_one,
    meant,
    message,
    new,
    order,
    reaction,
    timer,
)

LATER = 10_000.0


async def compact(ledger: SqlLedger, before: float = LATER, now: float = LATER) -> tuple[int, dict[str, str]]:
    """Compact all that can be; gives how many events went, and which keys were refused."""
    after, removed = 0, 0
    refused: dict[str, str] = {}
    while True:
        step = await ledger.compact_events(after, before, now)
        removed += step.removed
        refused.update(step.refused)
        after = step.after
        if step.ended:
            return removed, refused


async def forget_names(ledger: SqlLedger, before: float) -> int:
    after, removed, ended = "", 0, False
    while not ended:
        step = await ledger.forget_names(after, before)
        after, ended = step.after, step.ended
        removed += step.removed
    return removed


async def differences(ledger: SqlLedger) -> list[Any]:
    keys = await ledger.keys("", 10_000)
    assert keys
    return [found for key in keys if (found := await ledger.difference(key)) is not None]


async def change(ledger: SqlLedger, statement: sa.Update | sa.Insert) -> None:
    await ledger._executor.write(lambda connection: connection.execute(statement))


async def count(ledger: SqlLedger, table: sa.Table) -> int:
    found: int = await ledger._executor.read(
        lambda connection: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
    )
    return found


async def a_command_is_answered(ledger: SqlLedger, name: str, at: float = 100.0) -> None:
    await give(ledger, name, at=at)
    lease = await lease_one(ledger, at)
    await ledger.record(decided(lease, new(answered(name)), at=at), release=True)


@pytest.mark.parametrize("seed", range(6))
async def test_whenever_a_ledger_is_compacted_its_state_is_what_its_events_make(
    ledger: SqlLedger, seed: int
) -> None:
    history, chance = History(ledger, seed), random.Random(seed)
    removed = 0
    for _ in range(8):
        await history.steps(chance.randint(5, 40))
        before = history.now - chance.uniform(0.0, 60_000.0)
        events, refused = await compact(ledger, before, history.now)
        removed += events
        assert refused == {}
        await forget_names(ledger, before)
        await ledger.forget_effects(0)
        assert await differences(ledger) == []
    assert removed > 20
    assert any(isinstance(state, Slot) and state.history for state in (await ledger.states("slot:")).values())


async def test_a_ledger_that_was_compacted_goes_on_as_one_that_was_not(ledger: SqlLedger) -> None:
    await a_command_is_answered(ledger, "one")
    before = encode(await ledger.state(PULL))
    assert (await compact(ledger))[0] == 2
    assert await ledger.events() == []
    assert encode(await ledger.state(PULL)) == before
    await a_command_is_answered(ledger, "two", at=200.0)
    made = await ledger.rebuilt(PULL)
    assert made.state == await ledger.state(PULL)
    assert made.state.commands == ("one", "two")
    assert made.version == 2


async def test_a_snapshot_that_is_one_event_off_is_noticed_and_nothing_more_is_removed(
    ledger: SqlLedger,
) -> None:
    for number in range(3):
        await a_command_is_answered(ledger, f"c-{number}", at=100.0 + number)
    await compact(ledger, before=101.5)
    assert await differences(ledger) == []
    one_further = {"version": schema.snapshots.c.version + 1, "sequence": 1_000}
    await change(ledger, sa.update(schema.snapshots).values(one_further))
    (found,) = await differences(ledger)
    assert (found.key, found.fields) == (PULL, ("commands",))
    assert await compact(ledger) == (0, {PULL: "the state differs commands"})
    assert len(await ledger.events()) == 2


async def test_a_state_that_its_events_do_not_make_is_told_by_what_differs(ledger: SqlLedger) -> None:
    await a_command_is_answered(ledger, "one")
    state = await ledger.state(PULL)
    body = encode(type(state)(state="merged", commands=state.commands))
    await change(ledger, sa.update(schema.state).values(body=body))
    (found,) = await differences(ledger)
    assert (found.key, found.fields, found.reason) == (PULL, ("state",), "the state differs")
    assert await compact(ledger) == (0, {PULL: "the state differs state"})
    assert len(await ledger.events()) == 2


async def test_what_is_not_old_enough_stays_whole(ledger: SqlLedger) -> None:
    await give(ledger, "one", at=100.0)
    lease = await lease_one(ledger, 300.0)
    await ledger.record(decided(lease, new(answered("one")), at=300.0), release=True)
    assert (await compact(ledger, before=200.0))[0] == 0
    assert (await compact(ledger, before=301.0))[0] == 2


async def test_work_that_waits_or_was_parked_keeps_its_story(ledger: SqlLedger) -> None:
    await give(ledger, "timer")
    await decide(ledger, await lease_one(ledger), new(timer(), due=50_000.0))
    await deliver(ledger, "parked", meant("parked", "pr:acme/shop#7"))
    (lease,) = await lease_all(ledger, limit=1)
    await ledger.record(decided(lease, outcome="failed"), release=True)
    before = len(await ledger.events())
    assert (await compact(ledger))[0] == 0
    assert len(await ledger.events()) == before
    # A redelivery takes it up again: then it is done, and goes.
    await ledger.accept(incoming("parked"))
    (lease,) = [each for each in await lease_all(ledger) if each.key == "pr:acme/shop#7"]
    await ledger.record(decided(lease), release=True)
    assert (await compact(ledger))[0] == 1


async def test_an_older_story_that_stays_does_not_hold_up_the_others_of_its_key(ledger: SqlLedger) -> None:
    await give(ledger, "parked")
    lease = await lease_one(ledger)
    await ledger.record(decided(lease, outcome="failed"), release=True)
    await a_command_is_answered(ledger, "two", at=101.0)
    assert (await compact(ledger))[0] == 2
    (left,) = await ledger.events()
    assert left.delivery == f"{PULL} parked"
    assert await differences(ledger) == []


async def test_effects_that_are_not_done_keep_their_story(ledger: SqlLedger) -> None:
    await order(ledger, message("one"))
    assert (await compact(ledger))[0] == 0
    (effect,) = await lease_effects(ledger)
    assert (await compact(ledger))[0] == 0
    await ledger.finish_effect(effect, Performed(handle={"ts": "1"}), REACTORS, 100.0)
    assert (await compact(ledger))[0] == 1


async def test_outcomes_and_effects_go_with_their_story(ledger: SqlLedger) -> None:
    event = await order(ledger, reaction())
    (effect,) = await lease_effects(ledger)
    await ledger.finish_effect(effect, Performed(), REACTORS, 100.0)
    await compact(ledger)
    assert await ledger.outcomes(event) == []
    assert await ledger.effects() == []


async def an_old_history(ledger: SqlLedger, seed: int) -> History:
    """A history of which everything is finished and old by now."""
    history = History(ledger, seed, trouble=False)
    await history.steps(150)
    for _ in range(20):
        history.now += 50_000.0
        await history.settle()
    history.now += 50_000.0
    return history


async def test_a_message_of_a_request_that_is_remembered_is_updated_and_not_posted_again(
    ledger: SqlLedger,
) -> None:
    history = await an_old_history(ledger, 1)
    await compact(ledger, history.now, history.now)
    await forget_names(ledger, history.now)
    await ledger.forget_effects(0)
    assert await ledger.events() == []
    ended = [each for slot in (await ledger.states("slot:")).values() for each in slot.history]
    assert len(ended) > 5
    for deployment in ended:
        # A rollback can name it, and what it changes in the request's message is an update.
        assert await ledger.locate(deployment.id) == [slot_key(deployment.order)]
        assert await ledger.locate(deployment.order.sha) == [
            f"request:{deployment.order.request}",
            slot_key(deployment.order),
        ]
        target = f"slack:{deployment.order.request}"
        await order(ledger, message("corrected", target), name=deployment.id, at=history.now)
        (effect,) = await lease_effects(ledger, history.now)
        assert (effect.key, effect.handle) == (target, {"ts": target})
        await ledger.finish_effect(effect, Performed(handle={"ts": target}), REACTORS, history.now)


async def test_what_no_slot_remembers_is_forgotten_with_its_names_and_its_message(ledger: SqlLedger) -> None:
    history = await an_old_history(ledger, 2)
    await slots_forget(ledger, schema.state)
    requests = await ledger.states("request:")
    assert len(requests) > 5
    # Nothing goes while there are events of that age: they may be what is asked for.
    assert await forget_names(ledger, history.now) == 0
    assert await count(ledger, schema.effects) > len(requests)


async def test_a_request_goes_when_its_slot_forgets_it_unless_something_happened_to_it(
    ledger: SqlLedger,
) -> None:
    history = await an_old_history(ledger, 2)
    await compact(ledger, history.now, history.now)
    requests = set(await ledger.states("request:"))
    assert await forget_names(ledger, history.now) == 0
    await slots_forget(ledger, schema.state, schema.snapshots)
    busy = min(requests)
    posted = Meant(key=busy, time=history.now, data=MessagePosted(channel="C1", ts="9"))
    await deliver(ledger, "late", posted, at=history.now)
    assert await forget_names(ledger, history.now) > 0
    await ledger.forget_effects(0)
    assert set(await ledger.states("request:")) == {busy}
    assert not (requests - {busy}) & set(await ledger.keys("", 10_000))
    for key in requests - {busy}:
        assert await ledger.locate(key.removeprefix("request:")) == []
    assert [effect.key for effect in await ledger.effects()] == [busy.replace("request", "slack")]
    assert await ledger.locate(busy.removeprefix("request:")) == [busy]


async def test_a_request_to_which_something_happens_meanwhile_keeps_its_state(ledger: SqlLedger) -> None:
    history = await an_old_history(ledger, 2)
    await compact(ledger, history.now, history.now)
    key = min(await ledger.states("request:"))
    posted = Meant(key=key, time=history.now, data=MessagePosted(channel="C1", ts="9"))
    await deliver(ledger, "late", posted, at=history.now)
    name = forgetting.Name(key.removeprefix("request:"), key)
    await ledger._executor.write(lambda one: forgetting.drop_names(one, [name], history.now))
    assert await ledger.state(key) is not None
    assert await differences(ledger) == []


async def test_a_name_is_as_old_as_its_last_use(ledger: SqlLedger) -> None:
    for number, at in enumerate((100.0, 20_000.0)):
        posted = Meant(key="request:r-1", time=at, data=MessagePosted(channel="C1", ts="9"))
        await deliver(ledger, f"m-{number}", posted, at=at)
    found = await ledger._executor.read(
        lambda one: one.execute(sa.select(schema.aliases.c.named_at)).scalars().all()
    )
    assert found == [20_000.0]


async def slots_forget(ledger: SqlLedger, *tables: sa.Table) -> None:
    """Take the past from slots, as fifty newer deployments would."""
    for key, slot in (await ledger.states("slot:")).items():
        bare = encode(Slot(current=slot.current, queue=slot.queue, live=slot.live))
        for table in tables:
            await change(ledger, sa.update(table).where(table.c.key == key).values(body=bare))


async def test_names_outlive_their_limit_while_a_story_of_their_key_is_not_finished(
    ledger: SqlLedger,
) -> None:
    history = History(ledger, 3)
    await history.steps(60)
    names = await count(ledger, schema.aliases)
    assert names > 0
    assert await forget_names(ledger, history.now + 1.0) == 0
    assert await count(ledger, schema.aliases) == names


async def test_deliveries_go_when_they_are_old_and_done_and_never_before(ledger: SqlLedger) -> None:
    await a_command_is_answered(ledger, "done")
    await give(ledger, "waits")
    await give(ledger, "parked", key="pr:acme/shop#7")
    (lease,) = [each for each in await lease_all(ledger) if each.key == "pr:acme/shop#7"]
    await ledger.record(decided(lease, outcome="failed"), release=True)
    await ledger.accept(incoming("untranslated"))
    await a_command_is_answered_elsewhere(ledger)
    step = await ledger.forget_deliveries(0, 150.0)
    assert (step.removed, step.ended) == (1, True)
    left = {row.id for row in await ledger.deliveries(0)}
    assert left == {f"{PULL} waits", "pr:acme/shop#7 parked", "untranslated", "pr:acme/shop#9 young"}
    assert (await ledger.accept(incoming(f"{PULL} waits"))).state == "duplicate"


async def a_command_is_answered_elsewhere(ledger: SqlLedger) -> None:
    await give(ledger, "young", key="pr:acme/shop#9", at=200.0)
    (lease,) = [each for each in await lease_all(ledger, 200.0) if each.key == "pr:acme/shop#9"]
    await ledger.record(decided(lease, at=200.0), release=True)


async def test_a_young_delivery_among_old_ones_stays(ledger: SqlLedger) -> None:
    """Clocks are set back now and then: the order of arrival is not that of the times."""
    for name, at in (("a", 100.0), ("b", 300.0), ("c", 100.0)):
        key = f"pr:acme/shop#{ord(name)}"
        await give(ledger, name, key=key, at=at)
        (lease,) = [each for each in await lease_all(ledger, 300.0) if each.key == key]
        await ledger.record(decided(lease, at=at), release=True)
    assert (await ledger.forget_deliveries(0, 200.0)).removed == 2
    assert [row.received_at for row in await ledger.deliveries(0)] == [300.0]


async def test_keys_are_listed_page_by_page_each_once(ledger: SqlLedger) -> None:
    history = History(ledger, 4)
    await history.steps(80)
    await compact(ledger, history.now - 30_000.0, history.now)
    everything = list(await ledger.keys("", 10_000))
    pages, after = [], ""
    while page := list(await ledger.keys(after, 3)):
        pages += page
        after = page[-1]
    assert pages == everything == sorted(set(everything))
    assert {"pr:acme/shop#1", "slot:acme/shop/api/production"} <= set(everything)


async def test_work_that_came_between_looking_and_removing_keeps_the_story(ledger: SqlLedger) -> None:
    """What was prepared beside the writer is looked at again in the transaction that removes."""
    await a_command_is_answered(ledger, "one")
    prepared = await ledger._executor.read(lambda connection: compaction.prepare(connection, 0, LATER))
    assert len(prepared.correlations) == 1
    await order_again(ledger, prepared.correlations[0])
    removed = await ledger._executor.write(
        lambda connection: compaction.compact(connection, prepared, LATER, LATER)
    )
    assert removed == 0
    assert len(await ledger.events()) == 2


async def order_again(ledger: SqlLedger, correlation: str) -> None:
    (first, *_) = await ledger.events(correlation=correlation)
    row = {"event": first.id, "reactor": "late", "key": PULL, "due": 1.0, "timer": False}
    await change(ledger, sa.insert(schema.work).values(row | {"state": "parked", "attempts": 1}))


async def test_a_snapshot_never_goes_back_to_an_older_one(ledger: SqlLedger) -> None:
    """Two steps were looked at together: the one that removes last finds that its snapshot is not newer."""
    await a_command_is_answered(ledger, "one", at=100.0)
    await a_command_is_answered(ledger, "two", at=200.0)
    older = await ledger._executor.read(lambda one: compaction.prepare(one, 0, 150.0))
    both = await ledger._executor.read(lambda one: compaction.prepare(one, 0, LATER))
    newer = replace(both, correlations=tuple(set(both.correlations) - set(older.correlations)))
    assert await ledger._executor.write(lambda one: compaction.compact(one, newer, LATER, LATER)) == 2
    assert await ledger._executor.write(lambda one: compaction.compact(one, older, LATER, LATER)) == 0
    assert await differences(ledger) == []
    assert (await compact(ledger))[0] == 2
    assert await differences(ledger) == []


async def test_a_step_that_breaks_off_in_the_middle_has_done_nothing(
    ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = await an_old_history(ledger, 5)
    events, effects = len(await ledger.events()), await ledger.effects()

    def break_off(*_: Any) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr(compaction, "drop_effects", break_off)
        with pytest.raises(RuntimeError, match="the power went"):
            await compact(ledger, history.now, history.now)
    assert (len(await ledger.events()), await ledger.effects()) == (events, effects)
    assert await count(ledger, schema.snapshots) == 0
    assert (await compact(ledger, history.now, history.now))[0] == events
    assert await differences(ledger) == []


async def test_what_somebody_discarded_goes_with_its_story(ledger: SqlLedger) -> None:
    await give(ledger, "parked")
    lease = await lease_one(ledger)
    await ledger.record(decided(lease, outcome="failed", effects=(message("one"),)), release=True)
    (effect,) = await lease_effects(ledger)
    await ledger.park_effect(effect, "refused", "ask", REACTORS, 100.0)
    assert (await compact(ledger))[0] == 0
    assert (await ledger.forget_deliveries(0, LATER)).removed == 0
    await ledger.discard_parked(Choice(everything=True), "ada", 150.0)
    assert (await compact(ledger))[0] == 1
    assert (await ledger.forget_deliveries(0, LATER)).removed == 1
    assert [await count(ledger, table) for table in (schema.events, schema.work, schema.outcomes)] == [
        0,
        0,
        0,
    ]
