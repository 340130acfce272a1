"""One command on its way: where its answers go."""

import pytest
from msgspec.structs import replace

from bot.commands.asked import accepted, answered, not_yours, refused, reply_to, said, seen
from bot.domain.effects import AddReaction, TellPerson, WriteComment
from bot.domain.events import CommandAnswered, New, TurnCame
from bot.domain.values import Person, PullRequestPlace
from bot.messages.message import Message
from bot.ports import Decision
from tests.unit.commands.known import IN_SLACK, ON_PULL, asked
from tests.unit.reactors.stories import ADA, PULL, SHOP, SLOT, effects_of, only

MESSAGE = Message(markdown="**No.**", text="No.", blocks=({"type": "section"},))
HERE = reply_to(asked())
THERE = reply_to(asked(place=replace(IN_SLACK, thread="1.5", response_url="https://hooks.slack.com/x")))


def test_on_a_pull_request_an_answer_is_a_comment_of_its_own() -> None:
    wanted = said(HERE, MESSAGE)
    body = wanted.body
    assert isinstance(body, WriteComment)
    assert (body.repository, body.number, body.text) == (SHOP, 12, "**No.**")
    assert "e-1" in body.marker
    assert wanted.target == "comment:e-1"


def test_in_slack_only_who_asked_sees_it_where_they_asked() -> None:
    body = said(THERE, MESSAGE).body
    assert isinstance(body, TellPerson)
    assert (body.channel, body.user, body.thread) == ("C0DEPLOYS", "U0ADA", "1.5")
    assert body.response_url == "https://hooks.slack.com/x"
    assert (body.text, body.blocks) == ("No.", MESSAGE.blocks)


@pytest.mark.parametrize(("react", "content"), [(seen, "eyes"), (not_yours, "confused")])
def test_only_a_comment_can_be_reacted_to(react: object, content: str) -> None:
    assert callable(react)
    (wanted,) = react(HERE)
    assert isinstance(wanted.body, AddReaction)
    assert (wanted.body.comment, wanted.body.content) == (99, content)
    assert react(THERE) == ()
    assert react(reply_to(asked(place=PullRequestPlace(SHOP, 12)))) == ()


@pytest.mark.parametrize(
    ("decision", "answer"),
    [
        (refused(HERE, "expired", MESSAGE, {"age_seconds": 700}), "refused"),
        (answered(HERE, "expired", MESSAGE, {"age_seconds": 700}), "answered"),
    ],
)
def test_an_answer_is_recorded_at_the_conversation_with_what_was_compared(
    decision: Decision, answer: str
) -> None:
    recorded = only(decision, CommandAnswered)
    assert decision.events[0].key == PULL
    assert (recorded.command, recorded.answer, recorded.reason) == ("e-1", answer, "expired")
    assert recorded.values == decision.values == {"age_seconds": 700}
    assert [body.content for body in effects_of(decision, AddReaction)] == ["eyes"]


def test_what_is_accepted_tells_its_own_story() -> None:
    other = New(key=SLOT, data=TurnCame())
    decision = accepted(HERE, "requested", (other,), "r-1")
    assert decision.events[1:] == (other,)
    assert only(decision, CommandAnswered).request == "r-1"
    assert effects_of(decision, WriteComment) == []


def test_a_pull_request_has_an_address_and_a_conversation_in_slack_has_none() -> None:
    assert asked(web_url="https://github.example").change_url == "https://github.example/acme/shop/pull/12"
    assert (asked(place=IN_SLACK).change_url, asked(place=IN_SLACK).number) == (None, None)
    assert asked(place=ON_PULL, person=Person("ada")).number == 12
    assert reply_to(asked()).person == ADA
