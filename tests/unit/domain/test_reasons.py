"""One table of reason codes: whatever the program records stands in it, and nothing else does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.reasons import GROUPS, REASONS, code_of, retired
from bot.explaining.reasons_page import reasons_page
from bot.messages.endings import ENDINGS
from bot.messages.refusals import WORDINGS

ROOT = Path(__file__).parents[3]
BOT = ROOT / "bot"
FOLDERS = ("reactors", "commands", "runtime", "github", "slack", "web", "ledger")
TABLES = ("domain/reasons", "messages/endings.py", "messages/refusals.py", "explaining")
# Where a code stands among the arguments of a function, and the constructors that name it.
PLACES = {
    "decide": 1,
    "refused": 1,
    "answered": 1,
    "accepted": 1,
    "Ending": 1,
    "_ignored": 1,
    "refusal": 0,
    "_rule": 0,
    "_silent": 0,
    "_correct": 3,
}
NAMED = frozenset({"Decision", "CommandAnswered", "Whereabouts", "Chosen", "Translated", "OutcomeRow"})


def files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((BOT / folder).rglob("*.py"))


def texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield code_of(node.value)[0]
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)
    elif isinstance(node, ast.JoinedStr):  # only `code: detail` may be put together
        first = node.values[0]
        assert isinstance(first, ast.Constant), ast.unparse(node)
        assert ": " in str(first.value), ast.unparse(node)
        yield code_of(str(first.value))[0]
    else:
        assert not isinstance(node, ast.BinOp), f"a code is never put together: {ast.unparse(node)}"


def codes_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            place = PLACES.get(name)
            if place is not None and len(node.args) > place:
                yield from texts(node.args[place])
            if name in NAMED:
                given = (each for each in node.keywords if each.arg in ("reason", "problem"))
                yield from (code for each in given for code in texts(each.value))
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
            first, second = node.value.elts
            if isinstance(second, ast.Dict | ast.Call | ast.BinOp):
                yield from texts(first)


def test_every_code_that_the_program_records_stands_in_the_table() -> None:
    found = {(path.name, code) for path in files(*FOLDERS) for code in codes_in(path) if code}
    assert len(found) > 150, "the test no longer finds them"
    assert sorted(each for each in found if each[1] not in REASONS) == []


def test_every_row_is_used() -> None:
    outside = [path for path in files(".") if not path.relative_to(BOT).as_posix().startswith(TABLES)]
    said = {
        code_of(node.value)[0]
        for path in outside
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert sorted(set(REASONS) - said - set(retired.ROWS)) == []


def test_no_code_stands_in_two_groups() -> None:
    assert sum(len(rows) for _, rows in GROUPS) == len(REASONS)


def test_what_people_are_answered_is_about_codes_of_the_table() -> None:
    assert sorted((set(WORDINGS) | set(ENDINGS)) - set(REASONS)) == []


@pytest.mark.parametrize("code", sorted(REASONS))
def test_a_row_has_a_code_of_words_and_whole_sentences(code: str) -> None:
    row = REASONS[code]
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", code)
    assert re.fullmatch(r"[A-Z`].*[.!?]", row.said)
    assert not row.next or re.fullmatch(r"[A-Z`].*[.!?`]", row.next)
    assert "{" not in row.said + row.next


def test_a_detail_stands_behind_the_code() -> None:
    assert code_of("translation_failed: KeyError: 'x'") == ("translation_failed", "KeyError: 'x'")
    assert code_of("no_command") == ("no_command", "")


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "reasons.md").read_text() == reasons_page(), "run: make docs"


def test_every_code_can_be_linked() -> None:
    page = reasons_page()
    assert [code for code in REASONS if f'<a id="{code}"></a>`{code}`' not in page] == []
