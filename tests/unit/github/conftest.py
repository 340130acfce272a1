"""The App connected to a simulated GitHub, for the tests of what goes out."""

from collections.abc import AsyncIterator

import pytest

from bot.github.transport import open_session
from tests.unit.doors import StoppedClock
from tests.unit.github.hub import Hub, connect, new_world
from tests.unit.github.scripted import Scripted


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    """Everything right: whatever the App did must have been allowed and well-formed."""
    clock = StoppedClock()
    async with open_session() as session:
        hub = await connect(new_world(clock), clock, session)
        yield hub
        await hub.server.close()
    assert hub.world.violations == []
    assert hub.world.unknown_requests == []


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    """A server that answers what a test says, for the rules of the protocol."""
    async with open_session() as session:
        server = Scripted(session)
        await server.start()
        yield server
        await server.close()
