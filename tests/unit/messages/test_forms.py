"""The form of `/deploy`: what it offers, within Slack's limits, and what it says where it offers nothing."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.deployment import DriverCall
from bot.domain.policy import EnvironmentPolicy, Parameter, RepositoryPolicy, ServicePolicy
from bot.messages import answers, forms
from bot.messages.forms import Offer
from bot.sandbox.slack.block_rules import is_too_large, view_problems

FORM = "e-0123456789abcdef"
API = ServicePolicy(name="api", deploy=DriverCall("http"))
POLICY = RepositoryPolicy(
    services=(API, replace(API, name="web")),
    environments=(EnvironmentPolicy(name="staging"), EnvironmentPolicy(name="production")),
    params=(
        Parameter(name="verbose", type="boolean", default=True),
        Parameter(name="quiet", type="boolean"),
        Parameter(name="size", type="choice", options=("small", "large"), default="large"),
        Parameter(name="zone", type="choice", options=("a", "b")),
        Parameter(name="replicas", type="number", default=3.0),
        Parameter(name="share", type="number", default=0.5),
        Parameter(name="note", type="text", default="as ever"),
    ),
)
OFFER = Offer(form=FORM, repository="acme/shop", policy=POLICY)


def asking(**changes: Any) -> forms.View:
    """The form; Slack would take it."""
    view = forms.asking(replace(OFFER, **changes))
    assert view_problems(view) == []
    assert not is_too_large(view)
    assert len(view["private_metadata"]) <= 3_000
    return view


def field(view: forms.View, action_id: str) -> dict[str, Any]:
    """An input block by what is in it."""
    blocks = [each for each in view["blocks"] if each["type"] == "input"]
    return next(each for each in blocks if each["element"]["action_id"] == action_id)


def values(element: dict[str, Any]) -> list[str]:
    return [each["value"] for each in element["options"]]


def services(count: int) -> tuple[ServicePolicy, ...]:
    return tuple(replace(API, name=f"service-{number}") for number in range(count))


def environments(count: int) -> tuple[EnvironmentPolicy, ...]:
    return tuple(EnvironmentPolicy(name=f"stage-{number}") for number in range(count))


def test_every_field_has_a_label_and_what_the_configuration_offers() -> None:
    view = asking()
    inputs = [each for each in view["blocks"] if each["type"] == "input"]
    labels = [each["label"]["text"] for each in inputs]
    params = [each.name for each in POLICY.params]
    assert labels == ["Services", "Environment", "Branch, tag or SHA", *params, "Because"]
    assert values(field(view, "services")["element"]) == ["api", "web"]
    assert values(field(view, "environment")["element"]) == ["staging", "production"]
    assert [each.get("optional", False) for each in inputs] == [False, False, *[True] * (len(inputs) - 2)]
    assert view["submit"]["text"] == "Deploy"
    assert "`acme/shop`" in json.dumps(view["blocks"][0])


def test_nothing_is_chosen_where_there_is_a_choice_and_what_is_alone_is() -> None:
    several = asking()
    assert "initial_options" not in field(several, "services")["element"]
    assert "initial_option" not in field(several, "environment")["element"]
    alone = asking(policy=replace(POLICY, services=(API,), environments=environments(1)))
    assert field(alone, "services")["element"]["initial_options"][0]["value"] == "api"
    assert field(alone, "environment")["element"]["initial_option"]["value"] == "stage-0"


YES = {"text": {"type": "plain_text", "text": "Yes"}, "value": "true"}
LARGE = {"text": {"type": "plain_text", "text": "large"}, "value": "large"}
DEFAULTS: list[tuple[str, str, Any]] = [
    ("param:boolean:verbose", "initial_options", [YES]),
    ("param:boolean:quiet", "initial_options", None),
    ("param:choice:size", "initial_option", LARGE),
    ("param:choice:zone", "initial_option", None),
    ("param:number:replicas", "initial_value", "3"),
    ("param:number:share", "initial_value", "0.5"),
    ("param:text:note", "initial_value", "as ever"),
]


@pytest.mark.parametrize("action_id,key,expected", DEFAULTS)
def test_a_parameter_begins_with_its_default(action_id: str, key: str, expected: Any) -> None:
    assert field(asking(), action_id)["element"].get(key) == expected


def test_what_an_empty_field_means_is_said() -> None:
    assert field(asking(), "param:text:note")["hint"]["text"] == "Left empty, it is as ever."
    assert "hint" not in field(asking(), "param:boolean:verbose")


MENU = "multi_static_select"


@pytest.mark.parametrize("count,kind", [(10, "checkboxes"), (11, MENU), (100, MENU)])
def test_many_services_are_a_menu(count: int, kind: str) -> None:
    view = asking(policy=replace(POLICY, services=services(count)))
    element = field(view, "services")["element"]
    assert (element["type"], len(element["options"])) == (kind, count)


@pytest.mark.parametrize("count,kind", [(10, "radio_buttons"), (11, "static_select")])
def test_many_environments_are_a_menu(count: int, kind: str) -> None:
    view = asking(policy=replace(POLICY, environments=environments(count)))
    assert field(view, "environment")["element"]["type"] == kind


def test_what_does_not_fit_is_counted_out_loud() -> None:
    many = tuple(Parameter(name=f"p{number}", type="text") for number in range(90))
    policy = replace(POLICY, services=services(130), environments=environments(101), params=many)
    view = asking(policy=policy, repositories=tuple(f"acme/repo-{number}" for number in range(120)))
    told = json.dumps(view["blocks"])
    for words in (
        "The first 100 of 130 services",
        "The first 100 of 101 environments",
        "The first 100 of 120 repositories",
        "10 more parameters keep their defaults",
    ):
        assert words in told
    assert len(view["blocks"]) <= 100


TOO_MANY = tuple(f"option-{number}" for number in range(101))


@pytest.mark.parametrize("options", [("x" * 76,), ("a", " "), TOO_MANY], ids=["long", "blank", "many"])
def test_a_choice_that_no_list_can_hold_is_typed(options: tuple[str, ...]) -> None:
    policy = replace(POLICY, params=(Parameter(name="size", type="choice", options=options),))
    block = field(asking(policy=policy), "param:choice:size")
    assert block["element"]["type"] == "plain_text_input"
    assert block["hint"]["text"].startswith("One of: ")


def test_choices_too_long_for_one_view_are_typed() -> None:
    options = tuple(f"{number:03d}" + "x" * 70 for number in range(100))
    params = tuple(Parameter(name=f"p{number}", type="choice", options=options) for number in range(80))
    view = asking(policy=replace(POLICY, params=params))
    assert field(view, "param:choice:p0")["element"]["type"] == "plain_text_input"


def test_a_default_too_long_for_a_field_is_not_half_shown() -> None:
    policy = replace(POLICY, params=(Parameter(name="note", type="text", default="x" * 3_001),))
    block = field(asking(policy=policy), "param:text:note")
    assert "initial_value" not in block["element"]
    assert block["hint"]["text"].startswith("Left empty, it is xxx")


def test_the_repository_is_asked_for_first_and_stays_there_to_be_changed() -> None:
    both = ("acme/shop", "acme/blog")
    question = asking(repository=None, policy=None, repositories=both)
    assert "submit" not in question
    assert values(question["blocks"][1]["elements"][0]) == list(both)
    assert json.loads(question["private_metadata"]) == {"form": FORM}
    form = asking(repositories=both)
    assert form["blocks"][1]["elements"][0]["initial_option"]["value"] == "acme/shop"
    assert json.loads(form["private_metadata"]) == {"form": FORM, "repository": "acme/shop"}


def test_fields_of_two_repositories_are_not_taken_for_each_other() -> None:
    views = [asking(repository=name) for name in ("acme/a", "acme/b")]
    blocks = [{each.get("block_id") for each in view["blocks"]} for view in views]
    assert blocks[0] & blocks[1] == {None, "ref", "because"}


@pytest.mark.parametrize(
    "view",
    [
        forms.loading(FORM),
        forms.refused(FORM, answers.refusal("repository_none", {"repositories": ["acme/shop"]})),
        forms.refused(FORM, forms.nothing_yours()),
        forms.refused(FORM, forms.nothing_configured("acme/shop")),
    ],
)
def test_what_cannot_be_filled_in_cannot_be_submitted(view: forms.View) -> None:
    assert view_problems(view) == []
    assert "submit" not in view
    assert view["callback_id"] == forms.CALLBACK


def test_a_form_that_was_missed_says_what_to_type() -> None:
    message = forms.missed()
    assert "/deploy [OWNER/REPO] [SERVICE …][@REF] ENVIRONMENT" in message.text
    assert "Nothing was done" in message.text
