"""Reads what GitHub has of the App: who it is, where its deliveries go, where it is installed, its limits."""

from email.utils import parsedate_to_datetime

from msgspec import Struct

from bot.doctor.surroundings import Surroundings
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.values import Seconds
from bot.github.addresses import paged
from bot.github.answers import Installation, read, read_all
from bot.github.configuration import Configuration
from bot.github.faults import NotThere
from bot.github.reading import GitHubReading
from bot.github.tokens import GitHubApp
from bot.ports import PolicyRead
from bot.starting import driver_rules

INSTALLATIONS_MAX = 20
REPOSITORIES_MAX = 50


class NoApp(Exception):
    """There is no App that could ask."""


class AppTold(Struct, frozen=True):
    """The App as it is registered."""

    slug: str
    permissions: dict[str, str] = {}
    events: list[str] = []


class HookConfig(Struct, frozen=True):
    """Where the App's deliveries go. `secret` is only stars, or not there."""

    url: str | None = None
    content_type: str | None = None
    secret: str | None = None
    insecure_ssl: str | float | None = None


class Rate(Struct, frozen=True):
    """An hourly limit."""

    limit: int
    remaining: int
    reset: float


class RateLimits(Struct, frozen=True):
    """What `GET /rate_limit` says, as far as it matters."""

    rate: Rate


class Left(Struct, frozen=True):
    """What is left of whose limit."""

    whose: str
    rate: Rate


class Configured(Struct, frozen=True):
    """The configurations by repository; `more` = so many repositories were not looked at."""

    policies: tuple[tuple[str, PolicyRead], ...] = ()
    more: int = 0


def app_of(surroundings: Surroundings) -> GitHubApp:
    """Give the App's client. Raises NoApp."""
    if surroundings.github is None:
        raise NoApp
    return surroundings.github


async def app(surroundings: Surroundings) -> AppTold:
    """Read the App. Raises NoApp, PassingFault, LastingFault, as all of these do."""
    try:
        return read(AppTold, await app_of(surroundings).client.getitem("/app"))
    except NotThere as fault:
        hint = "Check GITHUB_APP_ID: it is the App ID on the App's page, at the GitHub of GITHUB_API_URL."
        raise LastingFault(fault.reason, hint=hint) from fault


async def hook(surroundings: Surroundings) -> HookConfig:
    """Read where its deliveries go ("Get a webhook configuration for an app")."""
    return read(HookConfig, await app_of(surroundings).client.getitem("/app/hook/config"))


async def installations(surroundings: Surroundings) -> tuple[Installation, ...]:
    """List where it is installed."""
    answers = await app_of(surroundings).client.collect(paged("/app/installations"))
    return tuple(read_all(Installation, answers))


async def skew(surroundings: Surroundings) -> Seconds | None:
    """How far this machine's clock is ahead of GitHub's; None = GitHub did not say its time.

    A clock that is wrong makes GitHub refuse the App, so a refusal is an answer here.
    """
    client = app_of(surroundings).client
    try:
        await client.getitem("/app")
    except (PassingFault, LastingFault):
        if not surroundings.github_transport.dates:
            raise
    dates = surroundings.github_transport.dates
    if not dates:
        return None
    said, here = dates[-1]
    return here - parsedate_to_datetime(said).timestamp()


async def limits(surroundings: Surroundings) -> tuple[Left, ...]:
    """Read what is left of the limits. An installation's costs nothing ("Get rate limit status")."""
    github = app_of(surroundings)
    active = [each for each in await installations(surroundings) if each.suspended_at is None]
    told = github.client.limits.limit("core")
    left = [] if told is None else [Left("The App itself", Rate(told.limit, told.remaining, told.reset))]
    for each in active[:INSTALLATIONS_MAX]:
        whose = each.account.login if each.account else f"installation {each.id}"
        answer = await github.installation(each.id).getitem("/rate_limit")
        left.append(Left(whose, read(RateLimits, answer).rate))
    return tuple(left)


async def configurations(surroundings: Surroundings) -> Configured:
    """Read the configurations of the repositories that are served."""
    github = app_of(surroundings)
    configuration = Configuration(github, surroundings.instance, driver_rules())
    reading = GitHubReading(github, configuration, surroundings.instance.serves)
    repositories = await reading.repositories()
    looked_at = repositories[:REPOSITORIES_MAX]
    policies = [(each.full_name, await reading.policy(each)) for each in looked_at]
    return Configured(tuple(policies), len(repositories) - len(looked_at))
