"""Texts cut to what GitHub takes."""

import pytest

from bot.github.texts import CUT_NOTE, cut_line, cut_markdown


def test_a_text_that_fits_stays_as_it_is() -> None:
    assert cut_markdown("a\nb", 3) == "a\nb"


@pytest.mark.parametrize("length", [100, 101, 137, 250])
def test_a_cut_text_ends_at_a_line_and_fits(length: int) -> None:
    cut = cut_markdown("a line\n" * 100, length)
    assert len(cut) <= length
    assert cut.endswith(f"a line{CUT_NOTE}")


def test_an_open_code_block_is_closed() -> None:
    cut = cut_markdown("Log:\n```text\n" + "a line\n" * 100 + "```\n", 200)
    assert cut.endswith(f"a line\n```{CUT_NOTE}")


def test_one_long_line_is_cut_within() -> None:
    cut = cut_markdown("Title\n" + "x" * 1000, 200)
    assert len(cut) <= 200
    assert cut.count("x") > 100


@pytest.mark.parametrize(
    ("text", "line"), [("short", "short"), ("two\n lines", "two lines"), ("x" * 11, "x" * 9 + "…"), ("", "")]
)
def test_a_line_is_one_line_of_its_length(text: str, line: str) -> None:
    assert cut_line(text, 10) == line
