"""What `/approve` and `/reject` share: which request is meant, and whether this person may decide.

Without an id they mean the only request of the conversation that waits for somebody. The one who asked and
the author of the change never approve; rights are read afresh.
"""

from typing import Any

from msgspec import Struct

from bot.commands.asked import Asked
from bot.commands.finding import by_id, requests_here
from bot.domain.deployment import Deployment
from bot.domain.policy import EnvironmentPolicy
from bot.domain.request import Request, approved_by, waits_for_people
from bot.domain.speech import Approve, Reject
from bot.domain.state import request_key
from bot.domain.values import Seconds
from bot.gates.approving import excluded, is_named
from bot.gates.gate import about
from bot.gates.rights import Right, right_to_approve
from bot.messages.answers import right_refused
from bot.ports import PullRequest, Sources


class ApprovingFacts(Struct, frozen=True, kw_only=True):
    """The requests that may be meant, and of the only one: the right to approve, and who never may.

    `reviewer` = GitHub's own protection of the environment names them. `excluded` are logins in lower case.
    """

    found: tuple[Request, ...] = ()
    right: Right | None = None
    reviewer: bool = False
    excluded: tuple[str, ...] = ()


async def read(sources: Sources, asked: Asked) -> ApprovingFacts:
    """Find the request and read what its approval needs."""
    command = asked.command
    if not isinstance(command, Approve | Reject):
        raise TypeError("this says nothing of a request")
    found = await _requests(sources, asked, command.id)
    if len(found) != 1:
        return ApprovingFacts(found=found)
    made = found[0].made
    environment = asked.policy.environment(made.environment)
    if environment is None:
        return ApprovingFacts(found=found)
    right = await right_to_approve(sources, asked.repository, asked.login, environment, fresh=True)
    reviewers = _reviewers(found[0])
    return ApprovingFacts(
        found=found,
        right=right,
        reviewer=await is_named(sources, asked.repository, asked.login, reviewers, fresh=True),
        excluded=await _excluded(sources, asked, found[0], environment),
    )


async def _requests(sources: Sources, asked: Asked, named: str | None) -> tuple[Request, ...]:
    ids = await requests_here(sources.ledger, asked)
    if named is not None:
        parts = () if named.startswith("r-") else await by_id(sources.ledger, named)
        ids = tuple(each.deployment.order.request for each in parts) or (named,)
    states = [await sources.ledger.state(request_key(each)) for each in dict.fromkeys(ids)]
    here = (each for each in states if isinstance(each, Request))
    ours = (each for each in here if each.made.repository.full_name == asked.repository.full_name)
    return tuple(each for each in ours if named is not None or waits_for_people(each))


def _reviewers(request: Request) -> tuple[str, ...]:
    """The reviewers that GitHub's protection asks for, as the gate said when it was asked last."""
    for part in request.parts:
        for verdict in part.deployment.verdicts:
            if verdict.reason == "reviewer_missing":
                return tuple(str(each) for each in verdict.values.get("reviewers", ()))
    return ()


async def _excluded(
    sources: Sources, asked: Asked, request: Request, environment: EnvironmentPolicy
) -> tuple[str, ...]:
    order = request.made.orders[0]
    change: PullRequest | None = None
    if order.number is not None:
        change = await sources.github.pull_request(asked.repository, order.number)
    return await excluded(sources, about(Deployment(order=order), asked.policy, environment, change))


def refusal(asked: Asked, facts: ApprovingFacts) -> tuple[str, dict[str, Any]] | None:
    """Name why this person may say nothing of the request that is meant, now."""
    if not facts.found:
        return "nothing_to_approve", {"word": type(asked.command).__name__.lower()}
    if len(facts.found) > 1:
        return "several_meant", {"ids": [each.id for each in facts.found]}
    request = facts.found[0]
    if facts.right is None:
        return "environment_gone", {"environment": request.made.environment}
    if not (facts.right.allowed or facts.reviewer):
        if facts.right.changed_hands is not None:
            return right_refused(asked.login, request.made.environment, facts.right)
        return "may_not_approve", {"login": asked.login, "approvers": list(facts.right.deployers)}
    if request.ended:
        return "already_ended", {"deployment": request.id, "state": request.state}
    if not waits_for_people(request):
        return "not_asked_for", {"request": request.id, "state": request.state}
    return None


def refusal_to_approve(asked: Asked, facts: ApprovingFacts) -> tuple[str, dict[str, Any]] | None:
    """The same, and who never approves."""
    no = refusal(asked, facts)
    if no is not None:
        return no
    if asked.login.lower() in facts.excluded:
        return "own_request", {"login": asked.login}
    if approved_by(facts.found[0], asked.person):
        return "approved_before", {"login": asked.login, "request": facts.found[0].id}
    return None


def at(now: Seconds, asked: Asked, request: Request) -> dict[str, Any]:
    """What every word about a request records."""
    return {"request": request.id, "person": asked.person, "at": now}
