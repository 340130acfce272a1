"""When a configured freeze holds, through weeks, years and changes of the clocks."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.domain.freezes import in_force
from bot.domain.policy import FreezeWindow, WeeklyMoment

FRI, SUN, MON = 4, 6, 0


def weekly(start: tuple[int, str], end: tuple[int, str], zone: str = "Europe/Berlin") -> FreezeWindow:
    def moment(day: int, clock: str) -> WeeklyMoment:
        hours, minutes = clock.split(":")
        return WeeklyMoment(day, int(hours) * 60 + int(minutes))

    return FreezeWindow(start=moment(*start), end=moment(*end), timezone=zone, reason="weekend")


def dated(start: str, end: str, zone: str = "Europe/Berlin") -> FreezeWindow:
    return FreezeWindow(start=datetime.fromisoformat(start), end=datetime.fromisoformat(end), timezone=zone)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def ends(window: FreezeWindow, when: str) -> str | None:
    found = in_force([window], at(when))
    return None if found is None else datetime.fromtimestamp(found[1], UTC).strftime("%m-%d %H:%M")


WEEKEND = weekly((FRI, "16:00"), (MON, "08:00"))
TABLE: list[tuple[FreezeWindow, str, str | None]] = [
    # Berlin is UTC+1 in winter: Friday 16:00 is 15:00 UTC.
    (WEEKEND, "2026-01-02 14:59", None),
    (WEEKEND, "2026-01-02 15:00", "01-05 07:00"),
    (WEEKEND, "2026-01-04 23:00", "01-05 07:00"),
    (WEEKEND, "2026-01-05 06:59", "01-05 07:00"),
    (WEEKEND, "2026-01-05 07:00", None),
    # In summer UTC+2.
    (WEEKEND, "2026-07-03 14:00", "07-06 06:00"),
    (WEEKEND, "2026-07-03 13:59", None),
    # Clocks go forward in the night to Sunday 2026-03-29: it begins in winter time, ends in summer time.
    (WEEKEND, "2026-03-27 15:00", "03-30 06:00"),
    # And back on 2026-10-25.
    (WEEKEND, "2026-10-23 14:00", "10-26 07:00"),
    # 02:30 does not exist on 2026-03-29: it counts as 03:00 summer time, 01:00 UTC.
    (weekly((SUN, "02:30"), (SUN, "12:00")), "2026-03-29 00:59", None),
    (weekly((SUN, "02:30"), (SUN, "12:00")), "2026-03-29 01:00", "03-29 10:00"),
    # 02:30 comes twice on 2026-10-25: it begins the first time (00:30 UTC) …
    (weekly((SUN, "02:30"), (SUN, "12:00")), "2026-10-25 00:30", "10-25 11:00"),
    (weekly((SUN, "02:30"), (SUN, "12:00")), "2026-10-25 01:10", "10-25 11:00"),
    # … and ends the second time (01:30 UTC).
    (weekly((SUN, "00:00"), (SUN, "02:30")), "2026-10-25 01:29", "10-25 01:30"),
    (weekly((SUN, "00:00"), (SUN, "02:30")), "2026-10-25 01:30", None),
    # Over the end of the year.
    (dated("2026-12-24T16:00", "2027-01-02T00:00"), "2026-12-24 15:00", "01-01 23:00"),
    (dated("2026-12-24T16:00", "2027-01-02T00:00"), "2027-01-01 22:59", "01-01 23:00"),
    (dated("2026-12-24T16:00", "2027-01-02T00:00"), "2027-01-01 23:00", None),
    # An offset of its own goes before the zone.
    (dated("2026-06-01T00:00+00:00", "2026-06-02T00:00+00:00"), "2026-06-01 23:59", "06-02 00:00"),
    # Within one week, and around its end.
    (weekly((MON, "08:00"), (FRI, "16:00"), "UTC"), "2026-01-05 08:00", "01-09 16:00"),
    (weekly((MON, "08:00"), (FRI, "16:00"), "UTC"), "2026-01-09 16:00", None),
]


@pytest.mark.parametrize(("window", "when", "until"), TABLE)
def test_it_holds_from_its_start_until_before_its_end(
    window: FreezeWindow, when: str, until: str | None
) -> None:
    assert ends(window, when) == until


def test_of_several_the_one_that_ends_last_is_told() -> None:
    short = weekly((FRI, "16:00"), (FRI, "18:00"))
    found = in_force([short, WEEKEND], at("2026-01-02 15:30"))
    assert found is not None
    assert found[0] is WEEKEND


def test_without_windows_nothing_holds() -> None:
    assert in_force([], at("2026-01-02 15:30")) is None


@given(
    some.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)),  # noqa: DTZ001 - made aware below
    some.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
)
def test_a_week_and_its_complement_leave_no_gap(moment: datetime, zone: str) -> None:
    now = moment.replace(tzinfo=UTC).timestamp()
    one, other = weekly((FRI, "16:00"), (MON, "08:00"), zone), weekly((MON, "08:00"), (FRI, "16:00"), zone)
    assert in_force([one, other], now) is not None
