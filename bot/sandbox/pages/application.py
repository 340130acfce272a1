"""All pages as one web application, with one stream that tells a page that something changed.

Must never take a form from another site: a page elsewhere could act in the simulation.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web

from bot.sandbox.pages.control_pages import ControlPages
from bot.sandbox.pages.github_pages import GitHubPages
from bot.sandbox.pages.rendering import HEADERS, STATIC
from bot.sandbox.pages.slack_pages import SlackPages
from bot.sandbox.pages.worlds import Worlds
from bot.sandbox.slack.changes import Changes

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ChangeStream:
    """Server-sent events: one for each change of the worlds, until the server stops."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds
        self._changes = Changes()
        self._closing = False

    async def running(self, application: web.Application) -> AsyncIterator[None]:
        """Listen to the worlds while the application is served."""
        self._worlds.listen(self._changes.notify)
        yield
        self._worlds.unlisten(self._changes.notify)

    async def stop(self, application: web.Application) -> None:
        """End all streams, so that the server need not wait for them."""
        self._closing = True
        self._changes.notify()

    async def show(self, request: web.Request) -> web.StreamResponse:
        """The stream that `refresh.js` listens to."""
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        try:
            while not self._closing:
                await response.write(b"data: changed\n\n")
                await self._changes.next()
        except (ConnectionError, asyncio.CancelledError):
            return response  # the page was closed
        return response


def pages_application(worlds: Worlds) -> web.Application:
    """The pages of these worlds, to be served at the root of an address."""
    stream = ChangeStream(worlds)
    application = web.Application(middlewares=[_guarded])
    application.cleanup_ctx.append(stream.running)
    application.on_shutdown.append(stream.stop)
    application.router.add_get("/changes", stream.show)
    application.router.add_static("/static", STATIC)
    for pages in (ControlPages(worlds), GitHubPages(worlds), SlackPages(worlds)):
        application.router.add_routes(pages.routes())
    application.on_response_prepare.append(_add_headers)
    return application


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


@web.middleware
async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse forms that another site's page sends."""
    if request.method == "POST" and request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise web.HTTPForbidden(text="This form came from another site.")
    return await handler(request)
