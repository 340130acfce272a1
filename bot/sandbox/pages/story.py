"""The bot's own pages, fetched for the browser: the story, its steps, their style; and that it changed.

The browser talks to this server only, which holds the token. Must never hand on anything but those pages,
and never more than reading: whoever is here may look at the bot, not act as its owner.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from bot.sandbox.pages.worlds import Dashboard

PAUSE_SECONDS = 0.5
"""Between two tries to hear from a bot that is away."""
REPLY_SECONDS = 10.0
HANDED_ON = (200, 400, 404)
STATIC = "/static/"
PLACES = (STATIC, "/requests/", "/deployments/", "/events/", "/deliveries/")
"""What else of the bot's pages a story links to."""
_STRANGE = re.compile(r"\.\.|[^\w./~-]")
"""What no page of the bot's has in its path; two dots would lead to others."""
_KINDS = ("text/html", "text/css", "text/plain", "text/javascript", "application/javascript", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the bot answered; `status` None: nothing came."""

    status: int | None
    kind: str = "text/plain"
    body: bytes = b""


class BotPages:
    """Reads the bot's pages. `tell` is called when the story changed and when the bot comes or goes."""

    def __init__(
        self,
        dashboard: Callable[[], Dashboard | None],
        tell: Callable[[], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._dashboard = dashboard
        self._tell = tell
        self._sleep = sleep
        self._session: ClientSession | None = None
        self._following: asyncio.Task[None] | None = None
        self._styles: dict[str, Fetched] = {}
        self.is_heard = False

    async def running(self, application: web.Application) -> AsyncIterator[None]:
        """Keep a connection pool while the application is served."""
        self._session = ClientSession()
        yield
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        await self._session.close()

    def follow(self) -> None:
        """Begin to listen for changes, if that has not begun: the first open page wants it."""
        if self._following is None and self._session is not None and self._dashboard() is not None:
            self._following = asyncio.create_task(self._follow(self._session), name="the bot's story")

    async def fetch(self, path: str, query: Mapping[str, str]) -> Fetched:
        """One page of the bot's."""
        dashboard, session = self._dashboard(), self._session
        if dashboard is None or session is None:
            return Fetched(None)
        timeout = ClientTimeout(total=REPLY_SECONDS)
        try:
            async with session.get(
                dashboard.url + path,
                params=query,
                headers=_authorized(dashboard),
                timeout=timeout,
                allow_redirects=False,
            ) as reply:
                return Fetched(reply.status, reply.content_type, await reply.read())
        except (ClientError, TimeoutError):
            return Fetched(None)

    async def hand_on(self, request: web.Request) -> web.Response:
        """A page of the bot's under our own address; its style is remembered while the bot is away."""
        if _STRANGE.search(request.path):
            raise web.HTTPNotFound
        found = await self.fetch(request.path, request.query)
        if request.path.startswith(STATIC):
            if found.status == 200:
                self._styles[request.path] = found
            found = self._styles.get(request.path, found)
            if found.status is None and request.path.endswith(".css"):
                return web.Response(text="/* The bot is away. */", content_type="text/css")
        if found.status is None:
            return web.Response(status=503, text="The bot is not running. It is started again by itself.")
        if found.status not in HANDED_ON:
            return web.Response(status=502, text=f"The bot answered HTTP {found.status}.")
        kind = found.kind if found.kind in _KINDS else "text/plain"
        return web.Response(body=found.body, content_type=kind, charset="utf-8", status=found.status)

    async def _follow(self, session: ClientSession) -> None:
        while True:
            await self._listen(session)
            if self.is_heard:
                self.is_heard = False
                self._tell()
            await self._sleep(PAUSE_SECONDS)

    async def _listen(self, session: ClientSession) -> None:
        """Hear of changes until the connection ends."""
        dashboard = self._dashboard()
        if dashboard is None:
            return
        url, timeout = f"{dashboard.url}/story/changes", ClientTimeout(total=None, sock_connect=REPLY_SECONDS)
        try:
            async with session.get(url, headers=_authorized(dashboard), timeout=timeout) as reply:
                if reply.status != 200:
                    return
                self.is_heard = True
                self._tell()
                async for line in reply.content:
                    if line.startswith(b"data:"):
                        self._tell()
        except (ClientError, TimeoutError):
            return  # the bot went away; the caller tries again


def _authorized(dashboard: Dashboard) -> dict[str, str]:
    return {"Authorization": f"Bearer {dashboard.token}"}
