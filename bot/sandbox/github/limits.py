"""The rate limits: requests per hour for each installation and for the App itself, and the secondary ones.

A conditional request that ends in 304 costs nothing of the first ("Best practices for using the REST API").
The second cannot be asked about: points per minute, new content per minute and hour ("Rate limits for the
REST API").
It must never slow anybody down: it refuses, as GitHub does.
"""

from collections import deque
from dataclasses import dataclass, field

from bot.sandbox.github.exchange import Json, Refusal

REQUESTS_PER_HOUR = 5_000
HOUR_SECONDS = 3600.0
MINUTE_SECONDS = 60.0
POINTS_PER_MINUTE = 900
WRITE_POINTS = 5
CONTENT_PER_MINUTE = 80
CONTENT_PER_HOUR = 500
SECONDARY_MESSAGE = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
)


@dataclass(slots=True)
class Bucket:
    """What one caller has used; `reset_at` in epoch seconds."""

    limit: int
    reset_at: float
    used: int = 0

    @property
    def remaining(self) -> int:
        """Requests left until the reset."""
        return max(self.limit - self.used, 0)

    def headers(self) -> dict[str, str]:
        """The headers that every answer carries."""
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-reset": str(int(self.reset_at)),
            "x-ratelimit-resource": "core",
            "x-ratelimit-used": str(self.used),
        }

    def shape(self) -> Json:
        """As `GET /rate_limit` writes it."""
        return {
            "limit": self.limit,
            "used": self.used,
            "remaining": self.remaining,
            "reset": int(self.reset_at),
        }


@dataclass(slots=True)
class SecondaryLimits:
    """What one caller did lately: (time, points) of requests, and the times of new content."""

    requests: deque[tuple[float, int]] = field(default_factory=deque)
    content: deque[float] = field(default_factory=deque)

    def admit(self, method: str, *, is_content: bool, now: float) -> None:
        """Counts a request; a 403 with Retry-After when it is one too many."""
        points = 1 if method in ("GET", "HEAD", "OPTIONS") else WRITE_POINTS
        while self.requests and self.requests[0][0] <= now - MINUTE_SECONDS:
            self.requests.popleft()
        while self.content and self.content[0] <= now - HOUR_SECONDS:
            self.content.popleft()
        spent = sum(cost for _, cost in self.requests) + points
        lately = sum(at > now - MINUTE_SECONDS for at in self.content)
        if spent > POINTS_PER_MINUTE or (is_content and lately >= CONTENT_PER_MINUTE):
            raise Refusal(403, SECONDARY_MESSAGE, headers={"retry-after": "60"})
        if is_content and len(self.content) >= CONTENT_PER_HOUR:
            raise Refusal(403, SECONDARY_MESSAGE, headers={"retry-after": "600"})
        self.requests.append((now, points))
        if is_content:
            self.content.append(now)


@dataclass(slots=True)
class RateLimits:
    """A bucket per caller: the App (0), or an installation's id. `per_hour` holds for new buckets."""

    per_hour: int = REQUESTS_PER_HOUR
    buckets: dict[int, Bucket] = field(default_factory=dict)
    secondary: dict[int, SecondaryLimits] = field(default_factory=dict)

    def bucket(self, key: int, now: float) -> Bucket:
        """The caller's bucket; a new one when the hour is over."""
        bucket = self.buckets.get(key)
        if bucket is None or bucket.reset_at <= now:
            bucket = self.buckets[key] = Bucket(self.per_hour, now + HOUR_SECONDS)
        return bucket

    def admit_secondary(self, key: int, method: str, *, is_content: bool, now: float) -> None:
        """Counts a request against the caller's secondary limits; a 403 when it is one too many."""
        self.secondary.setdefault(key, SecondaryLimits()).admit(method, is_content=is_content, now=now)

    def refuse_if_spent(self, key: int, now: float) -> None:
        """A 403 once nothing is left."""
        bucket = self.bucket(key, now)
        if not bucket.remaining:
            raise Refusal(
                403, f"API rate limit exceeded for installation ID {key}.", headers=bucket.headers()
            )
