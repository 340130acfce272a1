"""What a gate says of a deployment, as data: that drives the start, the comment, the check and every page.

Unknown is never green: what could not be read is `waiting` with its reason, never `passed`.
"""

from typing import Any, Literal

from msgspec import Struct

VerdictState = Literal["passed", "failed", "waiting"]


class Verdict(Struct, frozen=True, kw_only=True):
    """One gate's word on one deployment.

    `gate` is the gate's name in its table (`checks`, `review`, …), `reason` a code of `domain.reasons`,
    `values` what was compared. What to do next is the reason code's.
    """

    gate: str
    state: VerdictState
    reason: str
    values: dict[str, Any] = {}


def failed_of(verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    """The gates that say no."""
    return tuple(each for each in verdicts if each.state == "failed")


def waiting_of(verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    """The gates that are waited for."""
    return tuple(each for each in verdicts if each.state == "waiting")
