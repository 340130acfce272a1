"""The ledger's contract for the recovery of what was lost: what is here, how far was looked."""

from bot.domain.events import ChangeMerged
from bot.domain.values import Change, Person
from bot.ledger import recovery
from bot.ledger.store import SqlLedger
from bot.ports import Incoming, Meant, Performed, Translated
from tests.contract.ledger_stories import (
    PULL,
    REACTORS,
    SHOP,
    Bench,
    decide,
    give,
    incoming,
    lease_effects,
    lease_one,
    reaction,
)

CHANGE = Change(SHOP, 12, "A change", "ada", "a" * 40, "feature", "acme/shop", "main", 50.0)


async def test_of_a_senders_ids_those_that_are_stored_are_known_however_many_are_asked_for(
    ledger: SqlLedger,
) -> None:
    await ledger.accept(incoming("g-1"))
    await ledger.accept(incoming("g-700"))
    ids = [f"g-{number}" for number in range(recovery.NAMES_AT_ONCE * 2)]
    known = await ledger.known_deliveries("github", ids)
    assert set(known) == {"g-1", "g-700"}
    assert (known["g-1"].state, known["g-1"].event) == ("received", "issue_comment")
    assert await ledger.known_deliveries("slack", ids) == {}
    assert await ledger.known_deliveries("github", []) == {}


async def test_the_oldest_delivery_of_a_sender_says_since_when_this_ledger_answers(ledger: SqlLedger) -> None:
    assert await ledger.oldest_delivery("github") is None
    await ledger.accept(incoming("g-1", at=100.0))
    await ledger.accept(incoming("g-2", at=200.0))
    assert await ledger.oldest_delivery("github") == 100.0
    assert await ledger.oldest_delivery("slack") is None


async def test_a_mark_outlasts_a_restart_and_the_newest_one_counts(bench: Bench) -> None:
    assert await bench.ledger.mark("swept") is None
    await bench.ledger.set_mark("swept", 1_795_560_000.123456)
    await bench.ledger.set_mark("compared", 7.0)
    await bench.ledger.set_mark("swept", 1_795_560_300.654321)
    ledger = await bench.restart()
    assert await ledger.mark("swept") == 1_795_560_300.654321
    assert await ledger.mark("compared") == 7.0


async def test_effects_that_were_ever_wanted_are_known_and_counted_while_they_are_open(
    ledger: SqlLedger,
) -> None:
    await give(ledger, "one")
    lease = await lease_one(ledger)
    wanted = reaction()
    await decide(ledger, lease, effects=(wanted,))
    (effect,) = await lease_effects(ledger)
    assert await ledger.wanted_effects([effect.key, "check:none"]) == {effect.key}
    assert await ledger.effect_counts() == {("github.reaction", "leased"): 1}
    await ledger.finish_effect(effect, Performed(), REACTORS, 101.0)
    assert await ledger.effect_counts() == {}
    assert await ledger.wanted_effects([effect.key]) == {effect.key}


async def test_a_fact_counts_once_whether_its_sender_or_somebody_else_tells_it_first(
    ledger: SqlLedger,
) -> None:
    merged = ChangeMerged(change=CHANGE, merge_sha="b" * 40, merged_by=_nobody(), default_branch="main")
    told = Meant(key=PULL, time=50.0, data=merged, natural="merged:1", sender="github")
    found = Incoming(source="reconciler", id="c-1", event="comparison", body=b"{}", received_at=100.0)
    reactors = {"change.merged": ("automatic",)}
    for delivery in (found, incoming("g-1")):
        await ledger.accept(delivery)
        await ledger.record_translations([(delivery, Translated(events=(told,)))], reactors, 100.0)
    assert len(await ledger.events(type="change.merged")) == 1
    stored = await ledger.delivery("g-1")
    assert stored is not None
    assert (stored[0].state, stored[0].reason) == ("done", "duplicate_event")


def _nobody() -> Person:
    return Person()
