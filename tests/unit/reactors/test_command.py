"""From a command that somebody gave to an answer, a refusal, a reaction or silence."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.commands import TABLE
from bot.commands.grammar import interpret
from bot.commands.prompted import PromptedFacts
from bot.commands.repository import Whereabouts
from bot.commands.words import split
from bot.domain.change import ChangeState
from bot.domain.effects import AddReaction, TellPerson, WriteComment
from bot.domain.events import CommandAnswered, CommandGiven
from bot.domain.policy import EnvironmentPolicy
from bot.domain.speech import Misunderstood, RawCommand
from bot.domain.values import Person, Place, PullRequestPlace, Seconds, SlackPlace
from bot.ports import Decision, PolicyRead
from bot.reactors.command import AGE_SECONDS_MAX, CommandFacts, decide, give_up, vocabulary
from tests.unit.reactors.stories import ADA, AT, POLICY, PULL, SHOP, effects_of, event, only

ON_PULL = PullRequestPlace(SHOP, 12, 99)
IN_SLACK = SlackPlace("T0", "C0DEPLOYS")
VALID = PolicyRead(status="valid", policy=POLICY, blob="blob")
OFF = PolicyRead(status="off")
INVALID = PolicyRead(status="invalid", problems=("line 1: what?",))
HUBOT = Person(login="hubot[bot]", is_bot=True)


def command(
    text: str = "status",
    place: Place = ON_PULL,
    person: Person = ADA,
    change: ChangeState | None = None,
    now: Seconds = AT,
    **facts: Any,
) -> Decision:
    """Decide a command whose facts are those of a person with write access, unless they are named."""
    raw = split(text)
    known: dict[str, Any] = {
        "raw": raw if isinstance(raw, RawCommand) else None,
        "broken": raw if isinstance(raw, Misunderstood) else None,
        "where": Whereabouts(repository=SHOP),
        "configuration": VALID,
        "login": person.login,
        "permission": "write",
        "parsed": interpret(raw, vocabulary(POLICY)) if isinstance(raw, RawCommand) else raw,
    }
    data = CommandGiven(text=text, place=place, person=person, given_at=AT, to_us=False)
    return decide(event(data, PULL), change, CommandFacts(**(known | facts)), now)


def reacted(decision: Decision) -> list[str]:
    return [body.content for body in effects_of(decision, AddReaction)]


def silent(decision: Decision) -> bool:
    return decision.outcome == "ignored" and not decision.effects and not decision.events


# --- who is not answered --------------------------------------------------------------------------------


SILENCE: list[tuple[str, dict[str, Any]]] = [
    ("no_command", {"raw": None, "broken": None}),
    ("repository_off", {"configuration": OFF}),
    ("repository_off", {"configuration": None}),
    ("from_a_bot", {"person": HUBOT}),
    ("not_asked", {"text": "approve"}),
    ("not_asked", {"text": "keep"}),
    ("not_asked", {"text": "retry", "change": ChangeState()}),
    ("command_already_answered", {"change": ChangeState(commands=("e-1",))}),
]


@pytest.mark.parametrize(("reason", "facts"), SILENCE)
def test_what_is_not_for_us_gets_nothing_at_all(reason: str, facts: dict[str, Any]) -> None:
    decision = command(**facts)
    assert decision.reason == reason
    assert silent(decision)


@pytest.mark.parametrize("permission", ["read", "none", None])
def test_people_without_write_access_get_one_reaction_and_no_comment(permission: str | None) -> None:
    decision = command(permission=permission)
    assert (decision.outcome, decision.reason) == ("ignored", "no_write_access")
    assert reacted(decision) == ["confused"]
    assert len(decision.effects) == 1


def test_even_an_invalid_configuration_tells_outsiders_nothing() -> None:
    assert reacted(command(permission="read", configuration=INVALID)) == ["confused"]


def test_a_bot_that_is_a_deployer_is_answered() -> None:
    production = EnvironmentPolicy(name="production", deployers=("hubot[bot]",))
    policy = replace(POLICY, environments=(production,))
    decision = command("scale api production 3", person=HUBOT, configuration=replace(VALID, policy=policy))
    assert decision.outcome == "acted"


def test_a_bot_in_slack_is_not_answered() -> None:
    decision = command(place=IN_SLACK, person=Person(slack="B0T", is_bot=True), login=None)
    assert decision.reason == "from_a_bot"
    assert silent(decision)


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("retry", {"to_us": True}),
        ("retry d-0123456789", {}),
        ("retry", {"change": ChangeState(requests=("r-0123456789",))}),
    ],
    ids=["addressed", "with an id", "where we asked"],
)
def test_a_word_that_other_bots_use_counts_where_it_can_only_mean_us(
    text: str, facts: dict[str, Any]
) -> None:
    assert command(text, specific=PromptedFacts(), **facts).reason == "nothing_meant"


# --- who is refused -------------------------------------------------------------------------------------


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("expired", {"now": AT + AGE_SECONDS_MAX + 1}),
    (
        "repository_unknown",
        {"where": Whereabouts(problem="repository_unknown", named="acme/x", repository=SHOP)},
    ),
    ("configuration_invalid", {"configuration": INVALID}),
    ("not_in_this_version", {"text": "scale api production 3"}),
    ("not_in_this_version", {"text": "resume d-0000000000"}),
    ("misunderstood", {"text": "deploy apo production"}),
    ("misunderstood", {"text": 'deploy "api'}),
]


@pytest.mark.parametrize(("reason", "facts"), REFUSED, ids=[each[0] for each in REFUSED])
def test_a_refused_command_gets_eyes_and_its_own_comment(reason: str, facts: dict[str, Any]) -> None:
    decision = command(**facts)
    assert (decision.outcome, decision.reason) == ("acted", reason)
    assert reacted(decision) == ["eyes"]
    (comment,) = effects_of(decision, WriteComment)
    assert (comment.repository, comment.number) == (SHOP, 12)
    recorded = only(decision, CommandAnswered)
    assert (recorded.command, recorded.answer, recorded.reason) == ("e-1", "refused", reason)


SLACK_REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("expired", {"now": AT + AGE_SECONDS_MAX + 1}),
    ("repository_none", {"where": Whereabouts(problem="repository_none"), "configuration": None}),
    ("repository_unclear", {"where": Whereabouts(problem="repository_unclear"), "configuration": None}),
    ("repository_off", {"configuration": OFF}),
    ("not_linked", {"login": None}),
    ("configuration_invalid", {"configuration": INVALID}),
    ("no_write_access", {"permission": "read"}),
]


@pytest.mark.parametrize(("reason", "facts"), SLACK_REFUSED, ids=[each[0] for each in SLACK_REFUSED])
def test_in_slack_everybody_is_answered_for_their_eyes_only(reason: str, facts: dict[str, Any]) -> None:
    decision = command(place=IN_SLACK, **facts)
    assert decision.reason == reason
    (told,) = effects_of(decision, TellPerson)
    assert (told.channel, told.user) == ("C0DEPLOYS", "U0ADA")
    assert only(decision, CommandAnswered).answer == "refused"


def test_a_command_of_exactly_ten_minutes_still_counts() -> None:
    assert command("help", now=AT + AGE_SECONDS_MAX).reason == "help"


def test_what_was_compared_is_recorded() -> None:
    decision = command(now=AT + 700)
    assert decision.values == {"age_seconds": 700}
    assert only(decision, CommandAnswered).values == {"age_seconds": 700}


def test_a_known_command_decides_for_itself() -> None:
    assert command("help").reason == "help"


def test_help_for_one_command_says_less_than_help_for_all() -> None:
    (one,) = effects_of(command("help deploy"), WriteComment)
    (all_of_them,) = effects_of(command("help"), WriteComment)
    assert len(one.text) < len(all_of_them.text)
    assert all(f"/{word}" in all_of_them.text for word in TABLE)


# --- who is told that it was given up -------------------------------------------------------------------


def given(text: str, place: Place) -> CommandGiven:
    return CommandGiven(text=text, place=place, person=ADA, given_at=AT, to_us=False)


def test_who_asked_is_told_when_a_command_was_given_up() -> None:
    (on_github,) = give_up(event(given("/deploy api production", ON_PULL), PULL), "broken")
    (in_slack,) = give_up(event(given("deploy api production", IN_SLACK), "slack:C0"), "broken")
    assert isinstance(on_github.body, WriteComment)
    assert isinstance(in_slack.body, TellPerson)


def test_an_ordinary_comment_that_could_not_be_looked_at_is_told_nobody() -> None:
    assert give_up(event(given("LGTM, thanks", ON_PULL), PULL), "broken") == ()
