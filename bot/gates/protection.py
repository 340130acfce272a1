"""GitHub's own protection of an environment: its required reviewers, and the branches that it takes.

What somebody configured on GitHub holds here too, else this would be the way around it ("Managing
environments for deployment"). Its reviewers answer with `/approve`, like everybody else.
"""

from fnmatch import fnmatchcase

from msgspec import Struct

from bot.domain.commit_facts import EnvironmentProtection
from bot.domain.values import Seconds
from bot.domain.verdict import Verdict
from bot.gates import approving
from bot.gates.approving import Approver
from bot.gates.gate import Gate, Question, failed, passed, waiting
from bot.ports import Sources


class ProtectionFacts(Struct, frozen=True):
    """The environment's protection on GitHub (None = there is none), and who of its reviewers approved."""

    protection: EnvironmentProtection | None = None
    reviewers: tuple[Approver, ...] = ()
    excluded: tuple[str, ...] = ()


async def read(sources: Sources, question: Question) -> ProtectionFacts:
    """Read the protection, and the approvals where it wants reviewers."""
    name = question.policy.github_environment_name(question.service, question.environment.name)
    protection = await sources.github.protection(question.repository, name)
    if protection is None or not protection.reviewers:
        return ProtectionFacts(protection)
    reviewers = await approving.read_named(sources, question, protection.reviewers)
    excluded = await approving.excluded(sources, question)
    return ProtectionFacts(protection, reviewers, excluded)


def judge(question: Question, facts: ProtectionFacts, _now: Seconds) -> Verdict:
    """The ref must be one that the environment takes, and one of its reviewers must have agreed."""
    protection = facts.protection
    if protection is None:
        return passed("protection", "not_protected")
    if not _takes(question, protection):
        return failed(
            "protection", "branch_not_taken", ref=question.ref, branches=list(protection.branches or ())
        )
    if not protection.reviewers:
        return passed("protection", "branch_taken", ref=question.ref)
    by = list(approving.counted(facts.reviewers, facts.excluded))
    if by:
        return passed("protection", "reviewer_approved", by=by)
    return waiting("protection", "reviewer_missing", reviewers=list(protection.reviewers))


def _takes(question: Question, protection: EnvironmentProtection) -> bool:
    """A commit that was merged is one of the default branch, which counts as protected."""
    if protection.protected_only:
        return question.from_default_branch
    if protection.branches is None:
        return True
    return any(fnmatchcase(question.ref, pattern) for pattern in protection.branches)


GATE = Gate(
    name="protection",
    summary="GitHub's own protection of the environment allows it",
    applies=lambda question: True,
    key=lambda question: (
        f"protection/{question.environment.name}/{question.service}/{question.request}@{question.sha}"
    ),
    read=read,
    judge=judge,
    facts=ProtectionFacts,
)
