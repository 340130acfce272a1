"""`--emergency`: only who is named in `emergency` may use it, and their right is read again before the start.

It passes the gates that yield to it (locks of others, freezes, checks, approvals), never this one.
"""

from bot.domain.values import Seconds
from bot.domain.verdict import Verdict
from bot.gates.gate import Gate, Question, failed, passed
from bot.gates.rights import Right, right_to_emergency
from bot.ports import Sources


async def read(sources: Sources, question: Question) -> Right:
    """Read the right of who asked."""
    login = (question.asker and question.asker.login) or ""
    return await right_to_emergency(
        sources, question.repository, login, question.environment, fresh=question.fresh
    )


def judge(question: Question, facts: Right, _now: Seconds) -> Verdict:
    """They are named, or not."""
    login = question.asker.login if question.asker else None
    if facts.allowed:
        return passed("emergency", "may_use_emergency", login=login)
    if facts.changed_hands:
        return failed("emergency", facts.refusal, login=login, name=facts.changed_hands)
    return failed("emergency", "not_for_emergencies", login=login, named=list(facts.deployers))


GATE = Gate(
    name="emergency",
    summary="who asked may pass gates in an emergency",
    applies=lambda question: question.emergency,
    key=lambda question: f"emergency/{question.environment.name}",
    read=read,
    judge=judge,
    facts=Right,
)
