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
    rule: Literal["write_access", "deployers"]
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
        if await _is(github, repository, login, deployer, fresh=fresh):
            return Right(True, "deployers", permission, deployers)
    return Right(False, "deployers", permission, deployers)


async def _is(github: GitHub, repository: Repository, login: str, deployer: str, *, fresh: bool) -> bool:
    team = split_team(deployer)
    if team is None:
        return deployer.lower() == login.lower()
    organisation, slug = team
    if organisation.lower() != repository.owner.lower():
        return False
    return await github.in_team(organisation, slug, login, repository, fresh=fresh)
