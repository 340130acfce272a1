"""Attacks on the guard of addresses, over real sockets: names that lie, and odd forms of writing.

Whatever is tried, no connection leaves this machine: every attempt to make one is seen, and only those to
127.0.0.1 are let through.
"""

# ruff: noqa: E501 - a row of a table is one case

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.domain.errors import PassingFault
from bot.domain.instance import Egress
from bot.drivers import egress
from bot.drivers.egress import AddressRefused, EgressGuard, PublicResolver
from tests.unit.drivers.serving import AllLocal, serving

NAME = "deployer.example.com"
METADATA = ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "fe80::a9fe:a9fe"]


Connections = list[tuple[str, int]]


@pytest.fixture
async def connections(monkeypatch: pytest.MonkeyPatch) -> Connections:
    """Where connections were begun to; none of them gets off this machine."""
    begun: Connections = []
    loop = asyncio.get_running_loop()
    connect = loop.sock_connect

    async def watched(sock: socket.socket, address: Any) -> None:
        begun.append((address[0], address[1]))
        if address[0] != "127.0.0.1":
            raise ConnectionRefusedError("the trial lets nothing out")
        await connect(sock, address)

    monkeypatch.setattr(loop, "sock_connect", watched)
    return begun


@pytest.fixture
async def guard(connections: Connections) -> AsyncIterator[EgressGuard]:
    """A guard whose instance allows nothing."""
    made = EgressGuard(Egress())
    yield made
    await made.close()


@pytest.fixture
async def open_guard(connections: Connections) -> AsyncIterator[EgressGuard]:
    """A guard whose instance allows every port of this machine."""
    made = EgressGuard(AllLocal())
    yield made
    await made.close()


def name_server(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Answer each question of this loop with the next list, then always the last; gives what was asked."""
    asked: list[str] = []

    async def getaddrinfo(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        families = {each: socket.AF_INET6 if ":" in each else socket.AF_INET for each in found}
        return [(families[each], socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    return asked


def only_public(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Let this address of this machine count as the only public one there is."""
    public = ipaddress.ip_address(address)
    monkeypatch.setattr(egress, "is_public", lambda judged: judged == public)


# --- where it goes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_a_private_address_is_told_and_not_followed(
    open_guard: EgressGuard, connections: Connections, status: int
) -> None:
    async with serving() as inside:

        async def redirect(_request: web.Request) -> web.StreamResponse:
            return web.Response(status=status, headers={"location": f"{inside.url}/latest/meta-data"})

        async with serving(redirect) as server:
            answer = await open_guard.post(f"{server.url}/hook", b"secret", {})
            assert answer.status == status
            assert len(connections) == len(server.heard) == 1
            assert inside.heard == []


async def test_a_name_that_changes_between_the_look_and_the_connection_gains_nothing(
    guard: EgressGuard, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_public(monkeypatch, "127.0.0.1")
    asked = name_server(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])
    async with serving() as server:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(PassingFault):  # it speaks no TLS
            await guard.post(f"https://{NAME}:{port}/hook", b"secret", {})
        assert (asked, connections) == ([NAME], [("127.0.0.1", port)])
        with pytest.raises(AddressRefused, match="private"):  # asked anew, and judged anew
            await guard.post(f"https://{NAME}:{port}/hook", b"secret", {})
        assert (asked, connections) == ([NAME, NAME], [("127.0.0.1", port)])
        assert server.heard == []


@pytest.mark.parametrize("answers", [["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"]])
async def test_a_name_with_one_private_answer_is_refused_whole(
    guard: EgressGuard, connections: Connections, monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> None:
    only_public(monkeypatch, "127.0.0.1")
    name_server(monkeypatch, answers)
    with pytest.raises(AddressRefused, match="private") as refused:
        await guard.post(f"https://{NAME}/hook", b"secret", {})
    assert refused.value.hint
    assert connections == []


@pytest.mark.parametrize("address", METADATA)
@pytest.mark.parametrize("name", ["metadata.google.internal", "metadata", "xn--mtadata-cya.example.com"])
async def test_a_name_that_leads_to_a_clouds_metadata_is_refused(
    guard: EgressGuard, connections: Connections, monkeypatch: pytest.MonkeyPatch, name: str, address: str
) -> None:
    asked = name_server(monkeypatch, [address])
    with pytest.raises(AddressRefused):
        await guard.post(f"https://{name}/computeMetadata/v1/", b"", {})
    assert (asked, connections) == ([name], [])


async def test_an_address_that_nobody_judged_before_is_judged_where_it_is_connected_to(
    guard: EgressGuard, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def careless(_self: PublicResolver, host: str, port: int = 0, family: Any = 0) -> list[Any]:
        place = {"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET}
        return [{**place, "proto": 6, "flags": socket.AI_NUMERICHOST}]

    monkeypatch.setattr(PublicResolver, "resolve", careless)
    async with serving() as server:
        port = server.url.rpartition(":")[2]
        with pytest.raises(AddressRefused, match="no public address"):
            await guard.post(f"https://{NAME}:{port}/hook", b"secret", {})
    assert connections == []


HOSTS = [
    *("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7F.0.0.1", "0177.0.0.1", "0", "0x"),
    *("017700000001", "127.0.0.01", "0x7f.1", "169.254.43518", "0xa9fea9fe", "deployer.example.com.127.1"),
    *("[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[0:0:0:0:0:0:0:1]"),
    *("[64:ff9b::127.0.0.1]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2001:0:4136:e378:8000:63bf:80ff:fffe]"),
    *("[fe80::1%25eth0]", "[fe80::1%eth0]", "[::1%lo]", "[fc00::1]", "[fec0::1]", "[ff02::1]", "[::ffff:0:7f00:1]"),
    *(f"[{each}]" if ":" in each else each for each in METADATA),
    *("127.0.0.1.", "localhost.", ".localhost", "127。0。0。1", "①②⑦.0.0.1", "%31%32%37.0.0.1", "127.0.0.1%00"),
    *("deployer.example.com@127.0.0.1", "a:b@127.0.0.1", "127.0.0.1\\@deployer.example.com", "@127.0.0.1"),
    *("deployer.example.com\\.evil.example", "deployer.example.com#@127.0.0.1", "déployer.example.com", "", " "),
    *("127.0.0.1\t", "127.0.0.1\n", "127.0.0.1:0", "127.0.0.1:99999", "127.0.0.1:x", "[::1", "::1", "[v1.x]"),
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", HOSTS)
async def test_no_form_of_writing_reaches_this_machine(
    guard: EgressGuard, connections: Connections, scheme: str, host: str
) -> None:
    with pytest.raises(AddressRefused) as refused:
        await guard.post(f"{scheme}://{host}/hook", b"secret", {})
    assert refused.value.hint
    assert connections == []


@pytest.mark.parametrize(
    "url",
    ["//127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "HTTP://127.0.0.1/", "https:127.0.0.1"],
)
async def test_other_schemes_reach_nothing(guard: EgressGuard, connections: Connections, url: str) -> None:
    with pytest.raises(AddressRefused):
        await guard.post(url, b"secret", {})
    assert connections == []


async def test_a_proxy_in_the_environment_is_not_asked(
    open_guard: EgressGuard, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving() as proxy, serving() as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        await open_guard.post(server.url, b"", {})
        assert (len(server.heard), proxy.heard) == (1, [])


# --- what the instance's owner allowed ----------------------------------------------------------------


@asynccontextmanager
async def allowing(url: str) -> AsyncIterator[EgressGuard]:
    made = EgressGuard(Egress(allow=(url,)))
    try:
        yield made
    finally:
        await made.close()


@pytest.mark.parametrize(
    "path",
    ["/hook", "/hook/", "/hook/a", "/hook?next=/a/b", "/hook/a%20b", "/hook/...", "/hook/.a", "/hook/a..b"],
)
async def test_an_allowed_path_and_what_lies_below_it_arrive_as_written(
    connections: Connections, path: str
) -> None:
    async with serving() as server, allowing(f"{server.url}/hook") as guard:
        await guard.post(server.url + path, b"", {})
        assert [request.raw_path for request in server.heard] == [path]


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/hooks", "/Hook", "/hoo", "/other/hook", "//hook", "/hook.evil", "/hook;a", "/hook%2fa"),
        *("/hook/../admin", "/hook/..", "/hook/./../admin", "/hook/..?x", "/hook/..;/admin", "/hook/.;a/x"),
        *("/hook/%2e%2e/admin", "/hook/%2E%2e/admin", "/hook/.%2e/admin", "/hook/%2e./admin", "/hook/..%2fadmin"),
        *("/hook%5c..%5cadmin", "/hook\\..\\admin", "/hook/%c0%ae%c0%ae/admin", "/hook/#/../admin", "/hook /a"),
    ],
)  # fmt: skip
async def test_nothing_beside_an_allowed_path_is_reached(connections: Connections, path: str) -> None:
    async with serving() as server, allowing(f"{server.url}/hook") as guard:
        with pytest.raises(AddressRefused):
            await guard.post(server.url + path, b"secret", {})
        assert (server.heard, connections) == ([], [])


async def test_another_port_host_or_scheme_is_not_allowed_with_it(connections: Connections) -> None:
    async with serving() as server, serving() as other, allowing(server.url) as guard:
        port = server.url.rpartition(":")[2]
        for url in (
            other.url,
            f"http://localhost:{port}",
            f"http://127.0.0.2:{port}",
            f"https://127.0.0.1:{port}",
            f"http://x@127.0.0.1:{port}",
            f"http://127.0.0.1:{port}@evil.example",
            f"http://127.0.0.1:{port}.evil.example",
            "http://127.0.0.1",
        ):
            with pytest.raises(AddressRefused):
                await guard.post(url, b"secret", {})
        assert (server.heard, other.heard, connections) == ([], [], [])
