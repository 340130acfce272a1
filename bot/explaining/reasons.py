"""What a recorded reason means, in a sentence, and what to do next: the words of `domain.reasons`.

A misunderstood command is told in the words that its author got. A code that has no row (a newer version
wrote it) is written as words. Must never show a value that could be a secret or steer a terminal.
"""

from collections.abc import Mapping
from typing import Any

from bot.domain.reasons import REASONS, code_of
from bot.domain.speech import Confusion
from bot.explaining.wording import words
from bot.messages.confusions import SENTENCES
from bot.messages.escaping import plain

DETAIL_CHARS_MAX = 200


def reason(recorded: str | None, values: Mapping[str, Any] | None = None) -> str:
    """Say in a sentence what a recorded reason means; `values` are those that were compared."""
    if not recorded:
        return ""
    code, detail = code_of(recorded)
    if code == "misunderstood":
        said = _misunderstanding(values or {})
    else:
        said = REASONS[code].said if code in REASONS else words(code)
    return f"{said} ({plain(detail, DETAIL_CHARS_MAX)})" if detail else said


def next_step(recorded: str | None) -> str:
    """Say what a person can do next; empty = there is nothing to do."""
    row = REASONS.get(code_of(recorded)[0]) if recorded else None
    return row.next if row else ""


def _misunderstanding(values: Mapping[str, Any]) -> str:
    try:
        said = SENTENCES[Confusion(str(values.get("code")))]
    except ValueError:
        return REASONS["misunderstood"].said
    token = plain(str(values.get("token") or "the last word"), DETAIL_CHARS_MAX)
    return said.replace("{}", f"“{token}”" if values.get("token") else token)
