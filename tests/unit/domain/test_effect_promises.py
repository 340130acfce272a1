"""The table of what each effect's target can promise is complete, and tells the times that the code keeps."""

import pytest

from bot.domain.effect_promises import PROMISES, effects_table, with_effects_table
from bot.domain.effects import ALL_KINDS, CallDeployer, CancelDeployer
from bot.doubt import LOOKS_SECONDS
from bot.drivers import OURS, github_actions
from bot.slack.performers import HISTORY_PAGE, HISTORY_PAGES_MAX


def test_every_kind_of_effect_has_a_row_and_no_other() -> None:
    assert {promise.kind for promise in PROMISES} == {kind.KIND for kind in ALL_KINDS}


@pytest.mark.parametrize("kind", [CallDeployer.KIND, CancelDeployer.KIND])
def test_what_deployers_are_asked_has_a_row_for_each_driver(kind: str) -> None:
    assert sorted(promise.driver for promise in PROMISES if promise.kind == kind) == sorted(OURS)


def test_no_row_is_there_twice() -> None:
    assert len({(promise.kind, promise.driver) for promise in PROMISES}) == len(PROMISES)


def test_the_times_that_it_tells_are_those_that_are_kept() -> None:
    first, last = LOOKS_SECONDS
    assert f"{first:.0f} s and {last:.0f} s after the last attempt" in effects_table()
    soon, later, latest = github_actions.LOOKS_SECONDS
    (dispatch,) = [
        each for each in PROMISES if (each.kind, each.driver) == ("deployer.call", "github_actions")
    ]
    assert f"{soon:.0f}, {later:.0f} and {latest:.0f} s" in dispatch.how
    lists = [each for each in PROMISES if each.by == "look-up" and "lags by" in each.window]
    assert all(f"more than {last:.0f} s" in each.window for each in lists)


def test_a_history_is_read_as_far_as_it_tells() -> None:
    assert f"at most {HISTORY_PAGE * HISTORY_PAGES_MAX:,} messages" in effects_table()


def test_every_row_has_all_columns() -> None:
    rows = [line for line in effects_table().splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {7}


def test_the_table_replaces_the_one_that_stands_on_the_page() -> None:
    page = "before\n<!-- effects -->\nstale words\n<!-- /effects -->\nafter\n"
    once = with_effects_table(page)
    assert once == with_effects_table(once)
    assert once.startswith("before\n<!-- effects -->\n*Once*")
    assert once.endswith("<!-- /effects -->\nafter\n")
    assert "stale words" not in once
