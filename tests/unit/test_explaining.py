"""Why something happened: the whole story, from the ledger alone."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.effects import AddReaction, Wanted
from bot.domain.events import CommandAnswered, DeploymentRequested, Event, New
from bot.explaining import Explanation, explain, rfc3339
from bot.ports import Decision
from tests.unit.reactors.stories import NEW, order
from tests.unit.runtime.machinery import PULL, SHOP, SLOT, Machinery, until_idle

REACTION = Wanted(body=AddReaction(repository=SHOP, comment=99, content="eyes"))


@pytest.fixture
async def machinery(tmp_path: Path) -> AsyncIterator[Machinery]:
    made = Machinery(tmp_path)
    made.reactor.deciding = decide
    await made.deliver("deploy api production")
    await until_idle(made.worker())
    yield made
    await made.ledger.close()


def decide(event: Event, _state: object) -> Decision:
    if event.data.TYPE != "command.given":
        return Decision(outcome="acted", reason="recorded")
    answered = CommandAnswered(command=event.id, answer="accepted", reason="requested", request="r-new")
    return Decision(
        outcome="acted",
        reason="requested",
        values={"sha": NEW},
        events=(
            New(key=PULL, data=answered),
            New(key=SLOT, data=DeploymentRequested(order=order())),
        ),
        effects=(REACTION,),
    )


def types(explanation: Explanation) -> list[str]:
    return [told.event.data.TYPE for told in explanation.events]


@pytest.mark.parametrize("subject", ["g-0", "acme/shop#1", "d-new", NEW, NEW[:7]])
async def test_every_name_leads_to_the_whole_story(machinery: Machinery, subject: str) -> None:
    explanation = await explain(machinery.ledger, subject)
    assert explanation.known
    assert [row.id for row in explanation.deliveries] == ["g-0"]
    assert types(explanation) == ["command.given", "command.answered", "deployment.requested"]


async def test_it_tells_what_was_decided_and_what_was_compared(machinery: Machinery) -> None:
    explanation = await explain(machinery.ledger, "d-new")
    (outcome,) = explanation.events[0].outcomes
    assert (outcome.outcome, outcome.reason, outcome.values) == ("acted", "requested", {"sha": NEW})
    assert [effect.kind for effect in explanation.events[0].effects] == ["github.reaction"]


@pytest.mark.parametrize("subject", ["d-nobody", "acme/shop#99", "", "'; drop table events; --"])
async def test_of_what_nobody_knows_it_makes_nothing_up(machinery: Machinery, subject: str) -> None:
    explanation = await explain(machinery.ledger, subject)
    assert not explanation.known
    assert explanation.as_json() == {"subject": subject, "known": False, "deliveries": [], "events": []}


async def test_as_json_an_event_is_a_cloudevent_with_its_decisions_and_effects(machinery: Machinery) -> None:
    document = json.loads(json.dumps((await explain(machinery.ledger, "d-new")).as_json()))
    first, _, last = document["events"]
    assert (first["specversion"], first["type"], first["partitionkey"]) == (
        "1.0",
        "pointsman.command.given",
        PULL,
    )
    assert last["causationid"] == first["id"]
    assert last["correlationid"] == first["correlationid"]
    assert last["data"]["order"]["id"] == "d-new"
    assert first["outcomes"][0]["reason"] == "requested"
    assert first["effects"][0]["state"] == "pending"
    assert document["deliveries"][0]["received_at"].endswith("Z")


def test_times_are_rfc_3339_in_utc() -> None:
    assert rfc3339(1_770_000_000.25) == "2026-02-02T02:40:00.250Z"
