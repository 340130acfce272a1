"""Somebody's turn: the last look before a deployment starts."""

from typing import Any

import pytest

from bot.commands.rights import Right
from bot.domain.deployment import EndState
from bot.domain.effects import CallDeployer
from bot.domain.events import DeploymentEnded, DeploymentStarted, TurnCame
from bot.domain.slot import Slot
from bot.domain.values import Seconds
from bot.ports import Decision
from bot.reactors.turn import LOOK_AGAIN_SECONDS, UNREADABLE_SECONDS_MAX, StartFacts, decide
from tests.unit.reactors.stories import (
    AT,
    GOOD,
    NEW,
    OLDER,
    deployment,
    done,
    effects_of,
    event,
    events_of,
    live,
    only,
    running,
)

YES = Right(True, "write_access", "write")


def turn(slot: Slot, now: Seconds = AT, **facts: Any) -> Decision:
    known: dict[str, Any] = {"candidate": "d-new", "right": YES, "head_sha": NEW, "change_state": "open"}
    return decide(event(TurnCame()), slot, StartFacts(**(known | facts)), now)


def waiting(**changes: Any) -> Slot:
    return Slot(queue=(deployment(**changes),))


def test_who_is_first_in_line_is_started() -> None:
    decision = turn(waiting())
    assert (decision.outcome, decision.reason) == ("acted", "started")
    assert only(decision, DeploymentStarted).deployment == "d-new"
    assert len(effects_of(decision, CallDeployer)) == 1


def test_a_rollback_goes_before_everybody_who_waits() -> None:
    back = deployment("d-back", action="rollback", target="d-good", sha=GOOD, pinned="recorded")
    slot = Slot(queue=(deployment(), back), history=(done(),))
    decision = turn(slot, candidate="d-back", head_sha=None, change_state=None)
    assert only(decision, DeploymentStarted).deployment == "d-back"


@pytest.mark.parametrize(
    ("slot", "reason"),
    [(Slot(), "nobody_waits"), (Slot(current=running("d-one"), queue=(deployment(),)), "slot_busy")],
)
def test_a_turn_that_came_twice_starts_nothing(slot: Slot, reason: str) -> None:
    decision = turn(slot)
    assert (decision.outcome, decision.reason, decision.events) == ("ignored", reason, ())


def test_facts_about_somebody_else_are_read_again() -> None:
    decision = turn(waiting(), candidate="d-other")
    assert (decision.outcome, decision.reason) == ("deferred", "another_is_first")
    assert [(type(new.data), new.due) for new in decision.events] == [(TurnCame, AT)]


REFUSED: list[tuple[dict[str, Any], dict[str, Any], EndState, str]] = [
    ({"configuration": "off"}, {}, "refused", "configuration_off"),
    ({"configuration": "invalid"}, {}, "refused", "configuration_invalid"),
    ({"right": Right(False, "deployers", "write", ("acme/sre",))}, {}, "refused", "not_allowed"),
    ({"gates": ("freeze",)}, {}, "refused", "gate_not_active"),
    ({"change_state": "closed"}, {}, "refused", "change_closed"),
    ({"head_sha": OLDER}, {}, "superseded", "head_moved"),
    ({"against_live": "behind", "change_state": None}, {}, "superseded", "newer_is_live"),
]


@pytest.mark.parametrize(("facts", "changes", "state", "reason"), REFUSED, ids=[each[3] for each in REFUSED])
def test_what_changed_since_it_was_asked_for_stops_it(
    facts: dict[str, Any], changes: dict[str, Any], state: EndState, reason: str
) -> None:
    decision = turn(waiting(**changes), **facts)
    ended = only(decision, DeploymentEnded)
    assert (ended.state, ended.reason) == (state, reason)
    assert decision.reason == reason
    assert effects_of(decision, CallDeployer) == []


def test_a_refusal_names_the_values_that_were_compared() -> None:
    decision = turn(waiting(), right=Right(False, "deployers", "write", ("acme/sre", "bob")))
    assert only(decision, DeploymentEnded).description == "acme/sre, bob"
    assert only(turn(waiting(), head_sha=OLDER), DeploymentEnded).description == OLDER


def test_the_next_in_line_gets_a_turn_after_a_refusal() -> None:
    slot = Slot(queue=(deployment(), deployment("d-two")))
    assert [new.due for new in turn(slot, gates=("freeze",)).events if isinstance(new.data, TurnCame)] == [AT]


def test_a_merged_change_starts_even_though_its_branch_is_gone() -> None:
    assert turn(waiting(), change_state="merged", head_sha=OLDER).reason == "started"


def test_a_default_branch_commit_goes_ahead_of_an_older_live_one() -> None:
    good = done()
    slot = Slot(queue=(deployment(pinned="default_branch", number=None),), history=(good,), live=live(good))
    for status in ("ahead", "identical", "diverged", "unrelated"):
        assert turn(slot, change_state=None, head_sha=None, against_live=status).reason == "started"


def test_automation_never_ships_a_commit_that_is_known_to_be_bad() -> None:
    slot = Slot(queue=(deployment(automatic=True),), bad=(NEW,))
    assert only(turn(slot, right=None), DeploymentEnded).reason == "known_bad"


def test_people_may_ship_it_all_the_same() -> None:
    assert turn(Slot(queue=(deployment(),), bad=(NEW,))).reason == "started"


def test_what_cannot_be_read_is_looked_at_again_for_a_while() -> None:
    decision = turn(waiting(), unreadable="GitHub is down")
    assert decision.outcome == "deferred"
    assert [new.due for new in decision.events] == [AT + LOOK_AGAIN_SECONDS]
    assert events_of(decision, DeploymentEnded) == []


def test_unknown_is_never_green() -> None:
    decision = turn(waiting(), AT + UNREADABLE_SECONDS_MAX, unreadable="GitHub is down")
    ended = only(decision, DeploymentEnded)
    assert (ended.state, ended.reason, ended.description) == (
        "refused",
        "github_unreadable",
        "GitHub is down",
    )
