"""Who can be played on the pages: one person on GitHub and in Slack at once.

Must never let somebody act where they have no account.
"""

from dataclasses import dataclass

from bot.sandbox.github import NotAllowed
from bot.sandbox.pages.worlds import Worlds

FIRST = "ada"
_PARTS = {
    "ada": "Author: writes pull requests and may deploy",
    "grace": "Reviewer: approves what ada writes, may deploy",
    "lin": "On-call, in the team sre: may deploy and roll back",
    "olive": "Owner of acme, not in Slack",
    "mallory": "Stranger: reads and comments, may not deploy",
    "sam": "In Slack only, linked to nobody on GitHub",
}


@dataclass(frozen=True, slots=True)
class Person:
    """One person. `login` is their GitHub account, `member` their Slack id; None where they have none."""

    name: str
    full_name: str
    part: str
    login: str | None
    member: str | None


def people(worlds: Worlds) -> list[Person]:
    """Everybody who can be played, those with both accounts first."""
    members = {one.name: one for one in worlds.slack.space.people.values()}
    logins = {one.login: one for one in worlds.github.accounts.values() if one.kind == "User"}
    found = []
    for name in [*logins, *(name for name in members if name not in logins)]:
        account, member = logins.get(name), members.get(name)
        full_name = account.name if account else member.real_name if member else name
        found.append(
            Person(
                name,
                full_name,
                _PARTS.get(name, ""),
                account.login if account else None,
                member.id if member else None,
            )
        )
    return sorted(found, key=lambda one: (one.login is None or one.member is None, one.name))


def person_called(worlds: Worlds, name: str) -> Person:
    """The person of this name; LookupError."""
    for one in people(worlds):
        if one.name == name:
            return one
    raise LookupError(f"Nobody here is called {name}.")


def login_of(person: Person) -> str:
    """The GitHub account that a person acts with; NotAllowed."""
    if person.login is None:
        raise NotAllowed(f"{person.name} has no account on GitHub. Act as somebody else, for example as ada.")
    return person.login


def member_of(person: Person) -> str:
    """The Slack id that a person acts with; NotAllowed."""
    if person.member is None:
        raise NotAllowed(f"{person.name} is not in this Slack. Act as somebody else, for example as grace.")
    return person.member
