"""`/help` is made of the rows of all other commands."""

import pytest

from bot.commands import TABLE
from bot.domain.effects import WriteComment
from bot.domain.events import CommandAnswered
from bot.domain.speech import Help, Status
from bot.ports import Decision
from tests.unit.commands.known import asked, sources
from tests.unit.reactors.stories import AT, effects_of, only

ROW = TABLE["help"]


def told(decision: Decision) -> str:
    (comment,) = effects_of(decision, WriteComment)
    return comment.text


async def test_it_lists_every_command_and_this_repositorys_names() -> None:
    question = asked(Help())
    decision = ROW.decide(question, await ROW.read(sources(), question), AT)
    assert decision.reason == "help"
    assert only(decision, CommandAnswered).answer == "answered"
    for name in (*(f"/{word}" for word in TABLE), "api", "production"):
        assert name in told(decision)


@pytest.mark.parametrize("word", sorted(TABLE))
def test_it_explains_one_command(word: str) -> None:
    text = told(ROW.decide(asked(Help(topic=word)), None, AT))
    assert f"/{word}" in text
    assert TABLE[word].summary in text


def test_it_helps_whoever_it_is_handed_to() -> None:
    assert ROW.decide(asked(Status()), None, AT).reason == "help"
