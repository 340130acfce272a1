"""How software is shipped, as the core sees it."""

from typing import Any, Protocol

from msgspec import Struct

from bot.domain.effects import CallDeployer, CancelDeployer, Effect, LookAtDeployer
from bot.domain.values import Report, Seconds


class DeployerReply(Struct, frozen=True, kw_only=True):
    """What a deployer said to our request.

    `awaits_deployer` says that it was only put where the deployer finds it: its first report accepts it.
    `handle` is what it calls the deployment, kept and handed to `look` and `cancel`; `names` are those under
    which its reports will come. `look_after` is in how many seconds it is to be looked at (None = never).
    """

    accepted: bool
    description: str | None = None
    report: Report | None = None
    handle: dict[str, Any] = {}
    names: tuple[str, ...] = ()
    look_after: Seconds | None = None
    awaits_deployer: bool = False


class Look(Struct, frozen=True, kw_only=True):
    """How a deployment stands when it is looked at.

    `report` None = nothing is known now; `lost` says in one sentence why nothing ever will be known: then
    its outcome is unknown, and people are asked.
    """

    report: Report | None = None
    lost: str | None = None
    look_after: Seconds | None = None


class Driver(Protocol):
    """Ships software. One file in `drivers/` for each way. All methods raise PassingFault or LastingFault."""

    name: str

    async def call(self, call: CallDeployer, effect: Effect) -> DeployerReply:
        """Ask the deployer to ship.

        With `effect.uncertain` it may have taken an earlier attempt whose reply was lost: look first.
        """
        ...

    async def look(self, asked: LookAtDeployer) -> Look:
        """Look how a deployment stands; asked only as often as `look_after` says."""
        ...

    async def cancel(self, asked: CancelDeployer, effect: Effect) -> DeployerReply:
        """Ask the deployer to stop. Accepted = it will try; how it ended comes as a report."""
        ...

    async def close(self) -> None:
        """End what the driver itself keeps open; what it started goes on."""
        ...


class Reports(Protocol):
    """Where a driver hands in what it hears of a deployment by itself, as a delivery like any other."""

    async def report(self, slot: str, report: Report, number: int) -> None:
        """Store a report for a slot (`Effect.owner` of the call), durably. Raises StoreUnavailable.

        `number` tells reports of one deployment apart; a repeated one changes nothing.
        """
        ...
