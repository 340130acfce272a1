"""What the bot tells itself as a delivery like any other: schedules, automation paused, links.

Pure. Each counts once by its id, whoever stores it how often.
"""

from typing import Literal, get_args

import msgspec

from bot.domain.automation import AUTOMATION_KEY, schedule_key
from bot.domain.automation_events import AutomationPaused, AutomationResumed, ScheduleDue, ScheduleSeen
from bot.domain.event_data import EventData
from bot.domain.events import CommandGiven
from bot.domain.people import PEOPLE_KEY, PersonLinked
from bot.domain.values import Seconds
from bot.domain.who_may import RIGHTS, ConfigurationSeen, NameAccepted, rights_key
from bot.ports import Incoming, Meant, Translated

SOURCE: Literal["pointsman"] = "pointsman"

Own = (
    ScheduleSeen
    | ScheduleDue
    | AutomationPaused
    | AutomationResumed
    | PersonLinked
    | ConfigurationSeen
    | NameAccepted
    | CommandGiven
)
_KINDS: dict[str, type[EventData]] = {each.TYPE: each for each in get_args(Own)}


def delivery_of(data: Own, id: str, now: Seconds) -> Incoming:
    """What we tell ourselves, as it is stored."""
    return Incoming(
        source=SOURCE,
        id=id,
        event=data.TYPE,
        body=msgspec.json.encode(data),
        received_at=now,
    )


def translate(incoming: Incoming) -> Translated:
    """Translate one of our own deliveries."""
    data = msgspec.json.decode(incoming.body, type=_KINDS[incoming.event])
    key, subject, at = _placed(data, incoming.received_at)
    return Translated(events=(Meant(key=key, time=at, data=data),), subject=subject)


def _placed(data: EventData, received_at: Seconds) -> tuple[str, str | None, Seconds]:
    """The key, what it concerns, and when it happened."""
    match data:
        case ScheduleSeen() | ScheduleDue():
            return schedule_key(data.repository, data.environment), data.repository.full_name, data.at
        case ConfigurationSeen():
            return rights_key(data.repository), data.repository.full_name, data.at
        case CommandGiven():
            return f"dashboard:{data.text.rpartition(' ')[2]}", None, data.given_at
        case NameAccepted():
            return f"{RIGHTS}:{data.repository}", data.repository, data.at
        case PersonLinked():
            return PEOPLE_KEY, None, received_at
        case _:
            return AUTOMATION_KEY, None, received_at
