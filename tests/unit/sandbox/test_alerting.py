"""A watcher that people set off, and how its words get to the bot."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.sandbox.alerting import Alarms, Watcher
from tests.unit.drivers.serving import Server, serving


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as opened:
        yield opened


class Heard:
    """Lets a test wait for what arrives; the first `failing` requests are answered 503."""

    def __init__(self, server: Server, failing: int = 0) -> None:
        self.paths: list[str] = []
        self._failing = failing
        self._arrived = asyncio.Condition()
        server.answer = self.answer

    async def answer(self, request: web.Request) -> web.Response:
        async with self._arrived:
            self.paths.append(request.path)
            self._arrived.notify_all()
        self._failing -= 1
        return web.Response(status=503 if self._failing >= 0 else 202)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(5), self._arrived:
            await self._arrived.wait_for(lambda: len(self.paths) >= count)


async def at_once(_seconds: float) -> None:
    """Nobody waits here."""


async def test_what_is_said_waits_for_a_bot_and_comes_in_order(server: Server) -> None:
    heard, watcher = Heard(server), Watcher(lambda: 1_795_560_000.0)
    alarms = Alarms(watcher, at_once)
    watcher.fire()
    watcher.fire()  # it fires already
    watcher.end()
    watcher.end()
    assert len(watcher.to_be_sent) == 2
    alarms.deliver_to(server.url)
    await heard.until(2)
    await alarms.close()
    assert heard.paths == ["/events", "/events"]


async def test_it_is_sent_again_until_it_is_taken(server: Server) -> None:
    heard, watcher = Heard(server, failing=2), Watcher(lambda: 1_795_560_000.0)
    alarms = Alarms(watcher, at_once)
    alarms.deliver_to(server.url)
    watcher.fire()
    await heard.until(3)
    await alarms.close()
    assert len(heard.paths) == 3
