"""`requires.checks`: the checks of this very commit are green.

Named ones, or every one that is reported and every one that branch protection requires. The latest attempt of
each counts. What is not reported yet is waited for; a list that GitHub cut off is never taken for whole.
"""

from collections.abc import Iterable

from msgspec import Struct

from bot.domain.commit_facts import GREEN, CheckSeen, CommitChecks, RequiredContext
from bot.domain.policy import RequiredCheck
from bot.domain.values import Seconds
from bot.domain.verdict import Verdict
from bot.gates.gate import Gate, Question, failed, passed, waiting
from bot.ports import Sources

NAMED_MAX = 20
"""So many checks are named in a verdict; all are counted."""
_RED = frozenset({"failure", "cancelled"})


class ChecksFacts(Struct, frozen=True):
    """What was reported on the commit, and what branch protection requires (read only where that counts)."""

    reported: CommitChecks
    required: tuple[RequiredContext, ...] = ()


async def read(sources: Sources, question: Question) -> ChecksFacts:
    """Read the commit's checks, and the default branch's required ones where no check is named."""
    reported = await sources.github.commit_checks(question.repository, question.sha)
    if question.requires.checks is not None:
        return ChecksFacts(reported)
    branch = (await sources.github.default_head(question.repository)).ref
    return ChecksFacts(reported, await sources.github.required_contexts(question.repository, branch))


def judge(question: Question, facts: ChecksFacts, _now: Seconds) -> Verdict:
    """A red one fails, one that runs or is missing is waited for, else it passes."""
    wanted = _wanted(question.requires.checks, facts)
    relevant = _relevant(question.requires.checks, facts.reported.checks)
    red = _names(each for each in relevant if each.state in _RED)
    if red:
        return failed("checks", "checks_failed", failed=red, commit=question.sha)
    pending = _names(each for each in relevant if each.state not in GREEN)
    missing = [_label(each.name, each.app) for each in wanted if not _reports_of(each, facts.reported.checks)]
    if pending or missing:
        return waiting(
            "checks",
            "checks_pending",
            running=pending,
            missing=missing[:NAMED_MAX],
            commit=question.sha,
        )
    if not facts.reported.complete:
        return waiting("checks", "checks_incomplete", read=len(facts.reported.checks))
    if not relevant:
        return waiting("checks", "checks_none_reported", commit=question.sha)
    return passed("checks", "checks_green", green=len(relevant))


def _wanted(named: tuple[RequiredCheck, ...] | None, facts: ChecksFacts) -> tuple[RequiredCheck, ...]:
    """The checks that must be there.

    Protection that binds a check to an App we cannot name takes any App's.
    """
    if named is not None:
        return named
    return tuple(RequiredCheck(each.name, each.app) for each in facts.required)


def _relevant(named: tuple[RequiredCheck, ...] | None, reported: Iterable[CheckSeen]) -> list[CheckSeen]:
    """With names, those; without, every one but ours and the jobs of workflows that somebody dispatched."""
    of_others = [each for each in reported if not (each.ours or each.of_dispatch)]
    if named is None:
        return of_others
    return [each for each in of_others if any(_is(wanted, each) for wanted in named)]


def _reports_of(wanted: RequiredCheck, reported: Iterable[CheckSeen]) -> list[CheckSeen]:
    return [each for each in reported if _is(wanted, each)]


def _is(wanted: RequiredCheck, each: CheckSeen) -> bool:
    if each.ours or each.of_dispatch or each.name != wanted.name:
        return False
    return wanted.app is None or wanted.app == each.app


def _names(checks: Iterable[CheckSeen]) -> list[str]:
    return [_label(each.name, each.app) for each in checks][:NAMED_MAX]


def _label(name: str, app: str | None) -> str:
    return f"{name} ({app})" if app else name


GATE = Gate(
    name="checks",
    summary="the commit's checks are green",
    applies=lambda question: question.requires.checks != (),
    key=lambda question: f"checks@{question.sha}/{question.environment.name}",
    read=read,
    judge=judge,
    facts=ChecksFacts,
    yields=True,
)
