"""`requires.review`: somebody approved this very commit in a pull request.

On the default branch: the pull request that was merged as this commit was approved at its last head. A commit
that no pull request brought has no review. An approval of an older head does not count for a newer one.
"""

from msgspec import Struct

from bot.domain.commit_facts import Reviews, ReviewSeen
from bot.domain.values import Seconds
from bot.domain.verdict import Verdict
from bot.gates.gate import Gate, Question, failed, passed, waiting
from bot.ports import PullRequest, Sources


class ReviewFacts(Struct, frozen=True):
    """The pull request that brought the commit, and what was said of it; None = there is none."""

    change: PullRequest | None = None
    reviews: Reviews = Reviews()


async def read(sources: Sources, question: Question) -> ReviewFacts:
    """Find the pull request and read its reviews."""
    change = await change_of(sources, question)
    if change is None:
        return ReviewFacts()
    return ReviewFacts(change, await sources.github.reviews(question.repository, change.number))


async def change_of(sources: Sources, question: Question) -> PullRequest | None:
    """The pull request whose head the commit is, or that was merged as it; None = none is."""
    if question.change is not None and question.sha in (question.change.head_sha, question.change.merge_sha):
        return question.change
    if not question.from_default_branch:
        for number in await sources.github.pull_requests_of(question.repository, question.sha):
            return await sources.github.pull_request(question.repository, number)
    return await sources.github.merged_as(question.repository, question.sha)


def judge(question: Question, facts: ReviewFacts, _now: Seconds) -> Verdict:
    """Requested changes fail, a missing approval is waited for."""
    if facts.change is None:
        return failed("review", "review_no_pull_request", commit=question.sha)
    head = facts.change.head_sha
    counting = [each for each in facts.reviews.reviews if each.counts and each.login != facts.change.author]
    against = [each.login for each in counting if each.state == "changes_requested"]
    if against:
        return failed("review", "changes_requested", by=against, number=facts.change.number)
    approved = [each for each in counting if each.state == "approved"]
    for_this = [each.login for each in approved if each.sha == head]
    if for_this and facts.reviews.complete:
        return passed("review", "review_approved", by=for_this, number=facts.change.number)
    return _missing(facts, approved)


def _missing(facts: ReviewFacts, approved: list[ReviewSeen]) -> Verdict:
    number = facts.change.number if facts.change else None
    if not facts.reviews.complete:
        return waiting("review", "review_incomplete", number=number)
    if approved:
        by, commits = [each.login for each in approved], [each.sha[:7] for each in approved]
        return waiting("review", "review_outdated", by=by, commits=commits, number=number)
    return waiting("review", "review_missing", number=number)


GATE = Gate(
    name="review",
    summary="the commit was approved in its pull request",
    applies=lambda question: question.requires.review,
    key=lambda question: f"review@{question.sha}",
    read=read,
    judge=judge,
    facts=ReviewFacts,
)
