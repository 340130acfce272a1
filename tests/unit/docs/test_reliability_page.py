"""docs/reliability.md names all sixteen promises, and tests that exist hold each of them."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "reliability.md").read_text()
PROMISES = re.findall(r"^### (P\d+) (.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)
HELD = [
    (promise, path, name)
    for promise, text in PROMISES
    for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
]


@cache
def functions_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


def test_the_sixteen_promises_stand_there_in_order() -> None:
    assert [promise for promise, _ in PROMISES] == [f"P{number}" for number in range(1, 17)]


@pytest.mark.parametrize("promise", [f"P{number}" for number in range(1, 17)])
def test_each_promise_is_held_by_tests(promise: str) -> None:
    assert [name for held, _, name in HELD if held == promise]


@pytest.mark.parametrize(("promise", "path", "name"), HELD)
def test_the_tests_that_it_names_exist(promise: str, path: str, name: str) -> None:
    assert name in functions_in(path), f"{promise} names {path}::{name}"
