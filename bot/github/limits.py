"""How often GitHub may be asked, for one installation or for the App itself.

GitHub bans integrations that go on asking while they are limited, so a limit that was met closes the door
for every request of the installation until the time that GitHub named ("Rate limits for the REST API",
"Best practices").
"""

from msgspec import Struct

from bot.domain.errors import PassingFault
from bot.domain.values import Seconds
from bot.github.replies import Reply, message_of, number
from bot.ports import Clock

SECONDARY_SECONDS = 60.0
SECONDARY_SECONDS_MAX = 900.0
SAME_WINDOW_SECONDS = 60.0


class Limit(Struct, frozen=True):
    """The hourly quota of one kind of request, as the newest answer told it. `reset` is epoch seconds."""

    resource: str
    limit: int
    remaining: int
    reset: Seconds


class RateLimits:
    """What is known about the limits of one caller."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._limits: dict[str, Limit] = {}
        self._closed_until = 0.0
        self._strikes = 0

    def limit(self, resource: str) -> Limit | None:
        """Give the quota of a kind of request; None = GitHub has not told it (Enterprise may have none)."""
        return self._limits.get(resource)

    def seconds_to_reset(self, resource: str) -> Seconds | None:
        """How long until the quota is full again; None = unknown."""
        limit = self._limits.get(resource)
        return None if limit is None else max(limit.reset - self._clock.now(), 1.0)

    def check(self, resource: str) -> None:
        """Raise PassingFault where a request would only be refused."""
        now = self._clock.now()
        limit = self._limits.get(resource)
        used_up_until = limit.reset if limit is not None and limit.remaining <= 0 else 0.0
        wait = max(self._closed_until, used_up_until) - now
        if wait > 0:
            raise self._fault(wait)

    def note(self, reply: Reply) -> None:
        """Keep what an answer tells; answers overtake each other, so within a window the lowest counts."""
        told = _read(reply)
        if told is None:
            return
        known = self._limits.get(told.resource)
        if known is not None and told.reset < known.reset - SAME_WINDOW_SECONDS:
            return
        if known is not None and told.reset <= known.reset + SAME_WINDOW_SECONDS:
            told = Limit(
                told.resource,
                told.limit,
                min(told.remaining, known.remaining),
                max(told.reset, known.reset),
            )
        self._limits[told.resource] = told

    def went_well(self) -> None:
        """Forget earlier strikes: GitHub answers again."""
        if self._clock.now() >= self._closed_until:
            self._strikes = 0

    def fault_of(self, reply: Reply) -> PassingFault | None:
        """Tell whether an answer is a rate limit, and close the door if it is."""
        if reply.status not in (403, 429):
            return None
        wait = self._wait_told(reply)
        if wait is None:
            return None
        self._closed_until = max(self._closed_until, self._clock.now() + wait)
        return self._fault(wait)

    def _wait_told(self, reply: Reply) -> Seconds | None:
        """In GitHub's order: retry-after; the reset when nothing remains; else a minute, then doubling."""
        told = number(reply, "retry-after")
        if told is not None:
            return max(told, 1.0)
        limit = _read(reply)
        if limit is not None and limit.remaining <= 0:
            return max(limit.reset - self._clock.now(), 1.0)
        if reply.status == 429 or _speaks_of_limits(reply):
            return self._next_strike()
        return None

    def _next_strike(self) -> Seconds:
        if self._clock.now() >= self._closed_until:  # answers to what was already under way count once
            self._strikes += 1
        return min(SECONDARY_SECONDS * 2.0 ** max(self._strikes - 1, 0), SECONDARY_SECONDS_MAX)

    def _fault(self, wait: Seconds) -> PassingFault:
        return PassingFault(
            f"GitHub's rate limit for {self._name} is used up; it may be asked again in {wait:.0f} s.",
            retry_after=wait,
            pause_lane=True,
        )


def _read(reply: Reply) -> Limit | None:
    limit, remaining, reset = (
        number(reply, f"x-ratelimit-{name}") for name in ("limit", "remaining", "reset")
    )
    if limit is None or remaining is None or reset is None:
        return None
    resource = reply.headers.get("x-ratelimit-resource", "core")
    return Limit(resource, int(limit), int(remaining), reset)


def _speaks_of_limits(reply: Reply) -> bool:
    said = message_of(reply).lower()
    return "secondary rate limit" in said or "abuse detection" in said or "api rate limit exceeded" in said
