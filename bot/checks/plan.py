"""`pointsman/plan`: which services this change would deploy where, and what stands in the way.

Always success or neutral: it tells people before they try, and never blocks a merge.
"""

from collections.abc import Mapping
from typing import Any

from bot.checks.check import Check, CheckFacts, Result, Subject
from bot.domain.policy import RepositoryPolicy, inactive_gates, services_concerned
from bot.messages import checks
from bot.messages.checks import PlanLine


def judge(subject: Subject, facts: CheckFacts, _settings: Mapping[str, Any]) -> Result | None:
    """Plan with the configuration that holds now: a change cannot grant itself anything."""
    policy = facts.current.policy
    if facts.current.status == "off":
        return None
    if policy is None:
        return Result("neutral", *checks.plan_unknown(facts.current.problems))
    files = facts.files
    truncated = files is None or files.truncated
    concerned = services_concerned(policy, files.paths if files else (), truncated)
    if not concerned:
        return Result("neutral", *checks.nothing_to_deploy(len(policy.services)))
    lines = tuple(_lines(policy, concerned))
    return Result("success", *checks.plan(lines, truncated=truncated, from_fork=subject.from_fork))


def _lines(policy: RepositoryPolicy, concerned: tuple[str, ...]) -> list[PlanLine]:
    lines = []
    for environment in policy.environments:
        for name in concerned:
            gates = inactive_gates(environment, policy.service(name), concerned).blocking
            command = f"/deploy {name} {environment.name}"
            automatic = environment.auto.on == "merge"
            lines.append(PlanLine(name, environment.name, command, automatic, gates))
    return lines


CHECK = Check("pointsman/plan", judge)
