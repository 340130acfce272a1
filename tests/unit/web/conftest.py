"""A server for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.unit.web.serving import Served, serving


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serving() as running:
        yield running
