"""What somebody may do in a repository, and which teams they are in, by GitHub's word.

Kept for at most a minute: whoever lost a right keeps it no longer than that here. Nobody gets a right because
GitHub could not answer: that is a fault, not a yes.
"""

from typing import Literal, NamedTuple, TypeAlias

from bot.domain.values import Repository, Seconds
from bot.github.addresses import one, repository_path
from bot.github.answers import Collaborator, Identified, Membership, read
from bot.github.caching import Facts
from bot.github.faults import NotThere
from bot.github.tokens import GitHubApp

KEPT_SECONDS: Seconds = 60.0

Permission: TypeAlias = Literal["admin", "write", "read", "none"]
# GitHub: "Get repository permissions for a user": maintain is told as write, triage as read. Old servers may
# name the role itself; what nobody has heard of is no right.
PERMISSIONS: dict[str, Permission] = {
    "admin": "admin",
    "maintain": "write",
    "write": "write",
    "triage": "read",
    "read": "read",
}


class Seat(NamedTuple):
    """Somebody's place in a team, if they have it."""

    organisation: str
    team: str
    login: str

    @property
    def key(self) -> tuple[str, str, str]:
        """GitHub's names ignore case."""
        return self.organisation.lower(), self.team.lower(), self.login.lower()

    @property
    def path(self) -> str:
        """Where GitHub tells of it."""
        return f"/orgs/{one(self.organisation)}/teams/{one(self.team)}/memberships/{one(self.login)}"


class People:
    """Answers who may do what."""

    def __init__(self, app: GitHubApp) -> None:
        self._app = app
        self._permissions: Facts[tuple[int, str], Permission] = Facts(app.clock, KEPT_SECONDS)
        self._memberships: Facts[tuple[str, str, str], bool] = Facts(app.clock, KEPT_SECONDS)
        self._ids: Facts[str, int | None] = Facts(app.clock, KEPT_SECONDS)

    async def permission(self, repository: Repository, login: str, *, fresh: bool = False) -> Permission:
        """Read somebody's permission; `none` also for an account that GitHub does not know."""
        ask = self._permissions.refresh if fresh else self._permissions.get
        return await ask((repository.id, login.lower()), lambda: self._read_permission(repository, login))

    async def in_team(self, seat: Seat, repository: Repository, *, fresh: bool = False) -> bool:
        """Whether somebody is an active member of a team; an invitation that waits is no membership."""
        ask = self._memberships.refresh if fresh else self._memberships.get
        return await ask(seat.key, lambda: self._read_membership(repository, seat.path))

    async def account_id(self, repository: Repository, login: str) -> int | None:
        """Give the number behind a login, which stays when the login changes; None = nobody has it."""
        path = f"/users/{one(login)}"
        return await self._ids.get(path.lower(), lambda: self._read_id(repository, path))

    async def team_id(self, repository: Repository, organisation: str, team: str) -> int | None:
        """Give the number behind a team's slug, which changes with its name; None = there is none."""
        path = f"/orgs/{one(organisation)}/teams/{one(team)}"
        return await self._ids.get(path.lower(), lambda: self._read_id(repository, path))

    def forget(self) -> None:
        """Drop what was kept: somebody's rights have changed."""
        for kept in (self._permissions, self._memberships, self._ids):
            kept.forget()

    async def _read_id(self, repository: Repository, path: str) -> int | None:
        client = self._app.installation(repository.installation)
        try:
            return read(Identified, await client.getitem(path)).id
        except NotThere:
            return None

    async def _read_permission(self, repository: Repository, login: str) -> Permission:
        client = self._app.installation(repository.installation)
        path = f"{repository_path(repository)}/collaborators/{one(login)}/permission"
        try:
            answer = read(Collaborator, await client.getitem(path))
        except NotThere:
            return "none"
        return PERMISSIONS.get(answer.permission, "none")

    async def _read_membership(self, repository: Repository, path: str) -> bool:
        client = self._app.installation(repository.installation)
        try:
            return read(Membership, await client.getitem(path)).state == "active"
        except NotThere:
            return False
