"""The ledger's contract: deliveries, events, and decisions. Effects: `test_ledger_effects`."""

import asyncio
import random
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.domain.change import ChangeState
from bot.domain.errors import LeaseLost, StoreUnavailable
from bot.domain.events import ChangeOpened, New, RequestMade
from bot.domain.state import apply
from bot.domain.values import Change, Person
from bot.ledger.store import SqlLedger
from bot.ports import Accepted, Meant, Translated
from tests.contract.ledger_stories import (
    LEASE_SECONDS,
    OTHER_PULL,
    PULL,
    REACTORS,
    SHOP,
    Bench,
    answered,
    decide,
    decided,
    deliver,
    give,
    incoming,
    lease_all,
    lease_one,
    meant,
    new,
    order,
    reaction,
    texts,
    timer,
)

# --- deliveries -------------------------------------------------------------------------------------


async def test_a_delivery_is_kept_with_every_byte_of_its_body(ledger: SqlLedger) -> None:
    body = bytes(range(256)) * 100
    assert await ledger.accept(incoming(body=body, at=0.1 + 0.2)) == Accepted("new")
    found = await ledger.delivery("g-1")
    assert found is not None
    row, stored = found
    assert stored == incoming(body=body, at=0.1 + 0.2)
    assert (row.state, row.outcome, row.received_at) == ("received", None, 0.1 + 0.2)


async def test_the_same_delivery_twice_changes_nothing(ledger: SqlLedger) -> None:
    await ledger.accept(incoming())
    assert await ledger.accept(incoming(at=200.0)) == Accepted("duplicate")
    assert [row.received_at for row in await ledger.deliveries(0)] == [100.0]


async def test_the_same_id_with_another_body_is_a_conflict_and_the_first_body_stays(
    ledger: SqlLedger,
) -> None:
    await ledger.accept(incoming())
    assert await ledger.accept(incoming(body=b"forged")) == Accepted("duplicate", conflict=True)
    found = await ledger.delivery("g-1")
    assert found is not None
    assert found[1].body == incoming().body


async def test_two_senders_may_use_the_same_id(ledger: SqlLedger) -> None:
    await ledger.accept(incoming())
    assert await ledger.accept(replace(incoming(), source="slack")) == Accepted("new")


async def test_many_waiting_deliveries_are_all_stored_and_duplicates_among_them_found(
    ledger: SqlLedger,
) -> None:
    ids = ["a", "b", "a", "c", "b", "a"]
    found = await asyncio.gather(*(ledger.accept(incoming(id)) for id in ids))
    assert [accepted.state for accepted in found] == [
        "new",
        "new",
        "duplicate",
        "new",
        "duplicate",
        "duplicate",
    ]
    assert [each.id for each in await ledger.untranslated(10)] == ["a", "b", "c"]


async def test_a_delivery_that_cannot_be_stored_fails_only_its_own_sender(ledger: SqlLedger) -> None:
    bad = incoming("bad-\udcff")  # a header that is no UTF-8, as a server hands it on
    found = await asyncio.gather(
        *(ledger.accept(each) for each in (incoming("a"), bad, incoming("b"))), return_exceptions=True
    )
    assert [found[0], found[2]] == [Accepted("new"), Accepted("new")]
    assert isinstance(found[1], ValueError)
    assert [each.id for each in await ledger.untranslated(10)] == ["a", "b"]


async def test_the_oldest_deliveries_are_translated_first(ledger: SqlLedger) -> None:
    for id in ("c", "a", "b"):
        await ledger.accept(incoming(id))
    assert [each.id for each in await ledger.untranslated(2)] == ["c", "a"]


async def test_deliveries_are_listed_newest_first(ledger: SqlLedger) -> None:
    for id in ("a", "b", "c"):
        await ledger.accept(incoming(id))
    assert [row.id for row in await ledger.deliveries(2)] == ["c", "b"]
    assert [row.id for row in await ledger.deliveries(0)] == ["c", "b", "a"]
    assert await ledger.delivery("d") is None


# --- what deliveries mean ---------------------------------------------------------------------------


async def test_deliveries_that_mean_nothing_are_closed_in_bulk_with_their_reasons(ledger: SqlLedger) -> None:
    both = [incoming("a"), incoming("b")]
    for each in both:
        await ledger.accept(each)
    meanings = [Translated(reason="not_a_command"), Translated(reason="bot", action="edited", subject="x#1")]
    await ledger.record_translations(list(zip(both, meanings, strict=True)), REACTORS, 100.0)
    b, a = await ledger.deliveries(0)
    assert (a.state, a.outcome, a.reason, a.action) == ("done", "ignored", "not_a_command", None)
    assert (b.state, b.outcome, b.reason, b.action, b.subject) == ("done", "ignored", "bot", "edited", "x#1")
    assert await ledger.untranslated(10) == []


async def test_an_event_carries_where_it_came_from(ledger: SqlLedger) -> None:
    await deliver(ledger, "g-1", meant("deploy"), at=100.25)
    (event,) = await ledger.events()
    assert (event.source, event.delivery, event.key) == ("github", "g-1", PULL)
    assert (event.time, event.recorded_time) == (99.0, 100.25)
    assert (event.correlation, event.causation) == (event.id, None)
    assert await ledger.event(event.id) == event
    assert await ledger.events(delivery="g-1") == [event]
    assert await ledger.events(delivery="g-2") == []


async def test_a_delivery_is_done_when_the_last_work_of_its_events_is(ledger: SqlLedger) -> None:
    await deliver(ledger, "g-1", meant("one"), meant("two", OTHER_PULL))
    first, second = await lease_all(ledger)
    await decide(ledger, first, outcome="ignored", reason="nothing")
    assert (await ledger.deliveries(0))[0].state == "received"
    await decide(ledger, second, outcome="superseded", reason="newer")
    row = (await ledger.deliveries(0))[0]
    assert (row.state, row.outcome, row.reason) == ("done", "superseded", "newer")


async def test_the_most_telling_outcome_is_the_deliverys(ledger: SqlLedger) -> None:
    await deliver(ledger, "g-1", meant("one"), meant("two"), meant("three"))
    lease = await lease_one(ledger)
    lease = await decide(ledger, lease, outcome="deferred", reason="later")
    lease = await decide(ledger, lease, outcome="acted", reason="started")
    await decide(ledger, lease, outcome="ignored", reason="nothing")
    row = (await ledger.deliveries(0))[0]
    assert (row.state, row.outcome, row.reason) == ("done", "acted", "started")


async def test_an_event_with_a_natural_id_counts_once_under_any_delivery_id(ledger: SqlLedger) -> None:
    await deliver(ledger, "g-1", meant("deploy", natural="comment:99"))
    await deliver(ledger, "g-2", meant("deploy", natural="comment:99"))
    assert len(await ledger.events()) == 1
    row = (await ledger.deliveries(0))[0]
    assert (row.id, row.state, row.outcome, row.reason) == ("g-2", "done", "ignored", "duplicate_event")


async def test_an_event_with_a_natural_id_counts_once_within_a_batch(ledger: SqlLedger) -> None:
    both = [incoming("g-1"), incoming("g-2")]
    for each in both:
        await ledger.accept(each)
    meaning = Translated(events=(meant("deploy", natural="comment:99"),))
    await ledger.record_translations([(each, meaning) for each in both], REACTORS, 100.0)
    assert len(await ledger.events()) == 1
    assert [(row.id, row.reason) for row in await ledger.deliveries(0)] == [
        ("g-2", "duplicate_event"),
        ("g-1", None),
    ]


async def test_a_delivery_that_was_translated_already_is_left_alone(ledger: SqlLedger) -> None:
    await deliver(ledger, "g-1", meant("deploy"))
    await ledger.record_translations([(incoming("g-1"), Translated(reason="other"))], REACTORS, 101.0)
    await ledger.record_translations([(incoming("g-1"), "other")], REACTORS, 101.0)
    assert [row.state for row in await ledger.deliveries(0)] == ["received"]
    assert len(await ledger.events()) == 1


async def test_a_delivery_that_could_not_be_translated_is_repaired_when_it_comes_again(
    ledger: SqlLedger,
) -> None:
    await ledger.accept(incoming())
    await ledger.record_translations([(incoming(), "no_such_field")], REACTORS, 100.0)
    row = (await ledger.deliveries(0))[0]
    assert (row.state, row.outcome, row.reason) == ("failed", "failed", "no_such_field")
    assert await ledger.untranslated(10) == []
    assert await ledger.accept(incoming()) == Accepted("revived")
    assert [each.id for each in await ledger.untranslated(10)] == ["g-1"]
    await ledger.record_translations([(incoming(), Translated(events=(meant("deploy"),)))], REACTORS, 101.0)
    await decide(ledger, await lease_one(ledger, 101.0))
    assert await ledger.accept(incoming()) == Accepted("duplicate")


async def test_a_delivery_whose_work_was_parked_is_repaired_without_a_second_event(ledger: SqlLedger) -> None:
    await deliver(ledger, "g-1", meant("deploy"))
    await ledger.record(decided(await lease_one(ledger), outcome="failed", reason="gave_up"), release=True)
    row = (await ledger.deliveries(0))[0]
    assert (row.state, row.outcome, row.reason) == ("failed", "failed", "gave_up")
    assert await lease_all(ledger) == []
    assert await ledger.accept(incoming()) == Accepted("revived")
    assert await ledger.untranslated(10) == []
    lease = await lease_one(ledger)
    assert (lease.work[0].attempts, lease.work[0].first_failed_at, lease.work[0].applied) == (0, None, True)
    await decide(ledger, lease, outcome="acted", reason="started")
    row = (await ledger.deliveries(0))[0]
    assert (row.state, row.outcome, row.reason) == ("done", "acted", "started")
    (event,) = await ledger.events()
    assert [row.outcome for row in await ledger.outcomes(event.id)] == ["acted"]


async def test_a_meaning_that_cannot_be_stored_fails_only_its_own_delivery(ledger: SqlLedger) -> None:
    three = [incoming("a"), incoming("b"), incoming("c")]
    for each in three:
        await ledger.accept(each)
    no_reactor = Meant(key=PULL, time=1.0, data=answered("x"))
    meanings = [Translated(reason="fine"), Translated(events=(no_reactor,)), Translated(events=(meant("x"),))]
    await ledger.record_translations(
        list(zip(three, meanings, strict=True)), {"command.given": ("c",)}, 100.0
    )
    c, b, a = await ledger.deliveries(0)
    assert (a.state, c.state) == ("done", "received")
    assert (b.state, b.reason) == (
        "failed",
        "unstorable: ValueError: no reactor is named for command.answered",
    )


# --- leases and order -------------------------------------------------------------------------------


async def test_a_key_is_leased_with_its_work_in_order_and_to_nobody_else(ledger: SqlLedger) -> None:
    await give(ledger, "one", "two", "three")
    (lease,) = await lease_all(ledger)
    assert (lease.key, lease.state, lease.version, texts(lease)) == (PULL, None, 0, ["one", "two", "three"])
    assert await lease_all(ledger) == []
    await ledger.release(lease)
    assert texts(await lease_one(ledger)) == ["one", "two", "three"]


async def test_keys_are_leased_side_by_side_the_longest_waiting_first(ledger: SqlLedger) -> None:
    await give(ledger, "later", key=OTHER_PULL, at=90.0)
    await give(ledger, "one", key=PULL, at=80.0)
    await give(ledger, "same moment", key="slack:C1", at=90.0)
    assert [lease.key for lease in await lease_all(ledger, limit=2)] == [PULL, OTHER_PULL]
    assert [lease.key for lease in await lease_all(ledger)] == ["slack:C1"]


async def test_busy_keys_are_not_leased(ledger: SqlLedger) -> None:
    await give(ledger, "one")
    await give(ledger, "two", key=OTHER_PULL)
    found = await ledger.lease(10, 100.0, LEASE_SECONDS, frozenset({PULL, "other"}))
    assert [lease.key for lease in found] == [OTHER_PULL]


async def test_a_lease_that_ended_goes_to_the_next_and_the_first_holder_can_record_nothing(
    ledger: SqlLedger,
) -> None:
    await give(ledger, "one")
    late = await lease_one(ledger, 100.0)
    assert await lease_all(ledger, 100.0 + LEASE_SECONDS - 1) == []
    lease = await lease_one(ledger, 100.0 + LEASE_SECONDS)
    for attempt in (ledger.record(decided(late)), ledger.postpone(late, late.work[0], 170.0, "x", 161.0)):
        with pytest.raises(LeaseLost):
            await attempt
    await ledger.release(late)
    assert await lease_all(ledger, 100.0 + LEASE_SECONDS) == []
    await decide(ledger, lease, at=160.0)


async def test_work_that_comes_while_its_key_is_leased_waits_for_the_release(ledger: SqlLedger) -> None:
    await give(ledger, "one")
    lease = await lease_one(ledger)
    await give(ledger, "two")
    assert await lease_all(ledger) == []
    await ledger.record(decided(lease), release=True)
    assert texts(await lease_one(ledger)) == ["two"]


async def test_a_failure_holds_its_key_and_no_other(ledger: SqlLedger) -> None:
    await give(ledger, "one", "two")
    await give(ledger, "other", key=OTHER_PULL)
    lease = next(each for each in await lease_all(ledger) if each.key == PULL)
    await ledger.postpone(lease, lease.work[0], 110.0, "GitHub is away", 101.0)
    await give(ledger, "three")
    assert await lease_all(ledger, 109.0) == []
    again = await lease_one(ledger, 110.0)
    assert texts(again) == ["one", "two", "three"]
    assert (again.work[0].attempts, again.work[0].first_failed_at) == (1, 101.0)
    await ledger.postpone(again, again.work[0], 120.0, "still away", 111.0)
    again = await lease_one(ledger, 120.0)
    assert (again.work[0].attempts, again.work[0].first_failed_at) == (2, 101.0)


async def test_a_timer_becomes_due_and_holds_nobody_until_then(ledger: SqlLedger) -> None:
    await give(ledger, "one")
    lease = await lease_one(ledger)
    await ledger.record(decided(lease, new(timer(), due=500.0)), release=True)
    assert await ledger.next_due(100.0) == 500.0
    await give(ledger, "two", at=200.0)
    assert await ledger.next_due(200.0) == 200.0
    lease = await lease_one(ledger, 200.0)
    assert texts(lease) == ["two"]
    await ledger.record(decided(lease, at=200.0), release=True)
    assert await lease_all(ledger, 499.0) == []
    (work,) = (await lease_one(ledger, 500.0)).work
    assert (work.event.data, work.reactor, work.applied) == (timer(), "timers", False)


async def test_parked_work_lets_its_key_go_on_and_is_counted(ledger: SqlLedger) -> None:
    await give(ledger, "one", "two")
    lease = await lease_one(ledger)
    lease = await decide(ledger, lease, outcome="failed", reason="gave_up")
    await decide(ledger, lease)
    assert await ledger.backlog() == {"deliveries": 0, "work": 0, "timers": 0, "effects": 0, "parked": 1}
    assert (await ledger.outcomes((await ledger.events())[0].id))[0].outcome == "failed"


async def test_what_waits_is_counted(ledger: SqlLedger) -> None:
    await ledger.accept(incoming("untranslated"))
    await order(ledger, reaction())
    await give(ledger, "one")
    await decide(ledger, await lease_one(ledger), new(timer(), due=500.0), new(answered("x"), OTHER_PULL))
    assert await ledger.backlog() == {"deliveries": 1, "work": 1, "timers": 1, "effects": 1, "parked": 0}


# --- decisions ----------------------------------------------------------------------------------------


async def test_a_decision_is_stored_whole(ledger: SqlLedger) -> None:
    await give(ledger, "deploy")
    lease = await lease_one(ledger)
    facts = {"head": "a" * 40, "read_at": 99.5, "checks": [1, None, True]}
    events = (new(answered("c-1")), new(answered("c-2"), OTHER_PULL))
    version = await ledger.record(decided(lease, *events, facts=facts, effects=(reaction(),), at=100.5))
    assert version == 1
    cause, own, other = await ledger.events()
    assert await ledger.state(PULL) == ChangeState(commands=("c-1",))
    for event in (own, other):
        assert (event.causation, event.correlation, event.source) == (cause.id, cause.id, "pointsman")
        assert (event.time, event.recorded_time, event.delivery) == (100.5, 100.5, None)
    (outcome,) = await ledger.outcomes(cause.id)
    assert (outcome.reactor, outcome.outcome, outcome.reason) == ("commands", "acted", "done")
    assert (outcome.values, outcome.facts, outcome.decided_at) == ({"n": 1}, facts, 100.5)
    (effect,) = await ledger.effects(causation=cause.id)
    assert (effect.kind, effect.state, effect.correlation) == ("github.reaction", "pending", cause.id)
    assert [work.event.id for each in await lease_all(ledger, 101.0) for work in each.work] == [other.id]


async def test_a_lease_goes_on_from_decision_to_decision(ledger: SqlLedger) -> None:
    await give(ledger, "one", "two")
    lease = await decide(ledger, await lease_one(ledger), new(answered("c-1")))
    lease = await decide(ledger, lease, new(answered("c-2")))
    assert lease.version == 2
    await ledger.release(lease)
    assert await ledger.state(PULL) == ChangeState(commands=("c-1", "c-2"))
    assert await ledger.next_due(100.0) is None


async def test_a_state_that_moved_on_undoes_the_whole_decision(ledger: SqlLedger) -> None:
    await give(ledger, "one", "two")
    lease = await lease_one(ledger)
    await decide(ledger, lease, new(answered("c-1")))
    stale = decided(
        lease,
        new(answered("c-2")),
        new(answered("c-3"), OTHER_PULL),
        work=lease.work[1],
        effects=(reaction(),),
    )
    with pytest.raises(LeaseLost):
        await ledger.record(stale)
    assert await ledger.state(PULL) == ChangeState(commands=("c-1",))
    assert len(await ledger.events()) == 3
    assert await ledger.effects() == []
    assert await ledger.outcomes(lease.work[1].event.id) == []


async def test_the_same_decision_cannot_be_recorded_twice(ledger: SqlLedger) -> None:
    await give(ledger, "one")
    lease = await lease_one(ledger)
    await ledger.record(decided(lease, effects=(reaction(),)))
    with pytest.raises(LeaseLost):
        await ledger.record(decided(lease, effects=(reaction(),)))
    assert len(await ledger.effects()) == 1


async def test_work_that_is_done_cannot_be_done_again_under_the_same_lease(ledger: SqlLedger) -> None:
    await give(ledger, "one", "two")
    lease = await lease_one(ledger)
    done = replace(lease.work[0], applied=True)
    lease = await decide(ledger, lease)
    with pytest.raises(LeaseLost, match="done meanwhile"):
        await ledger.record(decided(lease, work=done))
    await decide(ledger, lease)


async def test_a_decision_on_an_event_that_somebody_applied_meanwhile_is_made_again(
    ledger: SqlLedger,
) -> None:
    change = Change(SHOP, 12, "Title", "octocat", "a" * 40, "feature", "acme/shop", "main", 50.0)
    await deliver(ledger, "g-1", Meant(key=PULL, time=99.0, data=ChangeOpened(change=change)))
    lease = await decide(ledger, await lease_one(ledger))
    unaware = replace(lease.work[0], applied=False)
    with pytest.raises(LeaseLost, match="applied meanwhile"):
        await ledger.record(decided(lease, work=unaware))
    assert len(await ledger.history(PULL)) == 1


async def test_a_decision_whose_events_are_not_all_accounted_for_is_refused(ledger: SqlLedger) -> None:
    await give(ledger, "one")
    lease = await lease_one(ledger)
    with pytest.raises(ValueError, match="own and others"):
        await ledger.record(replace(decided(lease, new(answered("x"))), own=()))


async def test_an_event_is_applied_once_however_many_reactors_it_has(ledger: SqlLedger) -> None:
    change = Change(SHOP, 12, "Title", "octocat", "a" * 40, "feature", "acme/shop", "main", 50.0)
    await deliver(ledger, "g-1", Meant(key=PULL, time=99.0, data=ChangeOpened(change=change)))
    lease = await lease_one(ledger)
    assert [(work.reactor, work.applied) for work in lease.work] == [("checks", False), ("changes", True)]
    await ledger.record(decided(lease), release=True)
    lease = await lease_one(ledger)
    assert [(work.reactor, work.applied) for work in lease.work] == [("changes", True)]
    assert (lease.version, lease.state) == (1, ChangeState("open", "a" * 40, 50.0))
    assert await ledger.record(decided(lease)) == 1
    assert (await ledger.deliveries(0))[0].state == "done"


async def test_a_state_is_rebuilt_from_its_events_in_the_order_of_their_application(
    ledger: SqlLedger,
) -> None:
    await give(ledger, "one", "two")
    lease = await decide(ledger, await lease_one(ledger), new(timer("d-1"), due=101.0), new(answered("c-1")))
    await ledger.record(decided(lease, new(answered("c-2"))), release=True)
    await decide(ledger, await lease_one(ledger, 101.0), new(answered("c-3")), at=101.0)
    history = await ledger.history(PULL)
    kinds = [event.data.TYPE for event in history]
    assert kinds == ["command.given", "command.answered"] * 2 + ["timer.due", "command.answered"]
    state = None
    for event in history:
        state = apply(PULL, state, event.data)
    assert state == await ledger.state(PULL)


async def test_an_event_that_could_not_be_applied_is_parked_and_not_part_of_the_state(
    ledger: SqlLedger,
) -> None:
    await give(ledger, "one")
    lease = await lease_one(ledger)
    recorded = replace(decided(lease, outcome="failed", reason="gave_up"), state=lease.state, applied=False)
    assert await ledger.record(recorded) == 0
    assert await ledger.history(PULL) == []


async def test_what_is_said_when_work_is_given_up_does_not_replace_what_a_retry_decides(
    ledger: SqlLedger,
) -> None:
    await deliver(ledger, "g-1", meant("deploy"))
    lease = await lease_one(ledger)
    await ledger.record(decided(lease, outcome="failed", effects=(reaction(1),)), release=True)
    await ledger.accept(incoming("g-1"))
    await decide(ledger, await lease_one(ledger), effects=(reaction(2),))
    assert len(await ledger.effects()) == 2


async def test_a_decision_with_an_event_that_nobody_is_named_for_is_refused_whole(ledger: SqlLedger) -> None:
    await give(ledger, "one")
    lease = await lease_one(ledger)
    nobody = replace(decided(lease, new(answered("x"), OTHER_PULL)), reactors={})
    with pytest.raises(ValueError, match=r"no reactor is named for command\.answered"):
        await ledger.record(nobody)
    await decide(ledger, lease)


async def test_keys_without_state_order_their_events_all_the_same(ledger: SqlLedger) -> None:
    await give(ledger, "one", "two", key="slack:C1")
    lease = await decide(ledger, await lease_one(ledger))
    assert (lease.state, lease.version) == (None, 0)
    await decide(ledger, lease)
    assert await ledger.state("slack:C1") is None


# --- reading --------------------------------------------------------------------------------------------


async def test_states_are_found_by_the_beginning_of_their_key(ledger: SqlLedger) -> None:
    for key in (PULL, OTHER_PULL, "pr:acme/shop-two#1", "pr:acme/Shop#1"):
        await give(ledger, "x", key=key)
    for lease in await lease_all(ledger):
        await decide(ledger, lease)
    assert list(await ledger.states("pr:acme/shop#")) == [PULL, OTHER_PULL]
    assert list(await ledger.states("slot:")) == []
    assert await ledger.state("pr:acme/shop#14") is None


async def test_events_are_listed_in_order_and_the_newest_of_them_on_demand(ledger: SqlLedger) -> None:
    await give(ledger, "one", "two")
    await give(ledger, "three", key=OTHER_PULL)
    first, second, third = await ledger.events()
    assert await ledger.events(limit=2) == [second, third]
    assert await ledger.events(limit=1, key=PULL) == [second]
    assert await ledger.events(correlation=first.id) == [first]
    assert [first.sequence, second.sequence, third.sequence] == sorted(
        {each.sequence for each in (first, second, third)}
    )
    assert await ledger.event("e-none") is None


def made(id: str, sha: str) -> New:
    request = RequestMade(
        id=id,
        action="deploy",
        place=None,
        asker=Person("octocat"),
        automatic=False,
        repository=SHOP,
        number=12,
        title=None,
        environment="staging",
        sha=sha,
        ref="main",
        orders=(),
        channel=None,
    )
    return New(key=f"request:{id}", data=request)


async def test_a_request_is_found_by_its_id_and_by_its_sha_or_the_beginning_of_it(ledger: SqlLedger) -> None:
    sha = "0123456789abcdef0123456789abcdef01234567"
    await give(ledger, "deploy")
    await decide(ledger, await lease_one(ledger), made("r-1", sha), made("r-2", sha))
    assert await ledger.locate("r-1") == ["request:r-1"]
    assert await ledger.locate(sha) == ["request:r-1", "request:r-2"]
    assert await ledger.locate("0123456") == ["request:r-1", "request:r-2"]
    assert await ledger.locate("01234567AB") == []
    assert await ledger.locate("0123456789ABCDEF") == ["request:r-1", "request:r-2"]
    assert await ledger.locate("012345") == []
    assert await ledger.locate("r-") == []


# --- trouble --------------------------------------------------------------------------------------------


async def test_what_was_committed_is_there_after_a_restart(bench: Bench) -> None:
    await deliver(bench.ledger, "g-1", meant("deploy"))
    await bench.ledger.accept(incoming("g-2"))
    before = await bench.ledger.events()
    ledger = await bench.restart()
    assert await ledger.events() == before
    assert [each.id for each in await ledger.untranslated(10)] == ["g-2"]
    assert await ledger.accept(incoming("g-2")) == Accepted("duplicate")


async def test_after_a_crash_every_lease_is_taken_back_at_once(bench: Bench) -> None:
    await give(bench.ledger, "one", "two")
    await decide(bench.ledger, await lease_one(bench.ledger), new(answered("c-1")))
    ledger = await bench.restart()
    assert await lease_all(ledger) == []
    assert await ledger.recover(101.0) == 1
    lease = await lease_one(ledger, 101.0)
    assert (texts(lease), lease.version, lease.state) == (["two"], 1, ChangeState(commands=("c-1",)))


async def test_recovering_keeps_what_is_held_and_what_is_done(ledger: SqlLedger) -> None:
    await give(ledger, "one")
    await give(ledger, "other", key=OTHER_PULL)
    held, done = await lease_all(ledger)
    await ledger.postpone(held, held.work[0], 110.0, "away", 100.0)
    await decide(ledger, done)
    assert await ledger.recover(101.0) == 1
    assert await lease_all(ledger, 109.0) == []
    assert await ledger.next_due(101.0) == 110.0


async def test_a_full_disk_is_said_and_forgotten_when_there_is_room_again(bench: Bench) -> None:
    ledger = bench.ledger
    await ledger.accept(incoming("a"))
    await bench.fill_disk()
    big = random.Random(1).randbytes(2_000_000)
    with pytest.raises(StoreUnavailable, match="full"):
        await ledger.accept(incoming("b", body=big))
    await bench.make_room()
    await ledger.ping()
    assert await ledger.accept(incoming("b")) == Accepted("new")


async def test_when_the_disk_is_full_exactly_those_that_were_stored_are_acknowledged(bench: Bench) -> None:
    ledger = bench.ledger
    await bench.fill_disk()
    chance = random.Random(2)
    sizes = (10, 20_000, 3_000_000, 10, 500_000, 10)
    waiting = [incoming(str(n), body=chance.randbytes(size)) for n, size in enumerate(sizes)]
    found = await asyncio.gather(*(ledger.accept(each) for each in waiting), return_exceptions=True)
    assert any(isinstance(each, StoreUnavailable) for each in found)
    acknowledged = {
        each.id for each, result in zip(waiting, found, strict=True) if isinstance(result, Accepted)
    }
    assert {row.id for row in await ledger.deliveries(0)} == acknowledged


async def test_a_ledger_that_can_store_says_so_and_leaves_no_trace(ledger: SqlLedger) -> None:
    await ledger.ping()
    await ledger.ping()
    assert await ledger.locate("ping") == []


async def test_a_ledger_can_be_closed_with_work_under_way(bench: Bench, tmp_path: Path) -> None:
    tasks = [asyncio.ensure_future(bench.ledger.accept(incoming(str(n)))) for n in range(50)]
    await asyncio.sleep(0)
    ledger = await bench.restart()
    assert {(await task).state for task in tasks} == {"new"}
    assert len(await ledger.deliveries(0)) == 50
