"""How fast each target may be asked.

A chat channel takes about one message a second after a short burst (Slack: "Rate limits"), in order;
other targets take a share of the runner. A target that asked for a pause is left alone until it ends.
"""

from bot.ports import Clock

CHAT_LANES = "slack:"
CHAT_BURST = 4.0
CHAT_PER_SECOND = 1.0


class Pace:
    """Pauses and token buckets, by lane. Kept in memory: a restart may ask once too early, no more."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._paused: dict[str, float] = {}
        self._tokens: dict[str, tuple[float, float]] = {}

    def allowed(self, lane: str, share: int) -> int:
        """Give how many effects of the lane may run at once now; 0 = none yet."""
        if self._paused.get(lane, 0.0) > self._clock.now():
            return 0
        self._paused.pop(lane, None)
        if not lane.startswith(CHAT_LANES):
            return share
        return 1 if self._available(lane) >= 1.0 else 0

    def keeps_order(self, lane: str) -> bool:
        """Whether what is said later must not overtake what was said before: a conversation."""
        return lane.startswith(CHAT_LANES)

    def used(self, lane: str) -> None:
        """Count one effect against the lane."""
        if lane.startswith(CHAT_LANES):
            self._tokens[lane] = (self._available(lane) - 1.0, self._clock.now())

    def pause(self, lane: str, until: float) -> None:
        """Leave the lane alone until then."""
        self._paused[lane] = max(until, self._paused.get(lane, 0.0))

    def soonest(self, at_most: float) -> float:
        """Give the seconds until some lane may be asked again, at most so many."""
        now = self._clock.now()
        waits = [until - now for until in self._paused.values() if until > now]
        short = [self._available(lane) for lane in self._tokens]
        waits += [(1.0 - tokens) / CHAT_PER_SECOND for tokens in short if tokens < 1.0]
        return max(min([at_most, *waits]), 0.01)

    def _available(self, lane: str) -> float:
        tokens, since = self._tokens.get(lane, (CHAT_BURST, self._clock.now()))
        return min(CHAT_BURST, tokens + (self._clock.now() - since) * CHAT_PER_SECOND)
