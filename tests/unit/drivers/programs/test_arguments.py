"""The arguments of programs: each template becomes exactly one argument, and never an option by surprise."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.effects import CallDeployer
from bot.drivers.programs.arguments import PLACEHOLDERS, ArgumentsRefused, fill, problems, values_of
from tests.unit.reactors.stories import GOOD, NEW, order

WORDS = dict.fromkeys(PLACEHOLDERS, "word") | {"sha": NEW, "previous_sha": GOOD}


def values(previous_sha: str | None = GOOD, **changes: Any) -> dict[str, str]:
    asked = order(**changes)
    return values_of(CallDeployer(order=asked, action="rollback", previous_sha=previous_sha, deadline=1.0))


def refusal(run: tuple[str, ...], given: dict[str, str]) -> str:
    with pytest.raises(ArgumentsRefused) as refused:
        fill(run, given)
    return str(refused.value)


def test_every_placeholder_has_a_value() -> None:
    found = values(params={"region": "eu", "count": 3, "ratio": 0.5, "verbose": False})
    assert {name: found[name] for name in PLACEHOLDERS} == {
        "environment": "production",
        "sha": NEW,
        "service": "api",
        "deployment": "d-new",
        "request": "r-new",
        "repository": "acme/shop",
        "ref": "feature/x",
        "action": "rollback",
        "previous_sha": GOOD,
    }
    filled = fill(("x", "{params.region}", "{params.count}", "{params.ratio}", "{params.verbose}"), found)
    assert filled[1:] == ("eu", "3", "0.5", "false")


def test_braces_are_doubled_where_they_are_meant_as_themselves() -> None:
    assert fill(("x", "{{sha}}", "{{{service}}}", "a}}b"), WORDS) == ("x", "{sha}", "{word}", "a}b")


def test_what_was_there_before_may_be_nothing() -> None:
    assert fill(("x", "{previous_sha}"), values(previous_sha=None)) == ("x", "")


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{enviroment}", "`{enviroment}` is no placeholder; there are {environment}, {sha},"),
        ("{}", "`{}` is no placeholder"),
        ("{params.}", "is no placeholder"),
        ("{params}", "is no placeholder"),
        ("{SHA}", "is no placeholder"),
        ("{sha", "a single `{` stands in it"),
        ("sha}", "a single `}` stands in it"),
        ("{{sha}", "a single `}` stands in it"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused_with_what_there_is(template: str, words: str) -> None:
    assert words in refusal(("x", template), WORDS)
    assert [words in problem for problem in problems(("x", template))] == [True]


def test_the_program_itself_cannot_be_chosen_by_a_placeholder() -> None:
    assert "program itself" in refusal(("./{service}.sh",), WORDS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("service", value)
            for value in ("", "a b", "a\tb", "a\nb", "a\0b", "a\x7f", "é", "\u202e", "a" * 256)
        ),
        ("sha", "abc1234"),
        ("sha", NEW.upper()),
        ("previous_sha", "HEAD"),
        *(
            ("ref", value)
            for value in ("$(id)", "a;b", "a`b", "a|b", "a b", "../x", "a..b", "@{1}", "/a", ".a")
        ),
    ],
)
def test_a_value_that_is_not_plain_is_refused_and_never_repeated(name: str, value: str) -> None:
    text = refusal(("x", f"--it={{{name}}}"), WORDS | {name: value})
    assert f"{{{name}}}" in text
    assert text.isprintable()
    assert len(value) < 3 or value not in text


@pytest.mark.parametrize(
    "ref", ["main", "v1.2.3", "feature/x", "fix/#12", "dependabot/npm/@types/node-1.2", "a=b"]
)
def test_names_of_branches_that_people_use_are_taken(ref: str) -> None:
    assert fill(("x", "{ref}"), WORDS | {"ref": ref}) == ("x", ref)


@pytest.mark.parametrize("template", ["{params.note}", "{params.note}{service}", "{params.note}.txt"])
def test_a_value_is_never_read_as_an_option(template: str) -> None:
    text = refusal(("x", template), WORDS | {"params.note": "--force"})
    assert "would be read as an option" in text
    assert fill(("x", "--note={params.note}"), WORDS | {"params.note": "--force"})[1] == "--note=--force"


def test_an_empty_value_in_front_does_not_hide_an_option() -> None:
    assert "option" in refusal(
        ("x", "{previous_sha}{service}"), WORDS | {"previous_sha": "", "service": "-f"}
    )


def test_a_parameter_without_a_value_is_asked_for() -> None:
    text = refusal(("x", "{params.region}"), values())
    assert "`region`" in text
    assert "`region=…`" in text


TEMPLATE = st.lists(st.sampled_from(["{service}", "{ref}", "-", "a", "{{", "}}"]), max_size=5).map("".join)


@given(run=st.lists(TEMPLATE, max_size=4), service=st.text(max_size=8), ref=st.text(max_size=8))
def test_whatever_the_values_there_is_one_plain_argument_for_each_template(
    run: list[str], service: str, ref: str
) -> None:
    try:
        filled = fill(("x", *run), WORDS | {"service": service, "ref": ref})
    except ArgumentsRefused:
        return
    assert len(filled) == len(run) + 1
    for template, argument in zip(run, filled[1:], strict=True):
        assert all("!" <= each <= "~" for each in argument)
        assert not argument.startswith("-") or template.startswith("-")
