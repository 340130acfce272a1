"""What an event or decision holds becomes rows that people can read."""

from typing import Any

import pytest

from bot.domain.events import CommandGiven, DeploymentRequested
from bot.domain.values import Person, PullRequestPlace, SlackPlace
from bot.explaining.facts import facts_of, person
from bot.explaining.masking import HIDDEN
from tests.unit.reactors.stories import ADA, AT, NEW, SHOP, order


def rows(value: Any, most: int = 60) -> dict[str, str]:
    return {fact.label: fact.text for fact in facts_of(value, most)}


def given(place: PullRequestPlace | SlackPlace) -> CommandGiven:
    return CommandGiven(text="deploy", place=place, person=ADA, given_at=AT, to_us=True)


def test_people_places_and_times_are_named_as_people_name_them() -> None:
    assert rows(given(PullRequestPlace(SHOP, 12, 99))) == {
        "text": "deploy",
        "place": "acme/shop#12, comment 99",
        "person": "ada",
        "given at": "2026-02-02 02:40:00 UTC",
        "to us": "yes",
    }


def test_a_slack_place_keeps_the_address_to_itself() -> None:
    place = SlackPlace("T0", "C0", "deploys", "1.2", response_url="https://hooks.slack.com/commands/1")
    assert rows(given(place))["place"] == "Slack #deploys, in a thread"


def test_parts_of_parts_are_labelled_by_both_and_commits_are_short() -> None:
    found = rows(DeploymentRequested(order=order()))
    assert found["order: sha"] == NEW[:7]
    assert found["order: repository"] == "acme/shop"
    assert found["order: call: settings: url"] == "https://deployer.example"
    assert "order: because" not in found  # says nothing


@pytest.mark.parametrize(
    "name, value, text",
    [
        ("permission", None, "none"),
        ("known", False, "no"),
        ("age_seconds", 700, "11 min 40 s"),
        ("timeout", 1800.0, "30 min"),
        ("moved_at", AT, "2026-02-02 02:40:00 UTC"),
        ("at", 3, "3"),
        ("percent", 40.5, "40.5"),
        ("id", 12345678901, "12345678901"),
        ("names", ["a", "b"], "a, b"),
        ("names", [], "none"),
        ("text", "two\nlines", "two lines"),
        ("token", "t0ken", HIDDEN),
        ("error", "with xoxb-1234567890-abcdef in it", f"with {HIDDEN} in it"),
    ],
)
def test_a_value_is_written_by_what_it_is(name: str, value: Any, text: str) -> None:
    assert rows({name: value}) == {name.replace("_", " "): text}


def test_lists_of_parts_are_numbered() -> None:
    assert rows({"found": [{"a": 1}, {"a": 2}]}) == {"found 1: a": "1", "found 2: a": "2"}


def test_more_rows_than_wanted_are_left_out_and_said_to_be() -> None:
    assert rows({"a": 1, "b": 2, "c": 3}, most=2) == {"a": "1", "b": "2", "…": "and more"}


@pytest.mark.parametrize(
    "who, name",
    [
        (Person(login="ada", slack="U0"), "ada"),
        (Person(slack="U0ADA"), "Slack user U0ADA"),
        (Person(), "somebody"),
        (Person(login="ci", is_bot=True), "ci (a bot)"),
        (Person(login="ci[bot]", is_bot=True), "ci[bot]"),
    ],
)
def test_somebody_is_named_by_what_is_known(who: Person, name: str) -> None:
    assert person(who) == name
