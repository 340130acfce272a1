"""`/cancel`: what is meant, who may, and what is asked of which slot."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.commands import cancel
from bot.domain.change import ChangeState
from bot.domain.events import CancellationRequested, New
from bot.domain.slot import Slot
from bot.domain.speech import Cancel, Keep
from bot.domain.values import Repository
from bot.ports import Decision
from tests.unit.commands.known import (
    IN_SLACK,
    KnownGitHub,
    KnownLedger,
    asked,
    reason_and_values,
    sources,
)
from tests.unit.reactors.stories import ADA, AT, SLOT, deployment, done, only, request, running

HERE = ChangeState(requests=("r-new",))


def ledger(slot: Slot, *more: str) -> KnownLedger:
    states = {SLOT: slot, "request:r-new": request("new")} | {
        f"request:r-{name}": request(name) for name in more
    }
    known = (*([slot.current] if slot.current else []), *slot.queue, *slot.history)
    aliases: dict[str, tuple[str, ...]] = {each.id: (SLOT,) for each in known}
    aliases |= {"thread:C0DEPLOYS:1.5": ("request:r-new",)}
    return KnownLedger(dict(states), aliases)


RUNNING = Slot(current=running())


async def answer(
    slot: Slot = RUNNING, id: str | None = None, *, github: KnownGitHub | None = None, **where: Any
) -> Decision:
    more = where.pop("more", ())
    known = asked(Cancel(id=id), **({"change": HERE} | where))
    facts = await cancel.ROW.read(sources(github, ledger(slot, *more)), known)
    return cancel.ROW.decide(known, facts, AT + 3)


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
@pytest.mark.parametrize(
    "slot", [RUNNING, Slot(current=running("d-one"), queue=(deployment(),))], ids=["runs", "waits"]
)
async def test_its_slot_is_asked_to_stop_it(slot: Slot, id: str | None, where: dict[str, Any]) -> None:
    decision = await answer(slot, id, **where)
    wish = only(decision, CancellationRequested)
    assert (wish.deployment, wish.person, wish.at) == ("d-new", ADA, AT + 3)
    assert New(key=SLOT, data=wish) in decision.events
    assert decision.reason == "asked_to_stop"


async def test_where_nothing_waits_or_runs_it_says_so() -> None:
    decision = await answer(Slot(history=(done("d-new"),)))
    assert reason_and_values(decision) == ("nothing_to_cancel", {"word": "cancel"})


async def test_what_has_ended_is_named_with_its_end() -> None:
    decision = await answer(Slot(history=(done("d-new"),)), "d-new")
    assert reason_and_values(decision) == ("already_ended", {"deployment": "d-new", "state": "succeeded"})


async def test_several_requests_here_are_listed() -> None:
    slot = Slot(current=running(), queue=(deployment("d-two"),))
    here = ChangeState(requests=("r-new", "r-two"))
    decision = await answer(slot, change=here, more=("two",))
    assert reason_and_values(decision) == ("several_under_way", {"ids": ["d-new", "d-two"]})


async def test_who_may_not_deploy_may_not_stop() -> None:
    decision = await answer(github=KnownGitHub(permissions={"ada": "read"}))
    assert decision.reason == "not_allowed"
    assert decision.values["permission"] == "read"


async def test_the_deployments_of_another_repository_are_nobody_s_business() -> None:
    decision = await answer(id="d-new", repository=Repository("acme", "other", 2, 7))
    assert decision.reason == "nothing_to_cancel"


async def test_an_environment_that_is_gone_is_said() -> None:
    decision = await answer(Slot(current=running(environment="attic")))
    assert decision.reason == "environment_gone"


async def test_another_command_is_a_defect() -> None:
    with pytest.raises(TypeError):
        await cancel.ROW.read(sources(), asked(Keep()))
