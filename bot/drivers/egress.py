"""The one guard for every address that stands in a file: where may a request go?

https only and public addresses only, unless the instance's owner allowed the address. A name is resolved
once, and the addresses that were judged are the ones that are connected to, so an answer that changes in
between gains nothing; each is judged once more where the connection is made, however it came there. No
redirect is followed; time and size are limited, and nothing that was compressed is inflated.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Mapping
from typing import Any, Protocol

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from msgspec import Struct

from bot.domain.addresses import parse_address
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.instance import Egress

TIMEOUT_SECONDS = 10.0
ANSWER_BYTES_MAX = 64 * 1024
PLAIN = "identity"
ALLOW_HINT = "Allow it under `egress.allow` in the instance file, if it is meant."
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Programs take these for IPv4 addresses: 127.1, 2130706433, 0x7f.1 ("ends in a number", URL Standard).
_ENDS_IN_A_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
# All that is handed out to the public in IPv6; other ranges translate, are local, or are nobody's yet.
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# Public to Python 3.11 and not to IANA; in the first one a cloud has its metadata (192.0.0.192).
_NOT_PUBLIC = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))


class Answer(Struct, frozen=True):
    """What a guarded request brought back; `body` is cut at its limit, and empty where it is compressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class AddressRefused(LastingFault):
    """The address may not be asked; nothing was sent."""


class Wire(Protocol):
    """Carries a request whose address was judged. The simulation has one without a network."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, allowed: bool) -> Answer:
        """Send a body. Raises AddressRefused (nothing sent) or PassingFault (may have been received)."""
        ...

    async def get(self, url: str, headers: Mapping[str, str], *, allowed: bool) -> Answer:
        """Ask. Raises AddressRefused or PassingFault."""
        ...

    async def close(self) -> None:
        """End all connections."""
        ...


class EgressGuard:
    """Sends requests to addresses from files. Close it to end its connections."""

    def __init__(self, egress: Egress, wire: Wire | None = None) -> None:
        self._egress = egress
        self._wire = wire or HttpWire()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a body. Raises AddressRefused (nothing sent) or PassingFault (may have been received)."""
        allowed = self._egress.allows(url)
        check_address(url, allowed=allowed)
        return await self._wire.post(url, body, headers, allowed=allowed)

    async def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Ask. Raises AddressRefused (nothing sent) or PassingFault."""
        allowed = self._egress.allows(url)
        check_address(url, allowed=allowed)
        return await self._wire.get(url, headers, allowed=allowed)

    async def close(self) -> None:
        """End all connections."""
        await self._wire.close()


class HttpWire:
    """HTTP by aiohttp; where an address is not `allowed`, to public ones only."""

    def __init__(self) -> None:
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, allowed: bool) -> Answer:
        """Send a body. Raises AddressRefused (nothing sent) or PassingFault (may have been received)."""
        return await self._ask("POST", url, body, headers, allowed=allowed)

    async def get(self, url: str, headers: Mapping[str, str], *, allowed: bool) -> Answer:
        """Ask. Raises AddressRefused or PassingFault."""
        return await self._ask("GET", url, None, headers, allowed=allowed)

    async def _ask(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], *, allowed: bool
    ) -> Answer:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        try:
            async with self._session(allowed).request(
                method, url, data=body, headers=headers, allow_redirects=False, timeout=timeout
            ) as answer:
                return Answer(answer.status, dict(answer.headers), await _read(answer))
        except aiohttp.InvalidURL as error:
            raise AddressRefused("The address cannot be used.", hint="Mend the address.") from error
        except aiohttp.ClientConnectorDNSError as error:
            raise _dns_fault(error) from error
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, PrivateAddress):
                raise _refused(error.os_error) from error
            raise PassingFault(f"No connection to {error.host}:{error.port}.") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise PassingFault(
                f"The request got no answer ({type(error).__name__}).", applied_maybe=True
            ) from error

    async def close(self) -> None:
        """End all connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def _session(self, allowed: bool) -> aiohttp.ClientSession:
        if allowed not in self._sessions:
            connector = aiohttp.TCPConnector(
                resolver=None if allowed else PublicResolver(),
                socket_factory=None if allowed else public_socket,
                use_dns_cache=False,
            )
            self._sessions[allowed] = aiohttp.ClientSession(
                connector=connector,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                headers={"Accept-Encoding": PLAIN},
            )
        return self._sessions[allowed]


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """Read up to the limit; a single `read` gives only what has arrived by then.

    Whoever compresses although we asked for none gets nothing read: a few bytes may inflate to gigabytes.
    """
    body = bytearray()
    if answer.headers.get("Content-Encoding", PLAIN).strip().lower() != PLAIN:
        return b""
    while len(body) < ANSWER_BYTES_MAX:
        part = await answer.content.read(ANSWER_BYTES_MAX - len(body))
        if not part:
            break
        body += part
    return bytes(body)


def check_address(url: str, *, allowed: bool) -> None:
    """Judge what can be judged without asking a name server. Raises AddressRefused."""
    try:
        address = parse_address(url)
    except ValueError as error:
        raise AddressRefused(f"The address cannot be used: {error}.", hint="Mend the address.") from error
    if allowed:
        return
    if address.scheme != "https":
        raise AddressRefused("Plain http is not allowed for this address.", hint=ALLOW_HINT)
    try:
        literal = ipaddress.ip_address(address.host)
    except ValueError as error:
        if _ENDS_IN_A_NUMBER.fullmatch(address.host):
            raise AddressRefused(
                f"{address.host} is neither a name nor an address.", hint=ALLOW_HINT
            ) from error
        return
    if not is_public(literal):
        raise AddressRefused(f"{address.host} is no public address.", hint=ALLOW_HINT)


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is on the public internet, also where an IPv6 form hides an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        hidden = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if hidden is None and address in _NAT64:
            hidden = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if hidden is not None:
            return is_public(hidden)
        if address not in _GLOBAL_UNICAST:
            return False
    if any(address in network for network in _NOT_PUBLIC):
        return False
    return address.is_global and not address.is_multicast


class PublicResolver(AbstractResolver):
    """Resolves names and hands on public addresses only; one private answer refuses them all."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve once; raises OSError, as aiohttp expects of a resolver."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        results = [_result(host, port, entry) for entry in found]
        for result in results:
            if not is_public(ipaddress.ip_address(result["host"].partition("%")[0])):
                raise PrivateAddress(f"{host} leads to a private address")
        return results

    async def close(self) -> None:
        """There is nothing to close."""


class PrivateAddress(OSError):
    """A name leads to an address that is not public."""


def public_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    """Make the socket for a connection; the last look at where it goes. Raises PrivateAddress."""
    family, kind, protocol, _, place = address
    host = str(place[0])
    try:
        may_be_asked = is_public(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        may_be_asked = False
    if not may_be_asked:
        raise PrivateAddress(f"{host} is no public address")
    return socket.socket(family, kind, protocol)


def _result(host: str, port: int, entry: tuple[Any, ...]) -> ResolveResult:
    family, _, proto, _, address = entry
    return ResolveResult(
        hostname=host,
        host=str(address[0]),
        port=port,
        family=family,
        proto=proto,
        flags=socket.AI_NUMERICHOST,
    )


def _dns_fault(error: aiohttp.ClientConnectorDNSError) -> Exception:
    if isinstance(error.os_error, PrivateAddress):
        return _refused(error.os_error)
    return PassingFault(f"The name {error.host} cannot be resolved.")


def _refused(error: PrivateAddress) -> AddressRefused:
    return AddressRefused(f"{error}.", hint=ALLOW_HINT)
