"""What every deployment without a command shares: what changed, whether automation is paused, the request.

Nothing here decides when; `automatic`, `promotion` and `occasions` do. A rolled-back commit is never chosen.
"""

from collections.abc import Mapping

from msgspec import Struct

from bot.commands.ordering import Commit, Errand, make_request
from bot.domain.automation import AUTOMATION_KEY, Automation
from bot.domain.events import CommandAnswered, New
from bot.domain.policy import EnvironmentPolicy, RepositoryPolicy, services_concerned
from bot.domain.slot import Slot
from bot.domain.values import Person, Repository, Seconds
from bot.ports import Ledger, PolicyRead, Sources


class Cause(Struct, frozen=True, kw_only=True):
    """Why something is deployed by itself: the event and its time, who set it off, what is said of it."""

    event: str
    at: Seconds
    key: str
    repository: Repository
    person: Person
    reason: str
    because: str | None = None


async def is_paused(ledger: Ledger) -> bool:
    """Whether somebody paused automation."""
    state = await ledger.state(AUTOMATION_KEY)
    return isinstance(state, Automation) and state.is_paused


async def changed_services(
    sources: Sources, repository: Repository, policy: RepositoryPolicy, environment: str, sha: str
) -> tuple[str, ...]:
    """Name the services that differ from what is live there; what is not known counts as changed."""
    changed = []
    for service in policy.services:
        slot = await sources.ledger.state(f"slot:{repository.full_name}/{service.name}/{environment}")
        if await _has_changed(sources, repository, policy, (service.name, slot), sha):
            changed.append(service.name)
    return tuple(changed)


async def _has_changed(
    sources: Sources,
    repository: Repository,
    policy: RepositoryPolicy,
    service: tuple[str, object],
    sha: str,
) -> bool:
    name, slot = service
    if not isinstance(slot, Slot) or not slot.live.known or slot.live.sha is None:
        return True
    if sha in slot.bad:
        return False
    compared = await sources.github.compare(repository, slot.live.sha, sha)
    if compared is None or compared.status == "diverged":
        return True
    if compared.status in ("identical", "behind"):  # it is there already, or something newer is
        return False
    return name in services_concerned(policy, compared.files.paths, compared.files.truncated)


def request_events(
    cause: Cause,
    configuration: PolicyRead,
    environment: EnvironmentPolicy,
    commits: Mapping[str, Commit],
    now: Seconds,
) -> tuple[New, ...]:
    """Make the request for these services, told in the environment's channel."""
    policy = configuration.policy
    if policy is None:
        raise ValueError("there is no configuration to deploy by")
    errand = Errand(
        event=f"{cause.event}/{environment.name}",
        action="deploy",
        place=None,
        asker=cause.person,
        repository=cause.repository,
        policy=policy,
        configuration=configuration.blob,
        environment=environment,
        now=now,
        automatic=True,
        cause_at=cause.at,
        because=cause.because,
        params={each.name: each.default for each in policy.params if each.default is not None},
        channel=policy.channel(environment.name),
    )
    answered = CommandAnswered(
        command=f"automation:{errand.event}",
        answer="accepted",
        reason=cause.reason,
        request=errand.request,
    )
    return (New(key=cause.key, data=answered), *make_request(errand, dict(commits)))
