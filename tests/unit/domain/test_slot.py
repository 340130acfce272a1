"""What a slot knows: what runs, what is live, what was good last."""

import pytest

from bot.domain.deployment import DriverCall, Order
from bot.domain.events import (
    DeploymentCorrected,
    DeploymentEnded,
    DeploymentProgressed,
    DeploymentQueued,
    DeploymentRequested,
    DeploymentStarted,
    Prompt,
    PromptAnswered,
    RollbackSuggested,
)
from bot.domain.slot import Slot, apply, last_good, newest_attempt, next_in_line
from bot.domain.values import Person, Report, Repository

SHOP = Repository(owner="acme", name="shop", id=1, installation=7)
ADA = Person(login="ada")


def order(name: str, sha: str, action: str = "deploy", **more: object) -> Order:
    return Order(
        id=f"d-{name}",
        request=f"r-{name}",
        action=action,  # type: ignore[arg-type]
        repository=SHOP,
        service="api",
        environment="production",
        sha=sha,
        ref="main",
        call=DriverCall(driver="http"),
        asker=ADA,
        requested_at=0.0,
        **more,  # type: ignore[arg-type]
    )


def waiting(slot: Slot | None, *orders: Order) -> Slot:
    for each in orders:
        slot = apply(slot, DeploymentRequested(order=each))
    return slot or Slot()


def running(slot: Slot, name: str) -> Slot:
    return apply(slot, DeploymentStarted(deployment=f"d-{name}", at=1.0, previous_sha=slot.live.sha))


def ended(slot: Slot, name: str, state: str, at: float = 2.0) -> Slot:
    return apply(slot, DeploymentEnded(deployment=f"d-{name}", state=state, at=at, reason="because"))  # type: ignore[arg-type]


def through(slot: Slot | None, name: str, sha: str, state: str, **more: object) -> Slot:
    return ended(running(waiting(slot, order(name, sha, **more)), name), name, state)  # type: ignore[arg-type]


def test_a_requested_deployment_waits_until_it_is_started() -> None:
    slot = waiting(None, order("1", "a"))
    assert slot.current is None
    assert slot.position("d-1") == 1
    assert running(slot, "1").current is not None
    assert running(slot, "1").queue == ()


def test_first_in_is_first_out_but_a_rollback_goes_before_everything() -> None:
    slot = waiting(None, order("1", "a"), order("2", "b"))
    first = next_in_line(slot)
    assert first is not None
    assert first.id == "d-1"
    slot = waiting(slot, order("3", "c", action="rollback"))
    first = next_in_line(slot)
    assert first is not None
    assert first.id == "d-3"


def test_success_makes_its_commit_live() -> None:
    slot = through(None, "1", "a", "succeeded")
    assert (slot.live.sha, slot.live.known) == ("a", True)


@pytest.mark.parametrize("state", ["failed", "timed_out", "unknown", "cancelled"])
def test_after_anything_but_success_what_is_live_is_not_known(state: str) -> None:
    slot = through(through(None, "1", "a", "succeeded"), "2", "b", state)
    assert slot.live.known is False
    assert slot.live.sha == "a"


def test_a_deployment_that_never_started_leaves_no_history_and_what_is_live_alone() -> None:
    slot = waiting(through(None, "1", "a", "succeeded"), order("2", "b"))
    slot = ended(slot, "2", "superseded")
    assert slot.live.known is True
    assert [each.id for each in slot.history] == ["d-1"]


def test_the_last_good_one_after_a_failure_is_the_newest_that_succeeded() -> None:
    slot = through(through(None, "1", "a", "succeeded"), "2", "b", "succeeded")
    slot = through(slot, "3", "c", "failed")
    good = last_good(slot)
    assert good is not None
    assert good.id == "d-2"


def test_the_last_good_one_of_a_good_slot_is_the_one_before_with_another_commit() -> None:
    slot = through(through(None, "1", "a", "succeeded"), "2", "b", "succeeded")
    slot = through(slot, "3", "b", "succeeded")
    good = last_good(slot)
    assert good is not None
    assert good.id == "d-1"


def test_a_commit_that_was_rolled_back_from_is_never_good_again() -> None:
    slot = through(through(None, "1", "a", "succeeded"), "2", "b", "succeeded")
    slot = through(slot, "3", "a", "succeeded", action="rollback", of="d-2", target="d-1")
    assert slot.bad == ("b",)
    slot = through(slot, "4", "c", "failed")
    good = last_good(slot)
    assert good is not None
    assert good.order.sha == "a"


def test_there_is_no_last_good_one_where_nothing_ever_succeeded() -> None:
    assert last_good(through(None, "1", "a", "failed")) is None
    assert last_good(Slot()) is None


def test_while_a_deployment_runs_the_way_back_is_what_succeeded_before_it() -> None:
    slot = running(waiting(through(None, "1", "a", "succeeded"), order("2", "b")), "2")
    good = last_good(slot)
    assert good is not None
    assert good.id == "d-1"
    newest = newest_attempt(slot)
    assert newest is not None
    assert newest.id == "d-2"


def test_an_ended_deployment_keeps_its_outcome_when_its_end_is_told_again() -> None:
    slot = ended(running(waiting(None, order("1", "a")), "1"), "1", "timed_out")
    again = ended(slot, "1", "succeeded")
    found = again.find("d-1")
    assert found is not None
    assert found.state == "timed_out"


def test_a_late_success_corrects_what_is_live_and_not_the_outcome() -> None:
    slot = through(None, "1", "a", "timed_out")
    late = Report(deployment="d-1", state="succeeded")
    slot = apply(slot, DeploymentCorrected(deployment="d-1", report=late, at=9.0))
    assert (slot.live.sha, slot.live.known) == ("a", True)
    found = slot.find("d-1")
    assert found is not None
    assert found.state == "timed_out"


def test_a_late_success_of_a_deployment_that_was_followed_by_another_corrects_nothing() -> None:
    slot = through(through(None, "1", "a", "timed_out"), "2", "b", "succeeded")
    late = Report(deployment="d-1", state="succeeded")
    assert apply(slot, DeploymentCorrected(deployment="d-1", report=late, at=9.0)).live.sha == "b"


def test_progress_is_taken_only_for_the_deployment_that_runs() -> None:
    slot = running(waiting(None, order("1", "a")), "1")
    report = Report(deployment="d-1", state="in_progress", percent=40.0, sequence=2, description="half")
    slot = apply(slot, DeploymentProgressed(deployment="d-1", report=report, at=3.0))
    assert slot.current is not None
    assert (slot.current.percent, slot.current.sequence, slot.current.accepted_at) == (40.0, 2, 3.0)
    other = apply(slot, DeploymentProgressed(deployment="d-9", report=report, at=4.0))
    assert other == slot


def test_only_the_first_answer_to_a_prompt_counts() -> None:
    slot = through(None, "1", "a", "failed")
    prompt = Prompt(deployment="d-1", target=None, target_sha=None, evidence="it broke", opened_at=2.0)
    slot = apply(slot, RollbackSuggested(prompt=prompt))
    slot = apply(slot, PromptAnswered(deployment="d-1", answer="keep", person=ADA, at=3.0))
    slot = apply(slot, PromptAnswered(deployment="d-1", answer="retry", person=Person(login="lin"), at=4.0))
    kept = slot.prompt("d-1")
    assert kept is not None
    assert (kept.answer, kept.answered_by) == ("keep", ADA)


def test_queued_is_shown_as_such() -> None:
    slot = apply(waiting(None, order("1", "a")), DeploymentQueued(deployment="d-1"))
    assert slot.queue[0].state == "queued"


def test_the_history_is_bounded() -> None:
    slot: Slot | None = None
    for number in range(60):
        slot = through(slot, str(number), f"sha{number}", "succeeded")
    assert slot is not None
    assert len(slot.history) == 50


def test_what_somebody_started_again_at_the_deployer_is_kept_beside_the_outcome() -> None:
    slot = through(None, "1", "a", "timed_out")
    again = Report(deployment="d-1", state="succeeded", again=True, sequence=7)
    slot = apply(slot, DeploymentCorrected(deployment="d-1", report=again, at=9.0))
    found = slot.find("d-1")
    assert found is not None
    assert (found.state, found.again, found.sequence) == ("timed_out", "succeeded", 7)
    late = Report(deployment="d-1", state="failed")
    later = apply(slot, DeploymentCorrected(deployment="d-1", report=late, at=10.0)).find("d-1")
    assert later is not None
    assert (later.again, later.sequence) == ("succeeded", 7)
