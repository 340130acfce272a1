"""Deliveries and events are found by what people know of them; `why` asks GitHub only where it may."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from bot.__main__ import main
from bot.explaining.absences import Asked
from bot.ledger.sqlite import open_sqlite
from bot.ports import Sent, Translated
from bot.sandbox.github import generate_app_key
from tests.contract.ledger_stories import PULL, REACTORS, deliver, incoming, meant

Run = Callable[..., Result]
SHA = "c0ffee" + "0" * 34
AT = 1_770_000_000.0  # 2026-02-02 02:40:00 UTC
LATER = AT + 7_200


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    asyncio.run(_filled(tmp_path / "pointsman.db"))
    environ: dict[str, Any] = dict.fromkeys(["POINTSMAN_CONFIG", "LOG_LEVEL", "PORT", "COLUMNS"])
    environ["DATABASE_URL"] = "sqlite:///pointsman.db"

    def invoke(*arguments: str, **more: str) -> Result:
        return CliRunner().invoke(main, arguments, env=environ | more)

    return invoke


async def _filled(path: Path) -> None:
    ledger = open_sqlite(path, exclusive=True)
    await deliver(ledger, "g-command", meant("deploy"), at=AT)
    push = replace(incoming("g-push", at=LATER), event="push")
    meaning = Translated(reason="nothing_listens", subject="acme/shop@main", sha=SHA, values={"ref": "main"})
    broken = incoming("g-broken", b"{}", at=LATER + 1)
    for delivery in (push, broken):
        await ledger.accept(delivery)
    meanings: list[Any] = [(push, meaning), (broken, "translation_failed: KeyError")]
    await ledger.record_translations(meanings, REACTORS, LATER)
    await ledger.close()


def ids(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [each["id"] for each in json.loads(result.stdout)]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), ["g-broken", "g-push", "g-command"]),
        (("--state", "failed"), ["g-broken"]),
        (("--event", "push"), ["g-push"]),
        (("--source", "slack"), []),
        (("--about", SHA[:7]), ["g-push"]),
        (("--about", SHA.upper()), ["g-push"]),
        (("--about", "acme/shop@main"), ["g-push"]),
        (("--about", "acme/shop@mai"), []),
        (("--since", "2026-02-02T03:00"), ["g-broken", "g-push"]),
        (("--since", "2026-02-02T03:00", "--limit", "1"), ["g-broken"]),
    ],
)
def test_deliveries_are_found_by(run: Run, options: tuple[str, ...], expected: list[str]) -> None:
    assert ids(run("deliveries", "list", "--json", *options)) == expected


def test_events_are_found_by_what_people_know_of_them(run: Run) -> None:
    (event,) = ids(run("events", "list", "--json"))
    for options in (
        ("--key", PULL),
        ("--type", "command.given"),
        ("--type", "pointsman.command.given"),
        ("--delivery", "g-command"),
        ("--correlation", event),
        ("--since", "2026-02-02T02:00Z"),
    ):
        assert ids(run("events", "list", "--json", *options)) == [event], options
    for options in (("--key", "pr:x"), ("--type", "x.y"), ("--delivery", "x"), ("--since", "1s")):
        assert ids(run("events", "list", "--json", *options)) == [], options


def test_a_moment_that_is_none_is_said_to_be(run: Run) -> None:
    result = run("events", "list", "--since", "yesterday")
    assert result.exit_code == 2
    assert "'yesterday' is neither a duration such as 2h nor a time" in result.output


def test_in_a_narrow_terminal_each_has_lines_that_fit(run: Run) -> None:
    for command in ("deliveries", "events"):
        shown = run(command, "list", COLUMNS="80").stdout
        assert max(map(len, shown.splitlines())) <= 80
        assert "2026-02-02 02:40:00" in shown or command == "events"
    assert "translation_failed: KeyError  github  g-broken" in run("deliveries", "list", COLUMNS="80").stdout


def test_a_reason_is_a_code_with_its_sentence_and_what_to_do(run: Run) -> None:
    (row,) = json.loads(run("deliveries", "list", "--json", "--state", "failed").stdout)
    assert row["reason"] == "translation_failed: KeyError"
    assert row["sentence"].startswith("It could not be understood.")
    assert "pointsman dead retry" in row["next"]
    (row,) = json.loads(run("deliveries", "list", "--json", "--event", "push").stdout)
    assert (row["sha"], row["values"]) == (SHA, {"ref": "main"})


# --- why -------------------------------------------------------------------------------------------------


def test_a_push_is_explained_by_its_commit_although_nothing_came_of_it(run: Run) -> None:
    result = run("why", SHA[:9], "--offline")
    assert result.exit_code == 0
    assert "Stored, and nothing came of it:" in result.stdout
    assert "GitHub sent push, about acme/shop@main. Nothing in Pointsman uses this" in result.stdout
    told = json.loads(run("why", SHA[:9], "--offline", "--json").stdout)
    assert [each["reason"] for each in told["deliveries"]] == ["nothing_listens"]


def test_without_an_app_it_says_that_github_could_not_be_asked(run: Run) -> None:
    result = run("why", "acme/shop#99")
    assert result.exit_code == 1
    assert "Nothing about acme/shop#99 is stored here since 2026-02-02 02:40:00 UTC" in result.stdout
    assert "GitHub's log of deliveries could not be asked" in result.stdout
    assert "pointsman doctor" in result.stdout


def test_a_github_that_does_not_answer_spoils_no_document(run: Run, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(generate_app_key()[0])
    environ = {
        "GITHUB_APP_ID": "1",
        "GITHUB_PRIVATE_KEY": "key.pem",
        "GITHUB_WEBHOOK_SECRET": "s",
        "GITHUB_API_URL": "http://127.0.0.1:9",
    }
    (note,) = json.loads(run("why", "acme/shop#99", "--json", **environ).stdout)["missing"]
    assert "could not be asked: GitHub gave no answer" in note["said"]
    told = json.loads(run("why", SHA, "--json", **environ).stdout)
    assert (told["known"], told["missing"]) == (True, [])  # what happened is told all the same


def test_what_github_sent_in_vain_is_told_and_offline_nobody_asks(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = Sent(7, "g-lost", AT, arrived=False, event="issue_comment", status_code=503, status="failed")
    asked: list[str] = []

    async def answer(_ledger: object, subject: str, _now: float, *, known: bool) -> Asked:
        asked.append(subject)
        return Asked(since=AT, sent=1, missing=1, unheard=(attempt,))

    monkeypatch.setattr("bot.cli.reading.asked_of_github", answer)
    shown = run("why", "acme/shop#99").stdout
    assert "GitHub sent issue_comment about it at 2026-02-02 02:40:00 UTC, and it never arrived" in shown
    (note,) = json.loads(run("why", "acme/shop#99", "--json").stdout)["missing"]
    assert "“503 failed”" in note["said"]
    run("why", "acme/shop#99", "--offline")
    run("why", "d-0123456789")  # nobody at GitHub knows that name
    assert asked == ["acme/shop#99", "acme/shop#99"]
