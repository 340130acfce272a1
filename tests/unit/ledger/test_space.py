"""What was removed leaves room for what comes: the file of a ledger stops growing."""

import os
from pathlib import Path

import sqlalchemy as sa

from bot.ledger import schema
from bot.ledger.sqlite import open_in_place
from bot.ledger.store import SqlLedger
from tests.contract.ledger_stories import incoming
from tests.contract.ledgers import counted_tokens

DELIVERIES = 150
BODY_BYTES = 3_000


async def a_month_passes(ledger: SqlLedger, at: float) -> int:
    """Deliveries come, are done, and those of the month before go; gives the pages of the file."""
    for number in range(DELIVERIES):
        await ledger.accept(incoming(f"g-{at}-{number}", os.urandom(BODY_BYTES), at))
    done = sa.update(schema.deliveries).values(state="done")
    await ledger._executor.write(lambda connection: connection.execute(done))
    await ledger.forget_deliveries(0, at)
    pages: int = await ledger._executor.read(
        lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    )
    return pages


async def test_a_ledger_grows_to_what_its_retention_needs_and_no_further(tmp_path: Path) -> None:
    ledger = open_in_place(tmp_path / "space.db", counted_tokens())
    sizes = [await a_month_passes(ledger, 1_000.0 * month) for month in range(6)]
    await ledger.close()
    assert sizes[1] > sizes[0]
    assert max(sizes) <= sizes[1] * 1.05
