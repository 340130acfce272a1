"""What this version cannot read is parked with the reason; it stops nothing that stands behind it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.ledger import codec, schema
from bot.ledger.sqlite import open_in_place
from bot.ledger.store import SqlLedger
from bot.ports import Choice
from tests.contract.ledger_stories import (
    OTHER_PULL,
    PULL,
    decide,
    give,
    lease_all,
    lease_effects,
    lease_one,
    order,
    reaction,
    texts,
)
from tests.contract.ledgers import counted_tokens


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqlLedger]:
    ledger = open_in_place(tmp_path / "ledger.db", counted_tokens())
    yield ledger
    await ledger.close()


async def change(ledger: SqlLedger, statement: sa.Update) -> None:
    await ledger._executor.write(lambda connection: connection.execute(statement))


async def test_an_event_of_an_unknown_version_is_parked_and_its_key_goes_on(ledger: SqlLedger) -> None:
    await give(ledger, "one", "two")
    event = (await ledger.events())[0].id
    await change(ledger, sa.update(schema.events).where(schema.events.c.id == event).values(version=99))
    assert texts(await lease_one(ledger)) == ["two"]
    (outcome,) = await ledger.outcomes(event)
    assert (outcome.outcome, outcome.reason) == ("failed", "unreadable")
    assert outcome.values["error"].startswith("command.given was stored in version 99 by a newer Pointsman")
    two, one = await ledger.deliveries(0)
    assert ((one.state, one.reason), two.state) == (("failed", "unreadable"), "received")
    with pytest.raises(codec.Unreadable):
        await ledger.event(event)


async def test_after_the_upgrade_what_a_newer_version_stored_is_taken_up_again(ledger: SqlLedger) -> None:
    await give(ledger, "one", "two")
    event = (await ledger.events())[0].id
    this = sa.update(schema.events).where(schema.events.c.id == event)
    await change(ledger, this.values(version=99))
    lease = await lease_one(ledger)
    await ledger.release(await decide(ledger, lease))
    await change(ledger, this.values(version=1))  # the program knows it now
    assert [row.id for row in await ledger.retry_parked(Choice(everything=True), 200.0)] != []
    again = await lease_one(ledger, 200.0)
    assert texts(again) == ["one"]
    await ledger.release(await decide(ledger, again))
    assert [row.state for row in await ledger.deliveries(0)] == ["done", "done"]


async def test_a_key_with_nothing_but_unreadable_events_is_left(ledger: SqlLedger) -> None:
    await give(ledger, "one")
    await change(ledger, sa.update(schema.events).values(type="command.imagined"))
    await give(ledger, "other", key=OTHER_PULL)
    assert [lease.key for lease in await lease_all(ledger)] == [OTHER_PULL]
    assert await ledger.next_due(100.0) == 160.0
    assert (await ledger.backlog())["parked"] == 1


async def test_a_state_that_cannot_be_read_parks_what_is_due_for_it(ledger: SqlLedger) -> None:
    await give(ledger, "one")
    lease = await decide(ledger, await lease_one(ledger))
    await ledger.release(lease)
    await change(ledger, sa.update(schema.state).values(body=b"\xc1"))
    await give(ledger, "two")
    assert await lease_all(ledger) == []
    two = (await ledger.events())[-1]
    (outcome,) = await ledger.outcomes(two.id)
    assert outcome.values["error"].startswith(f"the state of {PULL} cannot be read: ")


async def test_an_effect_of_an_unknown_kind_is_parked_and_its_lane_goes_on(ledger: SqlLedger) -> None:
    await order(ledger, reaction(1), reaction(2))
    first = sa.select(sa.func.min(schema.effects.c.seq)).scalar_subquery()
    await change(
        ledger, sa.update(schema.effects).where(schema.effects.c.seq == first).values(kind="pager.beep")
    )
    assert len(await lease_effects(ledger)) == 1
    (row,) = await ledger.effects(state="parked")
    assert row.reason == "this version does not know effects of the kind pager.beep"
