"""What all clients of one GitHub share, and what one request is made of.

Values only: nothing here asks GitHub.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol
from urllib.parse import urljoin

from msgspec import Struct

from bot.domain.errors import LastingFault, PassingFault
from bot.domain.values import Seconds
from bot.github.caching import Answers, Key
from bot.github.limits import Limit
from bot.github.replies import Reply
from bot.github.transport import Transport
from bot.ports import Clock

ACCEPT = "application/vnd.github+json"
JSON = "application/json; charset=utf-8"
API_VERSION = "2022-11-28"  # GitHub: "API Versions"


class Credentials(Protocol):
    """Signs requests: as the App, or as one of its installations."""

    @property
    def scope(self) -> str:
        """Whose answers these are: `the App` or `installation 123`."""
        ...

    async def token(self) -> str:
        """Give a token that should be accepted now."""
        ...

    def drop(self, token: str) -> None:
        """Forget a token that GitHub refused."""
        ...

    def refused(self, reply: Reply) -> PassingFault | LastingFault:
        """Explain a 401 that a fresh token did not mend."""
        ...


class Asked(Struct, frozen=True, kw_only=True):
    """One exchange, for metrics: whose, what, how it ended, how long it took, what remains of the quota.

    `status` is 0 where no answer came; 304 means that what we hold still stands.
    """

    scope: str
    method: str
    path: str
    status: int
    duration: Seconds
    limit: Limit | None


def _ignore(asked: Asked) -> None:
    """Observe nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where GitHub is, how bytes get there, and who watches."""

    transport: Transport
    clock: Clock
    api_url: str = "https://api.github.com"
    graphql_url: str = "https://api.github.com/graphql"
    answers: Answers = field(default_factory=Answers)
    observe: Callable[[Asked], None] = _ignore


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request. `writes` = it may change something; `resource` = which of GitHub's quotas it uses."""

    method: str
    url: str
    accept: str = ACCEPT
    body: bytes | None = None
    content_type: str = JSON
    extra: Mapping[str, str] = field(default_factory=dict)
    resource: str = "core"
    writes: bool = False

    def moved(self, location: str) -> "Question":
        """The same request at the place where GitHub says that it belongs."""
        return replace(self, url=urljoin(self.url, location))

    def key(self, scope: str) -> Key:
        """Under what its answer is kept."""
        return Key(scope, self.accept, self.url)

    def headers(self, requester: str, token: str, held: Reply | None) -> dict[str, str]:
        """What is sent with it; `held` = an answer that GitHub may confirm instead of repeating it."""
        headers = {
            **self.extra,
            "user-agent": requester,
            "accept": self.accept,
            "authorization": f"Bearer {token}",
            "x-github-api-version": API_VERSION,
        }
        if self.body is not None:
            headers["content-type"] = self.content_type
        elif self.method != "GET":
            headers["content-length"] = "0"
        if held is not None:
            headers["if-none-match"] = held.headers["etag"]
        return headers
