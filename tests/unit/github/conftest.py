"""The App connected to a simulated GitHub, for the tests of what goes out."""

from collections.abc import AsyncIterator

import pytest

from bot.github.transport import open_session
from tests.oracles.validation import request_messages
from tests.unit.doors import StoppedClock
from tests.unit.github.hub import Hub, connect, new_world, undescribed
from tests.unit.github.scripted import Scripted


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    """Everything right: whatever the App did must have been allowed, well-formed and listed."""
    clock = StoppedClock()
    world = new_world(clock)
    world.validators.append(request_messages)
    async with open_session() as session:
        hub = await connect(world, clock, session)
        yield hub
        await hub.server.close()
    assert hub.world.violations == []
    assert hub.world.unknown_requests == []
    assert undescribed(hub.world) == []


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    """A server that answers what a test says, for the rules of the protocol."""
    async with open_session() as session:
        server = Scripted(session)
        await server.start()
        yield server
        await server.close()
