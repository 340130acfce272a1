"""What is hidden, and that hiding keeps apart what is not the same and together what is."""

from typing import Any

import pytest

from bot.domain.events import CommandGiven
from bot.domain.values import Person, PullRequestPlace, Repository, SlackPlace
from bot.replaying.bundles.redaction import ADDRESS, TEXT, Redaction
from bot.replaying.bundles.words import own_words

SHOP = Repository("acme", "shop", 7, 9)
TOKEN = "ghs_" + "x" * 36


@pytest.fixture
def redaction() -> Redaction:
    return Redaction(own_words())


def test_one_person_keeps_one_name_and_another_gets_another(redaction: Redaction) -> None:
    hidden = redaction.hide([{"login": "ada"}, {"author": "ada"}, {"deployers": ["grace", "acme/sre"]}])
    assert hidden[0]["login"] == hidden[1]["author"] == "person-1"
    assert hidden[2]["deployers"] == ["person-2", "owner-1/team-1"]


def test_a_repository_has_the_same_other_name_in_values_and_in_keys(redaction: Redaction) -> None:
    assert redaction.hide(SHOP) == {"owner": "owner-1", "name": "repository-1", "id": 7, "installation": 9}
    assert redaction.key("slot:acme/shop/shop/production") == "slot:owner-1/repository-1/shop/production"
    assert redaction.key("pr:acme/shop-old#1") == "pr:acme/shop-old#1"  # another one, nobody told of it


def test_slack_ids_are_replaced_in_places_and_keys(redaction: Redaction) -> None:
    place = SlackPlace(team="T0123456", channel="C0123456", channel_name="deploys", thread="17.5")
    hidden = redaction.hide(place)
    assert (hidden["team"], hidden["channel"], hidden["thread"]) == ("team-1", "channel-1", "17.5")
    assert redaction.key("slack:T0123456:C0123456:17.5") == "slack:team-1:channel-1:17.5"
    assert (
        redaction.key("slack:T7654321:C0123456").count("channel-") == 2
    )  # one that was never met in a place


@pytest.mark.parametrize(
    ("value", "hidden"),
    [
        ({"because": "Zarquon"}, {"because": TEXT}),
        ({"a_field_of_tomorrow": "Zarquon"}, {"a_field_of_tomorrow": TEXT}),
        ({"log_url": "http://10.0.0.7/log?token=1"}, {"log_url": ADDRESS}),
        ({"name": "https://internal.example/x"}, {"name": ADDRESS}),
        ({"service": TOKEN}, {"service": TEXT}),
        ({"state": "succeeded", "at": 1.5, "known": True}, {"state": "succeeded", "at": 1.5, "known": True}),
        ({"reason": "translation_failed: KeyError 'ada'"}, {"reason": f"translation_failed: {TEXT}"}),
        ({"reason": "ada said so"}, {"reason": TEXT}),
        ({"params": {"note": "Zarquon", "count": 3}}, {"params": {"note": TEXT, "count": 3}}),
        ({"ref": "ada/secret-plan"}, {"ref": "branch-1"}),
        ({"ref": "main"}, {"ref": "main"}),
    ],
)
def test_only_what_is_known_to_be_harmless_stays(redaction: Redaction, value: Any, hidden: Any) -> None:
    assert redaction.hide(value) == hidden


def test_of_a_comment_only_its_commands_stay(redaction: Redaction) -> None:
    given = CommandGiven(
        text="Dear Lovelace\n/deploy api because Zarquon\n/zarquon now",
        place=PullRequestPlace(repository=SHOP, number=1, comment=2),
        person=Person(login="ada"),
        given_at=1.0,
        to_us=False,
    )
    text = redaction.hide(given)["text"]
    assert text.splitlines()[:2] == [TEXT, f"/deploy {TEXT}"]
    assert "arquon" not in text


def test_words_of_a_command_stay_where_the_configuration_names_them(redaction: Redaction) -> None:
    policy = {"services": [{"name": "api", "deploy": {}}], "params": [{"name": "tier", "options": ["blue"]}]}
    value = {
        "policy": policy,
        "tokens": [
            "api@ada/plan",
            "@ada/plan",
            "api,Zarquon",
            "tier=blue",
            "tier=Zarquon",
            "Zarquon",
            "to",
            "main",
        ],
    }
    assert redaction.hide(value)["tokens"] == [
        "api@branch-1",
        "@branch-1",
        f"api,{TEXT}",
        "tier=blue",
        f"tier={TEXT}",
        TEXT,
        "to",
        "main",
    ]


def test_hiding_what_was_hidden_changes_nothing(redaction: Redaction) -> None:
    value = {"login": "ada", "ref": "x", "text": "/deploy api", "title": "Zarquon", "repository": SHOP}
    once = redaction.hide(value)
    assert Redaction(own_words()).hide(once) == once
