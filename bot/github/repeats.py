"""What an effect in doubt needs of GitHub: faults that say so, and from when on it can be found.

How often it is looked for before it is done again is `bot.doubt`'s business.
"""

from datetime import UTC, datetime

from bot.domain.effects import Effect
from bot.domain.errors import PassingFault
from bot.domain.values import Seconds

LOOK_AFTER_SECONDS: Seconds = 5.0
CLOCK_DIFFERENCE_SECONDS: Seconds = 120.0


def in_doubt(fault: PassingFault) -> PassingFault:
    """Mark the fault of an attempt that may have been carried out; nobody comes back too soon to look."""
    fault.applied_maybe = True
    fault.retry_after = max(fault.retry_after or 0.0, LOOK_AFTER_SECONDS)
    return fault


def searched_since(effect: Effect) -> str | None:
    """From when on the effect can be found, as GitHub writes times; None = unknown, search everything.

    GitHub's clock may be behind ours, so it begins a little earlier.
    """
    if effect.first_attempt_at is None:
        return None
    begin = datetime.fromtimestamp(effect.first_attempt_at - CLOCK_DIFFERENCE_SECONDS, UTC)
    return begin.strftime("%Y-%m-%dT%H:%M:%SZ")
