"""One place for each addition: the tables hold exactly what the folders hold, and files stay short."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from bot import checks, commands, drivers
from bot.app import Bot
from bot.checks.check import Check
from bot.commands.asked import Command
from bot.domain import effects, event_types
from bot.domain.effects import ALL_KINDS, EffectBody
from bot.domain.event_types import ALL_TYPES
from bot.domain.events import EventData
from bot.domain.instance import InstancePolicy
from bot.domain.speech import KNOWN_WORDS
from bot.github.tokens import AppKey
from bot.ledger.sqlite import open_sqlite
from bot.reactors import RECORDED, table
from bot.settings import Settings
from tests.unit.commands.known import sources
from tests.unit.github.hub import app_key

ROOT = Path(__file__).parents[2]
FILE_LINES_MAX, TEST_LINES_MAX, FUNCTION_LINES_MAX = 400, 700, 70
LONGER_FILES = {"bot/ports.py"}  # every port in one place; it holds no code
NO_COMMAND_OF_ITS_OWN = {"help"}  # its row is made of all others
REASON = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def modules(folder: str) -> Iterator[ModuleType]:
    for path in sorted((ROOT / "bot" / folder).glob("*.py")):
        if path.stem != "__init__":
            yield import_module(f"bot.{folder}.{path.stem}")


def python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def subclasses(kind: type, module: ModuleType) -> set[type]:
    return {each for each in vars(module).values() if isinstance(each, type) and issubclass(each, kind)} - {
        kind
    }


# --- tables and folders ---------------------------------------------------------------------------------


def test_every_command_file_has_its_row() -> None:
    rows = {
        value.word: module.__name__.rpartition(".")[2]
        for module in modules("commands")
        for value in vars(module).values()
        if isinstance(value, Command)
    }
    assert {word: word for word in rows} == rows
    assert set(commands.TABLE) == set(rows) | NO_COMMAND_OF_ITS_OWN


@pytest.mark.parametrize("word", sorted(commands.TABLE))
def test_every_command_is_known_to_the_grammar_and_says_what_it_is_for(word: str) -> None:
    row = commands.TABLE[word]
    assert row.word == word
    assert word in KNOWN_WORDS
    assert re.fullmatch(r"[A-Z].*\.", row.summary)


def test_every_check_file_is_in_the_table() -> None:
    files = [
        value for module in modules("checks") for value in vars(module).values() if isinstance(value, Check)
    ]
    assert sorted(each.name for each in files) == sorted(each.name for each in checks.TABLE)


def test_checks_have_names_of_their_own() -> None:
    names = [each.name for each in checks.TABLE]
    assert len(set(names)) == len(names)
    assert all(name.startswith("pointsman/") for name in names)


def test_every_driver_file_has_its_rule() -> None:
    named = {module.NAME: module.RULE for module in modules("drivers") if hasattr(module, "RULE")}
    assert dict(drivers.rules()) == named


def test_every_event_type_stands_in_the_list() -> None:
    assert set(ALL_TYPES) == subclasses(EventData, event_types)
    assert len({each.TYPE for each in ALL_TYPES}) == len(ALL_TYPES)


def test_every_effect_kind_stands_in_the_list() -> None:
    assert set(ALL_KINDS) == subclasses(EffectBody, effects)
    assert len({each.KIND for each in ALL_KINDS}) == len(ALL_KINDS)


@pytest.mark.parametrize("kind", ALL_TYPES, ids=lambda kind: kind.TYPE)
def test_every_event_type_has_reactors_or_is_only_recorded(kind: type[EventData]) -> None:
    reactors = table(sources())[kind.TYPE]
    assert reactors
    assert re.fullmatch(r"[a-z]+\.[a-z_]+", kind.TYPE)


def test_a_reactors_name_is_that_of_one_reactor() -> None:
    """Outcomes and work are stored under it."""
    rows = [row for reactors in table(sources()).values() for row in reactors]
    named = {row.name: row for row in rows}
    assert all(named[row.name] is row or row is RECORDED for row in rows)


@pytest.mark.parametrize("slack", [True, False])
async def test_every_effect_kind_has_a_performer(slack: bool, tmp_path: Path) -> None:
    key = app_key()[0]
    environment = {
        "GITHUB_APP_ID": "1",
        "GITHUB_PRIVATE_KEY": key,
        "GITHUB_WEBHOOK_SECRET": "s",
        "DATABASE_URL": f"sqlite:///{tmp_path}/x.db",
    }
    if slack:
        environment |= {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}
    settings = Settings.from_environment(environment)
    bot = Bot(settings, InstancePolicy(), environment)
    bot.ledger = open_sqlite(tmp_path / "x.db", exclusive=True)
    bot._closing.push_async_callback(bot.ledger.close)
    bot._compose(AppKey(1, key))
    try:
        assert set(bot.composition.performers()) == {kind.KIND for kind in ALL_KINDS}
    finally:
        await bot._closing.aclose()


# --- reason codes ---------------------------------------------------------------------------------------


def reasons(path: Path) -> Iterator[str]:
    """The texts that stand where a reason code does."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield from _reasons_of_call(node)
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
            first, second = node.value.elts
            if isinstance(first, ast.Constant) and isinstance(second, ast.Dict):
                yield str(first.value)


def _reasons_of_call(node: ast.Call) -> Iterator[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    place = {"decide": 1, "refused": 1, "answered": 1, "accepted": 1, "Ending": 1}.get(name)
    if place is not None and len(node.args) > place:
        yield from _text(node.args[place])
    if name in ("Decision", "CommandAnswered", "Whereabouts", "Chosen"):
        for keyword in node.keywords:
            if keyword.arg in ("reason", "problem"):
                yield from _text(keyword.value)


def _text(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _text(node.body)
        yield from _text(node.orelse)


def test_reason_codes_are_lower_snake_words() -> None:
    """They are recorded for good, and compared by programs."""
    found = {
        (name_of(path), reason)
        for path in python_files("bot/reactors", "bot/commands", "bot/runtime")
        for reason in reasons(path)
    }
    assert len(found) > 40, "the test no longer finds them"
    assert [each for each in sorted(found) if not REASON.fullmatch(each[1])] == []


# --- size -----------------------------------------------------------------------------------------------


def lines_of(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_no_file_of_the_program_is_too_long() -> None:
    long = {name_of(path): lines_of(path) for path in python_files("bot") if lines_of(path) > FILE_LINES_MAX}
    assert set(long) <= LONGER_FILES, long


def test_no_file_of_the_tests_is_too_long() -> None:
    long = {
        name_of(path): lines_of(path) for path in python_files("tests") if lines_of(path) > TEST_LINES_MAX
    }
    assert long == {}


def test_no_function_is_too_long() -> None:
    long = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in python_files("bot", "tests", "bench")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES_MAX
    ]
    assert long == []


def test_every_file_of_the_program_begins_with_what_it_does() -> None:
    silent = [
        name_of(path) for path in python_files("bot") if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []
