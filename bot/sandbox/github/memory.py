"""The whole state of the simulated GitHub, and how to find things in it.

It must never decide anything about a request, and never read a clock of its own.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from bot.sandbox.github.actions.records import Actions
from bot.sandbox.github.exchange import not_found
from bot.sandbox.github.faults import Faults
from bot.sandbox.github.history import History
from bot.sandbox.github.outbox import DeliveryLog, Outbox
from bot.sandbox.github.records import (
    Account,
    CheckApp,
    Installation,
    PullRequest,
    Repository,
    Team,
    Token,
)
from bot.sandbox.github.registration import AppRegistration

FIRST_ID = 1_000_001


@dataclass
class Memory:
    """What GitHub knows. `clock` gives epoch seconds; `api_url` and `web_url` are where answers point to."""

    clock: Callable[[], float]
    random: random.Random
    app: AppRegistration
    api_url: str = "http://127.0.0.1/api/v3"
    web_url: str = "http://127.0.0.1"
    accounts: dict[str, Account] = field(default_factory=dict)
    memberships: dict[str, dict[str, str]] = field(default_factory=dict)
    teams: dict[tuple[str, str], Team] = field(default_factory=dict)
    repositories: dict[int, Repository] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    former_names: dict[str, int] = field(default_factory=dict)
    pulls_by_branch: dict[tuple[int, str], list[tuple[int, int]]] = field(default_factory=dict)
    installations: dict[int, Installation] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    check_apps: dict[str, CheckApp] = field(default_factory=dict)
    sign_in_codes: dict[str, tuple[Account, float]] = field(default_factory=dict)
    user_tokens: dict[str, Account] = field(default_factory=dict)
    outbox: Outbox = field(default_factory=Outbox)
    deliveries: DeliveryLog = field(default_factory=DeliveryLog)
    faults: Faults = field(default_factory=Faults)
    actions: Actions = field(default_factory=Actions)
    listeners: list[Callable[[], None]] = field(default_factory=list, repr=False)
    _next_id: int = FIRST_ID

    def __post_init__(self) -> None:
        self.bot = self.add_account(self.app.bot_login, "Bot", self.app.slug)
        self.check_apps[self.app.slug] = CheckApp(self.app.app_id, self.app.slug, self.app.slug.capitalize())

    def changed(self) -> None:
        """Tells whoever waits that something happened."""
        for listener in self.listeners:
            listener()

    def new_id(self) -> int:
        """A number that no other thing has."""
        self._next_id += 1
        return self._next_id

    def skip_ids(self, count: int) -> None:
        """Leave out so many numbers: others may have seen them given to things that are forgotten here."""
        self._next_id += count

    def add_account(
        self, login: str, kind: Literal["User", "Bot", "Organization"] = "User", name: str | None = None
    ) -> Account:
        """A new account; ValueError when the login is taken."""
        if login.lower() in self.accounts:
            raise ValueError(f"the login {login} is taken")
        account = Account(self.new_id(), login, kind, name or login.capitalize(), self.clock())
        self.accounts[login.lower()] = account
        if kind == "Organization":
            self.memberships[login.lower()] = {}
        return account

    def give_up_login(self, login: str) -> Account:
        """Somebody gives up their login, and a stranger takes it: give the stranger's account."""
        before = self.accounts.pop(login.lower())
        before.login = f"{login}-former"
        self.accounts[before.login.lower()] = before
        for repository in self.repositories.values():
            if login in repository.collaborators:
                repository.collaborators[before.login] = repository.collaborators.pop(login)
        for roles in self.memberships.values():
            if login in roles:
                roles[before.login] = roles.pop(login)
        return self.add_account(login)

    def add_repository(self, owner: str, name: str, *, private: bool = False) -> Repository:
        """An empty repository; ValueError when the name is taken."""
        return self._keep(
            Repository(
                self.new_id(), self.account(owner), name, History(), self.clock(), self.clock(), private
            )
        )

    def fork(self, repository: Repository, owner: Account) -> Repository:
        """A fork, with its parent's branches as they are now."""
        now = self.clock()
        copy = Repository(
            self.new_id(), owner, repository.name, repository.history, now, now, repository.private
        )
        copy.parent = repository
        copy.default_branch = repository.default_branch
        copy.branches = dict(repository.branches)
        return self._keep(copy)

    def rename(self, repository: Repository, name: str) -> None:
        """Gives a repository another name; the old one leads to it until it is taken again."""
        self.former_names[repository.full_name.lower()] = repository.id
        del self.names[repository.full_name.lower()]
        repository.name = name
        self.names[repository.full_name.lower()] = repository.id

    def account(self, login: str) -> Account:
        """The account of this login, in any case of letters; a 404 otherwise."""
        try:
            return self.accounts[login.lower()]
        except KeyError:
            raise not_found() from None

    def repository(self, full_name: str) -> Repository:
        """The repository of this name, in any case of letters; a 404 otherwise."""
        try:
            return self.repositories[self.names[full_name.lower()]]
        except KeyError:
            raise not_found() from None

    def team(self, organization: str, slug: str) -> Team:
        """A team; a 404 otherwise."""
        try:
            return self.teams[organization.lower(), slug.lower()]
        except KeyError:
            raise not_found() from None

    def pull(self, repository: Repository, number: int) -> PullRequest:
        """A pull request; a 404 for an unknown number or a plain issue."""
        found = repository.issues.get(number)
        if not isinstance(found, PullRequest):
            raise not_found()
        return found

    def installation_of(self, repository: Repository) -> Installation | None:
        """The installation that includes this repository."""
        for installation in self.installations.values():
            if self.is_in(installation, repository):
                return installation
        return None

    def is_in(self, installation: Installation, repository: Repository) -> bool:
        """Whether an installation includes a repository."""
        if installation.account is not repository.owner:
            return False
        return installation.repository_ids is None or repository.id in installation.repository_ids

    def check_app(self, slug: str) -> CheckApp:
        """The App of this slug that reports checks; made when it is first named."""
        if slug not in self.check_apps:
            self.check_apps[slug] = CheckApp(self.new_id(), slug, slug.replace("-", " ").title())
        return self.check_apps[slug]

    def bot_of(self, app_slug: str) -> Account:
        """The account under which an App acts; made when it is first named."""
        login = f"{app_slug}[bot]"
        return self.accounts.get(login.lower()) or self.add_account(login, "Bot", app_slug)

    def _keep(self, repository: Repository) -> Repository:
        if repository.full_name.lower() in self.names:
            raise ValueError(f"the repository {repository.full_name} exists")
        self.repositories[repository.id] = repository
        self.names[repository.full_name.lower()] = repository.id
        self.former_names.pop(repository.full_name.lower(), None)
        return repository
