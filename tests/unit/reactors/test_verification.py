"""What samples and the end of the time lead to, one event at a time."""

import pytest
from msgspec.structs import replace

from bot.domain import verification as watching
from bot.domain.alerts import AlertSeen
from bot.domain.deployment import Deployment
from bot.domain.effects import TakeProbe
from bot.domain.events import DeploymentEnded, EventData, RequestProgressed, RollbackSuggested
from bot.domain.slot import Slot, apply
from bot.domain.values import Report
from bot.domain.verification import HttpProbe, Verification
from bot.domain.verification_events import ProbeDue, ProbeTaken, VerificationInconclusive
from bot.ports import Decision
from bot.reactors import verification
from bot.reactors.story import Story
from tests.unit.reactors.stories import AT, SLOT, done, event, live, running

VERIFY = Verification(duration=60, http=(HttpProbe(url="https://shop.example/a", every=10, failures=2),))
ENDS = AT + 60
SIGNED = AlertSeen(source="sentry", id="a1", title="5xx", at=AT, may_act=True)


def verifying(*samples: bool | None, verify: Verification = VERIFY) -> Slot:
    watch = watching.begin(verify, AT)
    for good in samples:
        watch = watching.taken(watch, 0, good, "seen")
    current = replace(running(verify=verify, rollback_after=0.0), state="verifying", watch=watch)
    return Slot(current=current, history=(done(),), live=live(current))


def sampled(slot: Slot, good: bool | None, now: float = AT + 20) -> Decision:
    data = ProbeTaken(deployment="d-new", attempt=1, place=0, good=good, said="seen", at=now)
    return verification.taken(event(data), apply(slot, data), None, now)


def told(decision: Decision, kind: type[EventData]) -> list[EventData]:
    return [each.data for each in decision.events if isinstance(each.data, kind)]


def later(decision: Decision) -> list[tuple[float | None, int | None]]:
    return [(each.due, each.data.place) for each in decision.events if isinstance(each.data, ProbeDue)]


def begun(slot: Slot) -> Decision:
    current = slot.current
    assert current is not None
    report = Report(deployment=current.id, state="succeeded")
    story = Story(event(ProbeDue(deployment=current.id, attempt=1)), slot, AT)
    return verification.begin(story, current, report)


def with_alerts(deployment: Deployment, *alerts: AlertSeen) -> Deployment:
    return replace(deployment, alerts=alerts)


def test_every_probe_is_taken_at_once_and_an_end_is_set() -> None:
    decision = begun(Slot(current=running(verify=VERIFY)))
    assert later(decision) == [(AT, 0), (ENDS + verification.GRACE_SECONDS, None)]


def test_an_alert_while_its_deployer_was_at_work_counts() -> None:
    current = with_alerts(running(verify=replace(VERIFY, alerts=True)), SIGNED)
    (ended,) = told(begun(Slot(current=current)), DeploymentEnded)
    assert ended.reason == "alert_raised"  # type: ignore[attr-defined]


def test_a_probe_that_is_due_is_taken() -> None:
    data = ProbeDue(deployment="d-new", attempt=1, place=0)
    decision = verification.due(event(data), verifying(), None, AT + 10)
    (wanted,) = decision.effects
    assert isinstance(wanted.body, TakeProbe)
    assert (wanted.owner, wanted.body.place, wanted.body.since) == (SLOT, 0, AT)


@pytest.mark.parametrize(
    "before,good,shown",
    [
        ((), True, True),
        ((True,), True, False),
        ((True,), False, True),
        ((True,), None, True),
        ((None,), None, False),
        ((False,), True, True),
    ],
)
def test_people_see_what_is_new(before: tuple[bool | None, ...], good: bool | None, shown: bool) -> None:
    decision = sampled(verifying(*before), good)
    assert bool(told(decision, RequestProgressed)) == shown
    assert later(decision) == [(AT + 30, 0)]


def test_too_many_bad_ones_end_it_and_ask_and_nothing_is_taken_any_more() -> None:
    decision = sampled(verifying(False), good=False)
    assert [each.reason for each in told(decision, DeploymentEnded)] == ["verification_failed"]  # type: ignore[attr-defined]
    assert len(told(decision, RollbackSuggested)) == 1
    assert later(decision) == []


def test_what_tells_nothing_asks_and_nothing_happens_by_itself() -> None:
    decision = sampled(verifying(None), None, now=ENDS + 100)
    assert len(told(decision, VerificationInconclusive)) == 1
    (asked,) = told(decision, RollbackSuggested)
    assert asked.prompt.auto_at is None  # type: ignore[attr-defined]


def test_it_comes_to_an_end_although_no_sample_comes() -> None:
    data, slot, now = ProbeDue(deployment="d-new", attempt=1), verifying(False), ENDS
    for _ in range(10):
        now += verification.GRACE_SECONDS
        decision = verification.due(event(data), slot, None, now)
        if told(decision, VerificationInconclusive):
            return
        assert later(decision) == [(now + verification.GRACE_SECONDS, None)]
    pytest.fail("it goes on for ever")


@pytest.mark.parametrize("attempt,id", [(2, "d-new"), (1, "d-old")])
def test_a_sample_of_another_attempt_or_deployment_decides_nothing(attempt: int, id: str) -> None:
    data = ProbeTaken(deployment=id, attempt=attempt, place=0, good=False, said="x", at=AT)
    decision = verification.taken(event(data), verifying(False), None, AT)
    assert (decision.outcome, decision.reason, decision.events) == ("ignored", "not_verified", ())
