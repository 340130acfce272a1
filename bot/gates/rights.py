"""Who may deploy where: read from GitHub, and said as a rule with its values.

`deployers` of an environment lists logins and teams of the owner; without it, write access is enough.
What cannot be read is not a yes.
"""

from typing import Literal

from msgspec import Struct

from bot.domain.policy import EnvironmentPolicy, split_team
from bot.domain.values import Repository
from bot.domain.who_may import WhoMay, rights_key
from bot.ports import GitHub, Sources

Permission = Literal["admin", "write", "read", "none"]
WRITERS: frozenset[Permission] = frozenset({"admin", "write"})


Refusal = Literal["not_allowed", "name_changed_hands"]


class Right(Struct, frozen=True):
    """Whether somebody may, by which rule, and what that rule compared.

    `changed_hands` is a name that would allow it, if it still were the account that the configuration meant.
    """

    allowed: bool
    rule: Literal["write_access", "deployers", "approvers", "emergency"]
    permission: Permission
    deployers: tuple[str, ...] = ()
    changed_hands: str | None = None

    @property
    def refusal(self) -> Refusal:
        """The reason code where it is not allowed."""
        return "name_changed_hands" if self.changed_hands else "not_allowed"


async def right_to_deploy(
    sources: Sources,
    repository: Repository,
    login: str,
    environment: EnvironmentPolicy,
    *,
    fresh: bool = False,
) -> Right:
    """Read whether `login` may deploy to an environment, from what GitHub said at most a minute ago.

    `fresh` asks GitHub again. Raises PassingFault where GitHub cannot answer.
    """
    permission = await sources.github.permission(repository, login, fresh=fresh)
    deployers = environment.deployers
    if deployers is None:
        return Right(permission in WRITERS, "write_access", permission)
    named = await look_up(sources, repository, login, deployers, fresh=fresh)
    return Right(named.found, "deployers", permission, deployers, named.changed_hands)


async def right_to_approve(
    sources: Sources,
    repository: Repository,
    login: str,
    environment: EnvironmentPolicy,
    *,
    fresh: bool = False,
) -> Right:
    """Read whether `login` may approve what goes to an environment: its approvers, else its deployers."""
    approvers = environment.requires.approvers if environment.requires else None
    if approvers is None:
        return await right_to_deploy(sources, repository, login, environment, fresh=fresh)
    permission = await sources.github.permission(repository, login, fresh=fresh)
    named = await look_up(sources, repository, login, approvers, fresh=fresh)
    return Right(named.found, "approvers", permission, approvers, named.changed_hands)


async def right_to_emergency(
    sources: Sources,
    repository: Repository,
    login: str,
    environment: EnvironmentPolicy,
    *,
    fresh: bool = False,
) -> Right:
    """Read whether `login` may use `--emergency` there: only who is named may."""
    permission = await sources.github.permission(repository, login, fresh=fresh)
    named = await look_up(sources, repository, login, environment.emergency, fresh=fresh)
    return Right(named.found, "emergency", permission, environment.emergency, named.changed_hands)


class Named(Struct, frozen=True):
    """Whether somebody is one of some names; `changed_hands` = only by a name that is another's by now."""

    found: bool
    changed_hands: str | None = None


async def look_up(
    sources: Sources, repository: Repository, login: str, names: tuple[str, ...], *, fresh: bool
) -> Named:
    """Look for `login` among logins and teams of the owner, each as the configuration meant it."""
    changed: str | None = None
    for name in names:
        if not await _is_one_of(sources.github, repository, login, name, fresh=fresh):
            continue
        if not await _has_changed_hands(sources, repository, name):
            return Named(found=True)
        changed = changed or name
    return Named(found=False, changed_hands=changed)


async def _is_one_of(github: GitHub, repository: Repository, login: str, name: str, *, fresh: bool) -> bool:
    team = split_team(name)
    if team is None:
        return name.lower() == login.lower()
    organisation, slug = team
    if organisation.lower() != repository.owner.lower():
        return False
    return await github.in_team(organisation, slug, login, repository, fresh=fresh)


async def _has_changed_hands(sources: Sources, repository: Repository, name: str) -> bool:
    """Names that the configuration does not list (GitHub's own reviewers) are GitHub's to look after."""
    known = await sources.ledger.state(rights_key(repository))
    if not isinstance(known, WhoMay) or known.account_of(name) is None:
        return False
    return known.has_changed_hands(name, await account_behind(sources.github, repository, name))


async def account_behind(github: GitHub, repository: Repository, name: str) -> int | None:
    """Read the number of the account or team that has a name now; None = nobody has."""
    team = split_team(name)
    if team is None:
        return await github.account_id(repository, name)
    return await github.team_id(repository, *team)
