"""`pointsman/config`: is the configuration in this change valid?

The only check that can fail, since a broken file would stop every deployment once it is merged.
"""

from collections.abc import Mapping
from typing import Any

from bot.checks.check import Check, CheckFacts, Result, Subject
from bot.domain.commit_facts import ConfigurationGuard
from bot.domain.values import Seconds
from bot.messages import checks


def judge(_subject: Subject, facts: CheckFacts, _settings: Mapping[str, Any], _now: Seconds) -> Result | None:
    """Report what validation found in the file as this head has it."""
    read = facts.proposed
    if read.status == "off":
        return Result("neutral", *checks.no_configuration()) if facts.current.status != "off" else None
    if read.status == "invalid":
        return Result("failure", *checks.invalid_configuration(read.problems, read.warnings))
    return Result("success", *checks.valid_configuration((*read.warnings, *_unguarded(facts.guard))))


def _unguarded(guard: ConfigurationGuard | None) -> tuple[str, ...]:
    """Whoever can change the file decides who may deploy: say where nobody has to agree."""
    if guard is None:
        return ()
    said = ((guard.code_owner, checks.NO_CODE_OWNER), (guard.protected, checks.NO_PROTECTION))
    return tuple(warning for is_there, warning in said if not is_there)


CHECK = Check("pointsman/config", judge)
