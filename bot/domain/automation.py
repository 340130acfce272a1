"""Whether this instance deploys by itself, and since when each schedule counts."""

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.automation_events import AutomationPaused, AutomationResumed, ScheduleDue, ScheduleSeen
from bot.domain.event_data import EventData
from bot.domain.values import Repository, Seconds

AUTOMATION_KEY = "automation:instance"


class Automation(Struct, frozen=True):
    """`paused_at` None = it goes on."""

    paused_at: Seconds | None = None
    by: str | None = None
    because: str | None = None

    @property
    def is_paused(self) -> bool:
        """Whether nothing starts by itself."""
        return self.paused_at is not None


class Schedule(Struct, frozen=True):
    """A schedule as it was seen, and the newest moment that was acted on (or since when it counts)."""

    cron: str = ""
    timezone: str = "UTC"
    since: Seconds = 0.0


def schedule_key(repository: Repository, environment: str) -> str:
    """The key of an environment's schedule."""
    return f"schedule:{repository.full_name}/{environment}"


def apply(state: Automation | None, data: EventData) -> Automation:
    """Give the state of automation after an event."""
    if isinstance(data, AutomationPaused):
        return Automation(data.at, data.by, data.because)
    return Automation() if isinstance(data, AutomationResumed) else state or Automation()


def apply_schedule(state: Schedule | None, data: EventData) -> Schedule:
    """Give a schedule after an event."""
    if isinstance(data, ScheduleSeen):
        return Schedule(data.cron, data.timezone, data.at)
    if isinstance(data, ScheduleDue):
        known = state or Schedule()
        return replace(known, since=max(known.since, data.at))
    return state or Schedule()
