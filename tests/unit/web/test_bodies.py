"""Bodies are read within their limits, and what was held is let go whatever happens."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.inbox import Refused
from bot.web.bodies import BodyReader

NEVER = -1


async def pieces(*sizes: int) -> AsyncIterator[bytes]:
    for size in sizes:
        if size == NEVER:
            await asyncio.Event().wait()
        yield b"a" * size


async def read(reader: BodyReader, bytes_max: int, *sizes: int) -> tuple[int, str]:
    """Send a body in pieces, without a declared length, to a server that reads it."""

    async def handle(request: web.Request) -> web.Response:
        try:
            body = await reader.read(request, bytes_max)
        except Refused as refused:
            return web.Response(status=refused.status, text=refused.reason)
        assert reader.bytes_held == len(body)
        reader.release(len(body))
        return web.Response(text=str(len(body)))

    app = web.Application()
    app.router.add_post("/", handle)
    async with (
        TestServer(app) as server,
        ClientSession() as client,
        client.post(server.make_url("/"), data=pieces(*sizes)) as response,
    ):
        return response.status, await response.text()


@pytest.mark.parametrize(
    "sizes,status", [((10,), 200), ((4, 6), 200), ((11,), 413), ((5, 5, 1), 413), ((), 200)]
)
async def test_a_body_is_read_up_to_its_limit(sizes: tuple[int, ...], status: int) -> None:
    reader = BodyReader()
    got, text = await read(reader, 10, *sizes)
    assert got == status
    assert text == (str(sum(sizes)) if status == 200 else "The body is larger than 10 bytes.")
    assert reader.bytes_held == 0


async def test_a_body_that_does_not_arrive_in_time_is_408() -> None:
    reader = BodyReader(read_seconds_max=0.0)
    assert (await read(reader, 10, 5, NEVER))[0] == 408
    assert reader.bytes_held == 0


async def test_all_bodies_together_are_limited_too() -> None:
    reader = BodyReader(bytes_at_once_max=20)
    reader.bytes_held = 15
    got, text = await read(reader, 10, 6)
    assert (got, text) == (503, "Too many large requests are being read; send this one again later.")
    assert reader.bytes_held == 15
