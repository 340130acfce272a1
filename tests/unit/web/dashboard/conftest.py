"""A dashboard for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.web.dashboard.looking import Looking, looking


@pytest.fixture
async def looked(tmp_path: Path) -> AsyncIterator[Looking]:
    async with looking(tmp_path) as running:
        yield running
