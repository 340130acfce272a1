"""The ledger's contract: effects are leased, finished, tried again or parked, and never silently doubled."""

import pytest
from msgspec.structs import replace

from bot.domain.effects import KeepMessage, LookAtDeployer, SayInThread, Wanted
from bot.domain.errors import LeaseLost
from bot.domain.events import EffectParked, MessagePosted
from bot.ledger.store import SqlLedger
from bot.ports import Performed
from tests.contract.ledger_stories import (
    LEASE_SECONDS,
    PULL,
    REACTORS,
    Bench,
    answered,
    decided,
    give,
    incoming,
    lease_all,
    lease_effects,
    lease_one,
    message,
    new,
    order,
    reaction,
    reply,
    said,
    timer,
)
from tests.unit.reactors.stories import order as order_of

POSTED = Performed(handle={"channel": "C1", "ts": "1.5"})
REQUEST = "request:r-1"


# --- once ---------------------------------------------------------------------------------------------


async def test_an_effect_is_leased_to_one_runner_with_all_that_it_needs(ledger: SqlLedger) -> None:
    cause = await order(ledger, reaction(5))
    (effect,) = await lease_effects(ledger, 101.0)
    assert effect.body == reaction(5).body
    assert (effect.version, effect.attempts, effect.uncertain, effect.handle) == (1, 1, False, None)
    assert (effect.causation, effect.correlation, effect.first_attempt_at) == (cause, cause, 101.0)
    assert await lease_effects(ledger, 101.0) == []


async def test_each_effect_of_a_decision_has_its_own_key(ledger: SqlLedger) -> None:
    await order(ledger, reaction(5), reaction(5))
    assert len({effect.key for effect in await lease_effects(ledger)}) == 2


async def test_an_effect_that_succeeded_is_done_for_good(ledger: SqlLedger) -> None:
    await order(ledger, reaction())
    (effect,) = await lease_effects(ledger)
    await ledger.finish_effect(effect, Performed(note="already there"), REACTORS, 101.0)
    assert await lease_effects(ledger, 10_000.0) == []
    (row,) = await ledger.effects(state="done")
    assert (row.done_version, row.reason, row.updated_at) == (1, "already there", 101.0)


async def test_a_success_leads_to_events_of_its_correlation(ledger: SqlLedger) -> None:
    cause = await order(ledger, message("hello", owner=REQUEST))
    (effect,) = await lease_effects(ledger)
    events = (new(MessagePosted(channel="C1", ts="1.5"), REQUEST), new(timer(), REQUEST, due=500.0))
    await ledger.finish_effect(effect, replace(POSTED, events=events), REACTORS, 101.0)
    posted, later = (await ledger.events())[-2:]
    assert (posted.key, posted.causation, posted.correlation, posted.time) == (REQUEST, cause, cause, 101.0)
    assert [work.event.id for work in (await lease_one(ledger, 101.0)).work] == [posted.id]
    assert later.data == timer()
    assert await ledger.locate("thread:C1:1.5") == [REQUEST]


async def test_a_retry_comes_when_it_is_due_and_knows_what_was_before(ledger: SqlLedger) -> None:
    await order(ledger, reaction())
    (effect,) = await lease_effects(ledger)
    await ledger.retry_effect(effect, 130.0, "HTTP 502", True, 101.0)
    assert await ledger.next_due(101.0) == 130.0
    assert await lease_effects(ledger, 129.0) == []
    (again,) = await lease_effects(ledger, 130.0)
    assert (again.key, again.attempts, again.uncertain, again.first_attempt_at) == (
        effect.key,
        2,
        True,
        100.0,
    )


async def test_an_attempt_whose_lease_ended_is_uncertain_and_its_runner_can_record_nothing(
    ledger: SqlLedger,
) -> None:
    await order(ledger, reaction())
    (late,) = await lease_effects(ledger)
    assert await lease_effects(ledger, 100.0 + LEASE_SECONDS - 1) == []
    (again,) = await lease_effects(ledger, 100.0 + LEASE_SECONDS)
    assert (again.uncertain, again.attempts) == (True, 2)
    for attempt in (
        ledger.finish_effect(late, Performed(), REACTORS, 161.0),
        ledger.retry_effect(late, 200.0, "x", False, 161.0),
        ledger.park_effect(late, "x", "y", REACTORS, 161.0),
    ):
        with pytest.raises(LeaseLost):
            await attempt
    await ledger.finish_effect(again, Performed(), REACTORS, 161.0)


async def test_after_a_crash_what_was_under_way_is_uncertain_and_not_repeated_at_once(bench: Bench) -> None:
    await order(bench.ledger, reaction(1), reaction(2))
    (effect,) = await lease_effects(bench.ledger, 100.0, limit=1)
    ledger = await bench.restart()
    assert await ledger.recover(101.0) == 1
    (other,) = await lease_effects(ledger, 101.0)
    assert (other.uncertain, other.attempts) == (False, 1)
    assert await lease_effects(ledger, 105.9) == []
    (again,) = await lease_effects(ledger, 106.0)
    assert (again.key, again.uncertain, again.attempts) == (effect.key, True, 2)


# --- converge -----------------------------------------------------------------------------------------


async def test_the_newest_body_replaces_one_that_waits(ledger: SqlLedger) -> None:
    await order(ledger, message("queued"), name="a")
    second = await order(ledger, message("running"), name="b")
    (effect,) = await lease_effects(ledger)
    assert (said([effect]), effect.version, effect.causation) == (["running"], 2, second)
    await ledger.finish_effect(effect, POSTED, REACTORS, 101.0)
    assert await lease_effects(ledger, 10_000.0) == []


async def test_a_newer_body_follows_one_that_is_under_way(ledger: SqlLedger) -> None:
    await order(ledger, message("queued"), name="a")
    (first,) = await lease_effects(ledger)
    await order(ledger, message("running"), name="b")
    await order(ledger, message("done"), name="c")
    assert await lease_effects(ledger) == []
    await ledger.finish_effect(first, POSTED, REACTORS, 101.0)
    (row,) = await ledger.effects()
    assert (row.state, row.version, row.done_version) == ("pending", 3, 1)
    (last,) = await lease_effects(ledger, 101.0)
    assert (said([last]), last.handle, last.attempts) == (["done"], POSTED.handle, 1)
    await ledger.finish_effect(last, Performed(), REACTORS, 102.0)
    (row,) = await ledger.effects()
    assert (row.state, row.done_version, row.handle) == ("done", 3, POSTED.handle)


async def test_a_body_that_is_what_was_wanted_last_is_no_news(ledger: SqlLedger) -> None:
    await order(ledger, message("done"), name="a")
    (effect,) = await lease_effects(ledger)
    await ledger.finish_effect(effect, POSTED, REACTORS, 101.0)
    await order(ledger, message("done"), name="b")
    assert await lease_effects(ledger, 102.0) == []
    await order(ledger, message("other"), name="c")
    assert said(await lease_effects(ledger, 102.0)) == ["other"]


async def test_a_newer_body_starts_its_own_count_but_not_before_its_target_allows(ledger: SqlLedger) -> None:
    await order(ledger, message("one"), name="a")
    (effect,) = await lease_effects(ledger)
    await ledger.retry_effect(effect, 130.0, "rate limited", False, 101.0)
    await order(ledger, message("two"), name="b", at=102.0)
    assert await lease_effects(ledger, 129.0) == []
    (again,) = await lease_effects(ledger, 130.0)
    assert (said([again]), again.attempts, again.first_attempt_at) == (["two"], 1, 130.0)


async def test_a_body_that_came_during_a_failing_attempt_starts_its_own_count(ledger: SqlLedger) -> None:
    await order(ledger, message("one"), name="a")
    (effect,) = await lease_effects(ledger)
    await order(ledger, message("two"), name="b")
    await ledger.retry_effect(effect, 130.0, "HTTP 502", True, 101.0)
    (again,) = await lease_effects(ledger, 130.0)
    assert (said([again]), again.attempts, again.uncertain) == (["two"], 1, True)


async def test_a_converging_effect_without_a_target_is_refused(ledger: SqlLedger) -> None:
    await give(ledger, "deploy")
    lease = await lease_one(ledger)
    homeless = Wanted(body=KeepMessage(channel="C1", text="?"))
    with pytest.raises(ValueError, match=r"slack\.message converges and names no target"):
        await ledger.record(decided(lease, effects=(homeless,)))


# --- lanes and parents --------------------------------------------------------------------------------


async def test_one_target_takes_its_share_and_no_more(ledger: SqlLedger) -> None:
    await order(ledger, *(reaction(n, installation=7) for n in range(5)), *(reaction(n, 8) for n in range(5)))
    first = await ledger.lease_effects(10, 100.0, LEASE_SECONDS, {"github:7": 1}, lambda lane: 3)
    assert sorted(effect.body.lane for effect in first) == ["github:7"] * 2 + ["github:8"] * 3
    lanes = {"github:7": 3, "github:8": 3}
    assert await ledger.lease_effects(10, 100.0, LEASE_SECONDS, lanes, lambda lane: 3) == []
    assert len(await ledger.lease_effects(10, 100.0, LEASE_SECONDS, lanes, lambda lane: 9)) == 5
    assert await ledger.next_due(100.0) == 100.0 + LEASE_SECONDS


async def test_no_more_is_leased_than_there_is_room_for(ledger: SqlLedger) -> None:
    await order(ledger, *(reaction(n, installation=n) for n in range(5)))
    assert len(await lease_effects(ledger, limit=3)) == 3
    assert len(await lease_effects(ledger, limit=3)) == 2


async def test_within_a_lane_effects_are_leased_in_the_order_of_their_creation(ledger: SqlLedger) -> None:
    await order(ledger, message("one", "message:1"), message("two", "message:2"), name="a")
    await order(ledger, message("three", "message:3"), name="b")
    assert said(await lease_effects(ledger, limit=2)) == ["one", "two"]
    assert said(await lease_effects(ledger)) == ["three"]


async def test_a_dependant_waits_until_its_parent_has_a_handle(ledger: SqlLedger) -> None:
    await order(ledger, reply("first"), message("request"), reply("second"))
    (parent,) = await lease_effects(ledger)
    assert said([parent]) == ["request"]
    await ledger.retry_effect(parent, 110.0, "HTTP 502", False, 101.0)
    assert await ledger.next_due(101.0) == 110.0
    (parent,) = await lease_effects(ledger, 110.0)
    assert (await ledger.backlog())["effects"] == 3
    await ledger.finish_effect(parent, POSTED, REACTORS, 111.0)
    replies = await lease_effects(ledger, 111.0)
    assert (said(replies), replies[0].parent_handle) == (["first", "second"], POSTED.handle)
    await order(ledger, reply("third"), name="later", at=112.0)
    assert said(await lease_effects(ledger, 112.0)) == ["third"]


# --- giving up ------------------------------------------------------------------------------------------


async def test_a_parked_effect_is_visible_and_its_owner_is_told(ledger: SqlLedger) -> None:
    cause = await order(ledger, message("hello", owner=REQUEST))
    (effect,) = await lease_effects(ledger)
    await ledger.park_effect(effect, "channel_not_found", "Invite the bot.", REACTORS, 101.0)
    (row,) = await ledger.effects(state="parked")
    assert (row.key, row.reason, row.hint) == ("message:r-1", "channel_not_found", "Invite the bot.")
    assert await lease_effects(ledger, 10_000.0) == []
    (work,) = (await lease_one(ledger, 101.0)).work
    assert (work.event.key, work.event.causation, work.event.correlation) == (REQUEST, cause, cause)
    assert work.event.data == EffectParked(
        effect="message:r-1", kind="slack.message", reason="channel_not_found", hint="Invite the bot."
    )


async def test_a_parked_effect_that_may_have_been_done_is_looked_for_when_it_is_taken_up(
    ledger: SqlLedger,
) -> None:
    await order(ledger, message("one"), name="a")
    (effect,) = await lease_effects(ledger)
    await ledger.park_effect(replace(effect, uncertain=True), "no reply", "", REACTORS, 101.0)
    await order(ledger, message("two"), name="b", at=102.0)
    (again,) = await lease_effects(ledger, 102.0)
    assert (said([again]), again.uncertain) == (["two"], True)


async def test_what_is_told_of_a_deployers_effect_names_the_deployment(ledger: SqlLedger) -> None:
    asked = LookAtDeployer(order=order_of("d-new"), deployment_handle={}, asked="e-1")
    await order(ledger, Wanted(body=asked, target="look:d-new", owner=REQUEST))
    (effect,) = await lease_effects(ledger)
    await ledger.park_effect(effect, "The driver is gone.", "Install it.", REACTORS, 101.0)
    (work,) = (await lease_one(ledger, 101.0)).work
    assert isinstance(work.event.data, EffectParked)
    assert work.event.data.deployment == "d-new"


async def test_those_that_wait_for_a_parked_effect_are_parked_with_it(ledger: SqlLedger) -> None:
    await order(ledger, message("request"), reply("a", owner=REQUEST), reply("b"), reaction())
    parent = next(each for each in await lease_effects(ledger) if isinstance(each.body, KeepMessage))
    await ledger.park_effect(parent, "channel_not_found", "Invite the bot.", REACTORS, 101.0)
    assert [row.kind for row in await ledger.effects(state="parked")] == ["slack.message"] + [
        "slack.thread"
    ] * 2
    assert [work.event.data.TYPE for work in (await lease_one(ledger, 101.0)).work] == ["effect.parked"]
    assert (await ledger.backlog())["parked"] == 3


async def test_dependants_of_a_parent_that_was_posted_once_go_on_without_its_update(
    ledger: SqlLedger,
) -> None:
    await order(ledger, message("request"), name="a")
    (parent,) = await lease_effects(ledger)
    await ledger.finish_effect(parent, POSTED, REACTORS, 101.0)
    await order(ledger, message("too long"), reply("a"), name="b", at=102.0)
    update, answer = await lease_effects(ledger, 102.0)
    await ledger.park_effect(update, "msg_too_long", "", REACTORS, 103.0)
    assert isinstance(answer.body, SayInThread)
    await ledger.finish_effect(answer, Performed(handle={"ts": "2"}), REACTORS, 103.0)
    assert [row.key for row in await ledger.effects(state="parked")] == ["message:r-1"]


async def test_a_newer_body_takes_up_again_what_was_parked(ledger: SqlLedger) -> None:
    await order(ledger, message("too long"), name="a")
    (effect,) = await lease_effects(ledger)
    await ledger.park_effect(effect, "msg_too_long", "", REACTORS, 101.0)
    await order(ledger, message("too long"), name="b", at=102.0)
    assert await lease_effects(ledger, 102.0) == []
    await order(ledger, message("short"), name="c", at=102.0)
    (again,) = await lease_effects(ledger, 102.0)
    assert (said([again]), again.attempts) == (["short"], 1)
    (row,) = await ledger.effects()
    assert (row.state, row.reason, row.hint) == ("leased", None, None)


async def test_a_newer_body_is_tried_before_its_target_is_given_up(ledger: SqlLedger) -> None:
    await order(ledger, message("too long", owner=REQUEST), name="a")
    (effect,) = await lease_effects(ledger)
    await order(ledger, message("short", owner=REQUEST), name="b")
    await ledger.park_effect(effect, "msg_too_long", "", REACTORS, 101.0)
    assert await lease_all(ledger, 101.0) == []
    (again,) = await lease_effects(ledger, 101.0)
    assert (said([again]), again.attempts) == (["short"], 1)


async def test_the_owner_is_told_each_time_that_an_effect_is_parked(ledger: SqlLedger) -> None:
    for name, at in (("a", 100.0), ("b", 110.0)):
        await order(ledger, message(name, owner=REQUEST), name=name, at=at)
        (effect,) = await lease_effects(ledger, at)
        await ledger.park_effect(effect, "channel_not_found", "", REACTORS, at)
    assert len(await ledger.events(key=REQUEST)) == 2


async def test_effects_are_listed_by_what_caused_them(ledger: SqlLedger) -> None:
    first = await order(ledger, reaction(1), name="a")
    await order(ledger, reaction(2), name="b")
    assert [row.causation for row in await ledger.effects(causation=first)] == [first]
    assert [row.causation for row in await ledger.effects(correlation=first)] == [first]
    assert len(await ledger.effects(state="pending")) == 2
    assert await ledger.effects(state="parked") == []


async def test_effects_and_events_of_a_decision_that_is_rolled_back_do_not_exist(ledger: SqlLedger) -> None:
    await ledger.accept(incoming("g-9"))
    await order(ledger, message("one"), name="a")
    await give(ledger, "b", "c")
    lease = await lease_one(ledger)
    await ledger.record(decided(lease, new(answered("b"))))
    with pytest.raises(LeaseLost):
        await ledger.record(decided(lease, new(answered("c")), work=lease.work[1], effects=(message("two"),)))
    assert said(await lease_effects(ledger)) == ["one"]
    assert [event.key for event in await ledger.events()] == [PULL] * 4
