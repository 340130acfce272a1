"""`requires.approvals`: enough people who may approve have agreed to this very request."""

from bot.domain.values import Seconds
from bot.domain.verdict import Verdict
from bot.gates import approving
from bot.gates.approving import ApprovalFacts
from bot.gates.gate import Gate, Question, passed, waiting


def judge(question: Question, facts: ApprovalFacts, _now: Seconds) -> Verdict:
    """As many different people as the environment says."""
    needed, by = question.requires.approvals, list(facts.counted())
    approvers = question.requires.approvers or question.environment.deployers
    if len(by) >= needed:
        return passed("approvals", "approved", by=by, needed=needed)
    return waiting(
        "approvals",
        "approvals_missing",
        by=by,
        needed=needed,
        approvers=list(approvers) if approvers is not None else None,
    )


GATE = Gate(
    name="approvals",
    summary="people who may approve have agreed",
    applies=lambda question: question.requires.approvals > 0,
    key=lambda question: f"approvals/{question.request}@{question.sha}",
    read=approving.read,
    judge=judge,
    facts=ApprovalFacts,
    yields=True,
)
