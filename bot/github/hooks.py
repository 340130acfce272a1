"""What GitHub says it sent us, and how to have it sent again.

GitHub never sends a delivery again by itself ("Handling failed webhook deliveries"), so what did not
arrive has to be asked for. The filter `status=failure` misses time-outs, so all are listed and judged here.
"""

from datetime import datetime

import msgspec
from msgspec import Struct

from bot.domain.values import Seconds
from bot.github.addresses import paged
from bot.github.answers import read
from bot.github.tokens import GitHubApp
from bot.ports import Sent

LISTED_MAX = 5_000


class OurApp(Struct, frozen=True):
    """The App as GitHub knows it."""

    slug: str


class HookDelivery(Struct, frozen=True):
    """One attempt of a delivery as GitHub lists it."""

    id: int
    guid: str
    delivered_at: datetime
    status: str


class HookLog:
    """GitHub's list of deliveries to this App."""

    def __init__(self, app: GitHubApp) -> None:
        self._app = app

    async def slug(self) -> str:
        """Read the App's own name, by which what it writes is known. Raises PassingFault, LastingFault."""
        return await own_slug(self._app)

    async def sent_since(self, since: Seconds) -> tuple[Sent, ...]:
        """List the attempts since then, the newest first."""
        attempts: list[Sent] = []
        async for item in self._app.client.getiter(paged("/app/hook/deliveries")):
            attempt = msgspec.convert(item, HookDelivery)
            if attempt.delivered_at.timestamp() < since or len(attempts) >= LISTED_MAX:
                break
            attempts.append(_sent(attempt))
        return tuple(attempts)

    async def send_again(self, attempt: int) -> None:
        """Ask for one more attempt; it comes with the same delivery id."""
        await self._app.client.post(f"/app/hook/deliveries/{attempt}/attempts", data=b"")


async def own_slug(app: GitHubApp) -> str:
    """Read our App's own name; its account is `<slug>[bot]`. Raises PassingFault, LastingFault."""
    return read(OurApp, await app.client.getitem("/app")).slug


def _sent(attempt: HookDelivery) -> Sent:
    arrived = attempt.status == "OK"
    return Sent(attempt.id, attempt.guid, attempt.delivered_at.timestamp(), arrived)
