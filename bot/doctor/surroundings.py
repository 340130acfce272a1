"""What the doctor looks with: settings, the App's client, and a plain way to ask other addresses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.instance import InstancePolicy
from bot.domain.values import Seconds
from bot.github.connection import Connection
from bot.github.tokens import GitHubApp
from bot.github.transport import Transport
from bot.ports import Clock
from bot.settings import Settings
from bot.starting import CannotStart, app_key, ledger_path, read_instance


@dataclass
class WatchedTransport:
    """Carries requests, and notes how far GitHub's clock is from ours: its answers say their time."""

    inner: Transport
    clock: Clock
    dates: list[tuple[str, Seconds]] = field(default_factory=list)

    async def __call__(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send it and give status, headers and body. Raises NoReply."""
        status, answered, content = await self.inner(method, url, headers, body)
        date = next((value for name, value in answered.items() if name.lower() == "date"), None)
        if date is not None:
            self.dates.append((date, self.clock.now()))
        return status, answered, content


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a check may read. `github` None = there is no App; `problems` say why, and what else is wrong."""

    settings: Settings
    instance: InstancePolicy
    environ: Mapping[str, str]
    clock: Clock
    transport: Transport
    github_transport: WatchedTransport
    github: GitHubApp | None
    ledger: Path | None
    problems: tuple[str, ...] = ()


def surroundings_of(
    settings: Settings, environ: Mapping[str, str], clock: Clock, transport: Transport
) -> Surroundings:
    """Put together what there is. What cannot be used is a problem, and hides nothing else."""
    problems: list[str] = []
    instance, app, ledger = InstancePolicy(), None, None
    watched = WatchedTransport(transport, clock)
    try:
        instance = read_instance(settings)
    except CannotStart as error:
        problems += error.problems
    try:
        connection = Connection(
            transport=watched,
            clock=clock,
            api_url=settings.github_api_url,
            graphql_url=settings.github_graphql_url,
        )
        app = GitHubApp(connection, app_key(settings))
    except CannotStart as error:
        problems += error.problems
    try:
        ledger = ledger_path(settings)
    except CannotStart as error:
        problems += error.problems
    return Surroundings(
        settings=settings,
        instance=instance,
        environ=environ,
        clock=clock,
        transport=transport,
        github_transport=watched,
        github=app,
        ledger=ledger,
        problems=tuple(problems),
    )
