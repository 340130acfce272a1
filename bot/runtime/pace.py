"""How fast each target may be asked: bursts pass at once, what lasts keeps the target's own pace.

Slack takes about one message a second in a channel, in order, and so many calls a minute of each method in a
workspace ("Rate limits", tiers 3 and 4). GitHub wants a second between writes, at most 80 of them a minute,
and at most 500 new things an hour ("Rate limits for the REST API", "Best practices").
"""

from math import floor

from msgspec import Struct

from bot.domain.values import Seconds
from bot.ports import Clock

CHAT_LANES = "slack:"
PERSON_LANES = "slack-person:"
GITHUB_LANES = "github:"
BUCKETS_MAX = 1000


class Rate(Struct, frozen=True):
    """A token bucket's size, and how much comes back each second."""

    burst: float
    per_second: float


CHANNEL = Rate(4.0, 1.0)
WORKSPACE_MESSAGES = Rate(20.0, 50 / 60)  # chat.update is tier 3
WORKSPACE_PEOPLE = Rate(20.0, 100 / 60)  # chat.postEphemeral, views.* are tier 4
GITHUB_WRITES = Rate(30.0, 50 / 60)  # in any minute at most 80
GITHUB_NEW_THINGS = Rate(200.0, 300 / 3600)  # in any hour at most 500


class Pace:
    """Token buckets. They are kept in memory: a restart allows one more burst."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tokens: dict[str, tuple[Rate, float, Seconds]] = {}

    def allowed(self, lane: str, share: int) -> int:
        """Give how many effects of the lane may run at once now; 0 = none yet."""
        left = [self._available(name, rate) for name, rate in self._buckets(lane)]
        most = min([float(share), *left])
        if self.keeps_order(lane):
            most = min(most, 1.0)
        return max(floor(most), 0)

    def keeps_order(self, lane: str) -> bool:
        """Whether what is said later must not overtake what was said before: a conversation."""
        return lane.startswith(CHAT_LANES)

    def used(self, lane: str, *, makes: bool) -> None:
        """Count one effect against the lane; `makes` = it makes a new thing. A bucket may go below zero."""
        if len(self._tokens) >= BUCKETS_MAX:
            self._forget_full_ones()
        for name, rate in self._buckets(lane):
            if rate is not GITHUB_NEW_THINGS or makes:
                self._tokens[name] = (rate, self._available(name, rate) - 1.0, self._clock.now())

    def soonest(self, at_most: Seconds) -> Seconds:
        """Give the seconds until some lane may be asked again, at most so many."""
        waits = []
        for name, (rate, _, _) in self._tokens.items():
            tokens = self._available(name, rate)
            if tokens < 1.0:
                waits.append((1.0 - tokens) / rate.per_second)
        return max(min([at_most, *waits]), 0.01)

    def _buckets(self, lane: str) -> tuple[tuple[str, Rate], ...]:
        if lane.startswith(CHAT_LANES):
            return ((lane, CHANNEL), ("workspace", WORKSPACE_MESSAGES))
        if lane.startswith(PERSON_LANES):
            return (("people", WORKSPACE_PEOPLE),)
        if lane.startswith(GITHUB_LANES):
            return ((lane, GITHUB_WRITES), (f"{lane}/new", GITHUB_NEW_THINGS))
        return ()

    def _available(self, name: str, rate: Rate) -> float:
        now = self._clock.now()
        _, tokens, since = self._tokens.get(name, (rate, rate.burst, now))
        return min(rate.burst, tokens + max(now - since, 0.0) * rate.per_second)

    def _forget_full_ones(self) -> None:
        full = [
            name for name, (rate, _, _) in self._tokens.items() if self._available(name, rate) >= rate.burst
        ]
        for name in full:
            del self._tokens[name]
