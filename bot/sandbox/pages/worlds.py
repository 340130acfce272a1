"""The three simulated worlds, as one value that the pages are given, with what belongs to the demo besides.

Must never own the worlds: whoever made them also ends them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.sandbox.alerting import Watcher
from bot.sandbox.deployer import DeployerWorld
from bot.sandbox.github import GitHubWorld
from bot.sandbox.pages.tour_state import Tour
from bot.sandbox.slack import SlackWorld

Deed = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Where the bot shows its story, and the token that it asks for (`DASHBOARD_TOKEN`)."""

    url: str
    token: str = field(repr=False)


@dataclass(slots=True)
class Worlds:
    """What the pages show and let people act in.

    `tour` is how far the guided tour went. `dashboard` is the bot's, None where there is no bot.
    `restart_bot` ends the bot as SIGTERM does and starts it again, `kill_bot` kills it; None is hidden.
    """

    github: GitHubWorld
    slack: SlackWorld
    deployer: DeployerWorld
    watcher: Watcher
    tour: Tour = field(default_factory=Tour)
    dashboard: Dashboard | None = None
    restart_bot: Deed | None = None
    kill_bot: Deed | None = None

    def listen(self, listener: Callable[[], None]) -> None:
        """Call this back at every change of any of the three."""
        for listeners in self.listeners:
            listeners.append(listener)

    def unlisten(self, listener: Callable[[], None]) -> None:
        """Stop calling back."""
        for listeners in self.listeners:
            listeners.remove(listener)

    @property
    def listeners(self) -> tuple[list[Callable[[], None]], ...]:
        """Who is called back by GitHub, Slack and the deployer, in this order."""
        return (self.github.listeners, self.slack.space.listeners, self.deployer.listeners)
