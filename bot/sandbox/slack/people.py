"""Who works in the simulated workspace, and where they talk.

The ids are those that the simulated GitHub's people are known by, so that one instance file can link them.
`sam` has no GitHub account that anybody knows of: the person who is told how to link.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Person:
    """One member of the workspace."""

    id: str
    name: str
    real_name: str

    @property
    def email(self) -> str:
        """The address in the member's profile."""
        return f"{self.name}@acme.example"


@dataclass(slots=True)
class Channel:
    """One conversation. `person` is set for a direct conversation with the bot."""

    id: str
    name: str
    private: bool = False
    bot_is_member: bool = True
    person: str | None = None
    members: set[str] = field(default_factory=set)
    archived: bool = False


def acme_people() -> list[Person]:
    """The members of the workspace `acme`."""
    return [
        Person("U0ADA", "ada", "Ada Author"),
        Person("U0GRACE", "grace", "Grace Reviewer"),
        Person("U0LIN", "lin", "Lin On-Call"),
        Person("U0MALLORY", "mallory", "Mallory Stranger"),
        Person("U0SAM", "sam", "Sam Unlinked"),
    ]


def acme_channels() -> list[Channel]:
    """The channels of the workspace `acme`; the bot is not a member of `#random` and cannot see `#board`."""
    everybody = {person.id for person in acme_people()}
    return [
        Channel("C0DEPLOYS", "deploys", members=set(everybody)),
        Channel("C0GENERAL", "general", members=set(everybody)),
        Channel("C0RANDOM", "random", bot_is_member=False, members=set(everybody)),
        Channel("G0BOARD", "board", private=True, bot_is_member=False, members={"U0GRACE"}),
    ]
