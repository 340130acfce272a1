"""How software is shipped, as the core sees it."""

from typing import Protocol

from msgspec import Struct

from bot.domain.effects import CallDeployer, Effect
from bot.domain.values import Report


class DeployerReply(Struct, frozen=True, kw_only=True):
    """What a deployer said to our request."""

    accepted: bool
    description: str | None = None
    report: Report | None = None


class Driver(Protocol):
    """Ships software. One file in `drivers/` for each way."""

    name: str

    async def call(self, call: CallDeployer, effect: Effect) -> DeployerReply:
        """Ask the deployer. Raises PassingFault or LastingFault."""
        ...
