"""What the gates would have been told under another configuration, as far as that was read then.

Facts about the world stay as they were. Where the other configuration asks for something that nobody read,
the gate is named; whether somebody was in a team is never guessed.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from bot.gates import TABLE
from bot.gates.after import AfterFacts
from bot.gates.approving import ApprovalFacts
from bot.gates.checks import ChecksFacts
from bot.gates.gate import Gate, Question
from bot.gates.gathering import Gathered
from bot.gates.rights import Right
from bot.gates.services import ServicesFacts
from bot.replaying.supposing.rights import right_again
from bot.replaying.supposing.unrecorded import NotRecorded

Again = Callable[[Question, Any, Question | None], Any]


def gathered_again(
    questions: Iterable[Question], gathered: Gathered, then: Question | None = None
) -> Gathered:
    """Give what would have been gathered; `then` is what was asked. Raises NotRecorded."""
    facts: dict[str, Any] = dict(gathered.facts)
    for question in questions:
        for gate in TABLE.values():
            key = gate.key(question)
            if not gate.concerns(question) or key in gathered.unreadable:
                continue
            if key not in gathered.facts:
                raise NotRecorded(f"what the gate `{gate.name}` needs")
            again = _AGAIN.get(gate.name, _the_same)
            facts[key] = again(question, _typed(gate, gathered.facts[key]), then)
    return replace(gathered, facts=facts)


def _typed(gate: Gate, facts: Any) -> Any:
    return msgspec.convert(facts, gate.facts) if isinstance(facts, dict | list) else facts


def _the_same(_now: Question, facts: Any, _then: Question | None) -> Any:
    return facts


def _deployers(now: Question, facts: Right, _then: Question | None) -> Right:
    login = (now.asker and now.asker.login) or ""
    return right_again(login, facts.permission, now.environment, facts, now.repository.owner)


def _emergency(now: Question, facts: Right, _then: Question | None) -> Right:
    if now.environment.emergency != facts.deployers:
        raise NotRecorded("who was named for emergencies")
    return facts


def _approvals(now: Question, facts: ApprovalFacts, then: Question | None) -> ApprovalFacts:
    """Whether an approval counts went by the approvers of then."""
    if facts.approvers and (then is None or _who_approves(now) != _who_approves(then)):
        raise NotRecorded("whether those who approved might have")
    return facts


def _who_approves(question: Question) -> tuple[str, ...] | None:
    return question.requires.approvers or question.environment.deployers


def _after(now: Question, facts: AfterFacts, _then: Question | None) -> AfterFacts:
    known = {each.environment: each for each in facts.before}
    if not set(now.environment.after) <= set(known):
        raise NotRecorded("what the environments before it knew of the commit")
    return AfterFacts(tuple(known[name] for name in now.environment.after))


def _checks(now: Question, facts: ChecksFacts, then: Question | None) -> ChecksFacts:
    if now.requires.checks is None and (then is None or then.requires.checks is not None):
        raise NotRecorded("which checks branch protection required")
    return facts


def _services(now: Question, facts: ServicesFacts, _then: Question | None) -> ServicesFacts:
    service = now.service_policy
    known = {each.service for each in facts.leaders}
    wanted = set(service.after) if service else set()
    if not wanted <= known:
        raise NotRecorded("how the services that it follows stood")
    return ServicesFacts(tuple(each for each in facts.leaders if each.service in wanted))


_AGAIN: Mapping[str, Again] = {
    "deployers": _deployers,
    "emergency": _emergency,
    "approvals": _approvals,
    "forks": _approvals,
    "after": _after,
    "checks": _checks,
    "services": _services,
}
