"""Every reason has its own words, and every refusal the same shape."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from bot.commands.deploy import Chosen
from bot.commands.repository import Whereabouts
from bot.gates.rights import Refusal
from bot.messages import answers
from bot.messages.refusals import WORDINGS
from tests.unit.messages.samples import AT, GOOD, HOSTILE
from tests.unit.messages.slack import assert_slack_takes

BOT = Path(answers.__file__).parent.parent
SOURCES = (*sorted((BOT / "commands").glob("*.py")), BOT / "reactors" / "command.py")
NOT_A_REASON = {"misunderstood"}


def codes_of(path: Path) -> Iterator[str]:
    """The reason codes that a file names: returned with their values, or refused with directly."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Return(value=ast.Tuple(elts=[first, ast.Dict() | ast.Call() | ast.Name()])):
                yield from texts(first)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            place = {"refusal": 0, "refused": 1}.get(name)
            if place is not None and len(node.args) > place:
                yield from texts(node.args[place])


def texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def literals(kind: type, field: str) -> set[str]:
    return {
        code
        for each in get_args(get_type_hints(kind)[field])
        for code in get_args(each)
        if isinstance(code, str)
    }


REASONS = sorted(
    {code for path in SOURCES for code in codes_of(path)}
    | set(get_args(Refusal))
    | literals(Chosen, "problem")
    | literals(Whereabouts, "problem") - NOT_A_REASON
)
TIMES: dict[str, object] = {"age_seconds": 1, "moved_at": AT, "since": AT, "until": AT}
VALUES: dict[str, object] = {
    "age_seconds": 700,
    "named": "acme/shpo",
    "repositories": ["acme/shop", "acme/web"],
    "repository": "acme/shop",
    "slack": "U0MONA001",
    "problems": [
        ".github/pointsman.yml:3:1: unknown key `servces`; did you mean `services`?",
        "…:9:5: second",
    ],
    "login": "mona",
    "what": "--emergency",
    "permission": "read",
    "environment": "production",
    "deployers": ["acme/backend", "octocat"],
    "number": 12,
    "head": GOOD,
    "moved_at": AT,
    "ref": "feature/x",
    "services": ["api", "web"],
    "gates": ["requires.review", "freeze"],
    "service": "api",
    "target": "d-0000000007",
    "recorded": [],
    "by": "mona",
    "answer": "rollback",
    "led_to": "d-0000000002",
    "newest": "d-0000000003",
    "word": "keep",
    "ids": ["d-0000000001", "d-0000000002"],
    "deployment": "d-0000000001",
    "state": "succeeded",
    "request": "r-0000000001",
    "since": AT,
    "until": AT + 60,
    "approvers": ["acme/sre"],
    "name": "grace",
}


def test_the_reasons_are_found_in_the_source() -> None:
    assert {"expired", "head_moved", "not_allowed", "unknown_ref", "repository_unclear", "gave_up"} <= set(
        REASONS
    )


@pytest.mark.parametrize("reason", [reason for reason in REASONS if reason not in NOT_A_REASON])
def test_every_reason_in_the_source_has_its_own_words(reason: str) -> None:
    assert reason in WORDINGS


def test_no_two_reasons_say_the_same() -> None:
    said = [(wording.heading, wording.rule) for wording in WORDINGS.values()]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("reason", WORDINGS)
def test_a_refusal_has_a_heading_the_rule_the_values_and_what_to_do_next(reason: str) -> None:
    message = answers.refusal(reason, VALUES)
    heading, rule, *facts, following = message.markdown.split("\n\n")
    assert heading.startswith("### ⛔ Not ")
    assert rule == WORDINGS[reason].rule
    assert following == WORDINGS[reason].next
    assert len("\n".join(facts).splitlines()) >= len(WORDINGS[reason].facts)
    assert_slack_takes(message)


@pytest.mark.parametrize("reason", WORDINGS)
def test_a_refusal_stands_without_any_value(reason: str) -> None:
    message = answers.refusal(reason, {})
    assert WORDINGS[reason].next in message.markdown
    assert_slack_takes(message)


def test_hostile_values_stay_text() -> None:
    for reason in (*WORDINGS, "never_heard_of"):
        message = answers.refusal(
            reason,
            dict.fromkeys(VALUES, HOSTILE) | TIMES,
        )
        assert "<img" not in message.markdown
        assert "@acme" not in message.markdown
        assert "<!channel>" not in message.text
        assert_slack_takes(message)


def test_an_unknown_reason_is_still_a_true_sentence() -> None:
    message = answers.refusal("never_heard_of", {"limit": 3})
    assert "`never_heard_of`" in message.markdown
    assert "- Limit: 3" in message.markdown
