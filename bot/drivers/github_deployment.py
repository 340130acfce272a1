"""The `github_deployment` driver: ships by a GitHub Deployment that another system acts on.

The system answers by deployment statuses of its own GitHub App, the `reporter`; nobody else's count. Making
the deployment is the order: GitHub tells everybody who listens, and has nothing that stops one again. What
the reporter says first accepts it, so that a reporter that does not listen is noticed soon.
"""

from typing import Any

from bot.domain.deployment import Order
from bot.domain.deployment_statuses import report_of_status
from bot.domain.driver_rules import DriverKey, DriverRule
from bot.domain.effects import CallDeployer, CancelDeployer, Effect, LookAtDeployer
from bot.domain.errors import LastingFault
from bot.domain.report import plain_description
from bot.domain.values import Seconds
from bot.drivers.driver import DriverRow, Tools
from bot.ports import DeployerReply, DeploymentWanted, GitHubDeployments, Look

NAME = "github_deployment"
LOOK_SECONDS: Seconds = 30.0

RULE = DriverRule(
    description="Makes a GitHub Deployment; another system ships it and reports by deployment statuses.",
    keys=(
        DriverKey("reporter", "app", "the slug of the GitHub App whose statuses count", required=True),
        DriverKey("payload", "text_map", "more for the deployment's payload"),
    ),
    reports="status:{reporter}",
    records=True,
)


class GitHubDeploymentDriver:
    """Ships by making a GitHub Deployment. Its handle has GitHub's id under `deployment`."""

    name = NAME

    def __init__(self, deployments: GitHubDeployments) -> None:
        self._deployments = deployments

    async def call(self, call: CallDeployer, effect: Effect) -> DeployerReply:
        """Make the deployment. A refusal of GitHub's is an answer; raises PassingFault and LastingFault."""
        try:
            id = await self._deployments.create(_wanted(call), effect)
        except LastingFault as fault:
            if effect.uncertain:
                raise  # an earlier attempt may have made it, and then it is under way
            return DeployerReply(accepted=False, description=_said(fault))
        return DeployerReply(
            accepted=True, handle={"deployment": id}, look_after=LOOK_SECONDS, awaits_deployer=True
        )

    async def look(self, asked: LookAtDeployer) -> Look:
        """Look what the reporter said last. Raises PassingFault and LastingFault."""
        order, id = asked.order, asked.deployment_handle["deployment"]
        seen = await self._deployments.seen(order.repository, id, _reporter(order))
        if seen is None:
            return Look(
                lost="Somebody deleted the deployment on GitHub, so nobody can report on it any more."
            )
        report = report_of_status(seen.status, order.id) if seen.status is not None else None
        return Look(report=report, look_after=LOOK_SECONDS)

    async def cancel(self, asked: CancelDeployer, effect: Effect) -> DeployerReply:
        """Say that it goes on: to mark it as inactive would tell people what is not so."""
        return DeployerReply(
            accepted=False,
            description=f"GitHub has nothing that stops a deployment; stop it in {_reporter(asked.order)}.",
        )

    async def close(self) -> None:
        """Nothing is kept open."""


def _wanted(call: CallDeployer) -> DeploymentWanted:
    order = call.order
    return DeploymentWanted(
        repository=order.repository,
        deployment=order.id,
        sha=order.sha,
        environment=order.github_environment or order.environment,
        description=f"{call.action.capitalize()} of {order.ref} by {_asker(order)}",
        payload={**order.call.settings.get("payload", {}), **_facts(call)},
    )


def _facts(call: CallDeployer) -> dict[str, Any]:
    """What the other system gets to know, in the words of the deployer protocol."""
    order = call.order
    return {
        "request": order.request,
        "attempt": order.attempt,
        "action": call.action,
        "service": order.service,
        "environment": order.environment,
        "ref": order.ref,
        "previous_sha": call.previous_sha,
        "params": order.params,
        "requested_by": order.asker.login or order.asker.slack,
    }


def _asker(order: Order) -> str:
    return order.asker.login or order.asker.slack or "automation"


def _reporter(order: Order) -> str:
    return str(order.call.settings["reporter"])


def _said(fault: LastingFault) -> str | None:
    return plain_description(f"{fault.reason} {fault.hint}")


def _make(tools: Tools) -> GitHubDeploymentDriver:
    return GitHubDeploymentDriver(tools.deployments)


ROW = DriverRow(RULE, _make)
