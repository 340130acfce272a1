"""`/rollback`: back to what was good, and never by a click on what was overtaken."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.commands.rollback import ROW
from bot.domain.deployment import Order
from bot.domain.events import CommandAnswered, DeploymentRequested, PromptAnswered, RequestMade
from bot.domain.policy import EnvironmentPolicy, FreezeWindow, Requirements, WeeklyMoment
from bot.domain.slot import Slot, apply
from bot.domain.speech import Rollback
from bot.ports import Decision
from tests.unit.commands.known import IN_SLACK, KnownLedger, asked, reason_and_values, sources
from tests.unit.reactors.stories import (
    AT,
    BOB,
    GOOD,
    NEW,
    OLDER,
    POLICY,
    SLOT,
    after_failure,
    done,
    events_of,
    only,
    running,
)


def said(**changes: Any) -> Rollback:
    return replace(Rollback(service="api", environment="production"), **changes)


async def rollback(slot: Slot | None, command: Rollback | None = None, **where: Any) -> Decision:
    known = asked(command or said(), **where)
    facts = await ROW.read(sources(ledger=KnownLedger({SLOT: slot} if slot else {})), known)
    return ROW.decide(known, facts, AT + 3)


def ordered(decision: Decision) -> Order:
    return only(decision, DeploymentRequested).order


async def test_it_goes_back_to_the_last_good_deployment() -> None:
    decision = await rollback(after_failure())
    order = ordered(decision)
    assert (order.action, order.sha, order.target, order.of) == ("rollback", GOOD, "d-good", "d-new")
    assert order.pinned == "recorded"
    assert only(decision, RequestMade).thread_of == "slack:r-new"


async def test_what_ran_then_runs_again_with_its_parameters() -> None:
    slot = after_failure(history=(done(params={"verbose": True}), done("d-new", "failed", sha=NEW)))
    assert ordered(await rollback(slot)).params == {"verbose": True}


async def test_it_belongs_to_the_pull_request_that_it_leaves_when_it_is_asked_for_in_slack() -> None:
    assert ordered(await rollback(after_failure(), place=IN_SLACK)).number == 12


async def test_it_passes_gates_and_freezes() -> None:
    frozen = FreezeWindow(start=WeeklyMoment(0, 0), end=WeeklyMoment(6, 1439))
    production = EnvironmentPolicy(
        name="production", after=("staging",), requires=Requirements(approvals=2), freeze=(frozen,)
    )
    policy = replace(POLICY, environments=(production,))
    assert (await rollback(after_failure(), policy=policy)).reason == "requested"


async def test_it_needs_the_right_to_deploy() -> None:
    production = EnvironmentPolicy(name="production", deployers=("bob",))
    policy = replace(POLICY, environments=(production,))
    assert (await rollback(after_failure(), policy=policy)).reason == "not_allowed"


@pytest.mark.parametrize("slot", [None, Slot(), Slot(history=(done("d-new", "failed", sha=NEW),))])
async def test_where_nothing_was_good_there_is_no_way_back(slot: Slot | None) -> None:
    decision = await rollback(slot)
    assert reason_and_values(decision) == (
        "nothing_good",
        {"service": "api", "environment": "production"},
    )
    assert only(decision, CommandAnswered).answer == "refused"


async def test_from_a_good_deployment_it_goes_to_the_one_before() -> None:
    slot = Slot(history=(done("d-old", sha=OLDER), done("d-new", sha=NEW)))
    assert ordered(await rollback(slot)).target == "d-old"


async def test_a_commit_that_was_rolled_back_from_is_no_way_back() -> None:
    slot = Slot(
        history=(done("d-old", sha=OLDER), done("d-bad", sha=GOOD), done("d-new", "failed", sha=NEW)),
        bad=(GOOD,),
    )
    assert ordered(await rollback(slot)).target == "d-old"


@pytest.mark.parametrize("to", ["d-old", OLDER, OLDER[:7], OLDER[:7].upper(), "v1"])
async def test_to_names_a_recorded_good_deployment(to: str) -> None:
    slot = after_failure(history=(done("d-old", sha=OLDER, ref="v1"), *after_failure().history))
    order = ordered(await rollback(slot, said(to=to)))
    assert (order.target, order.sha) == ("d-old", OLDER)


@pytest.mark.parametrize("to", ["d-new", "d-nobody", NEW, OLDER[:6], "main"])
async def test_to_anything_else_is_refused_with_what_there_is(to: str) -> None:
    decision = await rollback(after_failure(), said(to=to))
    assert reason_and_values(decision) == ("target_not_recorded", {"target": to, "recorded": ["d-good"]})


# --- clicks ---------------------------------------------------------------------------------------------


async def press(slot: Slot) -> Decision:
    return await rollback(slot, said(to="d-good"), button=True, place=IN_SLACK)


async def test_a_click_on_the_prompt_leaves_the_deployment_that_it_is_about() -> None:
    order = ordered(await press(after_failure()))
    assert (order.target, order.of) == ("d-good", "d-new")


async def test_a_second_click_is_told_who_decided() -> None:
    answered = PromptAnswered(deployment="d-new", answer="rollback", person=BOB, at=AT, led_to="d-back")
    decision = await press(apply(after_failure(), answered))
    assert reason_and_values(decision) == (
        "already_answered",
        {"answer": "rollback", "by": "bob", "led_to": "d-back"},
    )


@pytest.mark.parametrize(
    "slot",
    [
        after_failure(current=running("d-next")),
        after_failure(history=(*after_failure().history, done("d-next", sha=OLDER))),
        after_failure(prompts=()),
    ],
    ids=["another runs", "another ended", "prompt forgotten"],
)
async def test_a_click_on_a_prompt_that_was_overtaken_is_answered_and_never_obeyed(slot: Slot) -> None:
    decision = await press(slot)
    assert decision.reason == "prompt_outdated"
    assert events_of(decision, DeploymentRequested) == []


async def test_a_typed_rollback_is_not_bound_to_a_prompt() -> None:
    slot = after_failure(current=running("d-next", sha=OLDER))
    assert ordered(await rollback(slot)).of == "d-next"
