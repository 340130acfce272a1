"""What a deployer wrote while it was at work, where we can get at it."""

from typing import Protocol

from msgspec import Struct


class Output(Struct, frozen=True):
    """What a deployment wrote, as text. `truncated` = the beginning is left out; `live` = it still writes."""

    text: str
    truncated: bool
    live: bool


class DeploymentLogs(Protocol):
    """Where the output of deployments is kept. Whoever keeps it takes secrets out of it first."""

    async def output(self, deployment: str) -> Output | None:
        """Give what a deployment (`d-…`) wrote so far, bounded; None = nothing is kept of it."""
        ...
