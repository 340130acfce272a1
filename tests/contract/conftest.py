"""What every contract test is handed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ledger.store import SqlLedger
from tests.contract.ledger_stories import Bench
from tests.contract.ledgers import LEDGERS


@pytest.fixture(params=sorted(LEDGERS))
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(LEDGERS[request.param], tmp_path)
    yield bench
    await bench.ledger.close()


@pytest.fixture
def ledger(bench: Bench) -> SqlLedger:
    return bench.ledger
