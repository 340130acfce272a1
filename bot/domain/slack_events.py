"""What happens in Slack's forms and on the app's Home tab, until it is a command like any other.

A form names the event that asked for it; the place is read from that event, never from what a form brings
back. Stands beside `events`, whose list names these types too.
"""

from bot.domain.event_data import EventData
from bot.domain.values import Person, Seconds, SlackPlace


class FormAsked(EventData, frozen=True, kw_only=True):
    """Somebody asked for the form of `/deploy`, where `place` is; `trigger` opens one, once, within 3 s.

    `anywhere` says that no channel was meant: every repository that they may deploy is offered.
    """

    TYPE = "form.asked"
    trigger: str
    place: SlackPlace
    person: Person
    given_at: Seconds
    anywhere: bool = False


class FormRepositoryChosen(EventData, frozen=True, kw_only=True):
    """Somebody chose a repository in a form. `form` is the id of the event that asked for it."""

    TYPE = "form.repository_chosen"
    form: str
    repository: str
    person: Person


class FormSubmitted(EventData, frozen=True, kw_only=True):
    """Somebody submitted a form. `text` is the command that it says, as it could have been typed."""

    TYPE = "form.submitted"
    form: str
    text: str
    person: Person
    given_at: Seconds


class HomeOpened(EventData, frozen=True, kw_only=True):
    """Somebody looked at the app's Home tab. `channel` is their conversation with the app."""

    TYPE = "home.opened"
    team: str
    channel: str
    person: Person


class FormMissed(EventData, frozen=True, kw_only=True):
    """A form came too late for Slack: its trigger had expired, or was used. `reason` is Slack's word."""

    TYPE = "form.missed"
    place: SlackPlace
    person: Person
    reason: str
