"""Announces that somebody has other rights: in a repository (`member`), in a team (`membership`)."""

from typing import Literal

from bot.sandbox.github.emission import Occasion, announce, announce_to_owner
from bot.sandbox.github.exchange import Json
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import Account, Repository, Team
from bot.sandbox.github.shapes.accounts import simple_team, simple_user


def collaborator(
    memory: Memory, action: Literal["added", "edited", "removed"], where: Repository, account: Account
) -> None:
    """Somebody was given, or lost, a permission of their own in a repository."""
    occasion = Occasion("member", action, where, owner_of(memory, where.owner))
    announce(memory, occasion, lambda: {"member": simple_user(memory, account)} | _changes(action))


def _changes(action: str) -> Json:
    return {"changes": {}} if action == "edited" else {}


def membership(memory: Memory, action: Literal["added", "removed"], team: Team, account: Account) -> None:
    """Somebody came into a team, or left it."""
    details = {
        "action": action,
        "member": simple_user(memory, account),
        "scope": "team",
        "team": simple_team(memory, team),
    }
    announce_to_owner(memory, "membership", team.organization, owner_of(memory, team.organization), details)


def owner_of(memory: Memory, owner: Account) -> Account:
    """Who does such things: an organisation's first owner, or the person whose account it is."""
    roles = memory.memberships.get(owner.login.lower(), {})
    admins = (memory.account(login) for login, role in roles.items() if role == "admin")
    return next(admins, owner)
