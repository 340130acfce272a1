"""What was filled in becomes the command that could have been typed, and nothing else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.commands.grammar import parse
from bot.domain.slack_events import FormRepositoryChosen, FormSubmitted
from bot.domain.speech import Confusion, Deploy, Misunderstood, Param, ServiceRef, Vocabulary
from bot.domain.values import Person
from bot.messages import forms as wording
from bot.messages.forms import Offer
from bot.ports import Incoming, Translated
from bot.slack.forms import mistakes
from bot.slack.translate import SlackContext, translate
from tests.unit.doors import ANY_JSON
from tests.unit.reactors.stories import POLICY
from tests.unit.slack import requests
from tests.unit.slack.filled import FORM, PARAMS, Json, errors_of, filled, shown, submission, used_in_view

VOCABULARY = Vocabulary(
    services=("api", "web"),
    environments=("staging", "production"),
    params={each.name: Param(each.type, each.options) for each in PARAMS},
)
PLAIN = Deploy(
    repository="acme/shop",
    services=(ServiceRef("api"),),
    environment="production",
    params={"verbose": False, "size": "small", "replicas": 2.0},
)


def translated(payload: Json, event: str = "view_submission", sent_at: str = "1769999999") -> Translated:
    headers = {"x-slack-request-timestamp": sent_at}
    body = requests.interaction(payload)
    stored = Incoming(source="slack", id="V1", event=event, headers=headers, body=body, received_at=1.0)
    return translate(stored, SlackContext())


def submitted(view: Json) -> FormSubmitted:
    found = translated(submission(view))
    assert found.reason == ""
    (one,) = found.events
    assert one.key == f"slack:T0ACME:form:{FORM}"
    assert isinstance(one.data, FormSubmitted)
    return one.data


def command(view: Json) -> Any:
    """What the grammar makes of it."""
    return parse(submitted(view).text, VOCABULARY)


# --- the command ------------------------------------------------------------------------------------


def test_a_form_is_the_command_that_could_have_been_typed() -> None:
    data = submitted(filled())
    assert data == FormSubmitted(
        form=FORM,
        text="deploy acme/shop api production verbose=false size=small replicas=2.0",
        person=Person(slack="U0ANNA"),
        given_at=1769999999.0,
    )
    assert command(filled()) == PLAIN


FILLED: list[tuple[Json, dict[str, Any]]] = [
    ({"services": ["api", "web"]}, {"services": (ServiceRef("api"), ServiceRef("web"))}),
    ({"services": ["api", "api"]}, {}),
    ({"ref": " feature/x "}, {"ref": "feature/x"}),
    ({"because": "the demo is at three"}, {"because": "the demo is at three"}),
    ({"because": "  "}, {}),
    ({"because": "to staging --emergency now"}, {"because": "to staging --emergency now"}),
    ({"param__boolean__verbose": ["true"]}, {"params": PLAIN.params | {"verbose": True}}),
    ({"param__number__replicas": "-1.5e3"}, {"params": PLAIN.params | {"replicas": -1500.0}}),
    ({"param__number__replicas": None}, {"params": {"verbose": False, "size": "small"}}),
    ({"param__choice__size": "large"}, {"params": PLAIN.params | {"size": "large"}}),
    ({"param__text__note": 'a "b" staging --dry-run because c\\'}, {
        "params": PLAIN.params | {"note": 'a "b" staging --dry-run because c\\'}
    }),
]  # fmt: skip


@pytest.mark.parametrize("given_values,changes", FILLED)
def test_each_field_is_that_part_of_the_command(given_values: Json, changes: dict[str, Any]) -> None:
    assert command(filled(**given_values)) == replace(PLAIN, **changes)


UNSEEN = {
    Confusion.HIDDEN_CHARACTERS,
    Confusion.REASON_MISSING,
    Confusion.MISSING_VALUE,
    Confusion.FLAG_AFTER_REASON,
}
"""What invisible characters lead to, which the grammar drops or refuses."""
ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=40)


@given(ANY_TEXT, ANY_TEXT)
def test_no_text_becomes_another_word_of_the_command(note: str, because: str) -> None:
    view = filled(param__text__note=note, because=because)
    if errors_of(view):
        return
    said = command(view)
    if isinstance(said, Misunderstood):
        assert said.code in UNSEEN
        return
    assert replace(said, because=None, params={**said.params, "note": ""}) == replace(
        PLAIN, params={**PLAIN.params, "note": ""}
    )


def test_a_list_of_many_services_is_read_as_well() -> None:
    many = tuple(replace(POLICY.services[0], name=f"api-{number}") for number in range(12))
    view = filled(shown(replace(POLICY, services=many)), services=["api-3", "api-11"])
    assert submitted(view).text == "deploy acme/shop api-3 api-11 production"


# --- mistakes ---------------------------------------------------------------------------------------

MISTAKES: list[tuple[Json, dict[str, str]]] = [
    ({"services": []}, {"services": wording.NO_SERVICE}),
    ({"environment": None}, {"environment": wording.NO_ENVIRONMENT}),
    ({"ref": "two words"}, {"ref": wording.BAD_REF}),
    ({"ref": "--upload-pack=x"}, {"ref": wording.BAD_REF}),
    ({"because": "a try --dry-run"}, {"because": wording.FLAG_IN_REASON}),
    ({"because": "a try \u2014Emergency"}, {"because": wording.FLAG_IN_REASON}),
    ({"because": "x" * 501}, {"because": wording.REASON_TOO_LONG}),
    ({"param__number__replicas": "many"}, {"param:number:replicas": wording.BAD_NUMBER}),
    ({"param__number__replicas": "nan"}, {"param:number:replicas": wording.BAD_NUMBER}),
    ({"param__number__replicas": "1e999"}, {"param:number:replicas": wording.BAD_NUMBER}),
    ({"param__text__note": '"' * 4_500}, {"param:text:note": wording.TOO_LONG}),
    ({"services": [], "environment": None}, {
        "services": wording.NO_SERVICE, "environment": wording.NO_ENVIRONMENT
    }),
]  # fmt: skip


@pytest.mark.parametrize("given_values,expected", MISTAKES)
def test_a_mistake_is_said_beside_its_field_and_starts_nothing(
    given_values: Json, expected: dict[str, str]
) -> None:
    view = filled(**given_values)
    assert errors_of(view) == expected
    assert translated(submission(view)).reason == "form_has_mistakes"


def test_a_form_without_mistakes_has_nothing_to_say() -> None:
    assert errors_of(filled()) == {}


def test_a_form_that_still_shows_another_repository_is_not_taken() -> None:
    view = filled(shown(repositories=("acme/shop", "acme/blog")))
    option = {"selected_option": {"value": "acme/blog"}}
    view["state"]["values"]["b1"] = {wording.CHOOSE_REPOSITORY: option}
    assert errors_of(view) == {"services": wording.STILL_CHANGING}


SENSELESS: list[Json] = [
    {"private_metadata": ""},
    {"private_metadata": '{"form": "e-1"}'},
    {"private_metadata": '{"form": "E 1", "repository": "acme/shop"}'},
    {"private_metadata": '{"form": "e-1", "repository": "acme/shop --emergency"}'},
    {"state": None},
    {"state": {"values": {}}},
]


@pytest.mark.parametrize("changes", SENSELESS)
def test_a_form_that_we_did_not_make_starts_nothing(changes: Json) -> None:
    view = filled() | changes
    assert mistakes(view) == {}
    assert translated(submission(view)).reason == "form_not_ours"


@pytest.mark.parametrize(
    "given_values",
    [{"services": ["api production"]}, {"services": ["because"]}, {"environment": "--emergency"}],
)
def test_a_choice_that_was_never_offered_starts_nothing(given_values: Json) -> None:
    assert translated(submission(filled(**given_values))).reason == "form_not_ours"


def test_a_parameter_of_an_impossible_name_starts_nothing() -> None:
    view = filled()
    view["state"]["values"]["b1"] = {"param:text:a b": {"value": "x"}}
    assert translated(submission(view)).reason == "form_not_ours"


def test_a_form_of_another_name_is_not_ours() -> None:
    view = filled() | {"callback_id": "something-else"}
    assert mistakes(view) == {}
    assert translated(submission(view)).reason == "view_not_used"


@pytest.mark.parametrize("changes", [{"user": None}, {"view": None}, {"view": {"id": 5}}])
def test_a_submission_that_lacks_what_it_needs_is_ignored(changes: Json) -> None:
    assert translated(submission(filled()) | changes).reason == "payload_incomplete"


def test_without_a_workspace_it_is_ignored() -> None:
    sent = submission(filled(), team=None, user={"id": "U0ANNA"})
    assert translated(sent).reason == "form_not_ours"


@pytest.mark.parametrize("view", [None, [], {}, {"id": "V1", "state": {"values": {"b": {"a": 5}}}}])
def test_a_view_of_another_shape_has_no_mistakes(view: object) -> None:
    assert mistakes(view) == {}


@given(
    st.dictionaries(st.sampled_from(["id", "callback_id", "private_metadata", "state", "blocks"]), ANY_JSON)
)
def test_no_field_of_any_value_makes_it_fail(changes: Json) -> None:
    view = filled() | changes
    assert isinstance(mistakes(view), dict)
    found = translated(submission(view))
    assert bool(found.events) != bool(found.reason)


# --- the choice of a repository ---------------------------------------------------------------------

CHOICE = {
    "action_id": wording.CHOOSE_REPOSITORY,
    "type": "static_select",
    "action_ts": "1769999990.500000",
    "selected_option": {"text": {"type": "plain_text", "text": "acme/blog"}, "value": "acme/blog"},
}
QUESTION = wording.asking(Offer(form=FORM, repositories=("acme/shop", "acme/blog")))


def test_the_choice_of_a_repository_changes_the_form() -> None:
    (one,) = translated(used_in_view(QUESTION, CHOICE), "block_actions").events
    assert one.data == FormRepositoryChosen(form=FORM, repository="acme/blog", person=Person(slack="U0ANNA"))
    assert one.key == f"slack:T0ACME:form:{FORM}"
    assert one.time == 1769999990.5


@pytest.mark.parametrize("sent,reason", [
    (used_in_view(QUESTION, CHOICE | {"selected_option": None}), "payload_incomplete"),
    (used_in_view(QUESTION | {"private_metadata": "x"}, CHOICE), "payload_incomplete"),
    (used_in_view(QUESTION, CHOICE, team=None, user={"id": "U0ANNA"}), "payload_incomplete"),
    (used_in_view(QUESTION, CHOICE | {"action_id": "x"}), "action_not_used"),
    (used_in_view(QUESTION), "action_not_used"),
])  # fmt: skip
def test_other_choices_start_nothing(sent: Json, reason: str) -> None:
    assert translated(json.loads(json.dumps(sent)), "block_actions").reason == reason
