"""Somebody's turn: the last look before a deployment starts."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.deployment import EndState
from bot.domain.effects import CallDeployer
from bot.domain.events import (
    DeploymentEnded,
    DeploymentQueued,
    DeploymentStarted,
    DeploymentWaiting,
    TurnCame,
)
from bot.domain.holds import Holds
from bot.domain.policy import EnvironmentPolicy, Requirements
from bot.domain.slot import Slot, to_be_looked_at
from bot.domain.values import Seconds
from bot.gates import protection
from bot.gates.after import AfterFacts, Before
from bot.gates.gate import Question, about
from bot.gates.gathering import Gathered
from bot.gates.protection import ProtectionFacts
from bot.gates.rights import Right
from bot.gates.up_to_date import UpToDateFacts
from bot.ports import Decision
from bot.reactors.turn import (
    GATES_AGAIN_SECONDS_MIN,
    LOOK_AGAIN_SECONDS,
    UNREADABLE_SECONDS_MAX,
    StartFacts,
    decide,
)
from tests.unit.commands.known import pull_request
from tests.unit.reactors.stories import (
    AT,
    GOOD,
    NEW,
    OLDER,
    POLICY,
    deployment,
    done,
    effects_of,
    event,
    events_of,
    live,
    only,
    running,
)

PROTECTION = f"protection/production/api/r-new@{NEW}"
FREE: dict[str, Any] = {"lock": Holds(), "freeze": Holds()}
YES = Right(True, "write_access", "write")
NO = Right(False, "deployers", "write", ("acme/sre", "bob"))
PRODUCTION = EnvironmentPolicy(name="production")
GATED = EnvironmentPolicy(name="production", requires=Requirements(checks=(), up_to_date=True))
STAGED = EnvironmentPolicy(name="production", after=("staging",), requires=Requirements(checks=(), wait=600))


def asked(
    slot: Slot, environment: EnvironmentPolicy = PRODUCTION, candidate: str = "d-new", **change: Any
) -> Question:
    """What the gates are asked about a candidate, or about whoever is first."""
    chosen = slot.find(candidate) or slot.queue[0]
    read = pull_request(**change) if change or chosen.order.pinned == "head" else None
    return about(chosen, replace(POLICY, environments=(environment,)), environment, read)


def turn(slot: Slot, now: Seconds = AT, look: bool = False, **facts: Any) -> Decision:
    known: dict[str, Any] = {"candidate": "d-new", "gathered": gathered()}
    if slot.queue and "question" not in facts:
        question = asked(slot, candidate=facts.get("candidate") or "d-new")
        known["question"] = question
        known["gathered"] = Gathered(
            facts={
                "deployers/production": YES,
                protection.GATE.key(question): ProtectionFacts(),
                **FREE,
            }
        )
    return decide(event(TurnCame(look=look)), slot, StartFacts(**(known | facts)), now)


def gathered(right: Right = YES, **by_gate: Any) -> Gathered:
    keys = {
        "protection": PROTECTION,
        "up_to_date": f"up_to_date@{NEW}",
        "after": f"after/production/api@{NEW}",
    }
    read = {"protection": ProtectionFacts()} | by_gate
    facts = {"deployers/production": right, **FREE} | {keys[name]: read[name] for name in read}
    return Gathered(facts=facts)


BEHIND = UpToDateFacts("d" * 40, "main", "diverged")
ON_ITS_WAY = AfterFacts((Before("staging", under_way="d-stage"),))
THERE = AfterFacts((Before("staging", "commit", "d-stage", NEW),))


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
    decision = turn(slot, candidate="d-back")
    assert only(decision, DeploymentStarted).deployment == "d-back"


@pytest.mark.parametrize(
    ("slot", "reason"),
    [(Slot(), "nobody_waits"), (Slot(current=running("d-one"), queue=(deployment(),)), "slot_busy")],
)
def test_a_turn_that_came_twice_starts_nothing(slot: Slot, reason: str) -> None:
    decision = turn(slot, candidate=None)
    assert (decision.outcome, decision.reason, decision.events) == ("ignored", reason, ())


def test_who_has_left_the_queue_meanwhile_is_not_started() -> None:
    decision = turn(waiting(), candidate="d-other")
    assert (decision.outcome, decision.reason, decision.events) == ("ignored", "nobody_waits", ())


REFUSED: list[tuple[dict[str, Any], EndState, str]] = [
    ({"configuration": "off", "question": None}, "refused", "configuration_off"),
    ({"configuration": "invalid", "question": None}, "refused", "configuration_invalid"),
    ({"gathered": gathered(NO)}, "refused", "not_allowed"),
    (
        {"question": asked(waiting(), GATED), "gathered": gathered(up_to_date=BEHIND)},
        "refused",
        "out_of_date",
    ),
    ({"question": asked(waiting(), state="closed")}, "refused", "change_closed"),
    ({"question": asked(waiting(), head_sha=OLDER)}, "superseded", "head_moved"),
    ({"against_live": "behind"}, "superseded", "newer_is_live"),
]


@pytest.mark.parametrize(("facts", "state", "reason"), REFUSED, ids=[each[2] for each in REFUSED])
def test_what_changed_since_it_was_asked_for_stops_it(
    facts: dict[str, Any], state: EndState, reason: str
) -> None:
    decision = turn(waiting(), **facts)
    ended = only(decision, DeploymentEnded)
    assert (ended.state, ended.reason) == (state, reason)
    assert decision.reason == reason
    assert effects_of(decision, CallDeployer) == []


def test_a_refusal_names_the_values_that_were_compared() -> None:
    said = only(turn(waiting(), gathered=gathered(NO)), DeploymentEnded).description or ""
    assert "deployers: acme/sre, bob" in said
    moved = asked(waiting(), head_sha=OLDER)
    assert only(turn(waiting(), question=moved), DeploymentEnded).description == OLDER


def test_the_next_in_line_gets_a_turn_after_a_refusal() -> None:
    slot = Slot(queue=(deployment(), deployment("d-two")))
    decision = turn(slot, gathered=gathered(NO))
    assert [new.due for new in decision.events if isinstance(new.data, TurnCame)] == [AT]


# --- gates that may still open ---------------------------------------------------------------------------


def held(now: Seconds = AT, slot: Slot | None = None, **changes: Any) -> Decision:
    slot = slot or waiting(gated=True)
    facts = {"question": asked(slot, STAGED), "gathered": gathered(after=ON_ITS_WAY)}
    return turn(slot, now, **(facts | changes))


def test_what_waits_for_a_gate_is_set_aside_and_looked_at_again() -> None:
    decision = held()
    assert (decision.reason, dict(decision.values)["gates"]) == (
        "waits_for_gates",
        {"after": "after_under_way"},
    )
    waits = only(decision, DeploymentWaiting)
    assert [each.reason for each in waits.verdicts] == [
        "may_deploy",
        "not_locked",
        "not_frozen",
        "after_under_way",
        "not_protected",
    ]
    assert [new.due for new in decision.events if isinstance(new.data, TurnCame)] == [waits.look_at]
    assert waits.look_at == AT + GATES_AGAIN_SECONDS_MIN
    assert effects_of(decision, CallDeployer) == []


def test_who_waits_for_a_gate_holds_nobody_up() -> None:
    slot = Slot(queue=(deployment(gated=True), deployment("d-two")))
    decision = held(slot=slot)
    assert [new.due for new in decision.events if isinstance(new.data, TurnCame)][-1] == AT
    left = Slot(queue=(replace(deployment(), state="waiting", looked_at=AT, look_at=AT + 15), slot.queue[1]))
    assert only(turn(left, candidate="d-two"), DeploymentStarted).deployment == "d-two"


def test_a_gate_that_opened_gives_a_place_at_the_end_of_the_line() -> None:
    waits = replace(deployment(), state="waiting", looked_at=AT - 20, look_at=AT)
    slot = Slot(current=running("d-one"), queue=(waits, deployment("d-two", state="queued")))
    decision = held(slot=slot, gathered=gathered(after=THERE))
    assert (decision.reason, dict(decision.values)["position"]) == ("gates_open", 2)
    assert only(decision, DeploymentQueued).deployment == "d-new"


def test_in_a_free_slot_it_starts_as_soon_as_its_gates_are_open() -> None:
    waits = replace(deployment(), state="waiting", looked_at=AT - 20, look_at=AT)
    decision = held(slot=Slot(queue=(waits,)), gathered=gathered(after=THERE))
    assert only(decision, DeploymentStarted).deployment == "d-new"


def test_what_does_not_come_in_time_ends_the_waiting() -> None:
    waits = replace(deployment(), state="waiting", looked_at=AT, look_at=AT + 600)
    ended = only(held(AT + 600, Slot(queue=(waits,))), DeploymentEnded)
    assert (ended.state, ended.reason, ended.description) == ("refused", "waited_too_long", "after")


def test_a_gate_that_could_not_be_asked_is_waited_for_and_never_open() -> None:
    key = f"after/production/api@{NEW}"
    blind = replace(gathered(), unreadable={key: "GitHub is down"})
    waits = only(held(gathered=blind), DeploymentWaiting)
    assert waits.verdicts[3].values == {"error": "GitHub is down"}
    unread = only(held(gathered=gathered()), DeploymentWaiting)
    assert unread.verdicts[3].reason == "gate_not_read"


def test_news_has_everybody_looked_at_who_was_not_since() -> None:
    looked = replace(deployment(), state="waiting", looked_at=AT - 5, look_at=AT + 100)
    other = replace(deployment("d-two"), state="waiting", looked_at=AT - 3, look_at=AT + 100)
    slot = Slot(current=running("d-one"), queue=(looked, other))
    decision = held(slot=slot, look=True)
    again = [new.data for new in decision.events if isinstance(new.data, TurnCame) and new.due == AT]
    assert again == [TurnCame(look=True)]
    assert to_be_looked_at(slot, AT) is None


def test_a_merged_change_starts_even_though_its_branch_is_gone() -> None:
    assert turn(waiting(), question=asked(waiting(), state="merged", head_sha=OLDER)).reason == "started"


def test_a_default_branch_commit_goes_ahead_of_an_older_live_one() -> None:
    good = done()
    slot = Slot(queue=(deployment(pinned="default_branch", number=None),), history=(good,), live=live(good))
    for status in ("ahead", "identical", "diverged", "unrelated"):
        assert turn(slot, against_live=status).reason == "started"


def test_automation_never_ships_a_commit_that_is_known_to_be_bad() -> None:
    slot = Slot(queue=(deployment(automatic=True),), bad=(NEW,))
    assert only(turn(slot), DeploymentEnded).reason == "known_bad"


def test_after_a_rollback_automation_waits_for_a_person() -> None:
    back = done("d-back", action="rollback")
    slot = Slot(queue=(deployment(automatic=True),), history=(back,), live=live(back))
    ended = only(turn(slot), DeploymentEnded)
    assert (ended.reason, ended.description) == ("held_after_rollback", "d-back")
    assert turn(replace(slot, queue=(deployment(),))).reason == "started"
    further_back = deployment(automatic=True, action="rollback")
    assert turn(replace(slot, queue=(further_back,))).reason == "started"


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
