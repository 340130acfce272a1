"""GraphQL's own way to say no: an answer of 200 with `errors`.

It must never take half an answer for a whole one: any error refuses all of it.
"""

import re
from typing import Any

from bot.domain.errors import LastingFault, PassingFault
from bot.domain.values import Seconds
from bot.github.faults import NOT_THERE_HINT, NotThere, Refused

UNKNOWN_WAIT_SECONDS = 60.0


def is_mutation(query: str) -> bool:
    """Whether a document can change something at GitHub."""
    return re.search(r"(?m)^\s*mutation\b", query) is not None


def data_of(answer: Any, seconds_to_reset: Seconds | None) -> Any:
    """Give `data`. Raises PassingFault for a limit or a timeout, NotThere, else Refused."""
    if not isinstance(answer, dict):
        raise LastingFault("GitHub's GraphQL answer is no object.", hint="Check GITHUB_GRAPHQL_URL.")
    errors = answer.get("errors")
    if not errors:
        return answer.get("data")
    first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
    reason = f"GitHub's GraphQL said: {first.get('message', 'an error without a message')}"
    kind = first.get("type")
    if kind == "RATE_LIMITED":
        raise PassingFault(reason, retry_after=seconds_to_reset or UNKNOWN_WAIT_SECONDS, pause_lane=True)
    if kind == "NOT_FOUND":
        raise NotThere(404, reason, hint=NOT_THERE_HINT)
    raise Refused(200, reason, hint="GitHub's message says what the query lacks, or what the App may not do.")
