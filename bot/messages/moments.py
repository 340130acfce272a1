"""Times and durations as people read them: UTC, to the minute.

Takes numbers and gives words. Must never ask what time it is.
"""

from datetime import UTC, datetime, timedelta

from bot.domain.values import Seconds

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(at: Seconds) -> str:
    """Write a time (epoch seconds) as `2026-01-02 14:03 UTC`."""
    return f"{_EPOCH + timedelta(seconds=int(at)):%Y-%m-%d %H:%M} UTC"


def duration(seconds: Seconds) -> str:
    """Write a duration in its two largest units: `42 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`."""
    left = max(0, round(seconds))
    parts = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
