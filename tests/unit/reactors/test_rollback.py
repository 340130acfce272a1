"""The way back without a person: when it is gone, and when it is not."""

import pytest
from msgspec.structs import replace

from bot.domain.automation import Automation
from bot.domain.events import DeploymentRequested, Prompt, RequestMade, RollbackSuggested
from bot.domain.slot import Slot
from bot.domain.verification_events import RollbackDue
from bot.ports import Decision
from bot.reactors import rollback
from tests.unit.reactors.stories import ADA, AT, GOOD, NEW, after_failure, deployment, done, event

TIMED = Prompt("d-new", "d-good", GOOD, "pods not ready", AT, auto_at=AT + 600)
PAUSED = Automation(paused_at=AT, by="olive", because="stocktaking")


def due(slot: Slot, automation: Automation | None = None, at: float | None = AT + 600) -> Decision:
    data = RollbackDue(deployment="d-new", at=at)
    return rollback.due(event(data), slot, automation or Automation(), AT + 600)


def asked(prompt: Prompt = TIMED, **changes: object) -> Slot:
    return replace(after_failure(prompts=(prompt,)), **changes)


def test_it_goes_back_to_what_ran_then_as_it_ran_then() -> None:
    decision = due(asked())
    (order,) = [each.data.order for each in decision.events if isinstance(each.data, DeploymentRequested)]
    assert (order.action, order.sha, order.target, order.of) == ("rollback", GOOD, "d-good", "d-new")
    assert (order.automatic, order.answers, order.rollback_after) == (True, True, None)
    assert [each.data.id for each in decision.events if isinstance(each.data, RequestMade)] == [order.request]


def test_the_same_moment_twice_gives_the_same_order() -> None:
    assert due(asked()).events == due(asked()).events


@pytest.mark.parametrize(
    "slot,reason",
    [
        (asked(replace(TIMED, answer="keep", answered_by=ADA)), "decided_before"),
        (asked(replace(TIMED, auto_at=None)), "only_people_decide"),
        (asked(replace(TIMED, auto_at=AT + 900)), "only_people_decide"),
        (Slot(), "decided_before"),
        (asked(current=replace(deployment("d-newer", "running"), started_at=AT)), "overtaken"),
        (asked(queue=(deployment("d-back", action="rollback", of="d-new"),)), "overtaken"),
        (asked(history=(replace(done("d-new", "failed", sha=NEW)),)), "target_not_recorded"),
    ],
)
def test_it_does_not_where_somebody_decided_or_something_else_began(slot: Slot, reason: str) -> None:
    decision = due(slot)
    assert (decision.outcome, decision.reason, decision.events) == ("ignored", reason, ())


def test_while_automation_is_paused_only_people_decide() -> None:
    decision = due(asked(), PAUSED)
    assert decision.reason == "automation_paused"
    (said,) = [each.data.prompt for each in decision.events if isinstance(each.data, RollbackSuggested)]
    assert said == replace(TIMED, auto_at=None)
    assert not [each for each in decision.events if isinstance(each.data, DeploymentRequested)]
