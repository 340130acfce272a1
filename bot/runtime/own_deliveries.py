"""What the bot tells itself as a delivery like any other: findings, schedules, automation paused.

Pure. Each counts once by its id, whoever stores it how often.
"""

import msgspec

from bot.domain.automation import AUTOMATION_KEY, schedule_key
from bot.domain.automation_events import AutomationPaused, AutomationResumed, ScheduleDue, ScheduleSeen
from bot.domain.event_data import EventData
from bot.domain.people import PEOPLE_KEY, PersonLinked
from bot.domain.values import Seconds
from bot.ports import Incoming, Meant, Translated
from bot.runtime import findings

Own = ScheduleSeen | ScheduleDue | AutomationPaused | AutomationResumed | PersonLinked
_KINDS: dict[str, type[EventData]] = {
    each.TYPE: each for each in (ScheduleSeen, ScheduleDue, AutomationPaused, AutomationResumed, PersonLinked)
}


def delivery_of(data: Own, id: str, now: Seconds) -> Incoming:
    """What we tell ourselves, as it is stored."""
    return Incoming(
        source=findings.SOURCE,
        id=id,
        event=data.TYPE,
        body=msgspec.json.encode(data),
        received_at=now,
    )


def translate(incoming: Incoming) -> Translated:
    """Translate one of our own deliveries."""
    kind = _KINDS.get(incoming.event)
    if kind is None:
        return findings.translate(incoming)
    data = msgspec.json.decode(incoming.body, type=kind)
    key = PEOPLE_KEY if isinstance(data, PersonLinked) else AUTOMATION_KEY
    subject = None
    if isinstance(data, ScheduleSeen | ScheduleDue):
        key, subject = schedule_key(data.repository, data.environment), data.repository.full_name
    at = data.at if isinstance(data, ScheduleSeen | ScheduleDue) else incoming.received_at
    return Translated(events=(Meant(key=key, time=at, data=data),), subject=subject)
