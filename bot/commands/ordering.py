"""From an accepted command, or from automation, to a request and its deployments' orders.

Everything that must not change later is pinned here: commit, driver, timeouts, who asked. Ids are
derived from the event that led here, so that deciding it again makes the same request.
"""

from typing import Any, Literal

from msgspec import Struct

from bot.domain.deployment import DriverCall, Order
from bot.domain.events import DeploymentRequested, New, RequestMade
from bot.domain.identity import derive
from bot.domain.policy import EnvironmentPolicy, RepositoryPolicy, may_be_held
from bot.domain.state import request_key, slot_key
from bot.domain.values import Person, Place, Repository, Seconds


class Commit(Struct, frozen=True):
    """The commit that a service gets, the name it was asked by, and where that name came from."""

    sha: str
    ref: str
    pinned: Literal["head", "merge", "default_branch", "ref", "recorded"]


class Errand(Struct, frozen=True, kw_only=True):
    """What is to be done, before it is cut into one order for each service."""

    event: str
    action: Literal["deploy", "rollback"]
    place: Place | None
    asker: Person
    repository: Repository
    policy: RepositoryPolicy
    configuration: str | None
    environment: EnvironmentPolicy
    now: Seconds
    automatic: bool = False
    number: int | None = None
    title: str | None = None
    because: str | None = None
    params: dict[str, Any] = {}
    target: str | None = None
    of: str | None = None
    answers: bool = False
    channel: str | None = None
    thread_of: str | None = None
    url: str | None = None
    emergency: bool = False
    cause_at: Seconds | None = None

    @property
    def request(self) -> str:
        """The id of the request that this becomes."""
        return derive("r", self.event)


def make_request(errand: Errand, commits: dict[str, Commit]) -> tuple[New, ...]:
    """Make the request and one deployment for each service of `commits`."""
    orders = tuple(_order(errand, service, commit) for service, commit in commits.items())
    first = next(iter(commits.values()))
    made = RequestMade(
        id=errand.request,
        action=errand.action,
        place=errand.place,
        asker=errand.asker,
        automatic=errand.automatic,
        repository=errand.repository,
        number=errand.number,
        title=errand.title,
        environment=errand.environment.name,
        sha=first.sha,
        ref=first.ref,
        orders=orders,
        channel=errand.channel,
        because=errand.because,
        thread_of=errand.thread_of,
        requested_at=errand.now,
        url=errand.url,
    )
    ordered = (New(key=slot_key(order), data=DeploymentRequested(order=order)) for order in orders)
    return (New(key=request_key(errand.request), data=made), *ordered)


def _order(errand: Errand, service_name: str, commit: Commit) -> Order:
    environment = errand.environment
    service = errand.policy.service(service_name)
    return Order(
        id=derive("d", errand.event, service_name),
        request=errand.request,
        action=errand.action,
        repository=errand.repository,
        service=service_name,
        environment=environment.name,
        sha=commit.sha,
        ref=commit.ref,
        call=service.deploy if service else DriverCall(driver="none"),
        asker=errand.asker,
        requested_at=errand.now,
        params=errand.params,
        because=errand.because,
        automatic=errand.automatic,
        number=errand.number,
        target=errand.target,
        of=errand.of,
        answers=errand.answers,
        on_busy=environment.on_busy,
        start_timeout=float(environment.start_timeout),
        timeout=float(environment.timeout),
        github_environment=errand.policy.github_environment_name(service_name, environment.name),
        github_deployments=environment.github_deployments,
        url=environment.url,
        channel=errand.channel,
        rollback=environment.rollback.mode,
        rollback_after=_rollback_after(errand.action, environment),
        verify=environment.verify,
        alert_labels=_alert_labels(errand.policy, service_name, environment),
        pinned=commit.pinned,
        configuration=errand.configuration,
        prefix=f"{errand.policy.commands_prefix} " if errand.policy.commands_prefix else "",
        gated=errand.action == "deploy" and may_be_held(environment, service),
        emergency=errand.emergency,
        cause_at=errand.cause_at,
    )


def _alert_labels(
    policy: RepositoryPolicy, service_name: str, environment: EnvironmentPolicy
) -> dict[str, str] | None:
    """What an alert about it carries; None where nothing is configured."""
    service = policy.service(service_name)
    of_service = service.alert_labels if service else None
    configured = (policy.alert_labels, of_service, environment.alert_labels)
    if configured == (None, None, None):
        return None
    labels = dict(policy.alert_labels or {})
    labels |= {"service": service_name} if of_service is None else of_service
    labels |= (
        {"environment": environment.name} if environment.alert_labels is None else environment.alert_labels
    )
    return labels


def _rollback_after(action: str, environment: EnvironmentPolicy) -> Seconds | None:
    """A rollback that goes wrong asks people: nothing goes back and forth by itself."""
    policy = environment.rollback
    if action == "rollback" or policy.mode == "never":
        return None
    if policy.mode == "auto":
        return 0.0
    return None if policy.auto_after is None else float(policy.auto_after)
