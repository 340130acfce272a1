"""Fresh machinery for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.runtime.machinery import Machinery


@pytest.fixture
async def machinery(tmp_path: Path) -> AsyncIterator[Machinery]:
    made = Machinery(tmp_path)
    yield made
    await made.ledger.close()
