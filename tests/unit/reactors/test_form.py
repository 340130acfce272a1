"""The form of `/deploy`: what is opened, what it is filled with, and the command that it becomes."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.effects import FillForm, OpenForm, TellPerson, Wanted
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.events import CommandGiven, Event
from bot.domain.slack_events import FormAsked, FormMissed, FormRepositoryChosen, FormSubmitted
from bot.domain.values import Person, Repository, SlackPlace
from bot.ports import Decision, PolicyRead, Sources
from bot.reactors import form as reactor
from tests.unit.commands.known import KnownGitHub, KnownLedger, sources
from tests.unit.reactors.stories import AT, POLICY, SHOP, effects_of, event, only

FORM, KEY, FORM_KEY = "e-form", "slack:T0:C0DEPLOYS:1.2", "slack:T0:form:e-form"
PLACE = SlackPlace("T0", "C0DEPLOYS", "deploys", response_url="https://hooks.slack.example/1")
ADA, BOB = Person(slack="U0ADA"), Person(slack="U0BOB")
ASKED = FormAsked(trigger="1.2", place=PLACE, person=ADA, given_at=AT)
BLOG = Repository("acme", "blog", 2, 7)
TWO = KnownGitHub(served=(SHOP, BLOG), policies={"acme/shop": POLICY, "acme/blog": POLICY})


@dataclass
class RememberingLedger(KnownLedger):
    """A ledger that also knows events."""

    events: dict[str, Event] = field(default_factory=dict)

    async def event(self, id: str) -> Event | None:
        return self.events.get(id)


def where(github: KnownGitHub | None = None, asked: FormAsked | None = ASKED) -> Sources:
    events = {FORM: event(asked, KEY, FORM)} if asked else {}
    return sources(github, RememberingLedger(events=events), people={"ada": "U0ADA"})


async def filled(
    data: FormAsked | FormRepositoryChosen = ASKED, github: KnownGitHub | None = None
) -> tuple[Decision, str]:
    """The decision, and all that the form then says."""
    asked = data if isinstance(data, FormAsked) else ASKED
    happened = event(data, KEY, FORM)
    facts = await reactor.read(where(github, asked), happened)
    decision = reactor.filled(happened, None, facts, AT)
    bodies = effects_of(decision, FillForm)
    return decision, json.dumps(bodies[0].view) if bodies else ""


# --- opening ----------------------------------------------------------------------------------------


def test_the_form_opens_before_anything_is_read() -> None:
    decision = reactor.opened(event(ASKED, KEY, FORM), None, None, AT)
    (wanted,) = decision.effects
    assert (wanted.target, wanted.owner) == ("form:e-form", KEY)
    body = wanted.body
    assert isinstance(body, OpenForm)
    assert (body.name, body.trigger, body.place, body.person) == (FORM, "1.2", PLACE, ADA)


def test_a_form_that_came_too_late_is_answered_where_it_was_asked_for() -> None:
    missed = FormMissed(place=PLACE, person=ADA, reason="expired_trigger_id")
    decision = reactor.missed(event(missed, KEY), None, None, AT)
    (told,) = effects_of(decision, TellPerson)
    assert (told.channel, told.user, told.response_url) == ("C0DEPLOYS", "U0ADA", PLACE.response_url)
    assert decision.values == {"slack": "expired_trigger_id"}


# --- filling ----------------------------------------------------------------------------------------


async def test_the_channels_only_repository_is_offered_at_once() -> None:
    decision, said = await filled()
    assert decision.reason == "form_filled"
    assert decision.values == {"repository": "acme/shop", "configuration": "blob"}
    assert '"submit"' in said
    assert '"services:acme/shop"' in said
    (wanted,) = decision.effects
    assert (wanted.target, wanted.after) == ("form-filled:e-form", "form:e-form")
    assert isinstance(wanted.body, FillForm)
    assert (wanted.body.name, wanted.body.user) == (FORM, "U0ADA")


async def test_of_several_repositories_one_is_asked_for() -> None:
    decision, said = await filled(github=TWO)
    assert '"submit"' not in said
    assert '"acme/blog"' in said
    assert decision.values["repository"] is None


async def test_the_chosen_repository_is_filled_in_and_the_others_stay_to_be_chosen() -> None:
    chosen = FormRepositoryChosen(form=FORM, repository="acme/blog", person=ADA)
    decision, said = await filled(chosen, TWO)
    assert decision.values["repository"] == "acme/blog"
    assert '"services:acme/blog"' in said
    assert '"acme/shop"' in said


async def test_a_repository_that_was_not_offered_is_not_filled_in() -> None:
    chosen = FormRepositoryChosen(form=FORM, repository="acme/secret", person=ADA)
    decision, _ = await filled(chosen, TWO)
    assert decision.values["repository"] is None


REFUSALS: list[tuple[str, KnownGitHub, FormAsked]] = [
    ("not_linked", KnownGitHub(), replace(ASKED, person=BOB)),
    ("not_linked", KnownGitHub(), replace(ASKED, person=BOB, anywhere=True)),
    ("repository_none", KnownGitHub(), replace(ASKED, place=SlackPlace("T0", "C0OTHER", "other"))),
    ("repository_none", KnownGitHub(permissions={}), replace(ASKED, anywhere=True)),
    ("no_write_access", KnownGitHub(permissions={"ada": "read"}), ASKED),
    ("nothing_configured", KnownGitHub(policies={"acme/shop": replace(POLICY, services=())}), ASKED),
    ("nothing_configured", KnownGitHub(policies={"acme/shop": replace(POLICY, environments=())}), ASKED),
]


@pytest.mark.parametrize("reason,github,asked", REFUSALS)
async def test_what_a_command_would_be_refused_for_is_said_in_the_form(
    reason: str, github: KnownGitHub, asked: FormAsked
) -> None:
    decision, said = await filled(asked, github)
    assert decision.reason == reason
    assert said
    assert '"submit"' not in said


@pytest.mark.parametrize("status,reason", [("off", "repository_off"), ("invalid", "configuration_invalid")])
async def test_a_configuration_that_cannot_be_used_is_named(status: Any, reason: str) -> None:
    facts = await reactor.read(where(), event(ASKED, KEY, FORM))
    unusable = replace(facts, configuration=PolicyRead(status=status, problems=("file:1:1: wrong",)))
    assert reactor.filled(event(ASKED, KEY, FORM), None, unusable, AT).reason == reason


# --- from the Home tab ------------------------------------------------------------------------------

ANYWHERE = replace(ASKED, place=SlackPlace("T0", "D0ADA"), anywhere=True)


async def test_from_the_home_tab_the_only_repository_that_one_may_deploy_is_offered() -> None:
    decision, _ = await filled(ANYWHERE, KnownGitHub(served=(SHOP, BLOG)))
    assert decision.values["repository"] == "acme/shop"


async def test_from_the_home_tab_all_that_one_may_deploy_are_offered() -> None:
    _, said = await filled(ANYWHERE, TWO)
    assert '"acme/shop"' in said
    assert '"acme/blog"' in said


async def test_a_repository_that_cannot_be_read_is_left_out() -> None:
    policies = {"acme/shop": POLICY, "acme/blog": POLICY}
    github = KnownGitHub(served=(SHOP, BLOG), policies=policies, unreadable=frozenset({"acme/blog"}))
    decision, _ = await filled(ANYWHERE, github)
    assert decision.values["repository"] == "acme/shop"


# --- whose form -------------------------------------------------------------------------------------


async def test_a_form_that_nobody_asked_for_is_left_alone() -> None:
    chosen = event(FormRepositoryChosen(form=FORM, repository="acme/shop", person=ADA), FORM_KEY)
    facts = await reactor.read(where(asked=None), chosen)
    decision = reactor.filled(chosen, None, facts, AT)
    assert (decision.outcome, decision.reason, decision.effects) == ("ignored", "form_unknown", ())


async def test_somebody_elses_form_is_left_alone() -> None:
    chosen = event(FormRepositoryChosen(form=FORM, repository="acme/shop", person=BOB), FORM_KEY)
    facts = await reactor.read(where(), chosen)
    assert reactor.filled(chosen, None, facts, AT).reason == "form_unknown"


async def test_where_github_is_away_it_is_read_again_and_in_the_end_said() -> None:
    happened = event(ASKED, KEY, FORM)
    with pytest.raises(PassingFault):
        await reactor.read(where(KnownGitHub(fault=PassingFault("away"))), happened)
    with pytest.raises(LastingFault):
        await reactor.read(where(KnownGitHub(fault=LastingFault("gone"))), happened)
    (wanted,) = reactor.give_up(happened, "away")
    assert isinstance(wanted, Wanted)
    assert isinstance(wanted.body, FillForm)
    assert wanted.after == "form:e-form"
    assert "could not be handled" in json.dumps(wanted.body.view)


# --- submitting -------------------------------------------------------------------------------------

SUBMITTED = FormSubmitted(form=FORM, text="deploy acme/shop api staging", person=ADA, given_at=AT + 60)


async def submitted(data: FormSubmitted = SUBMITTED, asked: FormAsked | None = ASKED) -> Decision:
    happened = event(data, FORM_KEY, "e-submitted")
    facts = await reactor.read_submitted(where(asked=asked), happened)
    return reactor.submitted(happened, None, facts, AT)


async def test_a_form_becomes_the_command_where_it_was_asked_for() -> None:
    decision = await submitted()
    assert only(decision, CommandGiven) == CommandGiven(
        text="deploy acme/shop api staging", place=PLACE, person=ADA, given_at=AT + 60, to_us=True
    )
    (new,) = decision.events
    assert new.key == "slack:T0:C0DEPLOYS:e-submitted"
    assert new.key != FORM_KEY


async def test_a_form_of_somebody_else_is_no_command() -> None:
    decision = await submitted(replace(SUBMITTED, person=BOB))
    assert (decision.outcome, decision.reason, decision.events) == ("ignored", "form_of_somebody_else", ())


async def test_a_form_that_is_not_known_is_no_command() -> None:
    decision = await submitted(asked=None)
    assert (decision.outcome, decision.reason, decision.events) == ("ignored", "form_unknown", ())


async def test_an_event_that_asked_for_no_form_is_none() -> None:
    other = event(SUBMITTED, KEY, FORM)
    ledger = RememberingLedger(events={FORM: other})
    facts = await reactor.read_submitted(sources(ledger=ledger), event(SUBMITTED, FORM_KEY, "e-submitted"))
    assert facts.asked is None
