"""All pages as one web application, with one stream that tells open pages what changed.

Must never take a form from another site: a page elsewhere could act in the simulation.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

from aiohttp import web

from bot.sandbox.github.oauth import SignIn
from bot.sandbox.pages import tour
from bot.sandbox.pages.controls import Controls
from bot.sandbox.pages.github_pages import GitHubPages
from bot.sandbox.pages.guard import add_headers, guard
from bot.sandbox.pages.live import Live
from bot.sandbox.pages.look import Look
from bot.sandbox.pages.paper import Paper
from bot.sandbox.pages.rendering import ASSETS
from bot.sandbox.pages.side_pane import sides_pane
from bot.sandbox.pages.slack_pages import SlackPages
from bot.sandbox.pages.story import PLACES, BotPages
from bot.sandbox.pages.switches import switches_pane
from bot.sandbox.pages.worlds import Worlds

SOURCES = ("github", "slack", "deployer")
"""What the stream calls the three worlds; besides, there are `story`, `switches`, `tour` and `sides`."""


def pages_application(
    worlds: Worlds, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> web.Application:
    """The pages of these worlds, to be served at the root of an address on this machine."""
    small = {"switches": switches_pane, "tour": tour.tour_pane, "sides": sides_pane}
    live = Live(sleep, {name: partial(draw, worlds, Look()) for name, draw in small.items()})
    bot_pages = BotPages(lambda: worlds.dashboard, partial(live.tell, "story"), sleep)
    live.on_listener = bot_pages.follow
    paper = Paper(worlds, bot_pages)
    application = web.Application(middlewares=[guard])
    application.cleanup_ctx.append(bot_pages.running)
    application.cleanup_ctx.append(_listening(worlds, live))
    application.on_shutdown.append(live.close)
    application.router.add_get("/changes", live.show)
    application.router.add_get("/story/changes", live.show_story)
    application.router.add_static("/assets", ASSETS)
    for place in PLACES:
        application.router.add_get(f"{place}{{rest:.+}}", bot_pages.hand_on)
    github, slack = GitHubPages(worlds, paper), SlackPages(worlds, paper)
    application.router.add_routes(SignIn(worlds.github).routes("/github"))
    for pages in (paper, github, slack, Controls(worlds, paper, live.tell)):
        application.router.add_routes(pages.routes())
    application.on_response_prepare.append(add_headers)
    return application


def _listening(worlds: Worlds, live: Live) -> Callable[[web.Application], AsyncIterator[None]]:
    """Listens to the worlds while the application is served."""

    def changed(source: str) -> None:
        tour.go_on(worlds)
        live.tell(source)

    async def running(application: web.Application) -> AsyncIterator[None]:
        heard = [partial(changed, source) for source in SOURCES]
        for listeners, listener in zip(worlds.listeners, heard, strict=True):
            listeners.append(listener)
        yield
        for listeners, listener in zip(worlds.listeners, heard, strict=True):
            listeners.remove(listener)

    return running
