"""`/status`: the slots that are asked about, in the configuration's order."""

import pytest

from bot.commands.status import ROW
from bot.domain.events import CommandAnswered
from bot.domain.slot import Slot
from bot.domain.speech import Help, Status
from tests.unit.commands.known import KnownLedger, asked, sources
from tests.unit.reactors.stories import AT, SLOT, after_failure, only

ALL = [("api", "staging"), ("web", "staging"), ("api", "production"), ("web", "production")]


@pytest.mark.parametrize(
    ("command", "slots"),
    [
        (Status(), ALL),
        (Status(service="api"), [each for each in ALL if each[0] == "api"]),
        (Status(environment="staging"), [each for each in ALL if each[1] == "staging"]),
        (Status(service="web", environment="production"), [("web", "production")]),
    ],
)
async def test_it_tells_of_the_slots_that_are_asked_about(
    command: Status, slots: list[tuple[str, str]]
) -> None:
    facts = await ROW.read(sources(), asked(command))
    assert [each[:2] for each in facts.slots] == slots


async def test_a_slot_that_nobody_used_yet_is_empty() -> None:
    known = KnownLedger({SLOT: after_failure()})
    facts = await ROW.read(sources(ledger=known), asked(Status(service="api")))
    assert [slot for _, _, slot in facts.slots] == [Slot(), after_failure()]


async def test_it_is_answered_and_changes_nothing() -> None:
    question = asked(Status())
    decision = ROW.decide(question, await ROW.read(sources(), question), AT)
    assert (decision.reason, decision.values) == ("status", {"slots": 4})
    assert only(decision, CommandAnswered).answer == "answered"


async def test_another_command_is_no_question_for_the_status() -> None:
    with pytest.raises(TypeError):
        await ROW.read(sources(), asked(Help()))
