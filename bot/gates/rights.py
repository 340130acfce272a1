"""Who may deploy where: read from GitHub, and said as a rule with its values.

`deployers` of an environment lists logins and teams of the owner; without it, write access is enough.
What cannot be read is not a yes.
"""

from typing import Literal

from msgspec import Struct

from bot.domain.policy import EnvironmentPolicy, split_team
from bot.domain.values import Repository
from bot.ports import GitHub

Permission = Literal["admin", "write", "read", "none"]
WRITERS: frozenset[Permission] = frozenset({"admin", "write"})


class Right(Struct, frozen=True):
    """Whether somebody may, by which rule, and what that rule compared."""

    allowed: bool
    rule: Literal["write_access", "deployers", "approvers", "emergency"]
    permission: Permission
    deployers: tuple[str, ...] = ()


async def right_to_deploy(
    github: GitHub, repository: Repository, login: str, environment: EnvironmentPolicy, *, fresh: bool = False
) -> Right:
    """Read whether `login` may deploy to an environment, from what GitHub said at most a minute ago.

    `fresh` asks GitHub again. Raises PassingFault where GitHub cannot answer.
    """
    permission = await github.permission(repository, login, fresh=fresh)
    deployers = environment.deployers
    if deployers is None:
        return Right(permission in WRITERS, "write_access", permission)
    for deployer in deployers:
        if await is_one_of(github, repository, login, deployer, fresh=fresh):
            return Right(True, "deployers", permission, deployers)
    return Right(False, "deployers", permission, deployers)


async def right_to_approve(
    github: GitHub, repository: Repository, login: str, environment: EnvironmentPolicy, *, fresh: bool = False
) -> Right:
    """Read whether `login` may approve what goes to an environment: its approvers, else its deployers."""
    approvers = environment.requires.approvers if environment.requires else None
    if approvers is None:
        return await right_to_deploy(github, repository, login, environment, fresh=fresh)
    permission = await github.permission(repository, login, fresh=fresh)
    for approver in approvers:
        if await is_one_of(github, repository, login, approver, fresh=fresh):
            return Right(True, "approvers", permission, approvers)
    return Right(False, "approvers", permission, approvers)


async def right_to_emergency(
    github: GitHub, repository: Repository, login: str, environment: EnvironmentPolicy, *, fresh: bool = False
) -> Right:
    """Read whether `login` may use `--emergency` there: only who is named may."""
    permission = await github.permission(repository, login, fresh=fresh)
    for named in environment.emergency:
        if await is_one_of(github, repository, login, named, fresh=fresh):
            return Right(True, "emergency", permission, environment.emergency)
    return Right(False, "emergency", permission, environment.emergency)


async def is_one_of(github: GitHub, repository: Repository, login: str, name: str, *, fresh: bool) -> bool:
    """Whether `login` is the person that a name stands for, or in the owner's team that it stands for."""
    team = split_team(name)
    if team is None:
        return name.lower() == login.lower()
    organisation, slug = team
    if organisation.lower() != repository.owner.lower():
        return False
    return await github.in_team(organisation, slug, login, repository, fresh=fresh)
