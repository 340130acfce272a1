"""What starts deployments without anybody asking, and what makes us look again.

`event_types` lists these too.
"""

from typing import Literal

from bot.domain.deployment import EndState, Order
from bot.domain.event_data import EventData
from bot.domain.values import Person, Repository, Seconds


class CommitReported(EventData, frozen=True, kw_only=True):
    """GitHub has news of a commit: a check ended, a status was set, a review was given."""

    TYPE = "commit.reported"
    repository: Repository
    sha: str
    what: Literal["check", "status", "review"]


class AccessChanged(EventData, frozen=True, kw_only=True):
    """Somebody's rights or memberships changed: what was kept of them is asked again."""

    TYPE = "access.changed"
    owner: str
    what: str


class DeploymentSettled(EventData, frozen=True, kw_only=True):
    """A deployment that had started has its outcome; who waited for it, or follows it, is looked at."""

    TYPE = "deployment.settled"
    order: Order
    state: EndState
    at: Seconds


class PromotionDue(EventData, frozen=True, kw_only=True):
    """What succeeded in one environment goes on to the next (`auto: {promote: …}`)."""

    TYPE = "promotion.due"
    order: Order
    environment: str


class TagPushed(EventData, frozen=True, kw_only=True):
    """Somebody pushed a new tag."""

    TYPE = "tag.pushed"
    repository: Repository
    tag: str
    person: Person


class ReleasePublished(EventData, frozen=True, kw_only=True):
    """Somebody published a release; drafts and pre-releases are none."""

    TYPE = "release.published"
    repository: Repository
    tag: str
    person: Person


class ScheduleSeen(EventData, frozen=True, kw_only=True):
    """A schedule is in the configuration: it counts from now on; another line begins anew."""

    TYPE = "schedule.seen"
    repository: Repository
    environment: str
    cron: str
    timezone: str
    at: Seconds


class ScheduleDue(EventData, frozen=True, kw_only=True):
    """The newest moment of a schedule has come, or was missed while nobody ran."""

    TYPE = "schedule.due"
    repository: Repository
    environment: str
    at: Seconds


class AutomationPaused(EventData, frozen=True, kw_only=True):
    """Somebody paused all automation of this instance; people may act as ever."""

    TYPE = "automation.paused"
    by: str
    at: Seconds
    because: str | None = None


class AutomationResumed(EventData, frozen=True, kw_only=True):
    """Somebody let automation go on."""

    TYPE = "automation.resumed"
    by: str
    at: Seconds
