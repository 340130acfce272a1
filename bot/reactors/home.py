"""The app's Home tab: what is live where, for the repositories that this person can read on GitHub.

Looked up when somebody opens the tab or asks again; nobody is sent what they did not ask for. What a person
sees is decided by GitHub's answer, for their own linked account only.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from bot.commands.identity import login_of
from bot.domain.deployment import WENT_WRONG
from bot.domain.effects import ShowHome, Wanted
from bot.domain.errors import LastingFault
from bot.domain.events import Event, data_of
from bot.domain.policy import RepositoryPolicy
from bot.domain.slack_events import HomeOpened
from bot.domain.slot import Slot, newest_attempt
from bot.domain.values import Repository, Seconds
from bot.messages import home
from bot.messages.home import Picture, Running, Standing, Standings
from bot.ports import Decision, Sources

_SLOTS = "slot:"
Place = tuple[str, str]


class HomeFacts(Struct, frozen=True, kw_only=True):
    """What was read for a Home tab; `login` None = nobody is linked to this Slack account."""

    login: str | None = None
    repositories: tuple[Standings, ...] = ()
    unreadable: int = 0
    web_url: str = ""
    public_url: str = ""


async def read(sources: Sources, event: Event) -> HomeFacts:
    """Read the slots of every repository that this person can read. Raises PassingFault."""
    login = await login_of(sources, data_of(event, HomeOpened).person.slack or "")
    if login is None:
        return HomeFacts()
    known = _by_repository(await sources.ledger.states(_SLOTS))
    shown: list[Standings] = []
    unreadable = 0
    for repository in sorted(await sources.github.repositories(), key=lambda each: each.full_name.lower()):
        slots = known.get(repository.full_name)
        if not slots:
            continue
        try:
            if await sources.github.permission(repository, login) != "none":
                shown.append(Standings(repository.full_name, await _standings(sources, repository, slots)))
        except LastingFault:
            unreadable += 1
    return HomeFacts(
        login=login,
        repositories=tuple(shown),
        unreadable=unreadable,
        web_url=sources.web_url,
        public_url=sources.public_url,
    )


def _by_repository(states: Mapping[str, object]) -> dict[str, dict[Place, Slot]]:
    """The slots by repository, then by (environment, service)."""
    known: dict[str, dict[Place, Slot]] = {}
    for key, slot in states.items():
        repository, service, environment = key.removeprefix(_SLOTS).rsplit("/", 2)
        if isinstance(slot, Slot):
            known.setdefault(repository, {})[environment, service] = slot
    return known


async def _standings(
    sources: Sources, repository: Repository, slots: Mapping[Place, Slot]
) -> tuple[Standing, ...]:
    """In the configuration's order; what it no longer names comes last, since it may still run."""
    policy = (await sources.github.policy(repository)).policy or RepositoryPolicy()
    environments = [each.name for each in policy.environments]
    services = [each.name for each in policy.services]

    def place(of: Place) -> tuple[int, int, Place]:
        environment, service = of
        return _rank(environments, environment), _rank(services, service), of

    return tuple(standing(service, name, slots[name, service]) for name, service in sorted(slots, key=place))


def _rank(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else len(names)


def standing(service: str, environment: str, slot: Slot) -> Standing:
    """What is known of a slot, without its history."""
    live, current, newest = slot.live, slot.current, newest_attempt(slot)
    by = slot.find(live.deployment) if live.deployment and live.known else None
    prompt = slot.prompt(newest.id) if newest is not None and newest.state in WENT_WRONG else None
    asks = newest if prompt is not None and prompt.answer is None else None
    return Standing(
        service=service,
        environment=environment,
        sha=live.sha,
        known=live.known,
        touched=bool(slot.history or current),
        since=by.ended_at if by else None,
        by=by.order.asker if by else None,
        automatic=by.order.automatic if by else False,
        running=Running(current.id, current.state, current.order.sha) if current else None,
        waiting=len(slot.queue),
        asks=asks.id if asks else None,
        went_wrong=asks.state if asks else None,
    )


def decide(event: Event, _state: object, facts: HomeFacts, now: Seconds) -> Decision:
    """Show what is live, or how to be linked."""
    data = data_of(event, HomeOpened)
    slack = data.person.slack or ""
    if facts.login is None:
        reason, view = "not_linked", home.unlinked(slack, now, data.channel)
    else:
        picture = Picture(
            repositories=facts.repositories,
            unreadable=facts.unreadable,
            at=now,
            channel=data.channel,
            web_url=facts.web_url,
            public_url=facts.public_url,
        )
        reason, view = "home_shown", home.overview(picture)
    wanted = Wanted(body=ShowHome(user=slack, view=view), target=f"home:{data.team}:{slack}")
    values = {"login": facts.login, "repositories": len(facts.repositories)}
    return Decision(outcome="acted", reason=reason, values=values, effects=(wanted,))
