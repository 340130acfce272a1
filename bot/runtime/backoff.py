"""How long to wait before the next try: exponential, with jitter, never sooner than the target asked.

Written here, since the retry libraries draw their jitter from the process's own random numbers; ours
come from outside, so that a simulation can repeat them.
"""

import random

from msgspec import Struct


class Backoff(Struct, frozen=True):
    """`first` and `longest` are seconds; each try doubles, and the jitter adds up to half."""

    first: float = 0.5
    longest: float = 60.0

    def delay(self, attempts: int, retry_after: float | None, chance: random.Random) -> float:
        """Give the seconds until the try after `attempts` failed ones."""
        doubled = self.first * 2.0 ** min(attempts - 1, 16)
        waited = min(doubled, self.longest) * (1.0 + 0.5 * chance.random())
        return max(waited, retry_after or 0.0)
