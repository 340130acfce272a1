"""`forks`: a commit of a foreign repository is shipped only where that is allowed, and once approved.

Nothing passes this: not even `--emergency`, since whose code it is stays unknown.
"""

from bot.domain.values import Seconds
from bot.domain.verdict import Verdict
from bot.gates import approving
from bot.gates.approving import ApprovalFacts
from bot.gates.gate import Gate, Question, failed, passed, waiting


def is_foreign(question: Question) -> bool:
    """Whether it comes from a fork: the head of a pull request of another, or of a deleted, repository."""
    change = question.change
    if change is None or question.sha != change.head_sha or change.state != "open":
        return False
    return change.head_repository != question.repository.full_name


def judge(question: Question, facts: ApprovalFacts, _now: Seconds) -> Verdict:
    """Refused where forks are never shipped; else one approval of this commit is needed."""
    head = question.change.head_repository if question.change else None
    if question.environment.forks == "never":
        return failed("forks", "from_fork", head=head or "a deleted repository")
    by = list(facts.counted())
    if by:
        return passed("forks", "fork_approved", by=by, head=head)
    return waiting("forks", "fork_unapproved", head=head, commit=question.sha)


GATE = Gate(
    name="forks",
    summary="a commit from a fork was approved",
    applies=is_foreign,
    key=lambda question: f"forks/{question.request}@{question.sha}",
    read=approving.read,
    judge=judge,
    facts=ApprovalFacts,
)
