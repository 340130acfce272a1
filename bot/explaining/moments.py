"""Times as a page shows them: to the second, in UTC, and how long ago.

Takes numbers and gives words. Must never ask what time it is.
"""

from datetime import UTC, datetime, timedelta

from bot.domain.values import Seconds

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def moment(at: Seconds) -> str:
    """Write a time as `2026-01-02 14:03:22 UTC`."""
    return f"{_at(at):%Y-%m-%d %H:%M:%S} UTC"


def clock(at: Seconds) -> str:
    """Write the time of day: `14:03:22`."""
    return f"{_at(at):%H:%M:%S}"


def machine(at: Seconds) -> str:
    """Write a time for programs, in RFC 3339."""
    return _at(at).isoformat(timespec="seconds").replace("+00:00", "Z")


def age(at: Seconds, now: Seconds) -> str:
    """Write how long ago it was: `just now`, `42 s ago`, `3 min ago`, `2 h ago`, `5 d ago`."""
    passed = now - at
    for size, unit in _UNITS:
        if passed >= size:
            return f"{int(passed // size)} {unit} ago"
    return "just now"


def _at(at: Seconds) -> datetime:
    return _EPOCH + timedelta(seconds=int(at))
