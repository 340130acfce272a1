"""docs/coordination.md names every gate as the table has it, and tests that exist hold each row."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from bot.gates import TABLE

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "coordination.md").read_text()
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
ROWS = re.findall(r"^\| (?!asked for|case|gate|-)([^|`]+?) \|(.*)\|$", PAGE, re.MULTILINE)


@cache
def functions_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED)))
def test_the_tests_that_it_names_exist(path: str, name: str) -> None:
    assert name in functions_in(path), f"{path}::{name}"


def test_each_row_is_held_by_a_test() -> None:
    assert len(ROWS) >= 38
    assert [what for what, rest in ROWS if "`tests/" not in rest] == []


@pytest.mark.parametrize("name", [name for name in TABLE if name != "emergency"])
def test_each_gate_is_described_as_it_is(name: str) -> None:
    found = re.search(rf"^\| `{name}` \|(.*)\|$", PAGE, re.MULTILINE)
    assert found is not None, name
    emergency, rollbacks = (cell.strip() for cell in found[1].split("|")[-2:])
    gate = TABLE[name]
    assert (emergency == "passes") == gate.yields
    assert (rollbacks == "asked too") == gate.holds_rollbacks
