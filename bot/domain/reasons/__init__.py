"""Why something was done, or was not: the one table of reason codes.

Every delivery that means nothing, every decision and every end of a deployment carries one of these codes.
They are recorded for good and compared by programs: a code is never renamed and never means something else.
docs/reasons.md is made of this table. Values that were compared stand beside a code, never in its words.
"""

from collections.abc import Mapping

from bot.domain.reasons import commands, deliveries, deployments, gates, retired
from bot.domain.reasons.row import Reason

__all__ = ["GROUPS", "REASONS", "Reason", "code_of"]

GROUPS: tuple[tuple[str, Mapping[str, Reason]], ...] = (
    ("Deliveries that mean nothing here", deliveries.ROWS),
    ("Commands, forms and automation", commands.ROWS),
    ("Gates", gates.ROWS),
    ("Deployments and their deployers", deployments.ROWS),
    ("Of earlier versions", retired.ROWS),
)
"""The table as people read it: a title, and its rows."""

REASONS: Mapping[str, Reason] = {code: row for _, rows in GROUPS for code, row in rows.items()}


def code_of(recorded: str) -> tuple[str, str]:
    """Give a recorded reason as its code and its detail, which some failures have (`code: detail`)."""
    code, _, detail = recorded.partition(": ")
    return code, detail
