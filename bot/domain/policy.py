"""What a repository's configuration decides, once it was read, merged and found valid.

One frozen value that commands, checks and reactors ask; no text of a file reaches them. Durations are
seconds. Must never be built from a file that has errors: half a policy would open gates.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.deployment import DriverCall
from bot.domain.globs import compile_globs
from bot.domain.verification import Verification

OnBusy = Literal["queue", "supersede", "reject"]
Forks = Literal["never", "approved"]
RollbackMode = Literal["prompt", "auto", "never"]
AutoTrigger = Literal["never", "merge", "tag", "release", "schedule", "promote"]
ParameterKind = Literal["boolean", "text", "number", "choice"]
ParameterValue: TypeAlias = bool | int | float | str


class Weight(Struct, frozen=True, tag="weight"):
    """A step that sends this share of the users to the new version."""

    percent: int


class Pause(Struct, frozen=True, tag="pause"):
    """A step that waits: `seconds`, or until somebody resumes (None)."""

    seconds: int | None = None


Step: TypeAlias = Weight | Pause


class ServicePolicy(Struct, frozen=True, kw_only=True):
    """One service. `paths` None = every change concerns it; `after` holds within one request."""

    name: str
    deploy: DriverCall
    paths: tuple[str, ...] | None = None
    after: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    alert_labels: dict[str, str] | None = None


class Parameter(Struct, frozen=True, kw_only=True):
    """A `key=value` that `/deploy` takes. `options` are those of a choice."""

    name: str
    type: ParameterKind
    default: ParameterValue | None = None
    options: tuple[str, ...] = ()


class RequiredCheck(Struct, frozen=True):
    """A check that must be green. `app` None = whoever reports it, which anybody with write access can."""

    name: str
    app: str | None = None


class Requirements(Struct, frozen=True, kw_only=True):
    """Gates before a deployment. `checks` None = every context reported; `approvers` None = the deployers."""

    checks: tuple[RequiredCheck, ...] | None = None
    review: bool = False
    up_to_date: bool = False
    approvals: int = 0
    approvers: tuple[str, ...] | None = None
    wait: int = 3_600


class WeeklyMoment(Struct, frozen=True):
    """A minute of every week. Monday is weekday 0; `minute` counts from midnight."""

    weekday: int
    minute: int


class FreezeWindow(Struct, frozen=True, kw_only=True):
    """When nothing is deployed: from `start` until before `end`, both weekly or both dated.

    A date without an offset is meant in `timezone`; an `end` that was a mere date is the next midnight.
    """

    start: WeeklyMoment | datetime
    end: WeeklyMoment | datetime
    timezone: str = "UTC"
    reason: str = ""


class Auto(Struct, frozen=True, kw_only=True):
    """What deploys without anybody asking. `schedule` is a cron line, `promote_after` seconds."""

    on: AutoTrigger = "never"
    schedule: str | None = None
    timezone: str = "UTC"
    promote_after: int | None = None


class RollbackPolicy(Struct, frozen=True, kw_only=True):
    """What follows a deployment that went wrong. `auto_after` None = nothing happens by itself."""

    mode: RollbackMode = "prompt"
    auto_after: int | None = None
    revert: bool = False


class EnvironmentPolicy(Struct, frozen=True, kw_only=True):
    """One environment. `requires` None = no gates; `deployers` None = whoever has write access."""

    name: str
    auto: Auto = Auto()
    url: str | None = None
    after: tuple[str, ...] = ()
    requires: Requirements | None = None
    deployers: tuple[str, ...] | None = None
    emergency: tuple[str, ...] = ()
    freeze: tuple[FreezeWindow, ...] = ()
    on_busy: OnBusy = "queue"
    timeout: int = 1_800
    start_timeout: int = 300
    forks: Forks = "never"
    github_deployments: bool = True
    verify: Verification | None = None
    rollback: RollbackPolicy = RollbackPolicy()
    slack_channel: str | None = None
    alert_labels: dict[str, str] | None = None


class RepositoryPolicy(Struct, frozen=True, kw_only=True):
    """Everything that a repository decides. Services and environments stand in the file's order.

    `commands_prefix` set = only `/pointsman <command>` counts on pull requests.
    """

    services: tuple[ServicePolicy, ...] = ()
    environments: tuple[EnvironmentPolicy, ...] = ()
    params: tuple[Parameter, ...] = ()
    slack_channel: str | None = None
    commands_prefix: str | None = None
    checks: dict[str, dict[str, Any]] = {}
    alert_labels: dict[str, str] | None = None

    def service(self, name: str) -> ServicePolicy | None:
        """Find a service by its name."""
        return next((service for service in self.services if service.name == name), None)

    def environment(self, name: str) -> EnvironmentPolicy | None:
        """Find an environment by its name."""
        return next((environment for environment in self.environments if environment.name == name), None)

    def parameter(self, name: str) -> Parameter | None:
        """Find a parameter by its name."""
        return next((parameter for parameter in self.params if parameter.name == name), None)

    def channel(self, environment: str) -> str | None:
        """Give the Slack channel (id, or name without `#`) for an environment; None = nowhere."""
        found = self.environment(environment)
        return (found.slack_channel if found else None) or self.slack_channel

    def github_environment_name(self, service: str, environment: str) -> str:
        """Give the name that GitHub shows: the environment, with the service where there are several."""
        return f"{environment}/{service}" if len(self.services) > 1 else environment


def services_concerned(
    policy: RepositoryPolicy, changed_files: Iterable[str], truncated: bool
) -> tuple[str, ...]:
    """Name the services that a change concerns, in the file's order.

    A truncated list of files counts as "everything changed"; the caller says so to people. A rename
    concerns both places: pass the old path too.
    """
    changed = tuple(changed_files)
    return tuple(service.name for service in policy.services if truncated or _concerned(service, changed))


def _concerned(service: ServicePolicy, changed: Collection[str]) -> bool:
    if service.paths is None:
        return True
    matches = compile_globs(service.paths).match
    return any(matches(path) for path in changed)


def split_team(actor: str) -> tuple[str, str] | None:
    """Take `acme/sre` apart into organisation and team; None = it is a login."""
    organisation, slash, team = actor.partition("/")
    return (organisation, team) if slash else None


def with_approvals(policy: RepositoryPolicy, least: int) -> RepositoryPolicy:
    """Raise every environment's approvals to at least `least`; nothing is ever lowered.

    An environment without `requires` gets approvals only: it had no checks to wait for.
    """
    return replace(policy, environments=tuple(_raised(each, least) for each in policy.environments))


def _raised(environment: EnvironmentPolicy, least: int) -> EnvironmentPolicy:
    requires = environment.requires or Requirements(checks=())
    if requires.approvals >= least:
        return environment
    return replace(environment, requires=replace(requires, approvals=least))


def may_be_held(environment: EnvironmentPolicy, service: ServicePolicy | None) -> bool:
    """Whether gates may hold a deployment there for a while, so that they are asked before its turn."""
    follows = bool(environment.after) or (service is not None and bool(service.after))
    return follows or environment.requires is not None or environment.forks != "never"


def not_yet_active(environment: EnvironmentPolicy, service: ServicePolicy | None = None) -> tuple[str, ...]:
    """Name what is configured here and does nothing in this version; it shrinks as the features are built.

    None of it opens a gate: it only leaves something out. Names are paths within the environment or service.
    """
    rollback = environment.rollback
    configured = {
        "rollback.revert": rollback.revert,
        "service.steps": service is not None and bool(service.steps),
    }
    return tuple(name for name, is_configured in configured.items() if is_configured)
