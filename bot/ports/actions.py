"""GitHub Actions and GitHub Deployments, as the drivers need them."""

from typing import Any, Protocol

from msgspec import Struct

from bot.domain.deployment_statuses import DeploymentStatus
from bot.domain.effects import Effect
from bot.domain.values import Repository, Seconds
from bot.domain.workflow_runs import WorkflowRun


class Dispatch(Struct, frozen=True, kw_only=True):
    """A workflow to be started: the file's name on the default branch, and its inputs."""

    repository: Repository
    workflow: str
    inputs: dict[str, str]


class Started(Struct, frozen=True):
    """The run that a dispatch started, and its page."""

    run: int
    url: str


class Workflows(Protocol):
    """GitHub Actions. All methods raise PassingFault or LastingFault."""

    async def dispatch(self, wanted: Dispatch) -> Started | None:
        """Start a workflow on the default branch; None where GitHub started it and does not tell which run.

        A LastingFault says that nothing was started, why, and what to do.
        """
        ...

    async def dispatched(self, wanted: Dispatch, since: Seconds) -> tuple[WorkflowRun, ...]:
        """List the runs of the workflow that we dispatched since then, oldest first, without their jobs."""
        ...

    async def run(self, repository: Repository, id: int) -> WorkflowRun | None:
        """Read a run with its jobs; None = GitHub does not have it."""
        ...

    async def cancel(self, repository: Repository, id: int) -> bool:
        """Ask GitHub to cancel a run; False = GitHub says that it cannot, mostly because it has ended."""
        ...


class DeploymentWanted(Struct, frozen=True, kw_only=True):
    """A GitHub Deployment that another system is to act on. `payload` is what that system gets to know.

    It is found again by `deployment`, our id, which stands in its payload.
    """

    repository: Repository
    deployment: str
    sha: str
    environment: str
    description: str
    payload: dict[str, Any] = {}


class DeploymentSeen(Struct, frozen=True, kw_only=True):
    """A GitHub Deployment, and the newest word of one App on how it goes; None = it has said nothing."""

    id: int
    status: DeploymentStatus | None = None


class GitHubDeployments(Protocol):
    """GitHub Deployments that others act on. All methods raise PassingFault or LastingFault.

    GitHub has nothing that stops one.
    """

    async def create(self, wanted: DeploymentWanted, effect: Effect) -> int:
        """Make sure that the deployment is there; gives GitHub's id. It is looked for first."""
        ...

    async def seen(self, repository: Repository, id: int, reporter: str) -> DeploymentSeen | None:
        """Look what the App `reporter` (its slug) said last; None = GitHub has no such deployment."""
        ...
