"""Durations as people write them: `90s`, `5m`, `1h30m`, `2d`.

Used wherever a file or a command names a span of time. Must never guess: a number without a unit, a
unit twice or out of order, or nothing at all is refused.
"""

import re

DURATION_SECONDS_MAX = 3650 * 86_400

_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))

DURATION_PATTERN = "(?=.*[1-9])" + "".join(f"(?:([0-9]{{1,9}}){unit})?" for unit, _ in _UNITS)
"""The form alone, for JSON Schema and for people who write their own tools; the longest is ten years."""

_DURATION = re.compile(DURATION_PATTERN)


def parse_duration(text: str) -> int:
    """Give the seconds that `text` means, at least 1. Raises ValueError with a sentence for people."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError("a duration is written like `90s`, `5m`, `1h30m` or `2d`")
    seconds = sum(int(count or 0) * size for count, (_, size) in zip(found.groups(), _UNITS, strict=True))
    if seconds > DURATION_SECONDS_MAX:
        raise ValueError("the longest duration is ten years (`3650d`)")
    return seconds


def format_duration(seconds: int) -> str:
    """Write `seconds` (0 or more) the way `parse_duration` reads it, largest unit first."""
    if seconds < 0:
        raise ValueError("a duration is never negative")
    parts = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
