"""Times in configuration files: freezes, schedules and time zones, read as people write them.

`Fri 16:00` is a moment of every week, `2026-12-24` and `2026-12-24T16:00` are moments of one year. YAML
leaves them as text, so nothing here depends on how a parser guesses. Must never read a clock.
"""

import re
import zoneinfo
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from bot.configuration.containers import Key, Record
from bot.configuration.shapes import Text, plain_text
from bot.domain.policy import FreezeWindow, WeeklyMoment

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_WEEKLY = f"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) {_CLOCK}"
_DATE = "2[01][0-9]{2}-[01][0-9]-[0-3][0-9]"
_DATED = f"{_DATE}(?:[T ]{_CLOCK}(?::[0-5][0-9])?(?:Z|[+-]{_CLOCK})?)?"
_MOMENT = re.compile(f"(?:{_WEEKLY}|{_DATED})")
_HOW = "it is written like `Fri 16:00`, `2026-12-24` or `2026-12-24T16:00`"

_CRON_LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_CRON_NAMES = (
    (),
    (),
    (),
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    ("sun", "mon", "tue", "wed", "thu", "fri", "sat"),
)


def parse_start(text: str) -> WeeklyMoment | datetime:
    """Give the moment that `text` names; a mere date is its first minute. Raises ValueError."""
    if not _MOMENT.fullmatch(text):
        raise ValueError(_HOW)
    if text[0].isdigit():
        try:
            return datetime.fromisoformat(text)
        except ValueError as error:
            raise ValueError("there is no such day") from error
    weekday, clock = text.split(" ")
    hours, minutes = clock.split(":")
    return WeeklyMoment(_WEEKDAYS.index(weekday.lower()), int(hours) * 60 + int(minutes))


def parse_end(text: str) -> WeeklyMoment | datetime:
    """Like `parse_start`, but a mere date is meant to its last minute, so that it counts itself."""
    moment = parse_start(text)
    is_date = isinstance(moment, datetime) and len(text) == len("2026-12-24")
    return moment + timedelta(days=1) if isinstance(moment, datetime) and is_date else moment


def check_window(window: FreezeWindow) -> str | None:
    """Say why a freeze could never hold, or would always; None = it is fine."""
    start, end = window.start, window.end
    if isinstance(start, datetime) and isinstance(end, datetime):
        if (start.tzinfo is None) != (end.tzinfo is None):
            return "`from` and `to` both have an offset such as `+01:00`, or both have none"
        return None if start < end else "`to` is not after `from`, so this freeze never holds"
    if type(start) is not type(end):
        return "`from` and `to` are both weekly (`Fri 16:00`) or both dates"
    return "`from` and `to` are the same: that could mean always or never" if start == end else None


@lru_cache(maxsize=1)
def known_timezones() -> frozenset[str]:
    """Give the names in the time zone data. UTC is always one; the machine's own zone has no say."""
    return frozenset(zoneinfo.available_timezones() - {"localtime"} | {"UTC"})


def parse_timezone(text: str) -> str:
    """Give back the name of a time zone. Raises ValueError if nobody knows it."""
    if text not in known_timezones():
        raise ValueError("no time zone of this name is known")
    return text


def parse_cron(text: str) -> str:
    """Give back a cron line of five fields. Raises ValueError naming the field that is wrong."""
    fields = text.split()
    if len(fields) != len(_CRON_LIMITS):
        raise ValueError("it has five fields: minute, hour, day of the month, month, day of the week")
    for field, limits, names in zip(fields, _CRON_LIMITS, _CRON_NAMES, strict=True):
        if not all(_is_cron_part(part, limits, names) for part in field.lower().split(",")):
            raise ValueError(f"in the field `{field}` numbers go from {limits[0]} to {limits[1]}")
    return " ".join(fields)


def _is_cron_part(part: str, limits: tuple[int, int], names: tuple[str, ...]) -> bool:
    """Whether `part` is `*`, a value or a range, with or without `/step`."""
    span, slash, step = part.partition("/")
    if slash and not (re.fullmatch("[0-9]{1,2}", step) and int(step) > 0):
        return False
    if span == "*":
        return True
    numbers = [_cron_number(each, limits, names) for each in span.split("-")]
    if None in numbers or len(numbers) > 2:
        return False
    return numbers == sorted(each for each in numbers if each is not None)


def _cron_number(text: str, limits: tuple[int, int], names: tuple[str, ...]) -> int | None:
    if text in names:
        return names.index(text) + limits[0]
    number = int(text) if re.fullmatch("[0-9]{1,2}", text) else -1
    return number if limits[0] <= number <= limits[1] else None


TIMEZONE: Final = Text(
    "a time zone",
    parse_timezone,
    "[A-Za-z0-9_+/-]+",
    longest=60,
    example="Europe/Berlin",
    known=known_timezones,
)
SCHEDULE: Final = Text("a schedule", parse_cron, r"\S+(?:\s+\S+){4}", longest=100)


def _moment(parse: Callable[[str], WeeklyMoment | datetime]) -> Text[WeeklyMoment | datetime]:
    return Text("a moment", parse, f"(?:{_WEEKLY}|{_DATED})", longest=40, example="Fri 16:00")


FREEZE: Final = Record(
    {
        "from": Key(
            _moment(parse_start), "When it begins: `Fri 16:00` or an ISO date.", "start", required=True
        ),
        "to": Key(_moment(parse_end), "When it ends; a date counts itself.", "end", required=True),
        "timezone": Key(TIMEZONE, "In which zone these times are meant."),
        "reason": Key(plain_text(longest=200), "Shown to whoever is refused."),
    },
    FreezeWindow,
    FreezeWindow,
    problem=check_window,
)
