"""Puts pages together from panes: the play page with all of them, and pages with one of them.

Must never let a pane's trouble hide the others.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiohttp import web
from markupsafe import Markup

from bot.sandbox.pages import tour
from bot.sandbox.pages.github_pane import github_pane
from bot.sandbox.pages.look import Look, look_at
from bot.sandbox.pages.people import person_called
from bot.sandbox.pages.places import ways_out
from bot.sandbox.pages.rendering import html_reply, render
from bot.sandbox.pages.run_pane import run_pane
from bot.sandbox.pages.side_pane import SidePane, sides_pane
from bot.sandbox.pages.slack_pane import SlackPane
from bot.sandbox.pages.story import BotPages
from bot.sandbox.pages.switches import switches_pane
from bot.sandbox.pages.worlds import Worlds

Pane = Callable[[Look, str], Awaitable[Markup]]
Trouble = tuple[str, str]
"""A pane's name, and what went wrong in it."""
NO_TROUBLE: Trouble = ("", "")
PLAY = ("switches", "tour", "github", "slack", "sides", "side")


class Paper:
    """All panes by name, and the pages that are made of them."""

    def __init__(self, worlds: Worlds, bot_pages: BotPages) -> None:
        self._worlds = worlds
        side, slack_pane = SidePane(worlds, bot_pages), SlackPane(worlds)

        async def slack(look: Look, trouble: str) -> Markup:
            return slack_pane.render(look, trouble)

        self._panes: dict[str, Pane] = {
            "github": self._at_once(github_pane),
            "slack": slack,
            "run": self._at_once(run_pane),
            "switches": self._at_once(switches_pane),
            "tour": self._at_once(tour.tour_pane),
            "sides": self._at_once(sides_pane),
            "side": side.render,
        }

    def routes(self) -> list[web.RouteDef]:
        """Where the play page and its panes are."""
        return [web.get("/", self.show_play), web.get("/panes/{name}", self.show_pane)]

    async def show_play(self, request: web.Request) -> web.Response:
        """The play page."""
        return await self.page(request, look_at("/", request.query))

    async def show_pane(self, request: web.Request) -> web.Response:
        """One pane, for the script that keeps a page fresh."""
        pane = self._panes.get(request.match_info["name"])
        if pane is None:
            raise web.HTTPNotFound(text="There is no such pane.")
        look = look_at(request.query.get("page", "/"), request.query)
        try:
            return html_reply(request, await pane(look, ""))
        except LookupError as error:
            raise web.HTTPNotFound(text=str(error)) from error

    async def page(self, request: web.Request, look: Look, trouble: Trouble = NO_TROUBLE) -> web.Response:
        """The page that a look is at; HTTPNotFound."""
        try:
            person = person_called(self._worlds, look.person)
            panes = {name: await self._panes[name](look, _of(trouble, name)) for name in _panes_of(look)}
            shown = {"look": look, "panes": panes, "person": person, "ways_out": ways_out(self._worlds, look)}
        except LookupError as error:
            raise web.HTTPNotFound(text=str(error)) from error
        template = "play.html" if look.page == "/" else "single.html"
        return html_reply(request, render(template, shown), 409 if trouble[1] else 200)

    async def trouble(self, request: web.Request, look: Look, pane: str, text: str) -> web.Response:
        """The page that somebody looked at, with what went wrong in one of its panes."""
        if pane not in _panes_of(look):
            look = replace(look, page="/")
        return await self.page(request, look, (pane, text))

    def _at_once(self, draw: Callable[[Worlds, Look, str], Markup]) -> Pane:
        async def drawn(look: Look, trouble: str) -> Markup:
            return draw(self._worlds, look, trouble)

        return drawn


def _panes_of(look: Look) -> tuple[str, ...]:
    if look.page == "/":
        return PLAY
    if look.run:
        return ("run",)
    return ("github",) if look.pull else ("slack",)


def _of(trouble: Trouble, name: str) -> str:
    return trouble[1] if trouble[0] == name else ""
