"""What `/keep` and `/retry` share: which deployment is meant, and whether this person may decide.

Both answer a deployment that went wrong. Without an id they mean the only one that the conversation is
about; where there are several, the answer is a list.
"""

from typing import Any

from msgspec import Struct

from bot.commands.asked import Asked
from bot.commands.finding import Found, by_id, concerns, here
from bot.domain.deployment import WENT_WRONG
from bot.domain.speech import Keep, Retry
from bot.gates.rights import Right, right_to_deploy
from bot.messages import answers
from bot.ports import Sources


class PromptedFacts(Struct, frozen=True, kw_only=True):
    """The deployments that may be meant, and the right in the environment of the only one."""

    found: tuple[Found, ...] = ()
    right: Right | None = None


async def read(sources: Sources, asked: Asked) -> PromptedFacts:
    """Find what is meant and read the right to decide about it."""
    command = asked.command
    if not isinstance(command, Keep | Retry):
        raise TypeError("this is not an answer to a prompt")
    named = command.id
    candidates = await by_id(sources.ledger, named) if named else await here(sources.ledger, asked)
    found = tuple(each for each in candidates if concerns(each, asked))
    if not named or named.startswith("r-"):
        found = tuple(each for each in found if _is_open(each))
    if len(found) != 1:
        return PromptedFacts(found=found)
    environment = asked.policy.environment(found[0].deployment.order.environment)
    if environment is None:
        return PromptedFacts(found=found)
    right = await right_to_deploy(sources, asked.repository, asked.login, environment)
    return PromptedFacts(found=found, right=right)


def _is_open(found: Found) -> bool:
    deployment, prompt = found.deployment, found.prompt
    alerted = deployment.state == "succeeded" and prompt is not None
    asked = deployment.state in WENT_WRONG or deployment.state == "verifying" or alerted
    return asked and found.newest == deployment.id and (prompt is None or prompt.answer is None)


def refusal(asked: Asked, facts: PromptedFacts) -> tuple[str, dict[str, Any]] | None:
    """Name why the deployment that is meant cannot be decided about now."""
    if not facts.found:
        return "nothing_meant", {"word": type(asked.command).__name__.lower()}
    if len(facts.found) > 1:
        return "several_meant", {"ids": [each.deployment.id for each in facts.found]}
    only = facts.found[0]
    if facts.right is None:
        return "environment_gone", {"environment": only.deployment.order.environment}
    if not facts.right.allowed:
        return answers.right_refused(asked.login, only.deployment.order.environment, facts.right)
    if only.deployment.state not in WENT_WRONG and not _can_be_kept(asked, only):
        return "did_not_fail", {"deployment": only.deployment.id, "state": only.deployment.state}
    return _overtaken(only)


def _can_be_kept(asked: Asked, only: Found) -> bool:
    """What is being verified, or has an alert, can be taken for good, not tried again."""
    alerted = only.deployment.state == "succeeded" and only.prompt is not None
    return (only.deployment.state == "verifying" or alerted) and type(asked.command) is Keep


def _overtaken(only: Found) -> tuple[str, dict[str, Any]] | None:
    prompt = only.prompt
    if prompt is not None and prompt.answer is not None:
        by = prompt.answered_by
        return "already_answered", {
            "answer": prompt.answer,
            "by": (by.login or by.slack) if by else None,
            "led_to": prompt.led_to,
        }
    if only.newest != only.deployment.id:
        return "prompt_outdated", {"newest": only.newest}
    return None
