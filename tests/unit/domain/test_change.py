"""A pull request as deliveries tell of it: old news cannot win."""

import pytest

from bot.domain.change import COMMANDS_KEPT, MOVES_KEPT, ChangeState, Move, apply, is_old, moved_after
from bot.domain.events import (
    ChangeClosed,
    ChangeMerged,
    ChangeOpened,
    ChangeUpdated,
    CommandAnswered,
    EventData,
    TurnCame,
)
from tests.unit.reactors.stories import ADA, AT, NEW, OLDER, change

LATER = AT + 60


def opened(**changes: object) -> ChangeState:
    return apply(None, ChangeOpened(change=change(**changes)))


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (ChangeOpened(change=change(updated_at=LATER)), "open"),
        (ChangeUpdated(change=change(updated_at=LATER), before=OLDER), "open"),
        (ChangeClosed(change=change(updated_at=LATER)), "closed"),
        (
            ChangeMerged(
                change=change(updated_at=LATER), merge_sha=OLDER, merged_by=ADA, default_branch="main"
            ),
            "merged",
        ),
    ],
)
def test_each_delivery_says_how_it_stands(data: EventData, state: str) -> None:
    now = apply(opened(), data)
    assert (now.state, now.head_sha, now.updated_at) == (state, NEW, LATER)


def test_a_delivery_from_before_changes_nothing() -> None:
    closed = apply(opened(), ChangeClosed(change=change(updated_at=LATER)))
    assert apply(closed, ChangeOpened(change=change(head_sha=OLDER))) == closed
    assert is_old(closed, change())


def test_a_delivery_of_the_same_second_counts() -> None:
    assert apply(opened(), ChangeClosed(change=change())).state == "closed"


def test_every_move_of_the_head_is_remembered_even_when_it_comes_late() -> None:
    state = apply(opened(updated_at=LATER), ChangeUpdated(change=change(head_sha=OLDER), before=None))
    assert state.moves == (Move(OLDER, AT),)
    assert state.head_sha == NEW


def test_memory_is_bounded() -> None:
    state = ChangeState()
    for number in range(COMMANDS_KEPT + 5):
        state = apply(state, ChangeUpdated(change=change(updated_at=AT + number), before=None))
        answered = CommandAnswered(
            command=f"e-{number}", answer="accepted", reason="requested", request=f"r-{number}"
        )
        state = apply(state, answered)
    assert (len(state.moves), len(state.commands), len(state.requests)) == (
        MOVES_KEPT,
        COMMANDS_KEPT,
        COMMANDS_KEPT,
    )
    assert state.requests[-1] == f"r-{COMMANDS_KEPT + 4}"


def test_a_command_without_a_request_is_remembered_as_answered_only() -> None:
    state = apply(None, CommandAnswered(command="e-1", answer="refused", reason="expired"))
    assert (state.commands, state.requests) == (("e-1",), ())


def test_what_does_not_concern_it_leaves_it_as_it_was() -> None:
    assert apply(opened(), TurnCame()) == opened()


@pytest.mark.parametrize(
    ("given_at", "moved"),
    [(AT - 1, AT + 30.5), (AT + 30.9, None), (AT + 29.9, AT + 30.5), (AT + 31, None)],
)
def test_the_same_second_counts_as_before_the_command(given_at: float, moved: float | None) -> None:
    assert moved_after(ChangeState(moves=(Move(NEW, AT + 30.5), Move(OLDER, AT))), given_at) == moved


def test_of_an_unseen_pull_request_no_move_is_known() -> None:
    assert moved_after(None, AT) is None
