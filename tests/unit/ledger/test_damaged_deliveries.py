"""A delivery whose body cannot be read any more fails alone, and is mended when it comes again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from bot.ledger import schema
from bot.ledger.sqlite import open_in_place
from bot.ledger.store import SqlLedger
from tests.contract.ledger_stories import incoming
from tests.contract.ledgers import counted_tokens


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqlLedger]:
    ledger = open_in_place(tmp_path / "ledger.db", counted_tokens())
    yield ledger
    await ledger.close()


async def damage(ledger: SqlLedger, id: str, **values: bytes) -> None:
    table = schema.deliveries
    statement = sa.update(table).where(table.c.id == id).values(**values)
    await ledger._executor.write(lambda connection: connection.execute(statement))


@pytest.mark.parametrize("part", ["body", "headers"])
async def test_a_damaged_delivery_fails_with_the_reason_and_stands_in_nobodys_way(
    ledger: SqlLedger, part: str
) -> None:
    first, second = incoming("one"), incoming("two")
    await ledger.accept(first)
    await ledger.accept(second)
    await damage(ledger, first.id, **{part: b"\xc1 junk"})
    assert [each.id for each in await ledger.untranslated(10)] == [second.id]
    rows = {row.id: row for row in await ledger.deliveries(0)}
    assert (rows[first.id].state, rows[first.id].outcome) == ("failed", "failed")
    assert (rows[first.id].reason or "").startswith("damaged: ")
    assert [each.id for each in await ledger.untranslated(10)] == [second.id]


async def test_a_damaged_delivery_that_comes_again_is_whole_again(ledger: SqlLedger) -> None:
    first = incoming("one")
    await ledger.accept(first)
    await damage(ledger, first.id, body=b"\xc1 junk")
    assert await ledger.untranslated(10) == []
    assert (await ledger.accept(first)).state == "revived"
    assert [each.body for each in await ledger.untranslated(10)] == [first.body]


async def test_another_body_under_the_same_id_mends_nothing(ledger: SqlLedger) -> None:
    first = incoming("one")
    await ledger.accept(first)
    await damage(ledger, first.id, body=b"\xc1 junk")
    assert await ledger.untranslated(10) == []
    accepted = await ledger.accept(replace(first, body=b'{"another": 1}'))
    assert (accepted.state, accepted.conflict) == ("revived", True)
    assert await ledger.untranslated(10) == []
    (row,) = await ledger.deliveries(0)
    assert row.state == "failed"
