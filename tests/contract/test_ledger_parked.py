"""The ledger's contract: what was given up is listed, tried again, or discarded in somebody's name."""

from bot.ledger.store import SqlLedger
from bot.ports import Choice, Performed
from tests.contract.ledger_stories import (
    PULL,
    REACTORS,
    Bench,
    decided,
    deliver,
    give,
    incoming,
    lease_all,
    lease_effects,
    lease_one,
    meant,
    message,
    order,
    reaction,
    reply,
    texts,
)

EVERYTHING = Choice(everything=True)


async def park_effect(ledger: SqlLedger, *, uncertain: bool = False) -> str:
    await order(ledger, reaction())
    (effect,) = await lease_effects(ledger)
    if uncertain:
        await ledger.retry_effect(effect, 100.0, "no reply", True, 100.0)
        (effect,) = await lease_effects(ledger)
    await ledger.park_effect(effect, "forbidden", "Grant the permission.", REACTORS, 110.0)
    return effect.key


async def park_work(ledger: SqlLedger, text: str = "one") -> str:
    await give(ledger, text)
    lease = await lease_one(ledger)
    await ledger.record(decided(lease, outcome="failed", reason="gave_up", at=120.0), release=True)
    return lease.work[0].event.id


async def fail_delivery(ledger: SqlLedger, id: str = "g-bad") -> None:
    delivery = incoming(id)
    await ledger.accept(delivery)
    await ledger.record_translations([(delivery, "translation_failed: KeyError")], REACTORS, 100.0)


async def test_everything_that_was_given_up_is_listed_with_its_reason(ledger: SqlLedger) -> None:
    effect, event = await park_effect(ledger), await park_work(ledger)
    await fail_delivery(ledger)
    rows = await ledger.parked()
    assert [(row.id, row.type, row.what, row.subject, row.reason, row.since) for row in rows] == [
        ("g-bad", "delivery", "issue_comment", "github", "translation_failed: KeyError", 100.0),
        (effect, "effect", "github.reaction", "github:7", "forbidden", 110.0),
        (f"{event}/commands", "event", "command.given", PULL, "gave_up", 120.0),
    ]
    assert rows[1].hint == "Grant the permission."
    assert await ledger.parked(discarded=True) == []


async def test_a_retried_effect_is_due_at_once_and_counts_anew(ledger: SqlLedger) -> None:
    key = await park_effect(ledger)
    assert [row.id for row in await ledger.retry_parked(Choice(ids=frozenset({key})), 200.0)] == [key]
    (effect,) = await lease_effects(ledger, 200.0)
    assert (effect.key, effect.attempts, effect.uncertain, effect.first_attempt_at) == (key, 1, False, 200.0)
    assert await ledger.parked() == []


async def test_what_may_have_been_done_is_looked_for_when_it_is_retried(ledger: SqlLedger) -> None:
    await park_effect(ledger, uncertain=True)
    assert (await ledger.parked())[0].uncertain
    await ledger.retry_parked(EVERYTHING, 200.0)
    (effect,) = await lease_effects(ledger, 200.0)
    assert effect.uncertain


async def test_retried_work_is_decided_anew_before_what_came_later(ledger: SqlLedger) -> None:
    event = await park_work(ledger)
    await give(ledger, "two", at=130.0)
    await ledger.retry_parked(Choice(ids=frozenset({event})), 200.0)
    lease = await lease_one(ledger, 200.0)
    assert texts(lease) == ["one", "two"]
    assert lease.work[0].applied  # its event was applied when it was parked
    await ledger.record(decided(lease, at=201.0))
    assert [(row.outcome, row.reason) for row in await ledger.outcomes(event)] == [("acted", "done")]
    delivery = await ledger.delivery(f"{PULL} one")
    assert delivery is not None
    assert (delivery[0].state, delivery[0].outcome) == ("done", "acted")


async def test_retried_work_is_found_when_its_key_has_nothing_else_to_do(ledger: SqlLedger) -> None:
    event = await park_work(ledger)
    await ledger.retry_parked(Choice(ids=frozenset({event})), 200.0)
    delivery = await ledger.delivery(f"{PULL} one")
    assert delivery is not None
    assert delivery[0].state == "received"  # no longer a failed one
    assert texts(await lease_one(ledger, 200.0)) == ["one"]


async def test_a_delivery_is_translated_again_when_it_is_retried(ledger: SqlLedger) -> None:
    await fail_delivery(ledger)
    await ledger.retry_parked(Choice(ids=frozenset({"g-bad"})), 200.0)
    assert [delivery.id for delivery in await ledger.untranslated(10)] == ["g-bad"]
    assert await ledger.parked() == []


async def test_what_is_not_there_is_not_retried(ledger: SqlLedger) -> None:
    await park_effect(ledger)
    assert await ledger.retry_parked(Choice(ids=frozenset({"x-nobody"})), 200.0) == []
    assert await ledger.retry_parked(Choice(), 200.0) == []
    assert len(await ledger.parked()) == 1


async def test_a_choice_by_lane_or_kind_leaves_the_rest_alone(ledger: SqlLedger) -> None:
    await order(ledger, reaction(1), reaction(2, installation=8), message("m"))
    for effect in await lease_effects(ledger):
        await ledger.park_effect(effect, "forbidden", "", REACTORS, 110.0)
    (row,) = await ledger.retry_parked(Choice(lane="github:8"), 200.0)
    assert row.lane == "github:8"
    (row,) = await ledger.retry_parked(Choice(what="slack.message"), 200.0)
    assert row.what == "slack.message"
    assert [row.lane for row in await ledger.parked()] == ["github:7"]


async def test_a_retried_answer_takes_the_message_with_it_that_it_waits_for(ledger: SqlLedger) -> None:
    await order(ledger, message("request"), reply("a"), reply("b"))
    (parent,) = await lease_effects(ledger)
    await ledger.park_effect(parent, "channel_not_found", "Invite the bot.", REACTORS, 101.0)
    answer = next(row.id for row in await ledger.parked() if row.what == "slack.thread")
    assert len(await ledger.retry_parked(Choice(ids=frozenset({answer})), 200.0)) == 3
    (again,) = await lease_effects(ledger, 200.0)
    await ledger.finish_effect(again, Performed(handle={"ts": "1"}), REACTORS, 201.0)
    assert len(await lease_effects(ledger, 201.0)) == 2


async def test_what_is_discarded_stays_visible_with_who_did_it_and_when(bench: Bench) -> None:
    effect, event = await park_effect(bench.ledger), await park_work(bench.ledger)
    await fail_delivery(bench.ledger)
    assert len(await bench.ledger.discard_parked(EVERYTHING, "ada", 200.0)) == 3
    ledger = await bench.restart()
    assert await ledger.parked() == []
    assert (await ledger.backlog())["parked"] == 0
    rows = await ledger.parked(discarded=True)
    assert {(row.id, row.discarded_by, row.since) for row in rows} == {
        (effect, "ada", 200.0),
        (f"{event}/commands", "ada", 200.0),
    }
    assert {row.reason for row in rows} == {"forbidden", "gave_up"}
    (outcome,) = await ledger.outcomes(event)
    assert (outcome.outcome, outcome.reason, outcome.values["by"]) == ("failed", "discarded", "ada")
    delivery = await ledger.delivery("g-bad")
    assert delivery is not None
    assert (delivery[0].state, delivery[0].reason) == ("done", "discarded: by ada")


async def test_what_is_discarded_is_never_done(ledger: SqlLedger) -> None:
    await park_effect(ledger)
    await park_work(ledger)
    await ledger.discard_parked(EVERYTHING, "ada", 200.0)
    await ledger.retry_parked(EVERYTHING, 300.0)
    assert await lease_effects(ledger, 10_000.0) == []
    assert await lease_all(ledger, 10_000.0) == []
    await ledger.accept(incoming(f"{PULL} one"))  # its sender repeats it
    assert await lease_all(ledger, 10_000.0) == []


async def test_what_waits_for_something_discarded_goes_with_it_and_never_the_other_way(
    ledger: SqlLedger,
) -> None:
    await order(ledger, message("request"), reply("a"), reply("b"))
    (parent,) = await lease_effects(ledger)
    await ledger.park_effect(parent, "channel_not_found", "", REACTORS, 101.0)
    answers = [row.id for row in await ledger.parked() if row.what == "slack.thread"]
    await ledger.discard_parked(Choice(ids=frozenset(answers[:1])), "ada", 200.0)
    assert len(await ledger.parked()) == 2
    await ledger.discard_parked(Choice(ids=frozenset({parent.key})), "ada", 201.0)
    assert await ledger.parked() == []


async def test_a_newer_body_takes_up_again_what_was_discarded(ledger: SqlLedger) -> None:
    await order(ledger, message("too long"), name="a")
    (effect,) = await lease_effects(ledger)
    await ledger.park_effect(effect, "msg_too_long", "", REACTORS, 101.0)
    await ledger.discard_parked(EVERYTHING, "ada", 102.0)
    await order(ledger, message("short"), name="b", at=103.0)
    assert len(await lease_effects(ledger, 103.0)) == 1


async def test_an_events_id_means_all_its_reactors(ledger: SqlLedger) -> None:
    await deliver(ledger, "g-1", meant("one"))
    lease = await lease_one(ledger)
    await ledger.record(decided(lease, outcome="failed", reason="gave_up"), release=True)
    event = lease.work[0].event.id
    (row,) = await ledger.retry_parked(Choice(ids=frozenset({event})), 200.0)
    assert row.id == f"{event}/commands"
