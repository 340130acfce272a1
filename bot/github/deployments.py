"""GitHub Deployments: kept at the state that we know, or handed to another system that acts on them.

GitHub's defaults would merge branches and wait for every check ("Create a deployment"); both are switched
off, for our own gates decide. A deployment is created once: it carries our id, and is looked for before it
is created. Must never create a second one: other tools take it for an order to deploy.
"""

from collections.abc import Mapping
from typing import Any

from bot.domain.deployment_statuses import tells_how_it_goes
from bot.domain.effects import Effect, RecordDeployment
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.values import Repository
from bot.doubt import look_before_repeating
from bot.github.addresses import paged, repository_path
from bot.github.answers import DeploymentStatus, Identified, read, read_all
from bot.github.client import GitHubClient
from bot.github.deployment_shapes import (
    PAYLOAD_KEY,
    DeploymentShape,
    OurApp,
    StatusShape,
    our_id,
    reporter_of,
    to_status,
)
from bot.github.faults import NotThere, Refused
from bot.github.hooks import own_slug
from bot.github.repeats import in_doubt
from bot.github.texts import cut_line
from bot.github.tokens import GitHubApp
from bot.ports import DeploymentSeen, DeploymentWanted, Performed

TASK = "deploy"
CREATE_HINTS = {
    409: "GitHub sees a conflict: do the branch and its rules allow a deployment of this commit?",
    422: "Is the commit still in the repository, and do the environment's protection rules allow this?",
}
# It is not created anew: other tools take a new deployment for an order to deploy.
STATUS_HINTS = {404: "Somebody deleted this deployment on GitHub; its later states are not shown there."}


class DeploymentRecorder:
    """Performs RecordDeployment: converging, found again by commit, environment and our id."""

    def __init__(self, app: GitHubApp) -> None:
        self._app = app

    async def __call__(self, effect: Effect) -> Performed:
        """Make GitHub show this state of this deployment."""
        wanted = effect.body
        if not isinstance(wanted, RecordDeployment):
            raise TypeError(f"{type(wanted).__name__} is no RecordDeployment")
        client = self._app.installation(wanted.repository.installation)
        sought = _sought(wanted)
        known = effect.handle["deployment"] if effect.handle else await _look(self._app, effect, sought)
        if known is None and wanted.made_by_driver:
            return Performed(note="there is no such deployment")
        if known is not None and await self._is_shown(effect, wanted, known):
            return _performed(wanted, known, "already shown")
        id = known if known is not None else await _create(client, sought)
        try:
            await _post_status(client, wanted, id)
        except PassingFault as fault:
            # The deployment stands, and only a look-up would find it: without this it would be created twice.
            in_doubt(fault)
            raise
        return _performed(wanted, id, "updated" if known is not None else "created")

    async def _is_shown(self, effect: Effect, wanted: RecordDeployment, id: int) -> bool:
        """Whether its newest status says all of this. Where we certainly posted another, nobody looks."""
        client = self._app.installation(wanted.repository.installation)
        if not effect.uncertain:
            is_other = effect.handle is not None and effect.handle.get("state") != wanted.state
            return not is_other and await _shows(client, wanted, id) is not None
        shown = await look_before_repeating(effect, self._app.clock, lambda: _shows(client, wanted, id))
        return shown is not None


class DeploymentsOfOthers:
    """GitHub Deployments that another system acts on: the port `GitHubDeployments`."""

    def __init__(self, app: GitHubApp) -> None:
        self._app = app

    async def create(self, wanted: DeploymentWanted, effect: Effect) -> int:
        """Make sure that the deployment is there; gives GitHub's id. It is looked for first."""
        known = await _look(self._app, effect, wanted)
        if known is not None:
            return known
        return await _create(self._app.installation(wanted.repository.installation), wanted)

    async def seen(self, repository: Repository, id: int, reporter: str) -> DeploymentSeen | None:
        """Look what the App `reporter` said last of how it goes; None = GitHub has no such deployment."""
        client = self._app.installation(repository.installation)
        path = f"{repository_path(repository)}/deployments/{id}"
        try:
            deployment = read(DeploymentShape, await client.getitem(path))
            answers = await client.collect(paged(f"{path}/statuses"))
        except NotThere:
            return None
        listed = read_all(StatusShape, answers)
        told = [each for each in listed if reporter_of(each) == reporter and tells_how_it_goes(each.state)]
        newest = max(told, key=lambda each: each.id, default=None)
        return DeploymentSeen(id=id, status=to_status(deployment, newest) if newest is not None else None)


def _sought(recorded: RecordDeployment) -> DeploymentWanted:
    return DeploymentWanted(
        repository=recorded.repository,
        deployment=recorded.deployment,
        sha=recorded.sha,
        environment=recorded.environment,
        description=recorded.description,
    )


async def _create(client: GitHubClient, wanted: DeploymentWanted) -> int:
    path = f"{repository_path(wanted.repository)}/deployments"
    try:
        answer = await client.post(path, data=deployment_of(wanted))
    except Refused as fault:
        raise _explained(fault, CREATE_HINTS) from fault
    if not isinstance(answer, Mapping) or "id" not in answer:  # 202: merged instead, though told not to
        raise LastingFault(
            "GitHub answered without creating the deployment.",
            hint="Its message was: " + str(answer.get("message") if isinstance(answer, Mapping) else answer),
        )
    return read(Identified, answer).id


def deployment_of(wanted: DeploymentWanted) -> dict[str, Any]:
    """The deployment as GitHub takes it."""
    return {
        "ref": wanted.sha,
        "task": TASK,
        "auto_merge": False,
        "required_contexts": [],
        "environment": wanted.environment,
        "description": cut_line(wanted.description),
        "payload": {**wanted.payload, PAYLOAD_KEY: wanted.deployment},
        "production_environment": wanted.environment.partition("/")[0] == "production",
        "transient_environment": False,
    }


def status_of(wanted: RecordDeployment) -> dict[str, Any]:
    """The status as GitHub takes it. Which predecessor becomes inactive is our decision, not GitHub's."""
    status: dict[str, Any] = {
        "state": wanted.state,
        "description": cut_line(wanted.description),
        "auto_inactive": False,
    }
    if wanted.log_url:
        status["log_url"] = wanted.log_url
    if wanted.environment_url:
        status["environment_url"] = wanted.environment_url
    return status


async def _look(app: GitHubApp, effect: Effect, wanted: DeploymentWanted) -> int | None:
    """Look for it in any case: once before the first attempt, with patience after one that is in doubt."""
    if not effect.uncertain:
        return await _find(app, wanted)
    return await look_before_repeating(effect, app.clock, lambda: _find(app, wanted))


async def _find(app: GitHubApp, wanted: DeploymentWanted) -> int | None:
    """Look for our id in what our App made, the oldest first: a later one would be a double.

    Our id is no secret: anybody who may write could make a deployment that carries it before we do.
    """
    client = app.installation(wanted.repository.installation)
    path = paged(
        f"{repository_path(wanted.repository)}/deployments",
        sha=wanted.sha,
        environment=wanted.environment,
        task=TASK,
    )
    listed = read_all(DeploymentShape, await client.collect(path))
    named = [each for each in listed if our_id(each.payload) == wanted.deployment]
    if not named:
        return None
    ours = OurApp(app.id, await own_slug(app))
    return min((each.id for each in named if ours.made(each)), default=None)


async def _shows(client: GitHubClient, wanted: RecordDeployment, id: int) -> int | None:
    """Give the newest status if it says all of this already."""
    path = paged(f"{repository_path(wanted.repository)}/deployments/{id}/statuses")
    statuses = read_all(DeploymentStatus, await client.collect(path))
    newest = max(statuses, key=lambda status: status.id, default=None)
    if newest is None:
        return None
    said = (newest.state, newest.description or "", newest.log_url or "", newest.environment_url or "")
    told = (wanted.state, cut_line(wanted.description), wanted.log_url or "", wanted.environment_url or "")
    return newest.id if said == told else None


async def _post_status(client: GitHubClient, wanted: RecordDeployment, id: int) -> None:
    path = f"{repository_path(wanted.repository)}/deployments/{id}/statuses"
    try:
        await client.post(path, data=status_of(wanted))
    except Refused as fault:
        raise _explained(fault, STATUS_HINTS) from fault


def _explained(fault: Refused, hints: Mapping[int, str]) -> Refused:
    return Refused(fault.status, fault.reason, hint=hints.get(fault.status, fault.hint))


def _performed(wanted: RecordDeployment, id: int, note: str) -> Performed:
    return Performed(handle={"deployment": id, "state": wanted.state}, note=note)
