"""What deployers say of a slot's deployments: answers, reports, looks, silence, and the wish to stop."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.deployment import DriverCall, State
from bot.domain.effects import CallDeployer, CancelDeployer, LookAtDeployer, RecordDeployment
from bot.domain.events import (
    CancellationAnswered,
    CancellationRequested,
    DeployerAnswered,
    DeployerLooked,
    DeployerReported,
    DeploymentCorrected,
    DeploymentEnded,
    DeploymentProgressed,
    EffectParked,
    RollbackSuggested,
    TimerDue,
    TurnCame,
)
from bot.domain.slot import Slot, apply
from bot.domain.values import DeployerState, Report, Seconds
from bot.ports import Decision
from bot.reactors import deployer
from tests.unit.reactors.stories import (
    AT,
    BOB,
    NEW,
    OLDER,
    SLOT,
    deployment,
    done,
    effects_of,
    event,
    events_of,
    live,
    only,
    pictures,
    running,
    starting,
    types,
)


def reported(slot: Slot, state: DeployerState, id: str = "d-new", **more: Any) -> Decision:
    report = Report(id, state, **more)
    return deployer.reported(event(DeployerReported(report=report)), slot, None, AT + 9)


def after(slot: Slot, decision: Decision) -> Slot:
    for new in decision.events:
        if new.key == SLOT and new.due is None:
            slot = apply(slot, new.data)
    return slot


def parked(
    slot: object, kind: str = CallDeployer.KIND, *, uncertain: bool = False, of: str | None = "d-new"
) -> Decision:
    data = EffectParked(
        effect="x-1", kind=kind, reason="No connection.", hint="", uncertain=uncertain, deployment=of
    )
    return deployer.parked(event(data), slot, None, AT)


def timed(slot: Slot, name: str, attempt: int = 1, now: Seconds = AT) -> Decision:
    data = TimerDue(name=name, deployment="d-new", attempt=attempt)  # type: ignore[arg-type]
    return deployer.timer(event(data), slot, None, now)


@pytest.mark.parametrize(
    "name,slot",
    [
        ("start_timeout", Slot(current=starting())),
        ("timeout", Slot(current=running())),
    ],
)
def test_a_timeout_that_fell_due_while_nobody_was_there_first_waits_for_what_was_missed(
    name: str, slot: Slot
) -> None:
    late = AT + deployer.AWAY_SECONDS + 1
    decision = timed(slot, name, now=late)
    assert (decision.outcome, decision.reason) == ("deferred", "was_away")
    assert events_of(decision, DeploymentEnded) == []
    (again,) = [new for new in decision.events if isinstance(new.data, TimerDue)]
    assert (again.data, again.due) == (
        TimerDue(name=name, deployment="d-new", attempt=1),  # type: ignore[arg-type]
        late + deployer.CATCH_UP_SECONDS,
    )
    assert timed(slot, name, now=AT + deployer.AWAY_SECONDS).reason == name  # a busy moment is no absence


def answer(slot: Slot, *, accepted: bool, **more: object) -> Decision:
    data = DeployerAnswered(deployment="d-new", attempt=1, accepted=accepted, **more)  # type: ignore[arg-type]
    return deployer.answered(event(data), slot, None, AT + 5)


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
    assert (prompt.target, prompt.unchanged, prompt.evidence) == (None, True, "no capacity")
    assert after(slot, decision).live == live(good)


def test_a_deployer_that_refuses_what_it_reported_on_before_is_not_believed() -> None:
    decision = answer(Slot(current=running()), accepted=False, description="I have this one already")
    assert (decision.outcome, decision.reason, decision.events) == ("ignored", "taken_before", ())


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


def test_an_answer_with_an_older_report_than_what_was_heard_is_an_acceptance_and_no_more() -> None:
    slot = Slot(current=replace(running(), sequence=7, percent=60.0))
    for report in (
        Report("d-new", "in_progress", sequence=3, percent=10.0),
        Report("d-new", "failed", sequence=7),
        Report("d-new", "failed", attempt=2),
    ):
        decision = answer(slot, accepted=True, report=report, look_after=15.0)
        kept = after(slot, decision).current
        assert kept is not None
        assert (kept.state, kept.sequence, kept.percent) == ("running", 7, 60.0)
        assert due(decision) == [AT + 20]


def test_what_only_stands_where_its_deployer_finds_it_is_accepted_by_the_first_report() -> None:
    slot = Slot(current=starting())
    decision = answer(slot, accepted=True, awaits_deployer=True, look_after=30.0)
    assert (decision.outcome, decision.reason, types(decision)) == ("acted", "handed_over", ["timer.due"])
    assert due(decision) == [AT + 35]
    assert only(timed(slot, "start_timeout"), DeploymentEnded).reason == "start_timeout"
    heard = after(slot, reported(slot, "accepted"))
    assert timed(heard, "start_timeout").reason == "was_accepted"
    again = answer(heard, accepted=True, awaits_deployer=True, look_after=30.0)
    assert (again.reason, due(again)) == ("handed_over", [AT + 35])


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


@pytest.mark.parametrize("of", ["d-old", None])
@pytest.mark.parametrize("kind", [CallDeployer.KIND, CancelDeployer.KIND, LookAtDeployer.KIND])
def test_what_was_given_up_of_an_earlier_deployment_is_nothing_to_the_one_that_runs(
    kind: str, of: str | None
) -> None:
    for current in (starting(), replace(running(), cancel=BOB)):
        decision = parked(Slot(current=current), kind, of=of)
        assert (decision.outcome, decision.reason, decision.events) == ("ignored", "not_running", ())


def test_a_parked_comment_does_not_touch_the_slot() -> None:
    assert parked(Slot(current=starting()), "github.comment").events == ()


def test_a_parked_effect_of_another_owner_is_only_recorded() -> None:
    decision = parked(object())
    assert (decision.outcome, decision.reason) == ("acted", "recorded")


def test_an_order_that_was_withdrawn_before_it_was_taken_is_cancelled_and_leaves_what_is_live() -> None:
    before = done()
    wished = replace(starting(), cancel=BOB)
    slot = Slot(current=wished, history=(before,), live=live(before))
    decision = deployer.answered(
        event(DeployerAnswered(deployment="d-new", attempt=1, accepted=False)), slot, None, AT + 9
    )
    assert (decision.outcome, decision.reason) == ("acted", "cancelled_by")
    kept = after(slot, decision)
    assert (kept.live, kept.history[-1].state) == (live(before), "cancelled")


def test_a_late_success_is_told_to_github_and_retires_what_was_live_before() -> None:
    before = done()
    slot = Slot(
        history=(before, done("d-new", "timed_out", sha=NEW)), live=replace(live(before), known=False)
    )
    statuses = {
        each.deployment: each.state for each in effects_of(reported(slot, "succeeded"), RecordDeployment)
    }
    assert statuses == {"d-new": "success", before.id: "inactive"}


def test_a_late_success_of_what_is_no_longer_the_newest_changes_nothing_at_github() -> None:
    old, newest = done("d-new", "timed_out", sha=NEW), done("d-newest", sha=NEW)
    decision = reported(Slot(history=(old, newest), live=live(newest)), "succeeded")
    assert effects_of(decision, RecordDeployment) == []


def test_after_a_late_success_of_what_is_no_longer_the_newest_nobody_knows_what_is_live() -> None:
    """It may have been done before the newest, or after it."""
    old, newest = done("d-new", "timed_out", sha=NEW), done("d-newest", sha=OLDER)
    slot = Slot(history=(old, newest), live=live(newest))
    slot = after(slot, reported(slot, "succeeded"))
    assert (slot.live.deployment, slot.live.known) == ("d-newest", False)
    assert [each.state for each in slot.history] == ["timed_out", "succeeded"]


def test_a_late_failure_of_what_is_no_longer_the_newest_leaves_what_is_live() -> None:
    old, newest = done("d-new", "timed_out", sha=NEW), done("d-newest", sha=OLDER)
    slot = Slot(history=(old, newest), live=live(newest))
    assert after(slot, reported(slot, "failed")).live == live(newest)


def test_a_success_that_is_taken_back_is_told_to_github() -> None:
    newest = replace(done("d-new", sha=NEW), sequence=3)
    slot = Slot(history=(newest,), live=live(newest))
    (status,) = effects_of(reported(slot, "failed", sequence=4), RecordDeployment)
    assert (status.deployment, status.state) == ("d-new", "failure")


def test_a_deployer_that_takes_its_success_back_leaves_what_is_live_unknown() -> None:
    newest = replace(done("d-new", sha=NEW), sequence=3)
    slot = Slot(history=(newest,), live=live(newest))
    taken_back = reported(slot, "failed", sequence=4)
    assert (taken_back.outcome, taken_back.reason) == ("acted", "corrected")
    kept = after(slot, taken_back)
    assert (kept.live.known, kept.history[-1].state) == (False, "succeeded")
    assert reported(slot, "failed", sequence=2).outcome == "superseded"


# --- who may report ---------------------------------------------------------------------------------------


def test_a_report_that_came_another_way_than_the_driver_s_decides_nothing() -> None:
    call = DriverCall("github_deployment", reports="status:argo")
    slot = Slot(current=running(call=call))
    report = Report("d-new", "succeeded")
    for by in ("callback", "actions", "status:mallory"):
        decision = deployer.reported(event(DeployerReported(report=report, by=by)), slot, None, AT)
        assert (decision.outcome, decision.reason, decision.events) == ("ignored", "other_reporter", ())
        assert decision.values == {"by": by, "expected": "status:argo"}
    decision = deployer.reported(event(DeployerReported(report=report, by="status:argo")), slot, None, AT)
    assert only(decision, DeploymentEnded).state == "succeeded"


def test_a_report_under_the_deployer_s_own_name_is_the_deployment_s() -> None:
    named = answer(Slot(current=starting()), accepted=True, names=("run:1:77",), handle={"run": 77})
    answered = DeployerAnswered(
        deployment="d-new", attempt=1, accepted=True, names=("run:1:77",), handle={"run": 77}
    )
    slot = after(apply(Slot(current=starting()), answered), named)
    assert slot.current is not None
    assert (slot.current.names, slot.current.handle) == (("run:1:77",), {"run": 77})
    assert only(reported(slot, "succeeded", "run:1:77"), DeploymentEnded).deployment == "d-new"


def test_an_answer_after_the_end_still_says_under_which_name_reports_come() -> None:
    answered = DeployerAnswered(
        deployment="d-new", attempt=1, accepted=True, names=("run:1:77",), handle={"run": 77}
    )
    slot = apply(Slot(history=(done(), done("d-new", "timed_out", sha=NEW))), answered)
    assert only(reported(slot, "succeeded", "run:1:77"), DeploymentCorrected).deployment == "d-new"
    assert deployer.answered(event(answered), slot, None, AT).reason == "not_running"


def test_a_run_that_is_named_in_its_title_is_known_although_its_deployer_never_answered() -> None:
    call = DriverCall("github_actions", reports="actions")
    slot = Slot(history=(done("d-new", "unknown", sha=NEW, call=call),))
    report = Report("dispatch:1:d-new", "succeeded")
    decision = deployer.reported(event(DeployerReported(report=report, by="actions")), slot, None, AT)
    assert only(decision, DeploymentCorrected).deployment == "d-new"
    elsewhere = replace(report, deployment="dispatch:2:d-new")
    decision = deployer.reported(event(DeployerReported(report=elsewhere, by="actions")), slot, None, AT)
    assert decision.reason == "unknown_deployment"


# --- looks ------------------------------------------------------------------------------------------------


def looks(slot: Slot, **said: Any) -> Decision:
    data = DeployerLooked(deployment="d-new", attempt=1, **said)
    return deployer.looked(event(data), slot, None, AT + 60)


def due(decision: Decision) -> list[Seconds | None]:
    return [new.due for new in decision.events if isinstance(new.data, TimerDue) and new.data.name == "look"]


def test_a_deployer_that_may_forget_to_report_is_looked_at_when_it_said() -> None:
    assert due(answer(Slot(current=starting()), accepted=True, look_after=15.0)) == [AT + 5 + 15]


def test_a_look_that_is_due_asks_with_what_the_deployer_called_it() -> None:
    slot = Slot(current=replace(running(), handle={"run": 77}))
    (body,) = effects_of(timed(slot, "look"), LookAtDeployer)
    assert (body.deployment_handle, body.asked) == ({"run": 77}, "e-1")


def test_what_is_seen_counts_like_a_report_and_the_next_look_follows() -> None:
    decision = looks(
        Slot(current=running()), report=Report("d-new", "in_progress", percent=50.0), look_after=30.0
    )
    assert only(decision, DeploymentProgressed).report.percent == 50.0
    assert due(decision) == [AT + 90]
    ended = looks(Slot(current=running()), report=Report("d-new", "succeeded"), look_after=30.0)
    assert only(ended, DeploymentEnded).state == "succeeded"
    assert due(ended) == []


def test_what_was_shown_before_is_not_shown_again() -> None:
    slot = Slot(current=replace(running(), description="copying", percent=40.0))
    decision = looks(slot, report=Report("d-new", "in_progress", description="copying"), look_after=30.0)
    assert (decision.outcome, decision.reason) == ("ignored", "nothing_new")
    assert types(decision) == ["timer.due"]


def test_what_nobody_will_ever_know_is_unknown_and_people_are_asked() -> None:
    decision = looks(Slot(current=running()), lost="the machine restarted")
    end = only(decision, DeploymentEnded)
    assert (end.state, end.reason, end.description) == ("unknown", "deployer_lost", "the machine restarted")
    assert len(events_of(decision, RollbackSuggested)) == 1


def test_a_look_at_what_has_ended_can_only_correct() -> None:
    slot = Slot(history=(done("d-new", "timed_out", sha=NEW),))
    assert looks(slot, lost="gone").events == ()
    corrected = only(looks(slot, report=Report("d-new", "succeeded")), DeploymentCorrected)
    assert corrected.deployment == "d-new"


def test_a_look_that_failed_for_good_is_followed_by_another() -> None:
    assert due(parked(Slot(current=running()), LookAtDeployer.KIND)) == [AT + deployer.LOOK_AGAIN_SECONDS]
    assert due(parked(Slot(), LookAtDeployer.KIND)) == []


# --- started again elsewhere --------------------------------------------------------------------------------


def test_what_somebody_starts_again_makes_what_is_live_unknown_and_then_known() -> None:
    old, newest = done("d-old", sha=OLDER), done("d-new", sha=NEW)
    slot = Slot(history=(old, newest), live=live(newest))
    began = reported(slot, "in_progress", "d-old", again=True)
    assert began.reason == "started_again_elsewhere"
    slot = after(slot, began)
    assert (slot.live.sha, slot.live.known) == (NEW, False)
    slot = after(slot, reported(slot, "succeeded", "d-old", again=True))
    assert (slot.live.deployment, slot.live.sha, slot.live.known) == ("d-old", OLDER, True)
    assert [each.state for each in slot.history] == ["succeeded", "succeeded"]


def test_a_second_run_that_fails_leaves_what_is_live_unknown() -> None:
    newest = done("d-new", sha=NEW)
    slot = Slot(history=(newest,), live=live(newest))
    slot = after(slot, reported(slot, "failed", again=True))
    assert slot.live.known is False
    assert slot.history[-1].state == "succeeded"


def test_an_older_word_about_the_first_run_does_not_undo_the_second() -> None:
    newest = replace(done("d-new", "failed", sha=NEW), sequence=90)
    slot = Slot(history=(newest,))
    slot = after(slot, reported(slot, "succeeded", again=True, sequence=100_000_090))
    assert slot.live.known
    late = reported(slot, "failed", sequence=80)
    assert (late.outcome, late.reason, late.events) == ("superseded", "old_sequence", ())


# --- stopping -----------------------------------------------------------------------------------------------


def cancel(slot: Slot, id: str = "d-new") -> Decision:
    data = CancellationRequested(deployment=id, person=BOB, at=AT)
    return deployer.cancelled(event(data), apply(slot, data), None, AT)


def stop_answered(slot: Slot, *, accepted: bool, **more: Any) -> Decision:
    data = CancellationAnswered(deployment="d-new", attempt=1, accepted=accepted, **more)
    return deployer.stopped(event(data), slot, None, AT)


def test_what_waits_is_cancelled_at_once_and_says_by_whom() -> None:
    decision = cancel(Slot(current=running("d-one"), queue=(deployment(),)))
    end = only(decision, DeploymentEnded)
    assert (end.state, end.reason, end.description) == ("cancelled", "cancelled_by", "bob")
    assert effects_of(decision, CancelDeployer) == []


def test_what_runs_is_asked_to_stop_and_shown_as_such() -> None:
    decision = cancel(Slot(current=replace(running(), handle={"run": 77})))
    (body,) = effects_of(decision, CancelDeployer)
    assert (body.deployment_handle, body.person) == ({"run": 77}, BOB)
    assert events_of(decision, DeploymentEnded) == []
    assert pictures(decision)["d-new"].deployment.cancel == BOB


def test_what_the_deployer_has_not_taken_yet_is_stopped_as_soon_as_it_has() -> None:
    slot = Slot(current=starting())
    decision = cancel(slot)
    assert effects_of(decision, CancelDeployer) == []
    slot = apply(slot, CancellationRequested(deployment="d-new", person=BOB, at=AT))
    answered = answer(slot, accepted=True)
    assert len(effects_of(answered, CancelDeployer)) == 1


def test_what_reported_before_it_answered_is_stopped_at_its_report() -> None:
    slot = apply(Slot(current=starting()), CancellationRequested(deployment="d-new", person=BOB, at=AT))
    decision = reported(slot, "in_progress")
    assert len(effects_of(decision, CancelDeployer)) == 1
    again = reported(after(slot, decision), "in_progress", percent=50.0)
    assert effects_of(again, CancelDeployer) == []


def test_what_was_to_be_stopped_before_we_knew_its_name_is_asked_by_its_name() -> None:
    slot = Slot(current=replace(running(), cancel=BOB, handle={"run": 77}))
    (body,) = effects_of(answer(slot, accepted=True), CancelDeployer)
    assert body.deployment_handle == {"run": 77}


def test_an_old_word_about_stopping_is_not_taken_for_news() -> None:
    slot = Slot(current=replace(running(), cancel=BOB, sequence=7))
    report = Report("d-new", "in_progress", sequence=3)
    assert stop_answered(slot, accepted=True, report=report).events == ()
    said = only(stop_answered(slot, accepted=False, report=report), DeploymentProgressed).report
    assert said.description == "it could not be stopped: the deployer refused"


def test_what_has_ended_cannot_be_stopped() -> None:
    assert cancel(Slot(history=(done("d-new"),))).reason == "already_ended"


def test_a_deployer_that_will_stop_ends_it_by_its_report() -> None:
    slot = Slot(current=replace(running(), cancel=BOB))
    assert stop_answered(slot, accepted=True).events == ()
    assert only(reported(slot, "cancelled"), DeploymentEnded).state == "cancelled"
    at_once = stop_answered(slot, accepted=True, report=Report("d-new", "cancelled"))
    assert only(at_once, DeploymentEnded).state == "cancelled"


def test_where_nobody_knows_whether_the_wish_arrived_it_is_not_said_to_go_on() -> None:
    slot = Slot(current=replace(running(), cancel=BOB))
    decision = parked(slot, CancelDeployer.KIND, uncertain=True)
    said = only(decision, DeploymentProgressed).report.description
    assert said == "it is not known whether it will stop: No connection."
    kept = after(slot, decision).current
    assert kept is not None
    assert kept.cancel == BOB


def test_those_that_wait_behind_a_cancelled_one_are_shown_their_new_place() -> None:
    queue = (deployment(), deployment("d-next"))
    shown = pictures(cancel(Slot(current=running("d-one"), queue=queue)))
    assert {id: picture.position for id, picture in shown.items()} == {"d-new": None, "d-next": 1}


@pytest.mark.parametrize("given_up", [False, True])
def test_a_deployer_that_goes_on_is_said_to(given_up: bool) -> None:
    slot = Slot(current=replace(running(), cancel=BOB))
    decision = (
        parked(slot, CancelDeployer.KIND)
        if given_up
        else stop_answered(slot, accepted=False, description="too late")
    )
    said = only(decision, DeploymentProgressed).report.description or ""
    assert said.startswith("it could not be stopped: ")
    kept = after(slot, decision).current
    assert kept is not None
    assert (kept.cancel is None) == given_up  # an answer is applied before it is decided about
    assert events_of(decision, DeploymentEnded) == []
