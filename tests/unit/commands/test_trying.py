"""`--dry-run` of any command: the same refusals, and nothing done."""

import pytest

from bot.commands import TABLE
from bot.commands.asked import accepted, refused, reply_to
from bot.commands.grammar import parse
from bot.commands.trying import tried
from bot.domain.events import CancellationRequested, CommandAnswered, New
from bot.domain.speech import Confusion, Misunderstood, Vocabulary
from bot.messages import answers
from tests.unit.commands.known import asked
from tests.unit.reactors.stories import ADA, AT, SLOT, only

NAMES = Vocabulary(services=("api", "web"), environments=("staging", "production"))
QUESTIONS = {"status", "why", "help", "link"}
EXAMPLES = {
    "deploy": "deploy api production",
    "rollback": "rollback api production",
    "lock": "lock production",
    "unlock": "unlock production",
    "ask": "ask production",
    "freeze": "freeze production",
    "unfreeze": "unfreeze production",
    **dict.fromkeys(("approve", "reject", "cancel", "retry", "keep"), "{} r-0000000000"),
}


def test_what_was_accepted_is_only_told() -> None:
    reply = reply_to(asked())
    wish = New(key=SLOT, data=CancellationRequested(deployment="d-new", person=ADA, at=AT))
    decision = tried(reply, accepted(reply, "asked_to_stop", (wish,), None))
    assert only(decision, CommandAnswered).answer == "answered"
    assert [type(each.data) for each in decision.events] == [CommandAnswered]
    assert decision.values == {"would": "asked_to_stop", "events": ["cancellation.requested"]}


def test_a_refusal_is_the_same_refusal() -> None:
    reply = reply_to(asked())
    decision = refused(reply, "nothing_to_cancel", answers.refusal("nothing_to_cancel", {}))
    assert tried(reply, decision) is decision


@pytest.mark.parametrize("word", sorted(set(TABLE) - QUESTIONS))
def test_every_command_that_does_something_can_be_tried(word: str) -> None:
    command = parse(f"{EXAMPLES[word].format(word)} --dry-run", NAMES)
    assert getattr(command, "dry_run", False), command


@pytest.mark.parametrize("word", sorted(QUESTIONS))
def test_a_question_does_nothing_that_could_be_tried(word: str) -> None:
    command = parse(f"{word} --dry-run", NAMES)
    assert isinstance(command, Misunderstood)
    assert command.code is Confusion.FLAG_NOT_TAKEN
