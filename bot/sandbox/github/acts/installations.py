"""The App is installed, given repositories, loses them, or is suspended.

It must never hand out tokens.
"""

from bot.sandbox.github.emission import queue
from bot.sandbox.github.exchange import Json
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import Account, Installation, Repository
from bot.sandbox.github.shapes.accounts import simple_user
from bot.sandbox.github.shapes.installations import installation as installation_shape
from bot.sandbox.github.shapes.installations import short_repository


def install(
    memory: Memory, account: Account, repositories: list[Repository] | None, sender: Account
) -> Installation:
    """Installs the App on an account, for some or (None) all of its repositories."""
    now = memory.clock()
    ids = None if repositories is None else [repository.id for repository in repositories]
    made = Installation(memory.new_id(), account, dict(memory.app.permissions), ids, now, now)
    memory.installations[made.id] = made
    payload = _payload(memory, made, "created", sender)
    payload["repositories"] = [short_repository(repository) for repository in included(memory, made)]
    payload["requester"] = None
    queue(memory, "installation", payload, made)
    return made


def change_repositories(
    memory: Memory,
    installation: Installation,
    added: list[Repository],
    removed: list[Repository],
    sender: Account,
) -> None:
    """Adds or removes repositories of an installation that has selected ones."""
    gone = {repository.id for repository in removed}
    kept = [number for number in installation.repository_ids or [] if number not in gone]
    installation.repository_ids = kept + [repository.id for repository in added]
    installation.updated_at = memory.clock()
    payload = _payload(memory, installation, "added" if added else "removed", sender)
    payload["repository_selection"] = "selected"
    payload["repositories_added"] = [short_repository(repository) for repository in added]
    payload["repositories_removed"] = [short_repository(repository) for repository in removed]
    payload["requester"] = None
    queue(memory, "installation_repositories", payload, installation)


def suspend(memory: Memory, installation: Installation, sender: Account) -> None:
    """Suspends an installation: no tokens, no events."""
    installation.suspended_at = memory.clock()
    queue(memory, "installation", _payload(memory, installation, "suspend", sender), installation)


def unsuspend(memory: Memory, installation: Installation, sender: Account) -> None:
    """Ends a suspension."""
    installation.suspended_at = None
    queue(memory, "installation", _payload(memory, installation, "unsuspend", sender), installation)


def accept_permissions(memory: Memory, installation: Installation, sender: Account) -> None:
    """Gives the installation the permissions that the App asks for by now."""
    installation.permissions, installation.updated_at = dict(memory.app.permissions), memory.clock()
    payload = _payload(memory, installation, "new_permissions_accepted", sender)
    queue(memory, "installation", payload, installation)


def included(memory: Memory, installation: Installation) -> list[Repository]:
    """The repositories of an installation."""
    return [r for r in memory.repositories.values() if memory.is_in(installation, r)]


def _payload(memory: Memory, installation: Installation, action: str, sender: Account) -> Json:
    return {
        "action": action,
        "installation": installation_shape(memory, installation),
        "sender": simple_user(memory, sender),
    }
