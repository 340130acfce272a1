"""When an effect whose reply was lost may be done again.

GitHub's lists lag behind its writes by moments. So a look-up that finds nothing proves something only some
time after the last attempt; until then we wait rather than post the same thing twice.
"""

from datetime import UTC, datetime

from bot.domain.effects import Effect
from bot.domain.errors import PassingFault
from bot.domain.values import Seconds

REPEAT_AFTER_SECONDS: Seconds = 5.0
CLOCK_DIFFERENCE_SECONDS: Seconds = 120.0


def in_doubt(fault: PassingFault) -> PassingFault:
    """Mark the fault of an attempt that may have been carried out: it is looked for when lists show it.

    Each attempt says so for itself, since only the time of the first one is kept.
    """
    fault.applied_maybe = True
    fault.retry_after = max(fault.retry_after or 0.0, REPEAT_AFTER_SECONDS)
    return fault


def refuse_early_repeat(effect: Effect, now: Seconds) -> None:
    """After a look-up found nothing: raise PassingFault while that may still be GitHub's lag.

    For a process that ended in its first attempt; after a fault nobody comes back so soon (`in_doubt`).
    """
    if not effect.uncertain or effect.first_attempt_at is None:
        return
    wait = effect.first_attempt_at + REPEAT_AFTER_SECONDS - now
    if wait > 0:
        raise PassingFault(
            "The reply to an earlier attempt was lost, and GitHub does not show its effect yet.",
            retry_after=wait,
            applied_maybe=True,
        )


def searched_since(effect: Effect) -> str | None:
    """From when on the effect can be found, as GitHub writes times; None = unknown, search everything.

    GitHub's clock may be behind ours, so it begins a little earlier.
    """
    if effect.first_attempt_at is None:
        return None
    begin = datetime.fromtimestamp(effect.first_attempt_at - CLOCK_DIFFERENCE_SECONDS, UTC)
    return begin.strftime("%Y-%m-%dT%H:%M:%SZ")
