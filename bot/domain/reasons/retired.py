"""Codes that earlier versions recorded and this one does not: what is stored keeps its words."""

from collections.abc import Mapping

from bot.domain.reasons.row import Reason

ROWS: Mapping[str, Reason] = {
    "gate_not_active": Reason(
        "The configuration asks for gates that this version does not evaluate yet; it never skips one.",
        "Remove them from the configuration, or deploy by other means until they are supported.",
    ),
    "another_is_first": Reason("Another one is first in line."),
}
