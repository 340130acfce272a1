"""Schedules and time zones. Freezes are judged with the repository's file."""

import pytest

from bot.configuration.moments import known_timezones, parse_cron, parse_timezone


@pytest.mark.parametrize(
    "line",
    [
        "* * * * *",
        "0 9 * * 1-5",
        "*/15 0-6/2 1,15 jan-mar,DEC sun",
        "59 23 31 12 7",
        "5 4 * * mon-fri",
    ],
)
def test_a_cron_line_is_taken(line: str) -> None:
    assert parse_cron(line) == line


def test_blanks_between_fields_are_evened_out() -> None:
    assert parse_cron("  0  9 * *\t1 ") == "0 9 * * 1"


@pytest.mark.parametrize(
    "line,problem",
    [
        ("", "five fields"),
        ("@daily", "five fields"),
        ("* * * * * *", "five fields"),
        ("60 * * * *", "`60` numbers go from 0 to 59"),
        ("* 24 * * *", "`24` numbers go from 0 to 23"),
        ("* * 0 * *", "`0` numbers go from 1 to 31"),
        ("* * * 13 *", "`13` numbers go from 1 to 12"),
        ("* * * * 8", "`8` numbers go from 0 to 7"),
        ("5-1 * * * *", "`5-1`"),
        ("1-2-3 * * * *", "`1-2-3`"),
        ("*/0 * * * *", "`*/0`"),
        ("*/x * * * *", "`*/x`"),
        ("1, * * * *", "`1,`"),
        ("- * * * *", "`-`"),
        ("-1 * * * *", "`-1`"),
        ("\u0661 * * * *", "`\u0661`"),
        ("jan * * * *", "`jan`"),
    ],
)
def test_another_line_is_refused_with_the_field_that_is_wrong(line: str, problem: str) -> None:
    with pytest.raises(ValueError, match=r"five fields|in the field") as refused:
        parse_cron(line)
    assert problem in str(refused.value)


def test_utc_is_always_known() -> None:
    assert parse_timezone("UTC") == "UTC"
    assert "Europe/Berlin" in known_timezones()


@pytest.mark.parametrize(
    "name", ["localtime", "posix/UTC", "right/UTC", "Europe", "europe/berlin", "../UTC", "/etc"]
)
def test_what_depends_on_the_machine_is_no_time_zone(name: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        parse_timezone(name)
