"""Who might have deployed under another list of deployers, as far as that follows from what was read.

Memberships of teams are not recorded one by one, only what they led to. Must never guess one.
"""

from collections.abc import Iterable

from bot.domain.policy import EnvironmentPolicy, split_team
from bot.gates.rights import WRITERS, Permission, Right
from bot.replaying.supposing.unrecorded import NotRecorded


def right_again(
    login: str, permission: Permission, environment: EnvironmentPolicy, read: Right | None, owner: str
) -> Right:
    """Judge somebody by an environment's rule; `read` is what was judged then. Raises NotRecorded."""
    deployers = environment.deployers
    if deployers is None:
        return Right(permission in WRITERS, "write_access", permission)
    if _names(login, deployers):
        return Right(True, "deployers", permission, deployers)
    teams = _teams(deployers, owner)
    if not teams:
        return Right(False, "deployers", permission, deployers)
    return Right(_in_one_of(login, teams, read, owner), "deployers", permission, deployers)


def _in_one_of(login: str, teams: frozenset[str], read: Right | None, owner: str) -> bool:
    """Whether somebody is in one of the teams, by what a list with teams led to then."""
    if read is not None and read.rule == "deployers":
        looked_at = _teams(read.deployers, owner)
        if not read.allowed and teams <= looked_at:
            return False
        if read.allowed and not _names(login, read.deployers) and looked_at <= teams:
            return True
        if not read.allowed:
            teams -= looked_at
    raise NotRecorded(f"whether {login} is in {' or '.join(sorted(teams))}")


def _names(login: str, deployers: Iterable[str]) -> bool:
    return any(split_team(each) is None and each.lower() == login.lower() for each in deployers)


def _teams(deployers: Iterable[str], owner: str) -> frozenset[str]:
    """The teams that count: those of the owner."""
    found = ((each, split_team(each)) for each in deployers)
    return frozenset(each.lower() for each, team in found if team and team[0].lower() == owner.lower())
