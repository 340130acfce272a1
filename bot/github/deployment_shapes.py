"""GitHub Deployments and their statuses as GitHub writes them, in answers and in webhooks alike.

They decide what counts as deployed, so who wrote them is looked at strictly: an App's own bot account and
nobody who acts through an App. Must never take a deployment for ours that somebody else made.
"""

import json
import re
from typing import Any

from msgspec import Struct

from bot.domain.deployment_statuses import DeploymentStatus
from bot.github.payloads import Account, Identifier, Moment, NamedApp

PAYLOAD_KEY = "pointsman"
_OUR_ID = re.compile("d-[0-9a-hjkmnp-tv-z]{10}")
_BOT = "[bot]"


class DeploymentShape(Struct, frozen=True):
    """A GitHub Deployment; its payload is an object, or the text of one."""

    id: Identifier
    created_at: Moment
    payload: Any = None
    creator: Account | None = None
    performed_via_github_app: NamedApp | None = None


class StatusShape(Struct, frozen=True):
    """One status of a GitHub Deployment. `target_url` is the old name of `log_url`."""

    id: Identifier
    state: str
    created_at: Moment
    description: str | None = None
    log_url: str | None = None
    target_url: str | None = None
    creator: Account | None = None
    performed_via_github_app: NamedApp | None = None


class OurApp(Struct, frozen=True):
    """Who we are on GitHub; the slug is None until GitHub told it."""

    id: int
    slug: str | None

    def made(self, written: DeploymentShape | StatusShape) -> bool:
        """Whether our App itself wrote this, and no person through it."""
        slug = reporter_of(written)
        if slug is None:
            return False
        via = written.performed_via_github_app
        return slug == self.slug or (via is not None and via.id == self.id)


def reporter_of(written: DeploymentShape | StatusShape) -> str | None:
    """The slug of the App that wrote this by itself; None = a person, with or without an App.

    An App's account is `<slug>[bot]`. `performed_via_github_app` is there too where a person has an App act
    for them, and that is the person's word.
    """
    creator = written.creator
    if creator is None or creator.type != "Bot" or not creator.login.endswith(_BOT):
        return None
    return creator.login.removesuffix(_BOT)


def our_id(payload: Any) -> str | None:
    """Our deployment's id in a payload, which GitHub gives back as an object, or as the text of one."""
    if isinstance(payload, str):
        try:
            payload = json.loads(payload)
        except (ValueError, RecursionError):
            return None
    id = payload.get(PAYLOAD_KEY) if isinstance(payload, dict) else None
    return id if isinstance(id, str) else None


def is_our_id(id: str | None) -> bool:
    """Whether this has the form of our deployments' ids."""
    return id is not None and _OUR_ID.fullmatch(id) is not None


def to_status(deployment: DeploymentShape, status: StatusShape) -> DeploymentStatus:
    """Our value for a status."""
    return DeploymentStatus(
        state=status.state,
        at=status.created_at.timestamp(),
        deployed_at=deployment.created_at.timestamp(),
        description=status.description,
        log_url=status.log_url or status.target_url,
    )
