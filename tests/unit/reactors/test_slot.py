"""What happens in a slot, decided from its state alone."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.deployment import State
from bot.domain.effects import CallDeployer, RecordDeployment
from bot.domain.events import (
    DeployerAnswered,
    DeployerReported,
    DeploymentCorrected,
    DeploymentEnded,
    DeploymentProgressed,
    DeploymentQueued,
    DeploymentRequested,
    DeploymentStarted,
    EffectParked,
    PromptAnswered,
    RollbackSuggested,
    TimerDue,
    TurnCame,
)
from bot.domain.slot import Slot, apply
from bot.domain.state import request_key
from bot.domain.values import DeployerState, Report, Seconds
from bot.ports import Decision
from bot.reactors import slot as reactor
from bot.reactors.slot import Story, start
from tests.unit.reactors.stories import (
    ADA,
    AT,
    BOB,
    GOOD,
    NEW,
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
    starting,
    types,
)


def requested(slot: Slot, id: str = "d-new", **changes: object) -> Decision:
    data = DeploymentRequested(order=order(id, **changes))
    return reactor.requested(event(data), apply(slot, data), None, AT)


def reported(slot: Slot, state: DeployerState, id: str = "d-new", **more: Any) -> Decision:
    report = Report(id, state, **more)
    return reactor.reported(event(DeployerReported(report=report)), slot, None, AT + 9)


def after(slot: Slot, decision: Decision) -> Slot:
    for new in decision.events:
        if new.key == SLOT and new.due is None:
            slot = apply(slot, new.data)
    return slot


def parked(slot: object, kind: str = CallDeployer.KIND, *, uncertain: bool = False) -> Decision:
    data = EffectParked(effect="x-1", kind=kind, reason="No connection.", hint="", uncertain=uncertain)
    return reactor.parked(event(data), slot, None, AT)


def timed(slot: Slot, name: str, attempt: int = 1, now: Seconds = AT) -> Decision:
    data = TimerDue(name=name, deployment="d-new", attempt=attempt)  # type: ignore[arg-type]
    return reactor.timer(event(data), slot, None, now)


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


# --- the deployer answers and reports -------------------------------------------------------------------


def answer(slot: Slot, *, accepted: bool, **more: object) -> Decision:
    data = DeployerAnswered(deployment="d-new", attempt=1, accepted=accepted, **more)  # type: ignore[arg-type]
    return reactor.answered(event(data), slot, None, AT + 5)


def test_acceptance_starts_the_long_timeout() -> None:
    decision = answer(Slot(current=starting(timeout=900.0)), accepted=True)
    (timer,) = [new for new in decision.events if isinstance(new.data, TimerDue)]
    assert timer.due == AT + 5 + 900
    assert after(Slot(current=starting()), decision).current == replace(
        starting(), state="running", accepted_at=AT + 5
    )


def test_the_timeout_is_set_once() -> None:
    assert events_of(reported(Slot(current=running()), "in_progress", sequence=1), TimerDue) == []


def test_a_deployer_that_refuses_fails_the_deployment_and_opens_a_prompt() -> None:
    good = done()
    slot = Slot(current=starting(), history=(good,), live=live(good))
    decision = answer(slot, accepted=False, description="no capacity")
    assert only(decision, DeploymentEnded).reason == "deployer_refused"
    prompt = only(decision, RollbackSuggested).prompt
    assert (prompt.target, prompt.target_sha, prompt.evidence) == ("d-good", GOOD, "no capacity")


def test_an_answer_that_is_already_a_final_report_ends_it() -> None:
    report = Report("d-new", "succeeded")
    decision = answer(Slot(current=starting()), accepted=True, report=report)
    assert only(decision, DeploymentEnded).state == "succeeded"


@pytest.mark.parametrize(
    "slot", [Slot(), Slot(current=starting("d-other")), Slot(current=starting(attempt=2))]
)
def test_an_answer_for_another_attempt_decides_nothing(slot: Slot) -> None:
    decision = answer(slot, accepted=True)
    assert (decision.outcome, decision.events, decision.effects) == ("ignored", (), ())


def test_progress_is_shown() -> None:
    decision = reported(Slot(current=running()), "in_progress", percent=40.0, description="copying")
    assert types(decision) == ["deployment.progressed", "request.progressed"]
    shown = pictures(decision)["d-new"].deployment
    assert (shown.state, shown.percent, shown.description) == ("running", 40.0, "copying")


def test_success_makes_it_live_and_its_predecessor_inactive_and_calls_the_next() -> None:
    good = done()
    slot = Slot(current=running(), queue=(deployment("d-next"),), history=(good,), live=live(good))
    decision = reported(slot, "succeeded", log_url="https://log.example")
    kept = after(slot, decision)
    assert (kept.live.deployment, kept.live.sha, kept.live.known) == ("d-new", NEW, True)
    assert kept.history[-1].log_url == "https://log.example"
    assert [(each.deployment, each.state) for each in effects_of(decision, RecordDeployment)] == [
        ("d-new", "success"),
        ("d-good", "inactive"),
    ]
    assert len(events_of(decision, TurnCame)) == 1
    assert events_of(decision, RollbackSuggested) == []


def test_failure_leaves_what_is_live_unknown_and_the_next_still_gets_its_turn() -> None:
    good = done()
    slot = Slot(current=running(), queue=(deployment("d-next"),), history=(good,), live=live(good))
    decision = reported(slot, "failed", description="pods not ready")
    kept = after(slot, decision)
    assert kept.live.known is False
    assert len(events_of(decision, TurnCame)) == 1
    assert only(decision, RollbackSuggested).prompt.evidence == "pods not ready"
    assert pictures(decision)["d-new"].prompt == kept.prompts[0]
    assert [each.state for each in effects_of(decision, RecordDeployment)] == ["failure"]


def test_without_anything_good_the_prompt_names_no_target() -> None:
    prompt = only(reported(Slot(current=running()), "failed"), RollbackSuggested).prompt
    assert (prompt.target, prompt.target_sha) == (None, None)


def test_never_means_no_prompt() -> None:
    decision = reported(Slot(current=running(rollback="never")), "failed")
    assert events_of(decision, RollbackSuggested) == []


def test_cancelled_is_no_failure() -> None:
    decision = reported(Slot(current=running()), "cancelled")
    assert only(decision, DeploymentEnded).state == "cancelled"
    assert events_of(decision, RollbackSuggested) == []


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        ({"attempt": 2}, "other_attempt"),
        ({"step": 1}, "other_step"),
        ({"sequence": 3}, "old_sequence"),
        ({"sequence": 2}, "old_sequence"),
    ],
)
def test_old_news_is_kept_and_decides_nothing(report: dict[str, Any], reason: str) -> None:
    slot = Slot(current=replace(running(), sequence=3))
    decision = reported(slot, "failed", **report)
    assert (decision.outcome, decision.reason, decision.events) == ("superseded", reason, ())


def test_a_report_without_a_sequence_is_taken() -> None:
    slot = Slot(current=replace(running(), sequence=3))
    assert len(events_of(reported(slot, "in_progress"), DeploymentProgressed)) == 1


@pytest.mark.parametrize("state", ["failed", "timed_out", "unknown", "cancelled"])
def test_a_late_success_corrects_what_is_live_but_never_the_outcome(state: State) -> None:
    slot = Slot(history=(done(), done("d-new", state, sha=NEW)))
    decision = reported(slot, "succeeded")
    assert types(decision) == ["deployment.corrected", "request.progressed"]
    kept = after(slot, decision)
    assert (kept.live.sha, kept.live.known) == (NEW, True)
    assert kept.history[-1].state == state
    assert only(decision, DeploymentCorrected).report.state == "succeeded"


@pytest.mark.parametrize(
    ("ended", "late"),
    [("succeeded", "failed"), ("succeeded", "succeeded"), ("failed", "failed"), ("timed_out", "in_progress")],
)
def test_a_late_report_that_tells_nothing_new_is_ignored(ended: State, late: DeployerState) -> None:
    decision = reported(Slot(history=(done("d-new", ended, sha=NEW),)), late)
    assert (decision.outcome, decision.reason, decision.events) == ("ignored", "already_ended", ())


def test_a_report_for_a_deployment_that_nobody_knows_is_ignored() -> None:
    assert reported(Slot(), "succeeded", "d-nobody").reason == "unknown_deployment"


def test_a_report_for_one_that_still_waits_starts_nothing() -> None:
    decision = reported(Slot(queue=(deployment(),)), "succeeded")
    assert (decision.outcome, decision.events) == ("ignored", ())


# --- timers and given-up effects ------------------------------------------------------------------------


def test_a_deployer_that_never_accepted_is_timed_out() -> None:
    decision = timed(Slot(current=starting()), "start_timeout")
    ended = only(decision, DeploymentEnded)
    assert (ended.state, ended.reason) == ("timed_out", "start_timeout")
    assert after(Slot(current=starting()), decision).live.known is False
    assert [each.state for each in effects_of(decision, RecordDeployment)] == ["error"]


def test_the_start_timeout_is_nothing_to_one_that_was_accepted() -> None:
    assert timed(Slot(current=running()), "start_timeout").reason == "was_accepted"


def test_a_deployment_that_never_ends_is_timed_out_and_asks() -> None:
    decision = timed(Slot(current=running()), "timeout")
    assert only(decision, DeploymentEnded).reason == "timeout"
    assert len(events_of(decision, RollbackSuggested)) == 1


@pytest.mark.parametrize("slot", [Slot(), Slot(current=running("d-other")), Slot(current=running(attempt=2))])
def test_a_timer_of_the_past_decides_nothing(slot: Slot) -> None:
    assert timed(slot, "timeout").events == ()


@pytest.mark.parametrize(("uncertain", "state"), [(False, "failed"), (True, "unknown")])
def test_a_deployer_that_cannot_be_reached_ends_the_deployment(uncertain: bool, state: State) -> None:
    decision = parked(Slot(current=starting()), uncertain=uncertain)
    ended = only(decision, DeploymentEnded)
    assert (ended.state, ended.reason, ended.description) == (state, "deployer_unreachable", "No connection.")
    assert len(events_of(decision, RollbackSuggested)) == 1


def test_a_call_that_was_given_up_after_the_deployer_reported_ends_nothing() -> None:
    assert parked(Slot(current=running())).events == ()


def test_a_parked_comment_does_not_touch_the_slot() -> None:
    assert parked(Slot(current=starting()), "github.comment").events == ()


def test_a_parked_effect_of_another_owner_is_only_recorded() -> None:
    decision = parked(object())
    assert (decision.outcome, decision.reason) == ("acted", "recorded")


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
