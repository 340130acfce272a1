"""What was given up, at the command line: listed, tried again, discarded, beside the bot or without it."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import main
from bot.ledger.sqlite import open_sqlite
from bot.ledger.store import SqlLedger
from tests.contract.ledger_stories import (
    REACTORS,
    decided,
    give,
    lease_effects,
    lease_one,
    message,
    order,
    reaction,
)

Run = Callable[..., Result]
HOSTILE = "\x1b[2Jgone"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the program in a folder of its own, on the ledger that may be there."""
    monkeypatch.chdir(tmp_path)
    environ = {"DATABASE_URL": "sqlite:///pointsman.db", "POINTSMAN_CONFIG": None, "USER": "ada"}

    def invoke(*arguments: str, answer: str = "") -> Result:
        return CliRunner().invoke(main, ("dead", *arguments), env=environ, input=answer)

    return invoke


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    """A ledger that is open to work, as a running bot has it, with two effects and a command given up."""
    opened = asyncio.run(_filled(tmp_path / "pointsman.db"))
    yield opened
    asyncio.run(opened.close())


async def _filled(path: Path) -> SqlLedger:
    ledger = open_sqlite(path, exclusive=True)
    await order(ledger, reaction(), message("hello"))
    for effect in await lease_effects(ledger):
        await ledger.park_effect(effect, f"forbidden {HOSTILE}", "Grant it.", REACTORS, 101.0)
    await give(ledger, "two")
    lease = await lease_one(ledger)
    await ledger.record(decided(lease, outcome="failed", reason="gave_up"), release=True)
    return ledger


def listed(run: Run, *more: str) -> list[dict[str, object]]:
    found = json.loads(run("list", "--json", *more).stdout)
    assert isinstance(found, list)
    return found


def test_the_list_says_why_what_to_do_and_the_command_to_try_it_again(run: Run, ledger: SqlLedger) -> None:
    result = run("list")
    assert result.exit_code == 0
    assert "effect slack.message, for slack:C1  (message:r-1)" in result.stdout
    assert "why: forbidden [2Jgone" in result.stdout
    assert "what to do: Grant it." in result.stdout
    assert "then: pointsman dead retry message:r-1" in result.stdout
    assert "\x1b" not in result.stdout


def test_the_list_as_json_names_everything(run: Run, ledger: SqlLedger) -> None:
    rows = {row["what"]: row for row in listed(run)}
    assert set(rows) == {"slack.message", "github.reaction", "command.given"}
    row = rows["github.reaction"]
    assert (row["type"], row["lane"], row["hint"], row["attempts"]) == ("effect", "github:7", "Grant it.", 1)
    assert (row["since"], row["command"]) == ("1970-01-01T00:01:41.000Z", f"pointsman dead retry {row['id']}")


def test_nothing_given_up_is_said_in_words(run: Run, tmp_path: Path) -> None:
    asyncio.run(open_sqlite(tmp_path / "pointsman.db", exclusive=True).close())
    result = run("list")
    assert (result.exit_code, result.stdout) == (0, "Nothing was given up.\n")
    assert listed(run) == []


def test_what_is_retried_beside_a_running_bot_is_seen_by_it(run: Run, ledger: SqlLedger) -> None:
    result = run("retry", "message:r-1")
    assert result.exit_code == 0
    assert "message:r-1: will be tried again" in result.stdout
    (row,) = asyncio.run(ledger.effects(state="pending"))
    assert row.key == "message:r-1"


def test_all_of_a_lane_or_kind_is_retried_at_once(run: Run, ledger: SqlLedger) -> None:
    assert run("retry", "--lane", "github:7").exit_code == 0
    assert run("retry", "--kind", "command.given").exit_code == 0
    assert [row["what"] for row in listed(run)] == ["slack.message"]
    assert run("retry", "--all", "--json").exit_code == 0
    assert listed(run) == []


def test_an_unknown_id_is_a_no(run: Run, ledger: SqlLedger) -> None:
    result = run("retry", "x-nobody", "message:r-1")
    assert result.exit_code == 1
    assert "has the id x-nobody" in result.stderr
    assert len(listed(run)) == 2  # the other one was done all the same
    assert run("retry", "--kind", "nothing.such").exit_code == 1


@pytest.mark.parametrize("arguments", [("retry",), ("discard", "--all", "x-1"), ("discard", "x-1", "--json")])
def test_what_is_unclear_is_a_usage_error(run: Run, ledger: SqlLedger, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2
    assert len(listed(run)) == 3


def test_discarding_asks_first(run: Run, ledger: SqlLedger) -> None:
    result = run("discard", "message:r-1", answer="n\n")
    assert result.exit_code == 1
    assert "slack.message" in result.stdout
    assert len(listed(run)) == 3


def test_what_is_discarded_is_listed_with_who_did_it(run: Run, ledger: SqlLedger) -> None:
    assert run("discard", "message:r-1", "--by", "grace", answer="y\n").exit_code == 0
    assert len(listed(run)) == 2
    (row,) = listed(run, "--discarded")
    assert (row["id"], row["discarded_by"], row["command"]) == ("message:r-1", "grace", None)
    shown = run("list", "--discarded").stdout
    assert "discarded by: grace" in shown
    assert "then:" not in shown


def test_who_discards_is_the_user_unless_it_is_said(run: Run, ledger: SqlLedger) -> None:
    assert run("discard", "--all", "--yes").exit_code == 0
    assert listed(run) == []
    assert len({row["discarded_by"] for row in listed(run, "--discarded")} - {None, ""}) == 1


def test_discarding_what_is_not_there_is_a_no(run: Run, ledger: SqlLedger) -> None:
    assert run("discard", "x-nobody").exit_code == 1


def test_without_a_ledger_it_says_so(run: Run) -> None:
    for arguments in (("list",), ("retry", "--all"), ("discard", "--all", "--yes")):
        result = run(*arguments)
        assert result.exit_code == 2
        assert "There is no ledger" in result.stderr
