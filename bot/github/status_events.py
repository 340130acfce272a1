"""What GitHub's `deployment_status` deliveries mean: news of a deployment that another system acts on.

Only statuses of deployments that our App made count, and only those that another App wrote by itself; whether
it is the App that the configuration names is for the slot to say. A deployment that a job's `environment`
makes is GitHub's own and never counts.
"""

from msgspec import Raw, Struct, UnsetType

from bot.domain.deployment_statuses import report_of_status
from bot.domain.events import DeployerReported
from bot.domain.values import Repository
from bot.github.deployment_shapes import (
    DeploymentShape,
    OurApp,
    StatusShape,
    is_our_id,
    our_id,
    reporter_of,
    to_status,
)
from bot.github.payloads import decode
from bot.ports import Meant, Translated


class Placed(Struct, frozen=True, kw_only=True):
    """Where the event happened, and who we are."""

    repository: Repository
    action: str | None
    app: OurApp


def deployment_status(
    status_part: Raw | UnsetType, deployment_part: Raw | UnsetType, placed: Placed
) -> Translated:
    """Somebody gave a deployment a status. Raises Incomplete."""
    if placed.action != "created":
        return Translated(reason="action_not_used", action=placed.action)
    deployment = decode(deployment_part, DeploymentShape, "deployment")
    subject = f"{placed.repository.full_name} deployment {deployment.id}"
    id = our_id(deployment.payload)
    if id is None or not is_our_id(id) or not placed.app.made(deployment):
        return _ignored(placed, "not_our_deployment", subject)
    status = decode(status_part, StatusShape, "deployment_status")
    if placed.app.made(status):
        return _ignored(placed, "own_status", subject)
    reporter, report = reporter_of(status), report_of_status(to_status(deployment, status), id)
    if reporter is None:
        return _ignored(placed, "status_of_no_app", subject)
    if report is None:
        return _ignored(placed, "state_not_used", subject)
    meant = Meant(
        found_by=(id,),
        time=status.created_at.timestamp(),
        data=DeployerReported(report=report, by=f"status:{reporter}"),
        natural=f"deployment-status:{placed.repository.id}:{status.id}",
    )
    return Translated(events=(meant,), action=placed.action, subject=subject)


def _ignored(placed: Placed, reason: str, subject: str) -> Translated:
    return Translated(reason=reason, action=placed.action, subject=subject)
