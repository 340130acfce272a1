"""What a deployer may answer, over real sockets: bombs, floods, and answers that never end."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.domain.errors import PassingFault
from bot.drivers import egress
from bot.drivers.egress import ANSWER_BYTES_MAX, EgressGuard
from tests.unit.drivers.serving import AllLocal, serving

SAID_BYTES_MAX = 32 * 1024 * 1024
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.fixture
async def open_guard() -> AsyncIterator[EgressGuard]:
    """A guard whose instance allows every port of this machine."""
    made = EgressGuard(AllLocal())
    yield made
    await made.close()


Script = Callable[[asyncio.StreamWriter], Any]


@asynccontextmanager
async def saying(script: Script) -> AsyncIterator[str]:
    """A server that reads a request and then says whatever its script writes, HTTP or not."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await script(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the guard has hung up, which is what it should do
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def endless(head: bytes, piece: bytes) -> tuple[Script, list[int]]:
    """A script that never ends by itself; gives also how much it could say before the other side hung up."""
    said = [0]

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while said[0] < SAID_BYTES_MAX:
            writer.write(piece)
            said[0] += len(piece)
            await writer.drain()

    return script, said


def bomb() -> bytes:
    """A gigabyte of zeros, in a megabyte."""
    ten = gzip.compress(bytes(10 * 1024 * 1024))
    return ten * 103


@pytest.mark.parametrize(
    "encoding", ["gzip", "GZIP", "x-gzip", "deflate", "br", "zstd", "gzip, gzip", "unheard-of"]
)
async def test_a_compressed_answer_is_not_inflated(open_guard: EgressGuard, encoding: str) -> None:
    body = zlib.compress(bytes(50_000_000)) if encoding == "deflate" else bomb()

    async def explode(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, headers={"content-encoding": encoding})

    async with serving(explode) as server:
        tracemalloc.start()
        answer = await open_guard.post(server.url, b"", {})
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (answer.status, answer.body) == (200, b"")
        assert peak < len(body) + 4 * 1024 * 1024
        assert server.heard[0].headers.getall("accept-encoding") == ["identity"]


async def test_an_answer_that_says_that_it_is_plain_is_read(open_guard: EgressGuard) -> None:
    async def plain(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"ok", headers={"content-encoding": "Identity"})

    async with serving(plain) as server:
        assert (await open_guard.post(server.url, b"", {})).body == b"ok"


@pytest.mark.parametrize(
    "head,piece",
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 999999999999999999\r\n\r\n", b"x" * 65_536),
        (CHUNKED, b"1000\r\n" + b"x" * 4_096 + b"\r\n"),
        (b"HTTP/1.1 500 Oh no\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 1_000),
    ],
)
async def test_a_body_without_end_is_cut_and_hung_up_on(
    open_guard: EgressGuard, head: bytes, piece: bytes
) -> None:
    script, said = endless(head, piece)
    async with saying(script) as url:
        answer = await open_guard.post(url, b"", {})
    assert answer.body == b"x" * ANSWER_BYTES_MAX
    assert said[0] < SAID_BYTES_MAX


@pytest.mark.parametrize(
    "head,piece",
    [
        (b"HTTP/1.1 200 OK\r\n", b"x-flood: 1\r\n" * 100),
        (b"HTTP/1.1 200 OK\r\nx-flood: ", b"x" * 10_000),
        (b"HTTP/1.1 200 OK\r\n", b"x" * 10_000),
        (b"HTTP/1.1 200 ", b"O" * 10_000),
        (b"", b"no HTTP at all " * 1_000),
        (CHUNKED + b"0\r\n", b"x-trailer: 1\r\n" * 100),
    ],
)
async def test_a_flood_in_the_place_of_an_answer_is_hung_up_on(
    open_guard: EgressGuard, head: bytes, piece: bytes
) -> None:
    script, said = endless(head, piece)
    async with saying(script) as url:
        with pytest.raises(PassingFault) as fault:
            await open_guard.post(url, b"", {})
    assert fault.value.applied_maybe
    assert said[0] < SAID_BYTES_MAX


BEGINNINGS = [
    b"",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 102 Processing\r\n\r\n" * 3,
    b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nbegun",
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nbegun\r\n",
]


async def given_up(guard: EgressGuard, monkeypatch: pytest.MonkeyPatch, script: Script) -> None:
    monkeypatch.setattr(egress, "TIMEOUT_SECONDS", 0.05)
    async with saying(script) as url:
        with pytest.raises(PassingFault) as fault:
            await guard.post(url, b"", {})
    assert fault.value.applied_maybe


@pytest.mark.parametrize("beginning", BEGINNINGS)
async def test_an_answer_that_begins_and_never_ends_is_given_up(
    open_guard: EgressGuard, monkeypatch: pytest.MonkeyPatch, beginning: bytes
) -> None:
    async def begin(writer: asyncio.StreamWriter) -> None:
        writer.write(beginning)
        await asyncio.Event().wait()

    await given_up(open_guard, monkeypatch, begin)


@pytest.mark.parametrize(
    "head,piece",
    [
        (b"", b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" * 100),
        (CHUNKED + b"1;", b"extension" * 1_000),
    ],
)
async def test_words_before_the_answer_that_never_end_are_given_up_and_not_kept(
    open_guard: EgressGuard, monkeypatch: pytest.MonkeyPatch, head: bytes, piece: bytes
) -> None:
    async def go_on(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()

    tracemalloc.start()
    await given_up(open_guard, monkeypatch, go_on)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * 1024 * 1024
