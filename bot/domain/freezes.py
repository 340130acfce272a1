"""Whether a configured freeze holds now, and when it ends: weekly and dated windows, in their time zone.

A moment that a change of the clocks skips counts as the first minute after it. One that comes twice begins a
freeze the first time and ends it the second: in doubt nothing is deployed.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.policy import FreezeWindow, WeeklyMoment
from bot.domain.values import Seconds

WEEK = timedelta(days=7)
_MINUTE = timedelta(minutes=1)


def in_force(windows: Iterable[FreezeWindow], now: Seconds) -> tuple[FreezeWindow, Seconds] | None:
    """Give the freeze that holds now and ends last, and when it ends; None = none holds."""
    at = datetime.fromtimestamp(now, UTC)
    found = [(window, end.timestamp()) for window in windows if (end := _end_of(window, at)) is not None]
    return max(found, key=lambda each: each[1], default=None)


def _end_of(window: FreezeWindow, at: datetime) -> datetime | None:
    """When the window that holds at this time ends; None = it does not hold."""
    ends = [end for start, end in _spans(window, at) if start <= at < end]
    return max(ends, default=None)


def _spans(window: FreezeWindow, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The spans of the window that may hold at this time."""
    zone = ZoneInfo(window.timezone)
    start, end = window.start, window.end
    if isinstance(start, datetime) and isinstance(end, datetime):
        yield _instant(start, zone, last=False), _instant(end, zone, last=True)
    elif isinstance(start, WeeklyMoment) and isinstance(end, WeeklyMoment):
        lasts = (_since_monday(end) - _since_monday(start)) % WEEK
        today = at.astimezone(zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
        monday = today - timedelta(days=today.weekday())
        for weeks in (-1, 0):  # one that began last week may still hold
            begins = monday + weeks * WEEK + _since_monday(start)
            yield _instant(begins, zone, last=False), _instant(begins + lasts, zone, last=True)


def _since_monday(moment: WeeklyMoment) -> timedelta:
    return timedelta(days=moment.weekday, minutes=moment.minute)


def _instant(moment: datetime, zone: ZoneInfo, *, last: bool) -> datetime:
    """The instant of a local moment: of two, the first or the last; of none, the next minute that exists."""
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    while not _exists(moment, zone):
        moment += _MINUTE
    both = [moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return max(both) if last else min(both)


def _exists(moment: datetime, zone: ZoneInfo) -> bool:
    there = moment.replace(tzinfo=zone).astimezone(UTC)
    return there.astimezone(zone).replace(tzinfo=None, fold=0) == moment.replace(fold=0)
