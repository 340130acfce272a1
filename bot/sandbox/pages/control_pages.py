"""The first page: where everything is, what runs where, and switches for what goes wrong.

Must never switch anything on by being looked at.
"""

from collections.abc import Callable
from typing import Any, cast, get_args

from aiohttp import web

from bot.sandbox.deployer import BEHAVIOURS, Behaviour
from bot.sandbox.deployer.world import Trouble
from bot.sandbox.github import PRESETS as GITHUB_PRESETS
from bot.sandbox.pages.rendering import page
from bot.sandbox.pages.worlds import Worlds
from bot.sandbox.slack import PRESETS as SLACK_PRESETS

RUNS_SHOWN = 10
TROUBLES: tuple[str, ...] = get_args(Trouble)


class ControlPages:
    """The handlers of `/` and of the switches."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds
        self._switches: dict[str, Callable[[str], None]] = {
            "github": worlds.github.faults.preset,
            "slack": worlds.slack.faults.preset,
            "next": self._play_next,
            "always": self._play_always,
            "trouble": self._break_next,
        }

    def routes(self) -> list[web.RouteDef]:
        """Where they are."""
        return [web.get("/", self.show), web.post("/controls", self.switch)]

    async def show(self, request: web.Request) -> web.Response:
        """The first page."""
        worlds = self._worlds
        shown: dict[str, Any] = {
            "repositories": list(worlds.github.repositories.values()),
            "channels": [one for one in worlds.slack.space.channels.values() if one.bot_is_member],
            "deployer": worlds.deployer,
            "runs": list(reversed(worlds.deployer.runs))[:RUNS_SHOWN],
            "behaviours": BEHAVIOURS,
            "troubles": TROUBLES,
            "github_presets": list(GITHUB_PRESETS),
            "slack_presets": list(SLACK_PRESETS),
            "github_faults": worlds.github.faults.rules,
            "slack_faults": worlds.slack.faults.active,
            "complaints": _complaints(worlds),
        }
        return page("index.html", shown)

    async def switch(self, request: web.Request) -> web.Response:
        """Switch something on, everything off, or let late deployments end."""
        form = await request.post()
        if form.get("deed") == "release":
            self._worlds.deployer.release_late()
        elif form.get("deed") == "clear":
            self._worlds.github.faults.clear()
            self._worlds.slack.faults.clear()
        else:
            self._turn(str(form.get("what")), str(form.get("name")))
        self._worlds.deployer.changed()
        raise web.HTTPSeeOther("/")

    def _turn(self, what: str, name: str) -> None:
        try:
            self._switches[what](name)
        except KeyError as error:
            raise web.HTTPBadRequest(text=f"there is no switch {what} {name}") from error

    def _play_next(self, name: str) -> None:
        self._worlds.deployer.play_next(_behaviour(name))

    def _play_always(self, name: str) -> None:
        self._worlds.deployer.behaviour = _behaviour(name)

    def _break_next(self, name: str) -> None:
        if name not in TROUBLES:
            raise KeyError(name)
        self._worlds.deployer.break_next(cast(Trouble, name))


def _behaviour(name: str) -> Behaviour:
    if name not in BEHAVIOURS:
        raise KeyError(name)
    return name


def _complaints(worlds: Worlds) -> list[str]:
    """What the three services found wrong with what the bot did."""
    slack = [f"Slack, {one.where}: {one.problem}" for one in worlds.slack.violations]
    slack += [f"Slack: unknown request {name}" for name in worlds.slack.unknown_requests]
    github = [f"GitHub: {one}" for one in worlds.github.violations]
    github += [f"GitHub: unknown request {name}" for name in worlds.github.unknown_requests]
    return github + slack + [f"Deployer: {one}" for one in worlds.deployer.violations]
