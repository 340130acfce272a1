"""What a dispatch may bring: GitHub's own checks, in its own words (as its answers are quoted publicly).

It must never look at the world: the file's rules and the request decide.
"""

import json
from collections.abc import Mapping
from typing import Any

from bot.sandbox.github.actions.workflow_file import InputRule
from bot.sandbox.github.exchange import Refusal


def checked_inputs(rules: tuple[InputRule, ...], given: Mapping[str, Any]) -> dict[str, str]:
    """The inputs of the run, all of them as text, with the file's defaults. A 422 where they do not fit."""
    known = {rule.name for rule in rules}
    unexpected = [name for name in given if name not in known]
    if unexpected:
        raise Refusal(422, f"Unexpected inputs provided: {json.dumps(unexpected)}")
    return {rule.name: _value(rule, given) for rule in rules}


def _value(rule: InputRule, given: Mapping[str, Any]) -> str:
    value = _as_text(rule, given[rule.name]) if rule.name in given else rule.default
    if rule.required and not value:
        raise Refusal(422, f"Required input '{rule.name}' not provided")
    if value is None:
        return "false" if rule.kind == "boolean" else ""
    allowed = ("true", "false") if rule.kind == "boolean" else rule.options
    if rule.kind in ("boolean", "choice") and value not in allowed:
        raise Refusal(
            422, f"Provided value '{value}' for input '{rule.name}' not in the list of allowed values"
        )
    if rule.kind == "number" and value and not _is_number(value):
        raise Refusal(422, f"Provided value '{value}' for input '{rule.name}' is not a number")
    return value


def _as_text(rule: InputRule, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise Refusal(422, f"Invalid value for input '{rule.name}': it must be text, a number or a boolean")


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
