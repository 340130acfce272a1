"""The audit: who did what, when, from where, and by which rule it was done or refused.

Made of recorded events, oldest first. What nobody did (a deployer's report, a timer) is not in it. Must never
leave out what was refused.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bot.domain import approval_events, automation_events, events, hold_events, people, who_may
from bot.domain.event_data import EventData
from bot.domain.values import Person, Place, PullRequestPlace, Seconds, SlackPlace
from bot.explaining import facts, wording

AUDITED: tuple[type[EventData], ...] = (
    events.CommandGiven,
    events.RequestMade,
    events.CancellationRequested,
    events.PromptAnswered,
    approval_events.ApprovalGiven,
    approval_events.ApprovalWithdrawn,
    approval_events.RequestRejected,
    hold_events.LockTaken,
    hold_events.LockReleased,
    hold_events.FreezeBegun,
    hold_events.FreezeEnded,
    automation_events.AutomationPaused,
    automation_events.AutomationResumed,
    people.PersonLinked,
    who_may.RightsChanged,
    who_may.NameAccepted,
)
"""What people did, or what was done in their name."""
_PERSONS = ("person", "asker", "by", "login")


class Entry(Struct, frozen=True, kw_only=True):
    """One line of the audit. `outcome` and `rule` are empty where nothing was to be decided."""

    at: Seconds
    who: str
    what: str
    where: str = ""
    outcome: str = ""
    rule: str = ""
    values: Mapping[str, Any] = {}
    event: str
    correlation: str


def entries(
    recorded: Iterable[events.Event], answers: Iterable[events.Event], names: Mapping[str, str]
) -> list[Entry]:
    """Make the audit of events of `AUDITED`, oldest first.

    `answers` are the answers to commands, `names` the GitHub logins of Slack users.
    """
    who = partial(_named, names)
    answered = {
        each.data.command: each.data for each in answers if isinstance(each.data, events.CommandAnswered)
    }
    found = sorted(recorded, key=lambda event: event.sequence)
    return [_entry(event, answered.get(event.id), who) for event in found]


def _named(names: Mapping[str, str], person: Person) -> str:
    login = person.login or names.get(person.slack or "")
    return facts.person(replace(person, login=login))


def _entry(event: events.Event, answer: events.CommandAnswered | None, who: wording.Who) -> Entry:
    data = event.data
    return Entry(
        at=event.time,
        who=_who(data, who),
        what=wording.sentence(data, who),
        where=_where(data),
        outcome=answer.answer if answer else "",
        rule=answer.reason if answer else "",
        values=answer.values if answer else {},
        event=event.id,
        correlation=event.correlation,
    )


def _who(data: EventData, who: wording.Who) -> str:
    if isinstance(data, events.RequestMade) and data.automatic:
        return "automation"
    for holder in (data, getattr(data, "lock", None), getattr(data, "freeze", None)):
        for name in _PERSONS:
            found = getattr(holder, name, None)
            if isinstance(found, Person):
                return who(found)
            if isinstance(found, str):
                return found
    return "nobody"


def _where(data: EventData) -> str:
    place = _place(data)
    return f"dashboard, {place}" if isinstance(data, events.CommandGiven) and data.dashboard else place


def _place(data: EventData) -> str:
    for holder in (data, getattr(data, "lock", None), getattr(data, "freeze", None)):
        place: Place | None = getattr(holder, "place", None)
        if isinstance(place, PullRequestPlace):
            return f"{place.repository.full_name}#{place.number}"
        if isinstance(place, SlackPlace):
            return f"Slack #{place.channel_name or place.channel}"
    return ""
