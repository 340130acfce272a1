"""When people cannot be told in the usual place, they are told in another, once."""

from msgspec.structs import replace

from bot.domain.effects import KeepMessage, SayInThread, TellPerson, WriteComment
from bot.domain.events import EffectParked
from bot.domain.request import Request
from bot.domain.values import Person, SlackPlace
from bot.ports import Decision
from bot.reactors import parked
from tests.unit.reactors.stories import AT, SHOP, effects_of, event, request

KEY = "request:r-new"
IN_SLACK = SlackPlace("T1", "C0ASKED", response_url="https://slack.example/respond")


def asked(channel: str | None = "C0DEPLOYS", number: int | None = 12, *, in_slack: bool = False) -> Request:
    made = replace(request("new").made, channel=channel, number=number)
    if in_slack:
        made = replace(made, place=IN_SLACK, asker=Person("ada", "U0ADA"))
    return Request(made, request("new").parts)


def given_up(kind: str, of: Request) -> Decision:
    data = EffectParked(effect="some:effect", kind=kind, reason="It is forbidden.", hint="Ask an owner.")
    return parked.decide(event(data, KEY), of, None, AT)


def test_a_comment_that_cannot_be_written_is_told_in_the_requests_thread() -> None:
    decision = given_up(WriteComment.KIND, asked())
    (said,) = effects_of(decision, SayInThread)
    assert said.channel == "C0DEPLOYS"
    for words in ("acme/shop#12", "It is forbidden.", "Ask an owner.", "pointsman dead retry some:effect"):
        assert words in said.text
    (wanted,) = decision.effects
    assert (wanted.after, wanted.owner) == ("slack:r-new", None)
    assert (decision.outcome, decision.reason) == ("acted", "told_elsewhere")


def test_a_message_that_cannot_be_posted_is_told_on_the_pull_request_in_a_comment_of_its_own() -> None:
    decision = given_up(KeepMessage.KIND, asked())
    (comment,) = effects_of(decision, WriteComment)
    assert (comment.repository, comment.number) == (SHOP, 12)
    assert "C0DEPLOYS" in comment.text
    assert "It is forbidden." in comment.text
    (wanted,) = decision.effects
    assert (wanted.target, wanted.owner) == ("comment:r-new:not-in-slack", None)


def test_who_asked_in_slack_is_told_where_they_asked() -> None:
    (told,) = effects_of(given_up(KeepMessage.KIND, asked(number=None, in_slack=True)), TellPerson)
    assert (told.channel, told.user, told.response_url) == ("C0ASKED", "U0ADA", IN_SLACK.response_url)


def test_trouble_that_comes_again_is_told_once() -> None:
    for kind, of in ((WriteComment.KIND, asked()), (KeepMessage.KIND, asked(in_slack=True))):
        first, second = given_up(kind, of), given_up(kind, of)
        assert [each.target for each in first.effects] == [each.target for each in second.effects]
        assert all(each.target for each in first.effects)


def test_where_nobody_can_be_told_it_is_recorded() -> None:
    for decision in (
        given_up(WriteComment.KIND, asked(channel=None)),
        given_up(KeepMessage.KIND, asked(number=None)),
        given_up(SayInThread.KIND, asked()),
    ):
        assert (decision.reason, decision.effects) == ("recorded", ())
        assert decision.values["error"] == "It is forbidden."
