"""`/keep` and `/retry`: which deployment is meant, and whether this person may decide."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.commands import keep, retry
from bot.domain.change import ChangeState
from bot.domain.events import CommandAnswered, DeploymentRequested, New, PromptAnswered, RequestMade
from bot.domain.policy import EnvironmentPolicy, Requirements
from bot.domain.slot import Slot
from bot.domain.slot import apply as apply_to_slot
from bot.domain.speech import Help, Keep, Retry
from bot.ports import Decision
from tests.unit.commands.known import IN_SLACK, KnownLedger, asked, reason_and_values, sources
from tests.unit.reactors.stories import (
    ADA,
    AT,
    BOB,
    NEW,
    POLICY,
    SHOP,
    SLOT,
    after_failure,
    done,
    events_of,
    only,
    request,
    running,
)

HERE = ChangeState(requests=("r-new",))


def ledger(slot: Slot | None = None, *parts: str) -> KnownLedger:
    aliases = {each.id: (SLOT,) for each in (slot or Slot()).history}
    states = {SLOT: slot or after_failure(), "request:r-new": request(*(parts or ("new",)))}
    return KnownLedger(states, {"d-new": (SLOT,), "thread:C0DEPLOYS:1.5": ("request:r-new",), **aliases})


async def answer(command: Keep | Retry, memory: KnownLedger | None = None, **where: Any) -> Decision:
    row = keep.ROW if isinstance(command, Keep) else retry.ROW
    known = asked(command, **({"change": HERE} | where))
    facts = await row.read(sources(ledger=memory or ledger()), known)
    return row.decide(known, facts, AT + 3)


ANSWERS = pytest.mark.parametrize("answer_type", [Keep, Retry])


@pytest.mark.parametrize(
    ("id", "where"),
    [
        (None, {}),
        ("d-new", {"change": None}),
        ("r-new", {"change": None}),
        (None, {"change": None, "place": replace(IN_SLACK, thread="1.5")}),
    ],
    ids=["the only one here", "by its id", "by its request", "in its thread"],
)
@ANSWERS
async def test_it_means_the_deployment_that_it_can_only_mean(
    answer_type: type[Keep | Retry], id: str | None, where: dict[str, Any]
) -> None:
    assert (await answer(answer_type(id=id), **where)).outcome == "acted"
    assert (await answer(answer_type(id=id), **where)).reason in ("kept", "requested")


async def test_keeping_is_recorded_at_the_slot_with_who_decided() -> None:
    decision = await answer(Keep())
    kept = only(decision, PromptAnswered)
    assert (kept.deployment, kept.answer, kept.person, kept.at) == ("d-new", "keep", ADA, AT + 3)
    assert New(key=SLOT, data=kept) in decision.events


async def test_a_retry_is_a_new_request_for_the_same_commit_in_the_same_thread() -> None:
    decision = await answer(Retry())
    again = only(decision, DeploymentRequested).order
    assert (again.sha, again.ref, again.of, again.number, again.params) == (NEW, "feature/x", "d-new", 12, {})
    assert again.id != "d-new"
    assert only(decision, RequestMade).thread_of == "slack:r-new"


def with_answer() -> Slot:
    return apply_to_slot(
        after_failure(), PromptAnswered(deployment="d-new", answer="keep", person=BOB, at=AT)
    )


REFUSED: dict[str, tuple[str | None, KnownLedger, dict[str, Any]]] = {
    "nothing_meant, nothing asked here": (None, ledger(), {"change": ChangeState()}),
    "nothing_meant, unknown id": ("d-nobody", ledger(), {}),
    "nothing_meant, already answered": (None, ledger(with_answer()), {}),
    "nothing_meant, another repository's": ("d-new", ledger(), {"repository": replace(SHOP, name="other")}),
    "several_meant, two failed": (
        "r-new",
        ledger(after_failure(history=(done("d-old", "failed"),), current=None), "old", "old"),
        {},
    ),
    "already_answered, by its id": ("d-new", ledger(with_answer()), {}),
    "did_not_fail, it succeeded": ("d-good", ledger(after_failure()), {}),
    "prompt_outdated, another runs": ("d-new", ledger(after_failure(current=running("d-next"))), {}),
    "environment_gone, from the configuration": (
        "d-new",
        ledger(),
        {"policy": replace(POLICY, environments=())},
    ),
    "not_allowed, no deployer": (
        "d-new",
        ledger(),
        {"policy": replace(POLICY, environments=(EnvironmentPolicy(name="production", deployers=("bob",)),))},
    ),
}


@pytest.mark.parametrize("case", REFUSED)
@ANSWERS
async def test_it_is_refused(answer_type: type[Keep | Retry], case: str) -> None:
    id, memory, where = REFUSED[case]
    decision = await answer(answer_type(id=id), memory, **where)
    assert decision.reason == case.partition(",")[0]
    assert only(decision, CommandAnswered).answer == "refused"
    assert events_of(decision, DeploymentRequested) == []
    assert events_of(decision, PromptAnswered) == []


async def test_who_comes_second_is_told_who_decided() -> None:
    decision = await answer(Keep(id="d-new"), ledger(with_answer()))
    assert reason_and_values(decision) == (
        "already_answered",
        {"answer": "keep", "by": "bob", "led_to": None},
    )


async def test_a_retry_meets_todays_gates() -> None:
    production = EnvironmentPolicy(name="production", requires=Requirements(review=True))
    decision = await answer(Retry(), policy=replace(POLICY, environments=(production,)))
    assert only(decision, DeploymentRequested).order.gated


async def test_a_service_that_is_gone_cannot_be_retried() -> None:
    decision = await answer(Retry(), policy=replace(POLICY, services=()))
    assert decision.reason == "environment_gone"


async def test_another_command_is_no_answer_to_a_prompt() -> None:
    with pytest.raises(TypeError):
        await keep.ROW.read(sources(), asked(Help()))
