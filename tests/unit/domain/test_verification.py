"""What the samples of a verification mean."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.verification import (
    CheckProbe,
    HttpProbe,
    PrometheusProbe,
    Verification,
    Watch,
    begin,
    judge,
    named,
    taken,
)

SHOP = HttpProbe(url="https://shop.example.com/healthz", every=10, failures=3)
ERRORS = PrometheusProbe(url="https://prom.example.com", query="error_ratio", maximum=0.01)
BOTH = Verification(duration=60, http=(SHOP,), prometheus=(ERRORS,))
ENDS = 1060.0


def watched(*samples: tuple[int, bool | None], verification: Verification = BOTH) -> Watch:
    watch = begin(verification, 1000.0)
    for place, good in samples:
        watch = taken(watch, place, good, {True: "fine", False: "bad", None: "silent"}[good])
    return watch


@pytest.mark.parametrize(
    "samples,now,result",
    [
        ([(0, True), (1, True)], 1030, "go_on"),
        ([(0, True), (1, True)], ENDS, "passed"),
        ([(0, False)] * 2, 1030, "go_on"),
        ([(0, False)] * 3, 1030, "failed"),
        ([(0, False), (0, False), (0, True), (0, False), (1, True)], 1030, "go_on"),
        ([(0, False), (0, None), (0, False), (0, False)], 1030, "failed"),
        ([(0, True), (1, None)], ENDS, "go_on"),
        ([(0, True)], ENDS + ERRORS.every * 4, "inconclusive"),
        ([(0, True), (1, None)], ENDS + ERRORS.every * 4, "inconclusive"),
        ([(0, True), (1, True), (1, None)], ENDS + ERRORS.every * 4, "inconclusive"),
        ([(0, True), (1, True), (1, None), (1, True)], ENDS + 30, "passed"),
        ([(0, False), (0, None), (0, True), (1, True)], ENDS, "passed"),
        ([(1, False)] * 3, 1030, "failed"),
        ([(0, True), (1, True), (0, False)], ENDS, "go_on"),
        ([(0, True), (1, True), (0, False)], ENDS + SHOP.every * 4, "inconclusive"),
    ],
)
def test_what_samples_mean(samples: list[Any], now: float, result: str) -> None:
    assert judge(BOTH, watched(*samples), now)[0] == result


def test_the_evidence_names_the_probe_and_what_it_showed() -> None:
    assert judge(BOTH, watched(*[(0, False)] * 3), 1030)[1] == f"{SHOP.url}: bad (3 times in a row)"
    assert judge(BOTH, watched((0, True)), ENDS + 120)[1] == "error_ratio ≤ 0.01: it was not asked once"


def test_nothing_to_watch_passes_at_its_end() -> None:
    nothing = Verification(duration=60)
    assert judge(nothing, begin(nothing, 1000.0), 1059)[0] == "go_on"
    assert judge(nothing, begin(nothing, 1000.0), ENDS)[0] == "passed"


def test_a_sample_of_a_place_that_is_not_there_changes_nothing() -> None:
    assert taken(watched(), 7, good=False, said="bad") == watched()


@pytest.mark.parametrize(
    "probe,name",
    [
        (
            PrometheusProbe(url="https://p.example", query="q", maximum=2, growth=1.5),
            "q ≤ 2 and ≤ 1.5 times the value before",
        ),
        (PrometheusProbe(url="https://p.example", query="q", growth=1.5), "q ≤ 1.5 times the value before"),
        (CheckProbe(name="e2e"), "check e2e"),
    ],
)
def test_people_know_a_probe_by_what_it_compares(probe: Any, name: str) -> None:
    assert named(probe) == name


def test_one_red_check_is_enough() -> None:
    only = Verification(checks=(CheckProbe(name="e2e"),))
    assert judge(only, watched((0, False), verification=only), 1010)[0] == "failed"


@given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from([True, False, None]))), st.floats(1000, 1400))
def test_it_never_passes_unless_every_probe_was_good_last(
    samples: list[tuple[int, bool | None]], now: float
) -> None:
    if judge(BOTH, watched(*samples), now)[0] == "passed":
        last = dict(samples)
        assert last == {0: True, 1: True}
        assert now >= ENDS
