"""When an effect whose reply was lost may be done again.

GitHub's lists lag behind its writes by moments. So a look-up that finds nothing proves something only some
time after the first attempt; until then we wait rather than post the same thing twice.
"""

from datetime import UTC, datetime

from bot.domain.effects import Effect
from bot.domain.errors import PassingFault
from bot.domain.values import Seconds

REPEAT_AFTER_SECONDS: Seconds = 5.0
CLOCK_DIFFERENCE_SECONDS: Seconds = 120.0


def refuse_early_repeat(effect: Effect, now: Seconds) -> None:
    """After a look-up found nothing: raise PassingFault while that may still be GitHub's lag."""
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
