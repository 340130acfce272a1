"""Which repository a command is about.

On a pull request there is no question. In Slack it is the one that was named, else the thread's, else
the only one whose channel this is; otherwise the answer is a list.
"""

from typing import Literal

from msgspec import Struct

from bot.commands.finding import request_of_thread
from bot.domain.errors import LastingFault
from bot.domain.request import Request
from bot.domain.state import request_key
from bot.domain.values import Place, PullRequestPlace, Repository, SlackPlace
from bot.ports import Sources

LISTED_MAX = 20


class Whereabouts(Struct, frozen=True, kw_only=True):
    """The repository, or why it is not known and which ones there are."""

    repository: Repository | None = None
    problem: Literal["repository_unknown", "repository_unclear", "repository_none"] | None = None
    named: str | None = None
    candidates: tuple[str, ...] = ()


async def whereabouts(sources: Sources, place: Place, named: str | None) -> Whereabouts:
    """Find the repository. Raises PassingFault where GitHub cannot be asked."""
    if isinstance(place, PullRequestPlace):
        if named is not None and named.lower() != place.repository.full_name.lower():
            return Whereabouts(problem="repository_unknown", named=named, repository=place.repository)
        return Whereabouts(repository=place.repository)
    served = await sources.github.repositories()
    if named is not None:
        return _named(served, named)
    of_thread = await _of_thread(sources, place)
    if of_thread is not None:
        return Whereabouts(repository=of_thread)
    return _only([each for each in served if await _tells_in(sources, each, place)], served)


def _named(served: tuple[Repository, ...], named: str) -> Whereabouts:
    for each in served:
        if each.full_name.lower() == named.lower():
            return Whereabouts(repository=each)
    names = tuple(each.full_name for each in served)
    return Whereabouts(problem="repository_unknown", named=named, candidates=names[:LISTED_MAX])


async def _of_thread(sources: Sources, place: SlackPlace) -> Repository | None:
    request_id = await request_of_thread(sources.ledger, place)
    request = await sources.ledger.state(request_key(request_id)) if request_id else None
    return request.made.repository if isinstance(request, Request) else None


async def _tells_in(sources: Sources, repository: Repository, place: SlackPlace) -> bool:
    """Whether the repository's configuration names this channel anywhere."""
    try:
        policy = (await sources.github.policy(repository)).policy
    except LastingFault:
        return False
    if policy is None:
        return False
    channels = {policy.slack_channel, *(each.slack_channel for each in policy.environments)}
    return bool(channels & {place.channel, place.channel_name, f"#{place.channel_name}"} - {None, "", "#"})


def _only(here: list[Repository], served: tuple[Repository, ...]) -> Whereabouts:
    if len(here) == 1:
        return Whereabouts(repository=here[0])
    if here:
        names = tuple(each.full_name for each in here)
        return Whereabouts(problem="repository_unclear", candidates=names[:LISTED_MAX])
    names = tuple(each.full_name for each in served)
    return Whereabouts(problem="repository_none", candidates=names[:LISTED_MAX])
