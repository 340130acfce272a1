"""`pointsman/plan`: which services this change would deploy where, and what stands in the way.

The gates are asked as before a start, so that people know before they try. Always success or neutral: it
tells, and never blocks a merge.
"""

from collections.abc import Mapping
from typing import Any

from bot.checks.check import Check, CheckFacts, Result, Subject
from bot.domain.policy import RepositoryPolicy, services_concerned
from bot.domain.values import Seconds
from bot.gates.gate import Question
from bot.gates.gathering import judge as judge_gates
from bot.messages import checks
from bot.messages.checks import PlanLine
from bot.ports import ChangedFiles, PullRequest

QUESTIONS_MAX = 200
"""For so many services and environments the gates are asked; a check has no room to tell of more."""


def judge(subject: Subject, facts: CheckFacts, _settings: Mapping[str, Any], now: Seconds) -> Result | None:
    """Plan with the configuration that holds now: a change cannot grant itself anything."""
    policy = facts.current.policy
    if facts.current.status == "off":
        return None
    if policy is None:
        return Result("neutral", *checks.plan_unknown(facts.current.problems))
    truncated = facts.files is None or facts.files.truncated
    if not _concerned(policy, facts.files):
        return Result("neutral", *checks.nothing_to_deploy(len(policy.services)))
    lines = tuple(_line(each, facts, now) for each in questions(subject, policy, facts.files, facts.change))
    told = checks.plan(lines, truncated=truncated, from_fork=subject.from_fork)
    return Result("success", *told)


def _concerned(policy: RepositoryPolicy, files: ChangedFiles | None) -> tuple[str, ...]:
    return services_concerned(policy, files.paths if files else (), files is None or files.truncated)


def questions(
    subject: Subject, policy: RepositoryPolicy, files: ChangedFiles | None, change: PullRequest | None
) -> tuple[Question, ...]:
    """What the gates are asked: each concerned service in each environment, nobody having asked yet."""
    asked = [
        Question(
            repository=subject.repository,
            policy=policy,
            environment=environment,
            service=name,
            sha=subject.head_sha,
            ref=change.head_ref if change else subject.head_sha,
            pinned="head",
            number=subject.number,
            change=change,
        )
        for environment in policy.environments
        for name in _concerned(policy, files)
    ]
    return tuple(asked[:QUESTIONS_MAX])


def _line(question: Question, facts: CheckFacts, now: Seconds) -> PlanLine:
    environment = question.environment
    return PlanLine(
        service=question.service,
        environment=environment.name,
        command=f"/deploy {question.service} {environment.name}",
        automatic=environment.auto.on == "merge",
        verdicts=judge_gates(question, facts.gathered, now),
    )


CHECK = Check("pointsman/plan", judge)
