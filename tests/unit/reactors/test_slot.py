"""What happens in a slot, decided from its state alone."""

import pytest
from msgspec.structs import replace

from bot.domain.effects import CallDeployer, RecordDeployment
from bot.domain.events import (
    DeploymentEnded,
    DeploymentQueued,
    DeploymentRequested,
    DeploymentStarted,
    PromptAnswered,
    TimerDue,
    TurnCame,
)
from bot.domain.slot import QUEUE_MAX, Slot, apply
from bot.domain.state import request_key
from bot.ports import Decision
from bot.reactors import slot as reactor
from bot.reactors.slot import start
from bot.reactors.story import Story
from tests.unit.reactors.stories import (
    ADA,
    AT,
    BOB,
    GOOD,
    SLOT,
    after_failure,
    deployment,
    done,
    effects_of,
    event,
    events_of,
    live,
    only,
    order,
    pictures,
    running,
    types,
)


def requested(slot: Slot, id: str = "d-new", **changes: object) -> Decision:
    data = DeploymentRequested(order=order(id, **changes))
    return reactor.requested(event(data), apply(slot, data), None, AT)


def after(slot: Slot, decision: Decision) -> Slot:
    for new in decision.events:
        if new.key == SLOT and new.due is None:
            slot = apply(slot, new.data)
    return slot


# --- asked for ----------------------------------------------------------------------------------------


def test_in_an_idle_slot_the_turn_comes_at_once() -> None:
    decision = requested(Slot())
    assert decision.reason == "queued"
    assert types(decision) == ["deployment.queued", "request.progressed", "slot.turned"]
    assert decision.events[-1].due == AT
    assert pictures(decision)["d-new"].position == 1


def test_in_a_busy_slot_it_waits_and_no_turn_comes() -> None:
    decision = requested(Slot(current=running("d-one"), queue=(deployment("d-two"),)))
    assert events_of(decision, TurnCame) == []
    assert pictures(decision)["d-new"].position == 2
    assert pictures(decision)["d-new"].deployment.state == "queued"
    assert decision.values["running"] == "d-one"


def test_reject_refuses_while_somebody_else_is_there_and_says_who() -> None:
    busy = Slot(current=running("d-one", asker=BOB))
    decision = requested(busy, on_busy="reject")
    ended = only(decision, DeploymentEnded)
    assert (decision.outcome, ended.state, ended.reason) == ("ignored", "refused", "busy")
    assert "d-one" in (ended.description or "")
    assert "bob" in (ended.description or "")
    assert pictures(decision)["d-new"].deployment.state == "refused"
    assert after(Slot(queue=(deployment(),)), decision).queue == ()


def test_reject_lets_the_first_one_in() -> None:
    assert requested(Slot(), on_busy="reject").reason == "queued"


def test_a_full_queue_takes_a_rollback_and_nobody_else() -> None:
    full = Slot(history=(done(),), queue=tuple(deployment(f"d-{number}") for number in range(QUEUE_MAX)))
    refused = requested(full)
    assert (refused.outcome, refused.reason, refused.values) == (
        "ignored",
        "queue_full",
        {"waiting": QUEUE_MAX},
    )
    assert only(refused, DeploymentEnded).state == "refused"
    assert requested(replace(full, queue=full.queue[1:])).reason == "queued"
    assert requested(full, action="rollback", target=done().id, sha=done().order.sha).reason == "queued"


def test_supersede_replaces_who_waits_but_never_who_runs_and_never_a_rollback() -> None:
    back = deployment("d-back", action="rollback")
    slot = Slot(current=running("d-one"), queue=(deployment("d-two"), back))
    decision = requested(slot, on_busy="supersede")
    ended = only(decision, DeploymentEnded)
    assert (ended.deployment, ended.state, ended.reason) == ("d-two", "superseded", "newer_request")
    assert [each.id for each in after(apply(slot, DeploymentRequested(order=order())), decision).queue] == [
        "d-back",
        "d-new",
    ]


def test_automation_gives_way_to_what_came_surely_later() -> None:
    waiting = deployment("d-two", automatic=True, cause_at=100.0)
    slot = Slot(current=running("d-one"), queue=(waiting,))
    ended = only(requested(slot, automatic=True, cause_at=101.0), DeploymentEnded)
    assert (ended.deployment, ended.reason) == ("d-two", "newer_request")


def test_automation_that_is_heard_of_late_does_not_take_the_place_of_what_came_later() -> None:
    waiting = deployment("d-two", automatic=True, cause_at=100.0)
    decision = requested(Slot(current=running("d-one"), queue=(waiting,)), automatic=True, cause_at=99.0)
    ended = only(decision, DeploymentEnded)
    assert (ended.deployment, ended.state, ended.reason) == ("d-new", "superseded", "newer_request")
    assert decision.values["by"] == "d-two"


def test_automation_of_an_older_cause_is_too_late_for_what_is_live_too() -> None:
    good = done("d-good", automatic=True, cause_at=100.0)
    slot = Slot(history=(good,), live=live(good))
    assert only(requested(slot, automatic=True, cause_at=99.0), DeploymentEnded).deployment == "d-new"


def test_two_causes_of_one_moment_both_wait_for_their_turn() -> None:
    waiting = deployment("d-two", automatic=True, cause_at=100.0)
    slot = Slot(current=running("d-one"), queue=(waiting,))
    decision = requested(slot, automatic=True, cause_at=100.0, on_busy="supersede")
    assert DeploymentEnded.TYPE not in types(decision)


def test_automation_does_not_take_the_place_of_a_person() -> None:
    slot = Slot(current=running("d-one"), queue=(deployment("d-two"),))
    assert DeploymentEnded.TYPE not in types(requested(slot, automatic=True, cause_at=100.0))


@pytest.mark.parametrize("target", [None, "d-nobody", "d-new"], ids=["none", "unknown", "failed"])
def test_a_rollback_goes_only_to_a_recorded_good_deployment(target: str | None) -> None:
    decision = requested(after_failure(), "d-back", action="rollback", target=target, sha=GOOD)
    assert only(decision, DeploymentEnded).reason == "target_not_recorded"


def test_a_second_click_joins_the_rollback_that_is_on_its_way() -> None:
    first = deployment("d-first", action="rollback", sha=GOOD, target="d-good", of="d-new")
    slot = after_failure(queue=(first,))
    decision = requested(
        slot, "d-second", action="rollback", sha=GOOD, target="d-good", of="d-new", asker=BOB
    )
    ended = only(decision, DeploymentEnded)
    assert (ended.state, ended.reason) == ("refused", "joined")
    assert "d-first" in (ended.description or "")


def test_a_rollback_answers_the_prompt_that_it_was_asked_by() -> None:
    decision = requested(after_failure(), "d-back", action="rollback", sha=GOOD, target="d-good", of="d-new")
    answer = only(decision, PromptAnswered)
    assert (answer.deployment, answer.answer, answer.person, answer.led_to) == (
        "d-new",
        "rollback",
        ADA,
        "d-back",
    )
    shown = pictures(decision)["d-new"].prompt
    assert shown is not None
    assert shown.answered_by == ADA


def test_a_retry_answers_the_prompt_too() -> None:
    assert only(requested(after_failure(), "d-again", of="d-new"), PromptAnswered).answer == "retry"


def test_a_prompt_keeps_its_first_answer() -> None:
    slot = after_failure()
    slot = apply(slot, PromptAnswered(deployment="d-new", answer="keep", person=BOB, at=AT))
    assert events_of(requested(slot, "d-again", of="d-new"), PromptAnswered) == []


# --- started ------------------------------------------------------------------------------------------


def started_story(slot: Slot) -> Decision:
    story = Story(event(TurnCame()), slot, AT)
    start(story, slot.queue[0])
    return story.decide("acted", "started")


def test_a_start_asks_the_deployer_until_the_deadline_and_sets_a_timer_behind_it() -> None:
    good = done()
    decision = started_story(Slot(queue=(deployment(start_timeout=60.0),), history=(good,), live=live(good)))
    (call,) = effects_of(decision, CallDeployer)
    assert (call.previous_sha, call.deadline) == (GOOD, AT + 60)
    (wanted,) = [each for each in decision.effects if each.body is call]
    assert wanted.owner == SLOT
    (timer,) = [new for new in decision.events if isinstance(new.data, TimerDue)]
    assert timer.due is not None
    assert timer.due > call.deadline
    assert only(decision, DeploymentStarted).previous_sha == GOOD
    assert [each.state for each in effects_of(decision, RecordDeployment)] == ["in_progress"]


def test_who_still_waits_is_told_of_the_new_place_in_the_queue() -> None:
    shown = pictures(started_story(Slot(queue=(deployment(), deployment("d-two")))))
    assert shown["d-two"].position == 1


def test_github_is_told_nothing_where_the_configuration_wants_no_deployments() -> None:
    decision = started_story(Slot(queue=(deployment(github_deployments=False),)))
    assert effects_of(decision, RecordDeployment) == []


def test_an_answered_prompt_is_shown() -> None:
    slot = after_failure()
    data = PromptAnswered(deployment="d-new", answer="keep", person=BOB, at=AT)
    decision = reactor.prompt_answered(event(data), apply(slot, data), None, AT)
    assert [new.key for new in decision.events] == [request_key("r-new")]
    shown = pictures(decision)["d-new"].prompt
    assert shown is not None
    assert (shown.answer, shown.answered_by) == ("keep", BOB)


def test_queueing_changes_no_state_but_that_of_the_one_that_waits() -> None:
    slot = apply(Slot(queue=(deployment(), deployment("d-two"))), DeploymentQueued(deployment="d-two"))
    assert [each.state for each in slot.queue] == ["requested", "queued"]
