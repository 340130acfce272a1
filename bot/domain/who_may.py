"""Who may do what by a repository's configuration, as it was last seen, and which accounts its names meant.

A login or a team's slug can be given up and taken by somebody else. So a name stands for the account that it
had when the configuration was first seen with it; whoever has the name later has not its rights.
"""

from msgspec import Struct

from bot.domain.event_data import EventData
from bot.domain.policy import EnvironmentPolicy, RepositoryPolicy
from bot.domain.values import Person, Repository, Seconds

RIGHTS = "rights"
NOBODY = 0
"""The account of a name that nobody has; GitHub's numbers begin at 1."""


class Listed(Struct, frozen=True):
    """The logins and teams under a key of the configuration, as `environments.production.deployers`."""

    key: str
    names: tuple[str, ...] = ()


class Account(Struct, frozen=True):
    """The number behind a login or `owner/team` (lower case)."""

    login: str
    id: int


Lists = tuple[Listed, ...]
"""A key that says nothing is left out."""


class ConfigurationSeen(EventData, frozen=True, kw_only=True):
    """The default branch may have another configuration. `person` pushed it; None = we noticed ourselves."""

    TYPE = "configuration.seen"
    repository: Repository
    person: Person | None = None
    sha: str | None = None
    at: Seconds


class RightsChange(Struct, frozen=True):
    """One key whose names changed; None = the key said nothing."""

    key: str
    before: tuple[str, ...] | None = None
    after: tuple[str, ...] | None = None


class RightsChanged(EventData, frozen=True, kw_only=True):
    """Who may is another: the lists as they are now, the account behind each name, and what changed."""

    TYPE = "rights.changed"
    repository: Repository
    lists: Lists
    accounts: tuple[Account, ...] = ()
    changes: tuple[RightsChange, ...] = ()
    person: Person | None = None


class NameAccepted(EventData, frozen=True, kw_only=True):
    """An operator says that whoever has a name now is meant by it. `repository` is its full name."""

    TYPE = "rights.name_accepted"
    repository: str
    name: str
    by: str
    at: Seconds


class WhoMay(Struct, frozen=True):
    """The lists and the accounts behind their names, as last seen."""

    lists: Lists = ()
    accounts: tuple[Account, ...] = ()

    def has_changed_hands(self, name: str, now: int | None) -> bool:
        """Whether a name belongs to another account than the configuration meant."""
        known = self.account_of(name)
        return known is not None and now != known

    def account_of(self, name: str) -> int | None:
        """The account that a name was; NOBODY = nobody had it, None = it was not looked up."""
        wanted = name.lower()
        return next((each.id for each in self.accounts if each.login == wanted), None)

    def unknown_of(self, lists: Lists) -> tuple[str, ...]:
        """The names of these lists whose account was not looked up yet."""
        return tuple(name for name in names_of(lists) if self.account_of(name) is None)


def rights_key(repository: Repository) -> str:
    """The key of who may in a repository."""
    return f"{RIGHTS}:{repository.full_name}"


def lists_of(policy: RepositoryPolicy) -> Lists:
    """Every list of the configuration that gives people rights."""
    return tuple(
        Listed(f"environments.{each.name}.{key}", names)
        for each in sorted(policy.environments, key=lambda each: each.name)
        for key, names in _lists(each)
        if names is not None
    )


def _lists(environment: EnvironmentPolicy) -> tuple[tuple[str, tuple[str, ...] | None], ...]:
    requires = environment.requires
    return (
        ("deployers", environment.deployers),
        ("requires.approvers", requires.approvers if requires else None),
        ("emergency", environment.emergency or None),
        ("forks", None if environment.forks == "never" else (environment.forks,)),
    )


def names_of(lists: Lists) -> tuple[str, ...]:
    """Every login and team that is named, once, in lower case."""
    listed = (each.names for each in lists if not each.key.endswith(".forks"))
    return tuple(dict.fromkeys(name.lower() for names in listed for name in names))


def changes_between(before: Lists, after: Lists) -> tuple[RightsChange, ...]:
    """The keys that say something else, in their order."""
    old, new = ({each.key: each.names for each in lists} for lists in (before, after))
    return tuple(
        RightsChange(key, old.get(key), new.get(key))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    )


def apply(known: WhoMay | None, data: EventData) -> WhoMay | None:
    """Give who may after an event. A name keeps its account for as long as it is listed."""
    if isinstance(data, NameAccepted) and known is not None:
        left = tuple(each for each in known.accounts if each.login != data.name.lower())
        return WhoMay(known.lists, left)
    if not isinstance(data, RightsChanged):
        return known
    before, new = known or WhoMay(), {each.login: each for each in data.accounts}
    kept = {each.login: each for each in before.accounts}
    found = (kept.get(name) or new.get(name) for name in names_of(data.lists))
    return WhoMay(data.lists, tuple(each for each in found if each is not None))
