"""Who is who: GitHub accounts and Slack users that linked themselves, one to one.

The instance file goes before what people did themselves. A GitHub account is known by its number too: a login
that belongs to another account by now is nobody's.
"""

from msgspec import Struct

from bot.domain.event_data import EventData
from bot.domain.values import Seconds

PEOPLE_KEY = "people:links"


class PersonLinked(EventData, frozen=True, kw_only=True):
    """Somebody showed that they are both: signed in to GitHub, from a link that only they got in Slack."""

    TYPE = "person.linked"
    login: str
    account: int
    slack: str
    at: Seconds


class Linked(Struct, frozen=True):
    """A GitHub account (login and number) and a Slack user."""

    login: str
    account: int
    slack: str


class People(Struct, frozen=True):
    """Everybody who linked themselves."""

    links: tuple[Linked, ...] = ()

    def login_of(self, slack: str) -> str | None:
        """The GitHub login of a Slack user."""
        return next((each.login for each in self.links if each.slack == slack), None)

    def slack_of(self, login: str) -> str | None:
        """The Slack user of a GitHub login; GitHub's names ignore case."""
        wanted = login.lower()
        return next((each.slack for each in self.links if each.login.lower() == wanted), None)


def apply(people: People | None, data: EventData) -> People:
    """Give the links after an event: a new one takes the place of whatever either side had."""
    known = people or People()
    if not isinstance(data, PersonLinked):
        return known
    others = (
        each
        for each in known.links
        if each.slack != data.slack
        and each.account != data.account
        and each.login.lower() != data.login.lower()
    )
    return People((*others, Linked(data.login, data.account, data.slack)))
