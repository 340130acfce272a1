"""`deployers`: who asked may deploy there, by their login, a team of the owner, or write access."""

from bot.domain.values import Seconds
from bot.domain.verdict import Verdict
from bot.gates.gate import Gate, Question, failed, passed
from bot.gates.rights import Right, right_to_deploy
from bot.ports import Sources


async def read(sources: Sources, question: Question) -> Right:
    """Read the right of who asked."""
    login = (question.asker and question.asker.login) or ""
    return await right_to_deploy(
        sources, question.repository, login, question.environment, fresh=question.fresh
    )


def judge(question: Question, facts: Right, _now: Seconds) -> Verdict:
    """They may, or not."""
    values = {
        "login": question.asker.login if question.asker else None,
        "permission": facts.permission,
        "environment": question.environment.name,
        "deployers": list(facts.deployers),
        "name": facts.changed_hands,
    }
    return (
        passed("deployers", "may_deploy", **values)
        if facts.allowed
        else failed("deployers", facts.refusal, **values)
    )


GATE = Gate(
    name="deployers",
    summary="who asked may deploy there",
    applies=lambda question: (
        bool(question.asker and question.asker.login) and not (question.automatic or question.emergency)
    ),
    key=lambda question: f"deployers/{question.environment.name}",
    read=read,
    judge=judge,
    facts=Right,
    holds_rollbacks=True,
)
