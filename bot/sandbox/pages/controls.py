"""The play page's forms that are neither GitHub's nor Slack's: switches, tour, redeliveries, the bot.

Must never switch anything on by being looked at.
"""

from collections.abc import Callable

from aiohttp import web

from bot.sandbox.github import NotAllowed
from bot.sandbox.pages import tour
from bot.sandbox.pages.look import Look
from bot.sandbox.pages.paper import Paper
from bot.sandbox.pages.replies import answer, lead_back, read_form
from bot.sandbox.pages.side_pane import send_again
from bot.sandbox.pages.switches import find_switch, mend
from bot.sandbox.pages.worlds import Worlds


class Controls:
    """The handlers below `/controls`. `tell` is called with what changed besides the worlds."""

    def __init__(self, worlds: Worlds, paper: Paper, tell: Callable[[str], None]) -> None:
        self._worlds = worlds
        self._paper = paper
        self._tell = tell
        self._tour = {
            "do": lambda: tour.do_it(worlds),
            "skip": lambda: worlds.tour.go_on(tour.mark(worlds)),
            "again": lambda: worlds.tour.begin_again(tour.mark(worlds)),
            "hide": lambda: self._show_tour(is_shown=False),
            "show": lambda: self._show_tour(is_shown=True),
        }

    def routes(self) -> list[web.RouteDef]:
        """Where they are."""
        return [
            web.post("/controls/switch", self.switch),
            web.post("/controls/tour", self.guide),
            web.post("/controls/redeliver", self.redeliver),
            web.post("/controls/release", self.release),
            web.post("/controls/bot", self.handle_bot),
        ]

    async def switch(self, request: web.Request) -> web.Response:
        """Turn one switch to where the form says (`on` or `off`), or mend everything."""
        sent = await read_form(request)

        def do() -> None:
            if sent.text("deed") == "mend":
                mend(self._worlds)
            else:
                switch = find_switch(sent.field("switch"))
                wanted = sent.field("turn") == "on"
                if wanted != switch.is_on(self._worlds):
                    (switch.on if wanted else switch.off)(self._worlds)
            self._tell("switches")

        return await answer(sent, "switches", do, self._paper.trouble)

    async def guide(self, request: web.Request) -> web.Response:
        """Do the tour's step, go on, begin again, hide or show it."""
        sent = await read_form(request)
        deed = sent.field("deed")
        act = self._tour.get(deed)
        if act is None:
            raise web.HTTPBadRequest(text="The tour has no such button.")

        def do() -> Look | None:
            act()
            tour.go_on(self._worlds)
            self._tell("tour")
            return tour.turned_to_the_tour(self._worlds, sent.look) if deed == "do" else None

        return await answer(sent, "tour", do, self._paper.trouble)

    async def redeliver(self, request: web.Request) -> web.Response:
        """Press Redeliver in GitHub's log."""
        sent = await read_form(request)
        return await answer(
            sent, "side", lambda: send_again(self._worlds, sent.field("delivery")), self._paper.trouble
        )

    async def release(self, request: web.Request) -> web.Response:
        """Let late deployments report their end, or stuck runs of workflows go on."""
        sent = await read_form(request)
        if sent.text("what") == "runs":
            self._worlds.github.release_runs()
        else:
            self._worlds.deployer.release_late()
        return lead_back(sent, sent.look)

    async def handle_bot(self, request: web.Request) -> web.Response:
        """Restart or kill the bot, where the demo can."""
        sent = await read_form(request)
        known = {"restart": self._worlds.restart_bot, "kill": self._worlds.kill_bot}
        act = known.get(sent.field("deed"))
        if act is not None:
            await act()
            self._tell("story")
            return lead_back(sent, sent.look)

        def refuse() -> None:
            raise NotAllowed("The bot was not started from here, so it cannot be ended from here.")

        return await answer(sent, "side", refuse, self._paper.trouble)

    def _show_tour(self, *, is_shown: bool) -> None:
        self._worlds.tour.shown = is_shown
