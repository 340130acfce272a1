"""Names that people read out and programs compare."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.identity import crockford, derive
from bot.domain.speech import read_id

PARTS = st.lists(st.text(max_size=20) | st.integers(), max_size=4)


@given(PARTS)
def test_a_requests_and_a_deployments_id_are_ten_characters_that_the_grammar_reads(
    parts: list[str | int],
) -> None:
    for prefix in ("r", "d"):
        id = derive(prefix, *parts)
        assert re.fullmatch(rf"{prefix}-[0-9a-hjkmnp-tv-z]{{10}}", id)
        assert read_id(id.upper()) == id


@given(PARTS)
def test_the_same_cause_gives_the_same_id(parts: list[str | int]) -> None:
    assert derive("d", *parts) == derive("d", *parts)


@pytest.mark.parametrize("prefix", ["e", "x"])
def test_ids_that_nobody_reads_out_are_longer(prefix: str) -> None:
    assert len(derive(prefix, "a")) == 18


def test_parts_do_not_run_together() -> None:
    assert derive("d", "ab", "c") != derive("d", "a", "bc")
    assert derive("d", "a", 1) != derive("d", "a1")


def test_many_causes_give_many_ids() -> None:
    assert len({derive("d", n) for n in range(20_000)}) == 20_000


@pytest.mark.parametrize(("number", "text"), [(0, "0000"), (31, "000z"), (32, "0010"), (32**4 - 1, "zzzz")])
def test_crockfords_digits(number: int, text: str) -> None:
    assert crockford(number, 4) == text
