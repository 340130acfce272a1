"""The three simulated worlds, as one value that the pages are given.

Must never own the worlds: whoever made them also ends them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.deployer import DeployerWorld
from bot.sandbox.github import GitHubWorld
from bot.sandbox.slack import SlackWorld


@dataclass(frozen=True, slots=True)
class Worlds:
    """What the pages show and let people act in."""

    github: GitHubWorld
    slack: SlackWorld
    deployer: DeployerWorld

    def listen(self, listener: Callable[[], None]) -> None:
        """Call this back at every change of any of the three."""
        for listeners in (self.github.listeners, self.slack.space.listeners, self.deployer.listeners):
            listeners.append(listener)

    def unlisten(self, listener: Callable[[], None]) -> None:
        """Stop calling back."""
        for listeners in (self.github.listeners, self.slack.space.listeners, self.deployer.listeners):
            listeners.remove(listener)
