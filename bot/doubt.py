"""When an effect whose reply was lost may be done again: only after it was looked for, twice.

Lists at GitHub and Slack lag behind what was written by moments. A look that finds nothing proves little soon
after the last attempt, and more some time later. So an effect in doubt is looked for 5 s after its last
attempt, once more 15 s after it, and only then done again. What lags for longer is the window that remains
(docs/reliability.md). Must never do anything itself: how to look, and what to do then, is the performer's.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from bot.domain.effects import Effect
from bot.domain.values import Seconds
from bot.ports import Clock

Found = TypeVar("Found")
LOOKS_SECONDS: Sequence[Seconds] = (5.0, 15.0)


async def look_before_repeating(
    effect: Effect,
    clock: Clock,
    look: Callable[[], Awaitable[Found | None]],
    moments: Sequence[Seconds] = LOOKS_SECONDS,
) -> Found | None:
    """Look for what an earlier attempt may have done, at these seconds after it; None = it is to be done.

    It waits in between, and gives what the first look found that found something. Who comes late looks at
    once, and waits only where nothing was found. A look that fails ends the attempt with its own fault:
    nothing was proved, so nothing is repeated.
    """
    first, *later = moments
    slept = min(max(_tried_at(effect, clock.now()) + first - clock.now(), 0.0), first)
    if slept > 0:
        await clock.sleep(slept)
    found = await look()
    for moment in later:
        if found is not None:
            break
        # By our own waiting, however late it seems: a clock that was set forward must not shorten it.
        await clock.sleep(moment - slept)
        slept = moment
        found = await look()
    return found


def _tried_at(effect: Effect, now: Seconds) -> Seconds:
    """When the last attempt can have sent its last word; now, where nobody knows."""
    for known in (effect.last_attempt_at, effect.first_attempt_at):
        if known is not None:
            return known
    return now
