"""Which inputs a dispatch may bring."""

from typing import Any

import pytest

from bot.sandbox.github.actions.inputs import checked_inputs
from bot.sandbox.github.actions.workflow_file import InputRule
from bot.sandbox.github.exchange import Refusal

RULES = (
    InputRule("sha", required=True),
    InputRule("region", "choice", required=True, default="eu", options=("eu", "us")),
    InputRule("verbose", "boolean"),
    InputRule("pods", "number"),
    InputRule("note"),
)


def test_what_is_not_given_is_the_default_or_empty() -> None:
    given = checked_inputs(RULES, {"sha": "abc"})
    assert given == {"sha": "abc", "region": "eu", "verbose": "false", "pods": "", "note": ""}


def test_all_inputs_are_text_in_the_end() -> None:
    given = checked_inputs(RULES, {"sha": "abc", "verbose": True, "pods": 3, "note": False})
    assert (given["verbose"], given["pods"], given["note"]) == ("true", "3", "false")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"sha": "a", "servise": "api", "x": "y"}, 'Unexpected inputs provided: ["servise", "x"]'),
        ({}, "Required input 'sha' not provided"),
        ({"sha": ""}, "Required input 'sha' not provided"),
        ({"sha": "a", "region": "EU"}, "'EU' for input 'region' not in the list of allowed values"),
        ({"sha": "a", "verbose": "yes"}, "'yes' for input 'verbose' not in the list of allowed values"),
        ({"sha": "a", "pods": "many"}, "'many' for input 'pods' is not a number"),
        ({"sha": "a", "note": None}, "input 'note'"),
        ({"sha": "a", "note": {"a": "b"}}, "input 'note'"),
    ],
)
def test_what_does_not_fit_is_a_422_in_githubs_words(given: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        checked_inputs(RULES, given)
    assert caught.value.status == 422
    assert words in caught.value.payload["message"]
