"""The one guard for every address from a file."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from bot.domain.errors import PassingFault
from bot.domain.instance import Egress
from bot.drivers import egress
from bot.drivers.egress import (
    ANSWER_BYTES_MAX,
    AddressRefused,
    EgressGuard,
    PrivateAddress,
    PublicResolver,
    check_address,
    is_public,
)
from tests.unit.drivers.serving import AllLocal, serving

PUBLIC = ["8.8.8.8", "140.82.121.4", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
PRIVATE = [
    "127.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fec0::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::8.8.8.8",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "5f00::1",
]


@pytest.fixture
async def guard() -> AsyncIterator[EgressGuard]:
    made = EgressGuard(Egress())
    yield made
    await made.close()


@pytest.fixture
async def open_guard() -> AsyncIterator[EgressGuard]:
    """A guard whose instance allows every port of this machine."""
    made = EgressGuard(AllLocal())
    yield made
    await made.close()


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_asked(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_may_not_be_asked_in_whatever_form(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_written_out_is_judged_before_anything_is_sent(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(AddressRefused):
        check_address(f"https://{host}/hook", allowed=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://deployer.example.com/hook",
        "ftp://deployer.example.com/hook",
        "https://user@deployer.example.com/hook",
        "https://deployer.example.com\\@127.0.0.1/",
        "https://deployer.example.com/a/../b",
        "https://deployer.example.com/#x",
        "https:///hook",
        "https://127.0.0.1./",
        "",
    ],
)
def test_an_address_in_a_doubtful_form_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        check_address(url, allowed=False)
    assert refused.value.hint


def test_the_instances_owner_may_allow_plain_http_and_private_addresses() -> None:
    check_address("http://127.0.0.1:9000/hook", allowed=True)


def test_even_an_allowed_address_must_be_readable() -> None:
    with pytest.raises(AddressRefused):
        check_address("http://user@127.0.0.1:9000/hook", allowed=True)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0", "0177.0.0.1", "127.000.000.001"])
async def test_a_number_that_some_programs_take_for_an_address_is_refused(
    guard: EgressGuard, host: str
) -> None:
    async with serving() as server:
        port = server.url.rpartition(":")[2]
        with pytest.raises(AddressRefused):
            await guard.post(f"https://{host}:{port}/hook", b"", {})
        assert server.heard == []


# --- names ----------------------------------------------------------------------------------------------


def look_up(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let every name lead to these addresses; gives the names that were asked for."""
    asked: list[str] = []

    async def getaddrinfo(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        families = (socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses)
        return [
            (family, socket.SOCK_STREAM, 6, "", (address, port))
            for family, address in zip(families, addresses, strict=True)
        ]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    return asked


async def test_the_addresses_that_were_judged_are_the_ones_that_are_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = look_up(monkeypatch, "140.82.121.4", "2606:4700:4700::1111")
    found = await PublicResolver().resolve("deployer.example.com", 443)
    assert [each["host"] for each in found] == ["140.82.121.4", "2606:4700:4700::1111"]
    assert asked == ["deployer.example.com"]
    assert all(each["flags"] & socket.AI_NUMERICHOST for each in found)


@pytest.mark.parametrize("private", ["127.0.0.1", "::ffff:10.0.0.1", "fe80::1%eth0", "169.254.169.254"])
async def test_one_private_answer_among_public_ones_refuses_the_name(
    monkeypatch: pytest.MonkeyPatch, private: str
) -> None:
    look_up(monkeypatch, "140.82.121.4", private)
    with pytest.raises(PrivateAddress):
        await PublicResolver().resolve("deployer.example.com", 443)


async def test_a_name_that_leads_to_a_private_address_is_a_lasting_fault_and_nothing_is_sent(
    guard: EgressGuard,
) -> None:
    async with serving() as server:
        port = server.url.rpartition(":")[2]
        with pytest.raises(AddressRefused, match="private") as refused:
            await guard.post(f"https://localhost:{port}/hook", b"secret", {})
        assert refused.value.hint
        assert server.heard == []


async def test_a_name_that_cannot_be_resolved_can_be_tried_again(
    guard: EgressGuard, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up(monkeypatch)
    with pytest.raises(PassingFault) as fault:
        await guard.post("https://deployer.example.com/hook", b"", {})
    assert not fault.value.applied_maybe


# --- requests -------------------------------------------------------------------------------------------


async def test_plain_http_sends_nothing(guard: EgressGuard) -> None:
    async with serving() as server:
        with pytest.raises(AddressRefused):
            await guard.post(server.url, b"", {})
        assert server.heard == []


async def test_an_allowed_address_gets_the_body_and_the_headers(open_guard: EgressGuard) -> None:
    async with serving() as server:
        answer = await open_guard.post(server.url + "/hook", b"body", {"webhook-id": "x"})
        assert (answer.status, answer.body) == (200, b"ok")
        assert server.heard[0].headers["webhook-id"] == "x"
        assert await server.heard[0].read() == b"body"


async def test_a_redirect_is_not_followed(open_guard: EgressGuard) -> None:
    async def elsewhere(request: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"location": "/other"})

    async with serving(elsewhere) as server:
        answer = await open_guard.post(server.url + "/hook", b"", {})
        assert answer.status == 307
        assert [request.path for request in server.heard] == ["/hook"]


async def test_cookies_are_not_kept(open_guard: EgressGuard) -> None:
    async def baking(request: web.Request) -> web.StreamResponse:
        return web.Response(headers={"set-cookie": "a=b"})

    async with serving(baking) as server:
        for _ in range(2):
            await open_guard.post(server.url, b"", {})
        assert "cookie" not in server.heard[1].headers


async def test_an_endless_answer_is_cut(open_guard: EgressGuard) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"x" * (10 * 1024 * 1024))

    async with serving(endless) as server:
        answer = await open_guard.post(server.url, b"", {})
        assert len(answer.body) == ANSWER_BYTES_MAX


async def test_an_answer_that_comes_in_pieces_is_read_to_its_end(open_guard: EgressGuard) -> None:
    async def in_pieces(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for piece in (b"one ", b"two ", b"three"):
            await response.write(piece)
            await asyncio.sleep(0)
        return response

    async with serving(in_pieces) as server:
        assert (await open_guard.post(server.url, b"", {})).body == b"one two three"


async def test_a_broken_connection_may_have_been_received(open_guard: EgressGuard) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with serving(broken) as server:
        with pytest.raises(PassingFault) as fault:
            await open_guard.post(server.url, b"", {})
        assert fault.value.applied_maybe


async def test_a_silent_target_may_have_received_it(
    open_guard: EgressGuard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(egress, "TIMEOUT_SECONDS", 0.05)

    async def silent(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    async with serving(silent) as server:
        with pytest.raises(PassingFault) as fault:
            await open_guard.post(server.url, b"", {})
        assert fault.value.applied_maybe


async def test_where_nobody_listens_nothing_was_received(open_guard: EgressGuard) -> None:
    async with serving() as server:
        url = server.url
    with pytest.raises(PassingFault) as fault:
        await open_guard.post(url, b"", {})
    assert not fault.value.applied_maybe
