"""The one guard for every address that stands in a file: where may a request go?

https only and public addresses only, unless the instance's owner allowed the address. A name is resolved
once, and the addresses that were judged are the ones that are connected to, so an answer that changes in
between gains nothing. No redirect is followed; time and size are limited.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Mapping
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from msgspec import Struct

from bot.domain.addresses import parse_address
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.instance import Egress

TIMEOUT_SECONDS = 10.0
ANSWER_BYTES_MAX = 64 * 1024
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# All that is handed out to the public in IPv6; other ranges translate, are local, or are nobody's yet.
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")


class Answer(Struct, frozen=True):
    """What a guarded request brought back; `body` is cut at its limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class AddressRefused(LastingFault):
    """The address may not be asked; nothing was sent."""


class EgressGuard:
    """Sends requests to addresses from files. Close it to end its connections."""

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a body. Raises AddressRefused (nothing sent) or PassingFault (may have been received)."""
        allowed = self._egress.allows(url)
        check_address(url, allowed=allowed)
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        try:
            async with self._session(allowed).post(
                url, data=body, headers=headers, allow_redirects=False, timeout=timeout
            ) as answer:
                return Answer(answer.status, dict(answer.headers), await _read(answer.content))
        except aiohttp.InvalidURL as error:
            raise AddressRefused("The address cannot be used.", hint="Mend the address.") from error
        except aiohttp.ClientConnectorDNSError as error:
            raise _dns_fault(error) from error
        except aiohttp.ClientConnectorError as error:
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
            resolver = None if allowed else PublicResolver()
            connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False)
            self._sessions[allowed] = aiohttp.ClientSession(
                connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._sessions[allowed]


async def _read(content: aiohttp.StreamReader) -> bytes:
    """Read up to the limit; a single `read` gives only what has arrived by then."""
    body = bytearray()
    while len(body) < ANSWER_BYTES_MAX:
        part = await content.read(ANSWER_BYTES_MAX - len(body))
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
    hint = "Allow it under `egress.allow` in the instance file, if it is meant."
    if address.scheme != "https":
        raise AddressRefused("Plain http is not allowed for this address.", hint=hint)
    try:
        literal = ipaddress.ip_address(address.host)
    except ValueError:
        return
    if not is_public(literal):
        raise AddressRefused(f"{address.host} is no public address.", hint=hint)


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
        hint = "Allow it under `egress.allow` in the instance file, if it is meant."
        return AddressRefused(f"{error.os_error}.", hint=hint)
    return PassingFault(f"The name {error.host} cannot be resolved.")
