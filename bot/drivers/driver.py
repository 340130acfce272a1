"""What a driver is made of: its rule, how it is made, and the tools that it is given.

A driver of somebody else's is a `DriverRow` under an entry point of the group `pointsman.drivers`; its
name is the entry point's. Must never give a driver the ledger or the core: what it hears, it reports.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.domain.driver_rules import DriverRule
from bot.domain.instance import InstancePolicy
from bot.drivers.egress import EgressGuard
from bot.drivers.secrets import SecretsOf
from bot.ports import Clock, Driver, GitHubDeployments, Reports, Workflows


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What drivers work with.

    `guard` sends requests to addresses from files; `secrets` are those that the instance binds. `environ` is
    the process's environment, `folder` a folder of our own beside the ledger that lasts.
    """

    clock: Clock
    guard: EgressGuard
    secrets: SecretsOf
    public_url: str
    instance: InstancePolicy
    environ: Mapping[str, str]
    folder: Path
    workflows: Workflows
    deployments: GitHubDeployments
    reports: Reports


@dataclass(frozen=True)
class DriverRow:
    """A driver as the table lists it."""

    rule: DriverRule
    make: Callable[[Tools], Driver]
