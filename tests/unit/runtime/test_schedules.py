"""When a schedule is due: daylight saving, what was missed, and what is not due yet."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.runtime.schedules import newest_due

BERLIN = "Europe/Berlin"


def at(text: str, zone: str = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("since", "now", "due"),
    [
        ("2026-01-10 03:00", "2026-01-11 02:59", None),
        ("2026-01-10 03:00", "2026-01-11 03:00", "2026-01-11 03:00"),
        ("2026-01-10 03:00", "2026-01-11 03:01", "2026-01-11 03:00"),
        ("2026-01-10 03:00", "2026-01-20 12:00", "2026-01-20 03:00"),
    ],
    ids=["not yet", "now", "a minute ago", "ten days missed, the newest once"],
)
def test_the_newest_moment_that_has_come(since: str, now: str, due: str | None) -> None:
    found = newest_due("0 3 * * *", BERLIN, at(since), at(now))
    assert found == (at(due) if due else None)


def moments(cron: str, since: str, until: str) -> list[str]:
    """Every moment at which a bot that looks each minute would act, as local times."""
    found, last, now, zone = [], at(since), at(since), ZoneInfo(BERLIN)
    while now <= at(until):
        due = newest_due(cron, BERLIN, last, now)
        if due is not None:
            found.append(datetime.fromtimestamp(due, zone).isoformat())
            last = due
        now += 60.0
    return found


def test_a_time_that_the_change_of_the_clocks_skips_comes_once() -> None:
    assert len(moments("30 2 * * *", "2026-03-28 12:00", "2026-03-29 12:00")) == 1


def test_a_time_that_comes_twice_counts_once() -> None:
    assert len(moments("30 2 * * *", "2026-10-24 12:00", "2026-10-25 12:00")) == 1


def test_midnight_is_the_zones_own() -> None:
    assert moments("0 0 * * *", "2026-07-01 12:00", "2026-07-02 12:00") == ["2026-07-02T00:00:00+02:00"]
