"""`requires.up_to_date`: the commit contains the default branch's head.

Taken for out of date until GitHub shows otherwise.
"""

from typing import Literal

from msgspec import Struct

from bot.domain.values import Seconds
from bot.domain.verdict import Verdict
from bot.gates.gate import Gate, Question, failed, passed
from bot.ports import Sources


class UpToDateFacts(Struct, frozen=True):
    """The default branch's head, and how the commit stands to it; None = they share no history."""

    head: str
    branch: str
    status: Literal["ahead", "behind", "identical", "diverged"] | None


async def read(sources: Sources, question: Question) -> UpToDateFacts:
    """Read the default branch's head and compare."""
    head = await sources.github.default_head(question.repository)
    if head.sha == question.sha:
        return UpToDateFacts(head.sha, head.ref, "identical")
    compared = await sources.github.compare(question.repository, head.sha, question.sha)
    return UpToDateFacts(head.sha, head.ref, compared.status if compared else None)


def judge(_question: Question, facts: UpToDateFacts, _now: Seconds) -> Verdict:
    """Only a commit that is the head, or ahead of it, contains it."""
    if facts.status in ("ahead", "identical"):
        return passed("up_to_date", "is_up_to_date", head=facts.head)
    return failed("up_to_date", "out_of_date", head=facts.head, branch=facts.branch)


GATE = Gate(
    name="up_to_date",
    summary="the commit contains the default branch's head",
    applies=lambda question: question.requires.up_to_date,
    key=lambda question: f"up_to_date@{question.sha}",
    read=read,
    judge=judge,
    facts=UpToDateFacts,
)
