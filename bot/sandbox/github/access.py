"""What people may do in a repository, and how GitHub names their relation to it.

It must never look at what the App may do: that is the token's.
"""

from typing import Literal, TypeAlias

from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import (
    PERMISSION_ORDER,
    Account,
    NotAllowed,
    Permission,
    Repository,
    at_least,
)

Association: TypeAlias = Literal["OWNER", "MEMBER", "COLLABORATOR", "CONTRIBUTOR", "NONE"]


def permission_of(memory: Memory, repository: Repository, account: Account) -> Permission:
    """The highest permission that somebody has: as owner, directly, through teams, or as anybody (public)."""
    organization = repository.owner.login.lower()
    if account is repository.owner or memory.memberships.get(organization, {}).get(account.login) == "admin":
        return "admin"
    held: list[Permission] = [repository.collaborators.get(account.login, "none")]
    held += [
        permission
        for slug, permission in repository.team_permissions.items()
        if account.login in memory.team(organization, slug).members
    ]
    if not repository.private:
        held.append("read")
    return max(held, key=PERMISSION_ORDER.index)


def require(memory: Memory, repository: Repository, account: Account, wanted: Permission, deed: str) -> None:
    """Raises NotAllowed unless somebody has a permission. Bots act under their App's permissions instead."""
    held = permission_of(memory, repository, account)
    if account.kind != "Bot" and not at_least(held, wanted):
        raise NotAllowed(
            f"{account.login} has {held} access to {repository.full_name} and needs {wanted} to {deed}"
        )


def association_of(memory: Memory, repository: Repository, account: Account) -> Association:
    """GitHub's `author_association`."""
    if account is repository.owner:
        return "OWNER"
    if account.login in memory.memberships.get(repository.owner.login.lower(), {}):
        return "MEMBER"
    if account.login in repository.collaborators:
        return "COLLABORATOR"
    if any(pull.merged_at and pull.user is account for pull in repository.pulls):
        return "CONTRIBUTOR"
    return "NONE"
