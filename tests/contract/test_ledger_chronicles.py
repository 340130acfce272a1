"""The ledger's contract for those who look on: where events stand, and whole stories at once."""

from bot.ledger.store import SqlLedger
from bot.ports import Performed, WaitRow
from tests.contract.ledger_stories import (
    OTHER_PULL,
    PULL,
    REACTORS,
    answered,
    decide,
    deliver,
    give,
    incoming,
    lease_all,
    lease_effects,
    lease_one,
    meant,
    new,
    order,
    reaction,
    timer,
)

LIMIT = 100


async def test_the_newest_events_are_marked_first_and_further_pages_go_on_before_a_place(
    ledger: SqlLedger,
) -> None:
    await give(ledger, "one", "two", "three")
    events = list(await ledger.events())
    first = await ledger.marks(2)
    assert [mark.correlation for mark in first] == [events[2].correlation, events[1].correlation]
    (rest,) = await ledger.marks(2, before=first[-1].sequence)
    assert (rest.sequence, rest.correlation, rest.key) == (events[0].sequence, events[0].correlation, PULL)


async def test_the_events_of_one_key_are_marked_alone(ledger: SqlLedger) -> None:
    await give(ledger, "one")
    await give(ledger, "two", key=OTHER_PULL)
    assert [mark.key for mark in await ledger.marks(LIMIT, key=OTHER_PULL)] == [OTHER_PULL]


async def test_events_of_one_type_are_listed_alone(ledger: SqlLedger) -> None:
    await give(ledger, "one")
    await decide(ledger, await lease_one(ledger), new(answered("x")))
    found = await ledger.events(key=PULL, type="command.answered")
    assert [event.data for event in found] == [answered("x")]


async def test_a_chain_is_read_with_its_decisions_effects_and_delivery(ledger: SqlLedger) -> None:
    await deliver(ledger, "g-1", meant("deploy"))
    await decide(
        ledger, await lease_one(ledger), new(answered("x")), effects=(reaction(),), facts={"much": 1}
    )
    (effect,) = await lease_effects(ledger)
    await ledger.finish_effect(effect, Performed(handle={"reaction": 5}), REACTORS, 101.0)
    given, followed = await ledger.events()
    story = await ledger.chronicle([given.correlation], limit=LIMIT)
    assert list(story.events) == [given, followed]
    (outcome,) = story.outcomes
    assert (outcome.event, outcome.reactor, outcome.outcome, outcome.values) == (
        given.id,
        "commands",
        "acted",
        {"n": 1},
    )
    assert outcome.facts is None
    assert [(row.kind, row.state, row.handle) for row in story.effects] == [
        ("github.reaction", "done", {"reaction": 5})
    ]
    assert [row.id for row in story.deliveries] == ["g-1"]
    assert (story.cut, list(story.unreadable)) == (False, [])


async def test_the_chains_in_which_a_key_occurs_are_read_whole(ledger: SqlLedger) -> None:
    await give(ledger, "one")
    await decide(ledger, await lease_one(ledger), new(answered("x"), OTHER_PULL))
    await give(ledger, "unrelated", key="pr:acme/shop#99")
    story = await ledger.chronicle([], [OTHER_PULL], limit=LIMIT)
    assert [event.key for event in story.events] == [PULL, OTHER_PULL]


async def test_of_a_long_story_the_newest_events_are_read_and_it_says_so(ledger: SqlLedger) -> None:
    await give(ledger, "one", "two", "three")
    correlations = [event.correlation for event in await ledger.events()]
    story = await ledger.chronicle(correlations, limit=2)
    assert [event.correlation for event in story.events] == correlations[1:]
    assert story.cut is True


async def test_of_two_senders_with_the_same_id_the_one_that_was_meant_is_read(ledger: SqlLedger) -> None:
    await deliver(ledger, "g-1", meant("deploy"))
    await ledger.accept(incoming("g-2"))
    (event,) = await ledger.events()
    story = await ledger.chronicle([event.correlation], limit=LIMIT)
    assert [(row.source, row.id) for row in story.deliveries] == [("github", "g-1")]


async def test_a_decision_that_is_held_up_is_read_with_its_reason_and_what_waits_behind_it(
    ledger: SqlLedger,
) -> None:
    await give(ledger, "one", "two")
    await give(ledger, "other", key=OTHER_PULL)
    correlations = [event.correlation for event in await ledger.events()]
    assert list((await ledger.chronicle(correlations, limit=LIMIT)).waits) == []
    (lease, _) = await lease_all(ledger)
    await ledger.postpone(lease, lease.work[0], 130.0, "GitHub is away", 100.0)
    one, two, _ = await ledger.events()
    waits = (await ledger.chronicle(correlations, limit=LIMIT)).waits
    assert list(waits) == [
        WaitRow(
            event=one.id, reactor="commands", key=PULL, attempts=1, reason="GitHub is away", again_at=130.0
        ),
        WaitRow(event=two.id, reactor="commands", key=PULL, attempts=0, reason=None, again_at=130.0),
    ]
    await ledger.release(await decide(ledger, await lease_one(ledger, 130.0)))
    assert list((await ledger.chronicle(correlations, limit=LIMIT)).waits) == []


async def test_what_waits_for_its_time_is_not_held_up(ledger: SqlLedger) -> None:
    await give(ledger, "one", "two")
    lease = await decide(ledger, await lease_one(ledger), new(timer(), due=300.0))
    await ledger.postpone(lease, lease.work[0], 130.0, "away", 100.0)
    correlations = [event.correlation for event in await ledger.events()]
    waits = (await ledger.chronicle(correlations, limit=LIMIT)).waits
    assert [wait.reason for wait in waits] == ["away"]


async def test_nothing_is_read_about_nothing(ledger: SqlLedger) -> None:
    await give(ledger, "one")
    story = await ledger.chronicle([], [], limit=LIMIT)
    assert (list(story.events), list(story.effects), list(story.deliveries)) == ([], [], [])


async def test_whoever_looks_on_hears_of_each_commit_that_shows(ledger: SqlLedger) -> None:
    heard: list[None] = []

    def count() -> int:
        number = len(heard)
        heard.clear()
        return number

    ledger.on_change = lambda: heard.append(None)
    await deliver(ledger, "g-1", meant("deploy"))
    assert count() == 2  # stored, understood
    lease = await lease_one(ledger)
    await ledger.marks(LIMIT)
    assert count() == 0
    lease = await decide(ledger, lease, effects=(reaction(),))
    await ledger.release(lease)
    assert count() == 1
    (effect,) = await lease_effects(ledger)
    assert count() == 1
    await ledger.retry_effect(effect, 110.0, "away", False, 100.0)
    assert count() == 1
    assert await lease_effects(ledger) == []
    assert count() == 0
    await order(ledger, name="other")
    assert count() == 3
