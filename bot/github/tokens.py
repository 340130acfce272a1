"""Who Pointsman is to GitHub: the App, and the App in each installation.

The App signs with its key; an installation is spoken for with a token of an hour, asked for with no more
permissions than the code uses, kept until shortly before it ends, and asked for once however many need it.
No key and no token ever stands in a log, an error or a repr. Time is the injected clock's.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

import jwt
import structlog
from cachetools import TLRUCache
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from msgspec import Struct

from bot.domain.errors import LastingFault, PassingFault
from bot.domain.values import Seconds
from bot.github.answers import Installation, InstallationToken, read
from bot.github.caching import SingleFlight
from bot.github.client import GitHubClient
from bot.github.connection import Connection
from bot.github.faults import NotThere, Refused
from bot.github.replies import Reply, message_of
from bot.ports import Clock

JWT_BACKDATED_SECONDS = 60  # GitHub: "Generating a JSON Web Token"; their clock may be behind ours
JWT_LIFE_SECONDS = 9 * 60  # counted from now; GitHub allows ten minutes from `iat`
JWT_KEPT_SECONDS = 7 * 60
TOKEN_MARGIN_SECONDS = 5 * 60
TOKEN_KEPT_SECONDS = 55 * 60
TOKENS_MAX = 10_000
FRESH_TOKEN_WAIT_SECONDS = 5.0

PERMISSIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "actions": "write",
        "checks": "write",
        "contents": "read",
        "deployments": "write",
        "statuses": "read",
        "issues": "read",
        "members": "read",
        "metadata": "read",
        "pull_requests": "write",  # comments and reactions too: GitHub looks at what is commented on
    }
)
"""What an installation's token is asked for: what this package calls, and what app.yml has."""

_LEVELS = ("read", "write", "admin")

log = structlog.get_logger(__name__)


class AppKey:
    """The App's number and its private key; raises ValueError for a text that is no RSA key."""

    def __init__(self, app_id: int, private_key_pem: str) -> None:
        try:
            key = load_pem_private_key(private_key_pem.encode(), password=None)
        except (ValueError, TypeError) as error:
            raise ValueError("GITHUB_PRIVATE_KEY is no private key that can be read.") from error
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("GITHUB_PRIVATE_KEY is no RSA key.")
        self.app_id = app_id
        self._key = key

    def sign(self, now: Seconds) -> str:
        """Make the App's token as of now."""
        claims = {
            "iat": int(now) - JWT_BACKDATED_SECONDS,
            "exp": int(now) + JWT_LIFE_SECONDS,
            "iss": str(self.app_id),
        }
        return jwt.encode(claims, self._key, algorithm="RS256")


class AppCredentials:
    """Signs as the App."""

    scope = "the App"

    def __init__(self, key: AppKey, clock: Clock) -> None:
        self._key = key
        self._clock = clock
        self._signed_at: Seconds = 0.0
        self._token = ""

    async def token(self) -> str:
        """Give a token that GitHub accepts for at least two more minutes."""
        now = self._clock.now()
        if not self._token or not 0 <= now - self._signed_at < JWT_KEPT_SECONDS:
            self._token, self._signed_at = self._key.sign(now), now
        return self._token

    def drop(self, token: str) -> None:
        """Forget a token that GitHub refused."""
        if token == self._token:
            self._token = ""

    def refused(self, reply: Reply) -> LastingFault:
        """Explain that GitHub does not know the App by this number, key and time."""
        date = reply.headers.get("date", "unknown")
        return Refused(
            401,
            f"GitHub does not accept the App's signature: {message_of(reply) or 'no reason given'}",
            hint="Check GITHUB_APP_ID and GITHUB_PRIVATE_KEY, and this machine's clock: "
            f"GitHub's says {date}.",
        )


class _Kept(Struct, frozen=True):
    token: str
    until: Seconds

    def __repr__(self) -> str:
        return "_Kept(hidden)"


class InstallationTokens:
    """Gets, keeps and drops the tokens of all installations."""

    def __init__(self, app: GitHubClient, clock: Clock, permissions: Mapping[str, str] = PERMISSIONS) -> None:
        self._app = app
        self._clock = clock
        self._permissions = dict(permissions)
        self._kept: TLRUCache[int, _Kept] = TLRUCache(
            TOKENS_MAX, ttu=lambda _, kept, __: kept.until, timer=clock.now
        )
        self._flight: SingleFlight[int, str] = SingleFlight()

    async def get(self, installation: int) -> str:
        """Give a token for an installation. Raises LastingFault where it is suspended or gone."""
        kept = self._kept.get(installation)
        if kept is not None:
            return kept.token
        return await self._flight.run(installation, lambda: self._fetch(installation))

    def drop(self, installation: int, token: str) -> None:
        """Forget a token that GitHub refused; a newer one stays."""
        kept = self._kept.get(installation)
        if kept is not None and kept.token == token:
            del self._kept[installation]

    async def _fetch(self, installation: int) -> str:
        try:
            answer = await self._ask(installation)
        except NotThere as fault:
            raise NotThere(
                fault.status, fault.reason, hint="The App was uninstalled there; install it again."
            ) from fault
        except Refused as fault:
            if fault.status != 403:
                raise
            hint = "The installation is suspended; an owner can lift that in its settings."
            raise Refused(403, fault.reason, hint=hint) from fault
        # GitHub's clock may differ from ours: whichever says sooner.
        told = datetime.fromisoformat(answer.expires_at).timestamp() - TOKEN_MARGIN_SECONDS
        until = min(told, self._clock.now() + TOKEN_KEPT_SECONDS)
        self._kept[installation] = _Kept(answer.token, until)
        return answer.token

    async def _ask(self, installation: int) -> InstallationToken:
        try:
            return await self._post(installation, self._permissions)
        except Refused as fault:
            if fault.status != 422:
                raise
            granted = await self._granted(installation)
            if not granted or granted == self._permissions:
                raise
            return await self._post(installation, granted)

    async def _post(self, installation: int, permissions: Mapping[str, str]) -> InstallationToken:
        path = f"/app/installations/{installation}/access_tokens"
        try:
            answer = await self._app.post(path, data={"permissions": dict(permissions)})
        except PassingFault as fault:
            fault.applied_maybe = False  # one token more is no harm, and nothing was done with it yet
            raise
        return read(InstallationToken, answer)

    async def _granted(self, installation: int) -> dict[str, str]:
        """An owner who has not accepted new permissions yet keeps what worked before; the rest is refused."""
        answer = read(Installation, await self._app.getitem(f"/app/installations/{installation}"))
        granted = {
            name: _lesser(level, answer.permissions[name])
            for name, level in self._permissions.items()
            if name in answer.permissions
        }
        missing = sorted(
            f"{name}: {level}" for name, level in self._permissions.items() if granted.get(name) != level
        )
        log.warning("github.permissions_missing", installation=installation, missing=missing)
        return granted


class InstallationCredentials:
    """Signs as the App in one installation."""

    def __init__(self, tokens: InstallationTokens, installation: int) -> None:
        self._tokens = tokens
        self._installation = installation

    @property
    def scope(self) -> str:
        """Whose answers these are."""
        return f"installation {self._installation}"

    async def token(self) -> str:
        """Give the installation's token."""
        return await self._tokens.get(self._installation)

    def drop(self, token: str) -> None:
        """Forget a token that GitHub refused."""
        self._tokens.drop(self._installation, token)

    def refused(self, reply: Reply) -> PassingFault:
        """A token made a moment ago is sometimes not known everywhere yet; that passes."""
        said = message_of(reply) or "no reason given"
        return PassingFault(
            f"GitHub does not accept the fresh token of {self.scope}: {said}",
            retry_after=FRESH_TOKEN_WAIT_SECONDS,
        )


class GitHubApp:
    """The App at GitHub: one client for the App itself, and one for each installation."""

    def __init__(
        self, connection: Connection, key: AppKey, permissions: Mapping[str, str] = PERMISSIONS
    ) -> None:
        self.id = key.app_id
        self.clock = connection.clock
        self.client = GitHubClient(connection, AppCredentials(key, connection.clock))
        self._connection = connection
        self._tokens = InstallationTokens(self.client, connection.clock, permissions)
        self._installations: dict[int, GitHubClient] = {}

    def installation(self, installation: int) -> GitHubClient:
        """Give the client of an installation: always the same one, for it holds the limits."""
        client = self._installations.get(installation)
        if client is None:
            credentials = InstallationCredentials(self._tokens, installation)
            client = self._installations[installation] = GitHubClient(self._connection, credentials)
        return client


def _lesser(wanted: str, granted: str) -> str:
    return min(wanted, granted, key=_LEVELS.index)
