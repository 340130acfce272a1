"""`after`: the environments before this one succeeded with this commit, or with the same for the service.

The same is: an ancestor since which no path of the service changed, or a commit with the same tree. What is
on its way there is waited for.
"""

from typing import Literal

from msgspec import Struct

from bot.domain.deployment import Deployment
from bot.domain.policy import services_concerned
from bot.domain.slot import Slot
from bot.domain.values import Seconds
from bot.domain.verdict import Verdict
from bot.gates.gate import Gate, Question, failed, passed, waiting
from bot.ports import Sources

SUCCESSES_COMPARED_MAX = 3
"""So many of the newest successes are compared with the commit; older ones were replaced since."""

Same = Literal["commit", "unchanged", "tree"]


class Before(Struct, frozen=True):
    """What one environment before this one knows of the commit.

    `same` says how a success there counts (None = none does), `deployment` and `sha` which one. `under_way`
    is one with this commit that has not ended, `newest` the commit that succeeded there last, `bad` = it was
    rolled back.
    """

    environment: str
    same: Same | None = None
    deployment: str | None = None
    sha: str | None = None
    under_way: str | None = None
    newest: str | None = None
    bad: bool = False


class AfterFacts(Struct, frozen=True):
    """What each environment before this one knows."""

    before: tuple[Before, ...] = ()


async def read(sources: Sources, question: Question) -> AfterFacts:
    """Read the slots before this one; their newest successes are compared where the commit is not there."""
    return AfterFacts(tuple([await _before(sources, question, name) for name in question.environment.after]))


async def _before(sources: Sources, question: Question, environment: str) -> Before:
    key = f"slot:{question.repository.full_name}/{question.service}/{environment}"
    state = await sources.ledger.state(key)
    slot = state if isinstance(state, Slot) else Slot()
    waiting_or_running = [each for each in (slot.current, *slot.queue) if each is not None]
    under_way = next((each.id for each in waiting_or_running if each.order.sha == question.sha), None)
    successes = [each for each in reversed(slot.history) if _is_good(each, slot)]
    newest = successes[0].order.sha if successes else None
    is_bad = question.sha in slot.bad
    own = _newest_of(slot, question.sha)
    if own is not None and not is_bad and own.state == "succeeded":
        return Before(environment, "commit", own.id, own.order.sha, under_way, newest)
    if not is_bad and own is None:
        for each in successes[:SUCCESSES_COMPARED_MAX]:
            same = await _same(sources, question, each.order.sha)
            if same is not None:
                return Before(environment, same, each.id, each.order.sha, under_way, newest)
    return Before(environment, under_way=under_way, newest=newest, bad=is_bad)


def _is_good(deployment: Deployment, slot: Slot) -> bool:
    return deployment.state == "succeeded" and deployment.order.sha not in slot.bad


def _newest_of(slot: Slot, sha: str) -> Deployment | None:
    """The newest ended deployment of the commit; one that was cancelled or sent away tells nothing."""
    told = (each for each in reversed(slot.history) if each.order.sha == sha and each.state != "cancelled")
    return next(told, None)


async def _same(sources: Sources, question: Question, sha: str) -> Same | None:
    compared = await sources.github.compare(question.repository, sha, question.sha)
    if compared is not None and compared.status in ("ahead", "identical"):
        files = compared.files
        concerned = services_concerned(question.policy, files.paths, files.truncated)
        if question.service not in concerned:
            return "unchanged"
    tree = await sources.github.tree(question.repository, question.sha)
    return "tree" if tree == await sources.github.tree(question.repository, sha) else None


def judge(question: Question, facts: AfterFacts, _now: Seconds) -> Verdict:
    """Each environment must have succeeded."""
    for each in facts.before:
        if each.same is not None:
            continue
        if each.under_way is not None:
            return waiting(
                "after", "after_under_way", environment=each.environment, deployment=each.under_way
            )
        reason = "after_rolled_back" if each.bad else "after_missing"
        return failed(
            "after",
            reason,
            environment=each.environment,
            commit=question.sha,
            newest=each.newest,
            service=question.service,
        )
    proofs = {each.environment: each.deployment for each in facts.before}
    same = sorted({each.same for each in facts.before if each.same})
    return passed("after", "after_succeeded", deployments=proofs, same=same)


GATE = Gate(
    name="after",
    summary="the environments before it succeeded with the commit",
    applies=lambda question: bool(question.environment.after),
    key=lambda question: f"after/{question.environment.name}/{question.service}@{question.sha}",
    read=read,
    judge=judge,
    facts=AfterFacts,
)
