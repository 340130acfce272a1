"""What GitHub says it sent us, and how to have it sent again.

GitHub never sends a delivery again by itself ("Handling failed webhook deliveries"), so what did not
arrive has to be asked for. The filter `status=failure` misses time-outs, so all are listed and judged here.
"""

from contextlib import aclosing
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from bot.domain.values import Seconds
from bot.github import strays
from bot.github.addresses import paged
from bot.github.answers import read
from bot.github.tokens import GitHubApp
from bot.ports import Sent, SentList, Translated

LISTED_MAX = 30_000
"""300 pages, of the 5,000 requests that an App has in an hour."""
DAY_SECONDS: Seconds = 86_400.0
WINDOW_SECONDS: Seconds = 3 * DAY_SECONDS
ENTERPRISE_WINDOW_SECONDS: Seconds = 7 * DAY_SECONDS


class OurApp(Struct, frozen=True):
    """The App as GitHub knows it."""

    slug: str


class HookDelivery(Struct, frozen=True):
    """One attempt of a delivery as GitHub lists it."""

    id: int
    guid: str
    delivered_at: datetime
    status: str = ""
    redelivery: bool = False
    event: str = ""
    action: str | None = None
    status_code: int = 0


class HookRequest(Struct, frozen=True):
    """What was sent in a delivery."""

    payload: dict[str, Any] = {}


class HookContents(Struct, frozen=True):
    """A delivery with what was sent."""

    request: HookRequest = HookRequest()


class HookLog:
    """GitHub's list of deliveries to this App."""

    def __init__(self, app: GitHubApp) -> None:
        self._app = app

    async def slug(self) -> str:
        """Read the App's own name, by which what it writes is known. Raises PassingFault, LastingFault."""
        return await own_slug(self._app)

    async def sent_since(self, since: Seconds, most: int | None = None) -> SentList:
        """List the attempts since then, the newest first, page by page along GitHub's cursor."""
        limit = LISTED_MAX if most is None else most
        attempts: list[Sent] = []
        async with aclosing(self._app.client.getiter(paged("/app/hook/deliveries"))) as items:
            async for item in items:
                sent = _sent(read(HookDelivery, item))
                if sent.at < since:
                    break
                if len(attempts) >= limit:
                    return SentList(tuple(attempts), complete=False)
                attempts.append(sent)
        return SentList(tuple(attempts))

    async def about(self, attempt: int) -> tuple[str | None, str | None]:
        """Read what an attempt was about: its subject and its commit, as far as it names them."""
        contents = read(HookContents, await self._app.client.getitem(f"/app/hook/deliveries/{attempt}"))
        meaning = strays.named(Translated(), msgspec.json.encode(contents.request.payload))
        return meaning.subject, meaning.sha

    async def send_again(self, attempt: int) -> None:
        """Ask for one more attempt; it comes with the same delivery id."""
        await self._app.client.post(f"/app/hook/deliveries/{attempt}/attempts", data=b"")


def redelivery_window(api_url: str) -> Seconds:
    """How long GitHub can repeat a delivery ("Redelivering webhooks"); Enterprise Server keeps more."""
    host = urlsplit(api_url).hostname or ""
    is_cloud = host == "api.github.com" or host.endswith(".ghe.com")
    return WINDOW_SECONDS if is_cloud else ENTERPRISE_WINDOW_SECONDS


async def own_slug(app: GitHubApp) -> str:
    """Read our App's own name; its account is `<slug>[bot]`. Raises PassingFault, LastingFault."""
    return read(OurApp, await app.client.getitem("/app")).slug


def _sent(attempt: HookDelivery) -> Sent:
    return Sent(
        attempt=attempt.id,
        delivery=attempt.guid,
        at=attempt.delivered_at.timestamp(),
        arrived=attempt.status == "OK",
        event=attempt.event,
        again=attempt.redelivery,
        action=attempt.action,
        status=attempt.status,
        status_code=attempt.status_code,
    )
