"""The primary rate limit: so many requests per hour for each installation and for the App itself.

A conditional request that ends in 304 costs nothing ("Best practices for using the REST API").
It must never slow anybody down: it refuses, as GitHub does.
"""

from dataclasses import dataclass, field

from bot.sandbox.github.exchange import Json, Refusal

REQUESTS_PER_HOUR = 5_000
HOUR_SECONDS = 3600.0


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
class RateLimits:
    """A bucket per caller: the App (0), or an installation's id. `per_hour` holds for buckets made from now on."""

    per_hour: int = REQUESTS_PER_HOUR
    buckets: dict[int, Bucket] = field(default_factory=dict)

    def bucket(self, key: int, now: float) -> Bucket:
        """The caller's bucket; a new one when the hour is over."""
        bucket = self.buckets.get(key)
        if bucket is None or bucket.reset_at <= now:
            bucket = self.buckets[key] = Bucket(self.per_hour, now + HOUR_SECONDS)
        return bucket

    def refuse_if_spent(self, key: int, now: float) -> None:
        """A 403 once nothing is left."""
        bucket = self.bucket(key, now)
        if not bucket.remaining:
            raise Refusal(
                403, f"API rate limit exceeded for installation ID {key}.", headers=bucket.headers()
            )
