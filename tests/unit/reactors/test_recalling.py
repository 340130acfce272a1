"""Facts come back from the ledger as the values that `decide` takes, whatever they are for."""

from inspect import signature
from typing import Any, get_type_hints

import msgspec
import pytest

from bot.commands import TABLE
from bot.commands.rollback import RollbackFacts
from bot.domain.slot import Slot
from bot.domain.speech import RawCommand
from bot.gates.rights import Right
from bot.reactors import command
from bot.reactors.command import CommandFacts
from bot.reactors.row import Row, nothing_to_read
from bot.replaying.nobody import rows_by_name

ROWS = rows_by_name()


def taken(decide: Any) -> Any:
    """The type of facts that a `decide` says that it takes."""
    parameter = list(signature(decide).parameters)[-2]
    kind = get_type_hints(decide)[parameter]
    return None if kind is type(None) else kind


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_each_reactor_names_the_type_of_the_facts_that_it_decides_by(row: Row) -> None:
    assert row.facts == taken(row.decide)
    assert (row.facts is None) == (row.read is nothing_to_read)


@pytest.mark.parametrize("word", list(TABLE))
def test_each_command_names_the_type_of_the_facts_that_it_decides_by(word: str) -> None:
    assert TABLE[word].facts == taken(TABLE[word].decide)


def test_what_a_command_read_for_itself_is_typed_by_its_word() -> None:
    read = RollbackFacts(right=Right(True, "write_access", "write"), slot=Slot(bad=("b" * 40,)))
    facts = CommandFacts(raw=RawCommand(word="rollback", tokens=("api",)), specific=read)
    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(facts))
    assert isinstance(stored["specific"], dict)
    assert ROWS["command"].recall(stored) == facts


def test_facts_of_something_else_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        ROWS["slot.turn"].recall({"configuration": "maybe"})
    with pytest.raises(msgspec.ValidationError):
        command.complete(CommandFacts(raw=RawCommand(word="deploy"), specific={"right": "yes"}))
