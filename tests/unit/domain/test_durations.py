"""Durations as people write them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.durations import DURATION_PATTERN, DURATION_SECONDS_MAX, format_duration, parse_duration


@pytest.mark.parametrize(
    "text,seconds",
    [("90s", 90), ("5m", 300), ("1h30m", 5400), ("2d", 172_800), ("1d2h3m4s", 93_784), ("0h5m", 300)],
)
def test_a_duration_is_read_as_seconds(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "m",
        "5 m",
        "5M",
        "-5m",
        "1.5h",
        "5m1h",
        "5m5m",
        "0s",
        "0d0h",
        "5m\n",
        "\u0665m",
        "9" * 5000 + "s",
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a duration is written like"):
        parse_duration(text)


def test_ten_years_are_the_longest() -> None:
    assert parse_duration("3650d") == DURATION_SECONDS_MAX
    with pytest.raises(ValueError, match="ten years"):
        parse_duration("3650d1s")


@pytest.mark.parametrize(
    "seconds,text", [(0, "0s"), (59, "59s"), (60, "1m"), (90, "1m30s"), (5400, "1h30m"), (172_800, "2d")]
)
def test_seconds_are_written_largest_unit_first(seconds: int, text: str) -> None:
    assert format_duration(seconds) == text


def test_a_duration_is_never_negative() -> None:
    with pytest.raises(ValueError, match="never negative"):
        format_duration(-1)


@given(st.integers(1, DURATION_SECONDS_MAX))
def test_what_is_written_reads_the_same(seconds: int) -> None:
    text = format_duration(seconds)
    assert parse_duration(text) == seconds
    assert re.fullmatch(DURATION_PATTERN, text)
