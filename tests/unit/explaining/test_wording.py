"""Every event has a sentence, every effect and every reason has words."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain import event_types
from bot.domain.deployment import Deployment
from bot.domain.effects import ALL_KINDS
from bot.domain.event_data import EventData
from bot.domain.events import CommandGiven, DeploymentEnded, Prompt, PromptAnswered, RequestProgressed
from bot.domain.slack_events import FormSubmitted
from bot.domain.values import Person, PullRequestPlace, SlackPlace
from bot.explaining import reasons, wording
from bot.explaining.facts import person
from tests.unit.explaining.chains import sent
from tests.unit.reactors.stories import ADA, AT, BOB, GOOD, SHOP, running

SLACK = SlackPlace("T0", "C0DEPLOYS", "deploys")


ANSWERED = Prompt(
    deployment="d-new",
    target="d-good",
    target_sha=GOOD,
    evidence="",
    opened_at=AT,
    answer="rollback",
    answered_by=BOB,
    answered_at=AT,
)


def failed() -> Deployment:
    return replace(running(), state="failed")


class SomethingNew(EventData, frozen=True, kw_only=True):
    TYPE = "something.newly_invented"
    person: Person = ADA


def given(text: str, place: PullRequestPlace | SlackPlace, **more: Any) -> CommandGiven:
    return CommandGiven(text=text, place=place, person=ADA, given_at=AT, to_us=True, **more)


@pytest.mark.parametrize(
    "data, said",
    [
        (
            given("Please:\n\n /deploy api production\nThanks", PullRequestPlace(SHOP, 12, 99)),
            "ada commented “/deploy api production” on acme/shop#12",
        ),
        (given("deploy api staging", SLACK), "ada wrote “/deploy api staging” in #deploys"),
        (
            given("keep d-1", SlackPlace("T0", "C0", thread="1.2")),
            "ada wrote “/keep d-1” in a thread of C0",
        ),
        (given("keep d-1", SLACK, button=True), "ada pressed a button in #deploys: keep d-1"),
        (RequestProgressed(deployment=running()), "api in production at ccccccc (d-new): running"),
        (
            RequestProgressed(deployment=failed(), prompt=ANSWERED),
            (
                "The question what to do about d-new (api in production at ccccccc: failed) is answered: "
                "roll back, by bob"
            ),
        ),
        (
            DeploymentEnded(deployment="d-1", state="timed_out", at=AT, reason="timeout", description="slow"),
            "d-1 ended: timed out: “slow”",
        ),
        (
            PromptAnswered(deployment="d-1", answer="rollback", person=BOB, at=AT),
            "bob chose to roll back (d-1)",
        ),
        (
            FormSubmitted(form="e-1", text="deploy api staging", person=ADA, given_at=AT),
            "ada submitted the form: deploy api staging",
        ),
        (SomethingNew(), "ada: something newly invented"),
    ],
)
def test_an_event_is_said_in_one_sentence(data: EventData, said: str) -> None:
    assert wording.sentence(data, person) == said


def test_every_event_and_every_effect_has_its_own_words() -> None:
    assert set(wording._SENTENCES) == set(event_types.ALL_TYPES)
    assert set(wording.EFFECTS) == {kind.KIND for kind in ALL_KINDS}


@pytest.mark.parametrize(
    "changes, said",
    [
        ({}, "GitHub sent issue_comment, created, about acme/shop#12"),
        ({"action": None, "event": "push", "subject": None}, "GitHub sent push"),
        (
            {"source": "slack", "event": "command", "action": "/deploy", "subject": None},
            "Slack sent a command, /deploy",
        ),
        (
            {"source": "deployer", "event": "report", "action": None, "subject": "d-1"},
            "The deployer sent a report, about d-1",
        ),
        (
            {"source": "slack", "event": "new_thing", "action": None, "subject": None},
            "Slack sent new thing",
        ),
    ],
)
def test_a_delivery_is_said_in_one_sentence(changes: dict[str, Any], said: str) -> None:
    assert wording.delivery(sent("g-1", **changes)) == said


def test_an_effect_is_named_by_its_kind_or_its_purpose() -> None:
    assert wording.effect("deployer.call") == "asks the deployer"
    assert wording.effect("slack.message", "slack:prompt:d-1").startswith("question in the Slack thread")
    assert wording.effect("new.kind_of_effect") == "new kind of effect"


@pytest.mark.parametrize(
    "code, said",
    [
        ("nothing_listens", "Nothing in Pointsman uses this kind of event yet."),
        ("no_write_access", "Commands are for people with write access to the repository."),  # a refusal's
        ("deployer_cancelled", "It was cancelled at the deployer."),  # an ending's
        (
            "payload_incomplete: pull_request.head",
            "The body lacks a field that is needed to understand it. (pull_request.head)",
        ),
        ("never_heard_of", "never heard of"),
        (None, ""),
    ],
)
def test_a_reason_is_said_in_the_words_that_people_got(code: str | None, said: str) -> None:
    assert reasons.reason(code) == said


def test_a_misunderstanding_names_the_word() -> None:
    values = {"code": "unknown_name", "token": "prodcution"}
    said = "“prodcution” is neither a service nor an environment of this repository."
    assert reasons.reason("misunderstood", values) == said
    assert reasons.reason("misunderstood", {}) == "The command was not understood."
    assert reasons.reason("misunderstood", {"code": "unknown_name"}).startswith("the last word is")
