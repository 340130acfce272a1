"""Which repository is looked at, which channel of Slack belongs to it, and how a view leads to another one.

Must never turn a channel away that somebody chose, as long as they stay with their repository.
"""

from dataclasses import dataclass, replace

from bot.sandbox.github import GitHubWorld
from bot.sandbox.github.exchange import Refusal
from bot.sandbox.github.records import PullRequest, Repository
from bot.sandbox.pages.look import Look
from bot.sandbox.pages.worlds import Worlds
from bot.sandbox.slack import SlackWorld


@dataclass(frozen=True, slots=True)
class Shelf:
    """A repository with its pull requests, the newest first; `towards` is what a link to them changes."""

    repository: Repository
    pulls: list[PullRequest]
    towards: dict[str, str]


@dataclass(frozen=True, slots=True)
class WaysOut:
    """Where a page that shows one thing leads: to the repository, the channel, and the play page."""

    repository: str
    channel: str
    play: str


def repository_at(world: GitHubWorld, look: Look) -> Repository:
    """The repository that is looked at, without a name the first one; LookupError."""
    try:
        if look.repository:
            return world.repository(look.repository)
    except Refusal as error:
        raise LookupError(f"There is no repository {look.repository}.") from error
    return next(iter(world.repositories.values()))


def towards(worlds: Worlds, look: Look, repository: Repository) -> dict[str, str]:
    """What is different in a view of this repository; with another repository Slack turns to its channel."""
    is_first = repository is repository_at(worlds.github, Look())
    changes = {"repository": "" if is_first else repository.full_name, "pull": ""}
    if repository is not repository_at(worlds.github, look):
        changes |= {"channel": channel_of(worlds.slack, repository), "thread": ""}
    return changes


def channel_of(world: SlackWorld, repository: Repository) -> str:
    """The channel that is called like the repository, else the usual one."""
    channel = world.space.known_channel(repository.name)
    return channel.name if channel is not None else Look().channel


def shelves(worlds: Worlds, look: Look) -> list[Shelf]:
    """All repositories that are nobody's forks."""
    own = [one for one in worlds.github.repositories.values() if one.parent is None]
    return [Shelf(one, list(reversed(one.pulls)), towards(worlds, look, one)) for one in own]


def ways_out(worlds: Worlds, look: Look) -> WaysOut:
    """Where a page leads that shows one pull request, run, repository or channel; LookupError."""
    repository = repository_at(worlds.github, look)
    changes = towards(worlds, replace(look, repository=""), repository)
    changes |= {"page": "/", "run": "", "pull": look.pull}
    return WaysOut(repository.full_name, changes.get("channel", look.channel), look.link(**changes))
