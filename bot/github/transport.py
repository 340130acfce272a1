"""How bytes reach GitHub: one request, one reply, or the plain statement that none came.

It tells apart what certainly was not sent from what may have arrived, because the second must not be repeated
blindly. It never follows a redirect and never reads a token.
"""

from collections.abc import Mapping
from typing import Protocol

import aiohttp
from yarl import URL

TIMEOUT_SECONDS = 10.0
CONNECT_SECONDS = 5.0
CONNECTIONS_MAX = 100  # GitHub: at most 100 requests at once ("Rate limits for the REST API")

NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


class NoReply(Exception):
    """No answer came. `sent` = the request may have arrived all the same."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


class Transport(Protocol):
    """Carries one request. The simulation has one without a network."""

    async def __call__(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send it and give status, headers and body. Raises NoReply."""
        ...


def open_session() -> aiohttp.ClientSession:
    """Make the session for HttpTransport: proxies from the environment, no cookies. The caller closes it."""
    return aiohttp.ClientSession(
        trust_env=True,
        cookie_jar=aiohttp.DummyCookieJar(),
        connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX),
    )


class HttpTransport:
    """HTTP by aiohttp, with a total time for each request."""

    def __init__(self, session: aiohttp.ClientSession, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds, sock_connect=CONNECT_SECONDS)

    async def __call__(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send it and give status, headers and body. Raises NoReply."""
        try:
            async with self._session.request(
                method,
                URL(url, encoded=True),  # our quoting is final: yarl would undo a %2F in a branch's name
                headers=headers,
                data=body or None,
                allow_redirects=False,
                timeout=self._timeout,
            ) as response:
                return response.status, response.headers, await response.read()
        except NOT_SENT as error:
            raise NoReply(_describe(error), sent=False) from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise NoReply(_describe(error), sent=True) from error


def _describe(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__
