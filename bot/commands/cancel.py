"""`/cancel`: stop what waits or runs. What waits ends at once; what runs, its deployer is asked to stop.

Never waits behind effects, and never says that something stopped before its deployer did.
"""

from typing import Any

from msgspec import Struct

from bot.commands.asked import Asked, Command, accepted, refused, reply_to
from bot.commands.finding import Found, by_id, concerns, here
from bot.domain.events import CancellationRequested, New
from bot.domain.speech import Cancel
from bot.domain.values import Seconds
from bot.gates.rights import Right, right_to_deploy
from bot.messages import answers
from bot.ports import Decision, Sources


class CancelFacts(Struct, frozen=True, kw_only=True):
    """The deployments that may be meant, and the right in their environment where it is one."""

    found: tuple[Found, ...] = ()
    right: Right | None = None


async def read(sources: Sources, asked: Asked) -> CancelFacts:
    """Find what is meant and read the right to stop it: whoever may deploy there may stop, too."""
    if not isinstance(asked.command, Cancel):
        raise TypeError("this cancels nothing")
    named = asked.command.id
    candidates = await by_id(sources.ledger, named) if named else await here(sources.ledger, asked)
    found = tuple(each for each in candidates if concerns(each, asked))
    if not (named or "").startswith("d-"):
        found = tuple(each for each in found if not each.deployment.ended)
    environments = {each.deployment.order.environment for each in found}
    environment = asked.policy.environment(next(iter(environments))) if len(environments) == 1 else None
    if environment is None:
        return CancelFacts(found=found)
    right = await right_to_deploy(sources, asked.repository, asked.login, environment)
    return CancelFacts(found=found, right=right)


def decide(asked: Asked, facts: CancelFacts, now: Seconds) -> Decision:
    """Ask each slot to stop its part; the slots decide what that means now."""
    reply = reply_to(asked)
    no = _refusal(asked, facts)
    if no is not None:
        reason, values = no
        return refused(reply, reason, answers.refusal(reason, values), values)
    wishes = tuple(
        New(
            key=each.key,
            data=CancellationRequested(deployment=each.deployment.id, person=asked.person, at=now),
        )
        for each in facts.found
    )
    return accepted(reply, "asked_to_stop", wishes, None)


def _refusal(asked: Asked, facts: CancelFacts) -> tuple[str, dict[str, Any]] | None:
    requests = {each.deployment.order.request for each in facts.found}
    if not facts.found:
        return "nothing_to_cancel", {"word": "cancel"}
    if len(requests) > 1:
        return "several_under_way", {"ids": [each.deployment.id for each in facts.found]}
    only = facts.found[0].deployment
    if facts.right is None:
        return "environment_gone", {"environment": only.order.environment, "service": only.order.service}
    if not facts.right.allowed:
        return answers.right_refused(asked.login, only.order.environment, facts.right)
    if all(each.deployment.ended for each in facts.found):
        return "already_ended", {"deployment": only.id, "state": only.state}
    if all(each.deployment.ended or each.deployment.state == "verifying" for each in facts.found):
        return "being_verified", {"deployment": only.id}
    return None


ROW = Command(word="cancel", summary="Stop what waits or runs.", read=read, decide=decide, facts=CancelFacts)
