"""How often the simulated Slack may be called ("Rate limits").

Posting: about a message a second in each channel, short bursts allowed. Others: their tier's calls a minute.
Must never read a clock: the time is handed in.
"""

import math
from dataclasses import dataclass, field

TIER_CALLS_PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force. `message_burst` 0 lifts the one for posting, `tiers` False all others."""

    message_burst: int = 5
    messages_per_second: float = 1.0
    tiers: bool = True

    @classmethod
    def lifted(cls) -> "Limits":
        """No limits at all, for benchmarks."""
        return cls(message_burst=0, tiers=False)


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


@dataclass(slots=True)
class RateMeter:
    """Counts calls in token buckets and says how long somebody has to wait."""

    limits: Limits
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def wait_seconds(self, method: str, tier: int, channel: str | None, now: float) -> int:
        """0 when the call may go on, else the whole seconds to send as `Retry-After`.

        `channel` is set for methods that post a message.
        """
        if channel is not None and self.limits.message_burst:
            key = f"channel {channel}"
            wait = self._take(key, self.limits.message_burst, self.limits.messages_per_second, now)
            if wait:
                return wait
        if self.limits.tiers and tier:
            calls = TIER_CALLS_PER_MINUTE[tier]
            return self._take(f"method {method}", calls, calls / 60, now)
        return 0

    def _take(self, key: str, capacity: int, per_second: float, now: float) -> int:
        bucket = self._buckets.setdefault(key, _Bucket(float(capacity), now))
        bucket.tokens = min(capacity, bucket.tokens + (now - bucket.filled_at) * per_second)
        bucket.filled_at = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0
        return max(1, math.ceil((1 - bucket.tokens) / per_second))
