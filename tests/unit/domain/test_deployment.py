"""One deployment as a pure state machine."""

from typing import get_args

import pytest
from msgspec.structs import replace

from bot.domain.deployment import (
    ENDED,
    WENT_WRONG,
    EndState,
    State,
    ended,
    is_old_news,
    progressed,
    started,
)
from bot.domain.values import Report
from tests.unit.reactors.stories import AT, GOOD, deployment, running

STATES: tuple[State, ...] = get_args(State)


def test_the_ends_are_the_same_everywhere() -> None:
    assert set(get_args(EndState)) == ENDED
    assert WENT_WRONG < ENDED


@pytest.mark.parametrize("state", STATES)
def test_an_outcome_is_fixed_once(state: State) -> None:
    there = deployment(state=state)
    now = ended(there, "failed", AT, "deployer_failed")
    assert now.state == (state if state in ENDED else "failed")
    assert there.ended == (state in ENDED)


@pytest.mark.parametrize("state", sorted(ENDED))
def test_an_ended_deployment_never_runs_again(state: State) -> None:
    there = deployment(state=state)
    assert progressed(there, Report("d-new", "in_progress", percent=50.0), AT) == there


def test_success_is_a_hundred_percent() -> None:
    assert ended(replace(running(), percent=40.0), "succeeded", AT, None).percent == 100.0
    assert ended(replace(running(), percent=40.0), "failed", AT, None).percent == 40.0


def test_the_first_report_is_the_acceptance() -> None:
    there = started(deployment(), AT, GOOD)
    assert (there.state, there.started_at, there.previous_sha) == ("starting", AT, GOOD)
    first = progressed(there, Report("d-new", "accepted"), AT + 1)
    second = progressed(first, Report("d-new", "in_progress"), AT + 2)
    assert (second.state, second.accepted_at) == ("running", AT + 1)


def test_a_report_takes_nothing_away() -> None:
    told = Report("d-new", "in_progress", sequence=2, percent=40.0, description="x", log_url="https://l")
    there = progressed(running(), told, AT)
    assert progressed(there, Report("d-new", "in_progress"), AT) == there


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (Report("d-new", "failed"), None),
        (Report("d-new", "failed", attempt=1, step=0, sequence=4), None),
        (Report("d-new", "failed", attempt=2, sequence=9), "other_attempt"),
        (Report("d-new", "failed", step=1, sequence=9), "other_step"),
        (Report("d-new", "failed", sequence=3), "old_sequence"),
    ],
)
def test_old_news_is_known_by_attempt_step_and_sequence(report: Report, why: str | None) -> None:
    assert is_old_news(replace(running(), sequence=3), report) == why
