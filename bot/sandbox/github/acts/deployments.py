"""Deployments and their statuses come, with what GitHub does by itself to earlier ones.

It must never move a branch: `auto_merge` is the endpoint's.
"""

from bot.sandbox.github.actions import following
from bot.sandbox.github.emission import Occasion, announce
from bot.sandbox.github.exchange import Json
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import Deployment, DeploymentStatus, Repository
from bot.sandbox.github.shapes.actions import workflow as workflow_shape
from bot.sandbox.github.shapes.actions import workflow_run as run_shape
from bot.sandbox.github.shapes.deployments import deployment as deployment_shape
from bot.sandbox.github.shapes.deployments import deployment_status as status_shape


def create(memory: Memory, repository: Repository, deployment: Deployment) -> None:
    """Records a deployment."""
    repository.deployments[deployment.id] = deployment
    announce(
        memory,
        Occasion("deployment", "created", repository, deployment.creator),
        lambda: {
            "deployment": deployment_shape(memory, repository, deployment),
            **_origin(memory, deployment),
        },
    )
    following.notice(memory, repository, deployment)


def add_status(
    memory: Memory,
    repository: Repository,
    deployment: Deployment,
    status: DeploymentStatus,
    *,
    auto_inactive: bool,
) -> None:
    """Records a status. A success may make earlier successes of the environment inactive.

    Only those that are neither transient nor production ("Create a deployment status").
    """
    deployment.statuses.append(status)
    deployment.updated_at = memory.clock()
    _announce_status(memory, repository, deployment, status)
    following.drop(memory, deployment, status)
    if not (auto_inactive and status.state == "success"):
        return
    for earlier in repository.deployments.values():
        is_other = earlier.id != deployment.id and earlier.environment == status.environment
        if is_other and earlier.state == "success" and not earlier.transient and not earlier.production:
            replaced = _inactive(memory, earlier, status)
            earlier.statuses.append(replaced)
            _announce_status(memory, repository, earlier, replaced)


def _inactive(memory: Memory, earlier: Deployment, success: DeploymentStatus) -> DeploymentStatus:
    made = DeploymentStatus(
        memory.new_id(), "inactive", success.creator, "", earlier.environment, "", "", memory.clock()
    )
    made.via = success.via
    return made


def _origin(memory: Memory, deployment: Deployment) -> Json:
    """The run whose job made the deployment, where one did."""
    run = memory.actions.runs.get(deployment.run_id or 0)
    if run is None:
        return {"workflow": None, "workflow_run": None}
    return {
        "workflow": workflow_shape(memory, run.workflow, run.name),
        "workflow_run": run_shape(memory, run),
    }


def _announce_status(
    memory: Memory, repository: Repository, deployment: Deployment, status: DeploymentStatus
) -> None:
    announce(
        memory,
        Occasion("deployment_status", "created", repository, status.creator),
        lambda: {
            "deployment_status": status_shape(memory, repository, deployment, status),
            "deployment": deployment_shape(memory, repository, deployment),
            "check_run": None,
            **_origin(memory, deployment),
        },
    )
