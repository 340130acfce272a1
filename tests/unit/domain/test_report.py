"""A deployer's report is read strictly, and what is shown of it is bounded and plain."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.report import DESCRIPTION_CHARS_MAX, ReportInvalid, plain_description, read_report, web_link
from bot.domain.values import Report


def read(**fields: Any) -> Report:
    return read_report(json.dumps({"deployment": "d-0123456789", "state": "succeeded"} | fields).encode())


def test_a_whole_report_is_read() -> None:
    assert read(
        attempt=1, step=0, sequence=3, description="done", percent=40, log_url="https://ci.example/1"
    ) == Report("d-0123456789", "succeeded", 1, 0, 3, "done", 40.0, "https://ci.example/1")


def test_what_may_be_left_out_is_unknown() -> None:
    assert read(unknown_key="ours not") == Report("d-0123456789", "succeeded")


@pytest.mark.parametrize(
    "given_percent,percent", [(-5, 0.0), (0, 0.0), (99.5, 99.5), (250, 100.0), (None, None)]
)
def test_a_percentage_stays_between_none_and_all(given_percent: float | None, percent: float | None) -> None:
    assert read(percent=given_percent).percent == percent


DESCRIPTIONS = [
    (None, None),
    ("", None),
    (" \n\t ", None),
    ("rolled out", "rolled out"),
    ("line one\nline two\r\n", "line one line two"),
    ("\x1b[31mred\x1b[0m", "[31mred [0m"),
    ("a\x00b", "a b"),
    ("evil \u202egnp.exe", "evil gnp.exe"),
    ("👩‍🚀 ok", "👩‍🚀 ok"),
    ("a" * 5_000, "a" * DESCRIPTION_CHARS_MAX),
    ("a" * 1_000_000, "a" * DESCRIPTION_CHARS_MAX),
]


@pytest.mark.parametrize("text,shown", DESCRIPTIONS, ids=range(len(DESCRIPTIONS)))
def test_a_description_is_one_short_line_without_control_characters(
    text: str | None, shown: str | None
) -> None:
    assert plain_description(text) == shown


LINKS = [
    ("https://ci.example.com/run/1?a=b#c", True),
    ("http://10.0.0.1:8080/", True),
    ("HTTPS://CI.EXAMPLE.COM/", True),
    ("javascript:alert(1)", False),
    ("data:text/html,x", False),
    ("ftp://example.com/", False),
    ("//example.com/", False),
    ("/relative", False),
    ("https://", False),
    ("https:///path", False),
    ("https://[::1", False),
    ("https://example.com/ x", False),
    ("https://example.com/\n", False),
    ("https://example.com/|x>", False),
    ("https://exämple.com/", False),
    ("https://example.com/" + "a" * 2_000, False),
    ("", False),
]


@pytest.mark.parametrize("url,kept", LINKS)
def test_only_links_that_a_person_can_follow_are_kept(url: str, kept: bool) -> None:
    assert web_link(url) == (url if kept else None)


def test_what_is_wrong_with_a_report_is_said_in_a_sentence() -> None:
    with pytest.raises(ReportInvalid, match=r"missing required field `state`.*\.$"):
        read_report(b'{"deployment": "d-0123456789"}')
    with pytest.raises(ReportInvalid, match=r"^The body is not valid JSON\.$"):
        read_report(b"{")


@given(
    st.binary(max_size=100)
    | st.text().map(lambda text: json.dumps({"deployment": "d", "state": text}).encode())
)
def test_whatever_comes_is_a_report_or_refused_in_a_sentence(body: bytes) -> None:
    try:
        sentence = read_report(body).state + "."
    except ReportInvalid as error:
        sentence = str(error)
    assert sentence.endswith(".")


@given(st.text())
def test_a_description_is_never_long_and_never_has_control_characters(text: str) -> None:
    shown = plain_description(text) or ""
    assert len(shown) <= DESCRIPTION_CHARS_MAX
    assert all(ord(character) >= 32 for character in shown)
