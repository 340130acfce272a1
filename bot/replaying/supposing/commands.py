"""What was read for a command, as another configuration would have wanted it.

Each function takes what was read then, and gives what would have been read, or says what is missing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from bot.commands.asked import Asked
from bot.commands.cancel import CancelFacts
from bot.commands.deploy import Chosen, DeployFacts, chosen_of, questions, refusal_of_commit, services_of
from bot.commands.prompted import PromptedFacts
from bot.commands.rollback import RollbackFacts
from bot.commands.status import StatusFacts
from bot.domain.policy import EnvironmentPolicy
from bot.domain.speech import Deploy, Parsed, Rollback
from bot.gates.rights import Permission, Right
from bot.replaying.supposing.gates import gathered_again
from bot.replaying.supposing.rights import right_again
from bot.replaying.supposing.unrecorded import NotRecorded


def read_again(asked: Asked, understood_then: Parsed | None, read: Any, permission: Permission) -> Any:
    """Give what the command would have read. `understood_then` is what it meant then. Raises NotRecorded."""
    again = _AGAIN.get(type(read))
    if again is not None:
        return again(asked, understood_then, read, permission)
    if understood_then == asked.command or isinstance(read, StatusFacts):  # an answer, which decides nothing
        return read
    raise NotRecorded("what the command is about")


def _right(asked: Asked, environment: EnvironmentPolicy, read: Right | None, permission: Permission) -> Right:
    return right_again(asked.login, permission, environment, read, asked.repository.owner)


def _environment(asked: Asked, name: str) -> EnvironmentPolicy:
    environment = asked.policy.environment(name)
    if environment is None:
        raise ValueError("the grammar let an unknown environment pass")
    return environment


def _deploy(asked: Asked, understood_then: Parsed | None, read: Any, permission: Permission) -> DeployFacts:
    command = asked.command
    facts: DeployFacts = read
    if not isinstance(command, Deploy) or not isinstance(understood_then, Deploy):
        raise NotRecorded("the commit")
    same_place = command.environment == understood_then.environment
    environment = _environment(asked, command.environment)
    right = _right(asked, environment, facts.right if same_place else None, permission)
    if not right.allowed:
        return replace(facts, right=right)
    if command.all_services and asked.number is not None and facts.files is None:
        raise NotRecorded("which files the change touches")
    chosen = [
        _chosen(name, ref or command.ref, understood_then, facts)
        for name, ref in services_of(asked, command, facts.files)
    ]
    supposed = replace(facts, right=right, chosen=tuple(chosen))
    if refusal_of_commit(asked, command, supposed) is not None:
        return supposed
    return replace(supposed, gathered=gathered_again(questions(asked, supposed), facts.gathered))


def _chosen(service: str, ref: str | None, then: Deploy, facts: DeployFacts) -> Chosen:
    """A ref leads to the same commit for whichever service."""
    named = {each.name: each.ref for each in then.services}
    for each in facts.chosen:
        if (named.get(each.service) or then.ref) == ref:
            return replace(each, service=service)
    if ref is None and facts.change is not None:
        return chosen_of(facts.change, service)
    raise NotRecorded(f"which commit {ref or 'the default branch'} was")


def _rollback(
    asked: Asked, understood_then: Parsed | None, read: Any, permission: Permission
) -> RollbackFacts:
    command = asked.command
    facts: RollbackFacts = read
    if not isinstance(command, Rollback) or not isinstance(understood_then, Rollback):
        raise NotRecorded("what ran there")
    if (command.service, command.environment) != (understood_then.service, understood_then.environment):
        raise NotRecorded(f"what ran as {command.service} in {command.environment}")
    right = _right(asked, _environment(asked, command.environment), facts.right, permission)
    return replace(facts, right=right)


def _prompted(
    asked: Asked, _understood_then: Parsed | None, read: Any, permission: Permission
) -> PromptedFacts:
    if len(read.found) != 1:
        return PromptedFacts(found=read.found)
    environment = asked.policy.environment(read.found[0].deployment.order.environment)
    right = _right(asked, environment, read.right, permission) if environment else None
    return PromptedFacts(found=read.found, right=right)


def _cancelled(
    asked: Asked, _understood_then: Parsed | None, read: Any, permission: Permission
) -> CancelFacts:
    names = {each.deployment.order.environment for each in read.found}
    environment = asked.policy.environment(next(iter(names))) if len(names) == 1 else None
    right = _right(asked, environment, read.right, permission) if environment else None
    return CancelFacts(found=read.found, right=right)


_Again = Callable[[Asked, Parsed | None, Any, Permission], Any]
_AGAIN: Mapping[type[Any], _Again] = {
    DeployFacts: _deploy,
    RollbackFacts: _rollback,
    PromptedFacts: _prompted,
    CancelFacts: _cancelled,
}
