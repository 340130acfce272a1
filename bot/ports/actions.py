"""GitHub Actions and GitHub Deployments, as the drivers need them."""

from typing import Literal, Protocol

from msgspec import Struct

from bot.domain.effects import Effect
from bot.domain.values import Repository, Seconds

RunStatus = Literal["queued", "in_progress", "waiting", "completed"]


class WorkflowRun(Struct, frozen=True, kw_only=True):
    """A workflow run as it stood when it was read. Times in epoch seconds.

    `conclusion` is GitHub's word where it is completed; `doing` says in one line what its jobs do, or which
    step of which job failed. `started_again` = it is not the first attempt any more.
    """

    id: int
    attempt: int
    status: RunStatus
    conclusion: str | None
    title: str
    url: str
    created_at: Seconds
    updated_at: Seconds
    doing: str | None = None


class Dispatch(Struct, frozen=True, kw_only=True):
    """A workflow to be started: the file's name on the default branch, and its inputs."""

    repository: Repository
    workflow: str
    inputs: dict[str, str]


class Workflows(Protocol):
    """GitHub Actions. All methods raise PassingFault or LastingFault."""

    async def dispatch(self, wanted: Dispatch) -> int | None:
        """Start a workflow on the default branch; gives the run's id, None where GitHub does not tell it."""
        ...

    async def find(self, wanted: Dispatch, marker: str, since: Seconds) -> WorkflowRun | None:
        """Find the run whose title holds the marker, among those that we dispatched since then."""
        ...

    async def run(self, repository: Repository, id: int) -> WorkflowRun | None:
        """Read a run with what its jobs do; None = GitHub does not have it."""
        ...

    async def cancel(self, repository: Repository, id: int) -> bool:
        """Ask GitHub to cancel a run; False = it has ended already."""
        ...


class DeploymentSeen(Struct, frozen=True, kw_only=True):
    """A GitHub Deployment and the newest status that one App gave it."""

    id: int
    state: str | None
    description: str | None = None
    log_url: str | None = None
    status_id: int | None = None


class GitHubDeployments(Protocol):
    """GitHub Deployments that others act on. All methods raise PassingFault or LastingFault."""

    async def create(self, wanted: "DeploymentWanted", effect: Effect) -> int:
        """Make sure that the deployment is there; gives GitHub's id. Found again by our id in its payload."""
        ...

    async def seen(self, repository: Repository, id: int, reporter: str) -> DeploymentSeen | None:
        """Read the newest status by the App `reporter`; None = GitHub has no such deployment."""
        ...

    async def deactivate(self, repository: Repository, id: int, description: str) -> None:
        """Tell everybody who watches the deployment that it is not wanted any more (`inactive`)."""
        ...


class DeploymentWanted(Struct, frozen=True, kw_only=True):
    """A GitHub Deployment that another system is to act on. `payload` is what that system gets to know."""

    repository: Repository
    deployment: str
    sha: str
    environment: str
    description: str
    payload: dict[str, str | int | bool | float | None]
