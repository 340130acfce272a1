"""The command line as people and scripts use it: what it prints, and with which exit code it ends."""

import asyncio
import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot import __version__
from bot.__main__ import main
from bot.domain.deployment import DriverCall, Order
from bot.domain.effects import AddReaction, Wanted
from bot.domain.events import CommandGiven, DeploymentRequested, New, RequestMade
from bot.domain.state import apply
from bot.domain.values import Person, PullRequestPlace, Repository
from bot.ledger.sqlite import open_sqlite
from bot.ledger.store import SqlLedger
from bot.ports import Decision, Incoming, Meant, Recorded, Translated
from bot.sandbox.github import generate_app_key
from bot.sandbox.github.actions.example import DEPLOY_WORKFLOW

SHOP = Repository("acme", "shop", 1, 7)
PLACE = PullRequestPlace(SHOP, 12, 99)
OCTOCAT = Person("octocat")
PULL, SLOT, REQUEST = "pr:acme/shop#12", "slot:acme/shop/api/production", "request:r-0123456789"
DEPLOYMENT, SHA = "d-0123456789", "c0ffee" + "0" * 34
REACTORS = {
    "command.given": ("commands",),
    "request.made": ("requests",),
    "deployment.requested": ("slots",),
    "effect.parked": ("requests",),
}
NOTHING = Decision(outcome="ignored", reason="nothing_to_do")
RECEIVED_AT = 1_770_000_000.25
RFC3339_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
HOSTILE = "[bold]gone[/bold]\x1b[2J\u202e"
FILE = "version: 1\nservices:\n  api:\n    deploy: {driver: http, url: 'https://d.example.com/', secret: s}\n"
FILE += "environments:\n  staging: {}\n"
INSTANCE = "secrets: {s: {env: S, repositories: ['acme/*'], urls: ['https://d.example.com/']}}\n"

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the program in a folder of its own, on the ledger that may be there."""
    monkeypatch.chdir(tmp_path)
    environ = dict.fromkeys(["POINTSMAN_CONFIG", "LOG_LEVEL", "PORT", "COLUMNS"])
    environ["DATABASE_URL"] = "sqlite:///pointsman.db"

    def invoke(*arguments: str, **more: str) -> Result:
        return CliRunner().invoke(main, arguments, env=environ | more)

    return invoke


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A small ledger: one command that led to a deployment, and deliveries that led to nothing."""
    path = tmp_path / "pointsman.db"
    asyncio.run(_filled(path))
    return path


async def _filled(path: Path) -> None:
    ledger = open_sqlite(path, exclusive=True)
    await _command(ledger)
    await _delivery(ledger, "g-ignored", Translated(reason="event_not_used", subject=HOSTILE))
    await _delivery(ledger, "g-failed", "translation_failed: KeyError")
    await ledger.accept(_incoming("g-waiting", 4))
    await ledger.close()


def _incoming(id: str, number: int = 1, event: str = "issue_comment") -> Incoming:
    body = b'{"comment": "/deploy api production"}'
    return Incoming(
        source="github", id=id, event=event, action="created", body=body, received_at=RECEIVED_AT + number
    )


async def _delivery(ledger: SqlLedger, id: str, meaning: Translated | str, number: int = 2) -> None:
    incoming = _incoming(id, number)
    await ledger.accept(incoming)
    await ledger.record_translations([(incoming, meaning)], REACTORS, RECEIVED_AT + number)


async def _command(ledger: SqlLedger) -> None:
    """A comment, decided: a request with one deployment, and an effect that was given up."""
    given = CommandGiven(
        text="/deploy api production", place=PLACE, person=OCTOCAT, given_at=1.0, to_us=False
    )
    meant = Meant(key=PULL, time=RECEIVED_AT, data=given)
    await _delivery(ledger, "g-command", Translated(events=(meant,), subject="acme/shop#12"), 1)
    now = RECEIVED_AT + 5
    reaction = Wanted(body=AddReaction(repository=SHOP, comment=99, content="eyes"))
    others = (New(key=REQUEST, data=_request()), New(key=SLOT, data=DeploymentRequested(order=_order())))
    await _decide(
        ledger,
        Decision(
            outcome="acted",
            reason="accepted",
            values={"permission": "write"},
            events=others,
            effects=(reaction,),
        ),
        now,
    )
    await _decide(ledger, NOTHING, now)
    (effect,) = await ledger.lease_effects(10, now, 60.0, {}, lambda lane: 1)
    await ledger.park_effect(effect, "GitHub answered 403.", "Grant the permission.", REACTORS, now)


async def _decide(ledger: SqlLedger, decision: Decision, now: float) -> None:
    """Decide all that is due in the same way."""
    for lease in await ledger.lease(10, now, 60.0, frozenset()):
        (work,) = lease.work
        recorded = Recorded(
            lease=lease,
            work=work,
            state=apply(lease.key, lease.state, work.event.data),
            decision=decision,
            facts=None,
            own=(),
            others=decision.events,
            reactors=REACTORS,
            decided_at=now,
        )
        await ledger.record(recorded, release=True)


def _order() -> Order:
    return Order(
        id=DEPLOYMENT,
        request="r-0123456789",
        action="deploy",
        repository=SHOP,
        service="api",
        environment="production",
        sha=SHA,
        ref="main",
        call=DriverCall("http"),
        asker=OCTOCAT,
        requested_at=RECEIVED_AT,
    )


def _request() -> RequestMade:
    return RequestMade(
        id="r-0123456789",
        action="deploy",
        place=PLACE,
        asker=OCTOCAT,
        automatic=False,
        repository=SHOP,
        number=12,
        title="Faster",
        environment="production",
        sha=SHA,
        ref="main",
        orders=(_order(),),
        channel=None,
    )


def printed(result: Result, code: int = 0) -> Any:
    """The one JSON document that was printed, and nothing else."""
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def ids(result: Result) -> list[str]:
    return [row["id"] for row in printed(result)]


# --- deliveries ---------------------------------------------------------------------------------------


def test_deliveries_as_json_have_the_promised_fields_the_newest_first(run: Run, ledger: Path) -> None:
    rows = printed(run("deliveries", "list", "--json"))
    assert [row["id"] for row in rows] == ["g-waiting", "g-failed", "g-ignored", "g-command"]
    promised = {"id", "source", "event", "action", "received_at", "state", "outcome", "reason"}
    assert all(promised <= set(row) for row in rows)
    assert [(row["state"], row["outcome"], row["reason"]) for row in rows] == [
        ("received", None, None),
        ("failed", "failed", "translation_failed: KeyError"),
        ("done", "ignored", "event_not_used"),
        ("done", "acted", "accepted"),
    ]
    assert {(row["source"], row["event"], row["action"]) for row in rows[:1]} == {
        ("github", "issue_comment", "created")
    }


def test_times_are_rfc_3339_in_utc(run: Run, ledger: Path) -> None:
    rows = printed(run("deliveries", "list", "--json"))
    assert rows[-1]["received_at"] == "2026-02-02T02:40:01.250Z"
    assert all(RFC3339_UTC.fullmatch(row["received_at"]) for row in rows)
    events = printed(run("events", "list", "--json"))
    assert all(RFC3339_UTC.fullmatch(event[name]) for event in events for name in ("time", "recordedtime"))
    assert datetime.fromisoformat(events[0]["time"]).timestamp() == RECEIVED_AT


async def _many(path: Path, count: int) -> None:
    ledger = open_sqlite(path, exclusive=True)
    for number in range(count):
        await ledger.accept(_incoming(f"g-{number}", number))
    await ledger.close()


def test_fifty_deliveries_are_listed_unless_another_number_is_asked_for(run: Run, tmp_path: Path) -> None:
    asyncio.run(_many(tmp_path / "pointsman.db", 53))
    assert len(ids(run("deliveries", "list", "--json"))) == 50
    assert len(ids(run("deliveries", "list", "--json", "--limit", "0"))) == 53
    assert ids(run("deliveries", "list", "--json", "--limit", "2")) == ["g-52", "g-51"]


def test_a_negative_limit_is_a_mistake_of_usage(run: Run, ledger: Path) -> None:
    result = run("deliveries", "list", "--limit", "-1")
    assert result.exit_code == 2
    assert "--limit" in result.stderr


def test_deliveries_for_people_are_a_table_with_one_line_each(run: Run, ledger: Path) -> None:
    result = run("deliveries", "list")
    assert result.exit_code == 0
    head, *lines = result.stdout.splitlines()
    assert head.split() == [
        "received",
        "(UTC)",
        "source",
        "event",
        "subject",
        "state",
        "outcome",
        "reason",
        "id",
    ]
    assert len(lines) == 4
    assert "2026-02-02 02:40:01" in lines[-1]
    assert "acme/shop#12" in lines[-1]
    assert "accepted" in lines[-1]


def test_text_from_outside_is_neither_markup_nor_a_control_sequence(run: Run, ledger: Path) -> None:
    shown = run("deliveries", "list").stdout
    assert "[bold]gone[/bold][2J" in shown
    assert not {"\x1b", "\u202e"} & set(shown)


def test_an_empty_ledger_is_an_empty_list(run: Run, tmp_path: Path) -> None:
    asyncio.run(_many(tmp_path / "pointsman.db", 0))
    assert printed(run("deliveries", "list", "--json")) == []
    assert printed(run("events", "list", "--json")) == []
    assert run("deliveries", "list").exit_code == 0


def test_one_delivery_is_shown_with_its_body(run: Run, ledger: Path) -> None:
    found = printed(run("deliveries", "show", "g-command", "--json"))
    assert json.loads(found["body"]) == {"comment": "/deploy api production"}
    assert found["subject"] == "acme/shop#12"
    assert "g-command" in run("deliveries", "show", "g-command").stdout


def test_a_delivery_that_is_not_there_is_the_answer_no(run: Run, ledger: Path) -> None:
    result = run("deliveries", "show", "g-nobody", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "There is no delivery g-nobody." in result.stderr


# --- events --------------------------------------------------------------------------------------------


def test_events_as_json_are_cloudevents_in_their_order(run: Run, ledger: Path) -> None:
    events = printed(run("events", "list", "--json"))
    types = [event["type"] for event in events]
    assert types[:1] == ["pointsman.command.given"]
    assert {"pointsman.request.made", "pointsman.deployment.requested"} <= set(types)
    first, second = events[0], events[1]
    attributes = {"specversion", "id", "type", "source", "time", "recordedtime", "partitionkey", "data"}
    assert all(attributes | {"correlationid", "causationid", "traceparent"} <= set(event) for event in events)
    assert (first["specversion"], first["delivery"], first["partitionkey"]) == ("1.0", "g-command", PULL)
    assert (second["causationid"], second["correlationid"]) == (first["id"], first["id"])


def test_events_of_one_key_can_be_listed_alone(run: Run, ledger: Path) -> None:
    events = printed(run("events", "list", "--json", "--key", SLOT, "--limit", "0"))
    assert [event["type"] for event in events] == ["pointsman.deployment.requested"]
    assert events[0]["data"]["order"]["sha"] == SHA


def test_one_event_is_shown_and_an_unknown_one_is_the_answer_no(run: Run, ledger: Path) -> None:
    first = printed(run("events", "list", "--json"))[0]
    assert printed(run("events", "show", first["id"], "--json")) == first
    assert first["id"] in run("events", "show", first["id"]).stdout
    assert first["id"] in run("events", "list").stdout
    assert run("events", "show", "e-nothing").exit_code == 1


# --- why -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "subject", ["acme/shop#12", DEPLOYMENT, "r-0123456789", "g-command", SHA, SHA[:7], SHA[:12].upper()]
)
def test_why_tells_the_whole_story_whichever_name_of_it_is_given(
    run: Run, ledger: Path, subject: str
) -> None:
    story = printed(run("why", subject, "--json"))
    assert (story["subject"], story["known"]) == (subject, True)
    assert [delivery["id"] for delivery in story["deliveries"]] == ["g-command"]
    command = story["events"][0]
    assert command["type"] == "pointsman.command.given"
    (outcome,) = command["outcomes"]
    assert (outcome["reactor"], outcome["outcome"], outcome["reason"]) == ("commands", "acted", "accepted")
    assert outcome["values"] == {"permission": "write"}
    (effect,) = command["effects"]
    assert (effect["kind"], effect["state"]) == ("github.reaction", "parked")
    assert (effect["reason"], effect["hint"]) == ("GitHub answered 403.", "Grant the permission.")
    assert RFC3339_UTC.fullmatch(outcome["decided_at"])
    assert any(event["data"].get("order", {}).get("id") == DEPLOYMENT for event in story["events"])


def test_why_for_people_names_delivery_decision_values_and_what_to_do(run: Run, ledger: Path) -> None:
    shown = run("why", "acme/shop#12").stdout
    for words in ("GitHub sent issue_comment, created", "octocat commented “/deploy api production”"):
        assert words in shown
    assert "accepted (permission: write)" in shown
    assert "given up (reason: GitHub answered 403., what to do: Grant the permission.)" in shown
    assert "g-command" not in shown
    shown = run("why", "acme/shop#12", "--verbose").stdout
    assert "g-command" in shown
    assert "commands: acted, accepted" in shown


def test_why_says_when_there_is_more_than_it_tells(
    run: Run, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Only the newest" not in run("why", "acme/shop#12").stdout
    monkeypatch.setattr("bot.cli.reading.STORIES_MAX", 1)
    assert "Only the newest 1 stories are told." in run("why", "acme/shop#12").stdout


@pytest.mark.parametrize("subject", ["g-ignored", "g-failed", "g-waiting"])
def test_why_explains_a_delivery_that_led_to_nothing(run: Run, ledger: Path, subject: str) -> None:
    story = printed(run("why", subject, "--json"))
    assert [delivery["id"] for delivery in story["deliveries"]] == [subject]
    assert story["events"] == []
    assert run("why", subject).exit_code == 0


@pytest.mark.parametrize("subject", ["acme/shop#99", "d-zzzzzzzzzz", "nonsense", "", "%", "'", "deadbeef"])
def test_why_about_the_unknown_is_the_answer_no(run: Run, ledger: Path, subject: str) -> None:
    assert printed(run("why", subject, "--json"), 1)["known"] is False
    result = run("why", subject)
    assert result.exit_code == 1
    assert "Nothing is recorded" in result.stdout


# --- validate and schema --------------------------------------------------------------------------------


def written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def test_a_valid_file_is_valid(run: Run, tmp_path: Path) -> None:
    result = run("validate", written(tmp_path, "file.yml", FILE))
    assert (result.exit_code, result.stdout) == (0, "valid\n")
    assert printed(run("validate", str(tmp_path / "file.yml"), "--json")) == {"valid": True, "findings": []}


def test_the_repositorys_own_file_is_taken_where_none_is_named(run: Run, tmp_path: Path) -> None:
    written(tmp_path, ".github/pointsman.yml", FILE)
    assert run("validate").exit_code == 0


def test_errors_name_file_line_and_column_and_a_suggestion(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path, "file.yml", FILE + "environment: {}\n")
    result = run("validate", path)
    assert result.exit_code == 1
    line, verdict = result.stdout.splitlines()
    assert line.startswith(f"{path}:7:1: ")
    assert "environments" in line
    assert verdict == "invalid"
    document = printed(run("validate", path, "--json"), 1)
    assert document["valid"] is False
    (finding,) = document["findings"]
    assert (finding["file"], finding["line"], finding["column"]) == (path, 7, 1)
    assert finding["severity"] == "error"


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\nversion: 1\n",
        "version: [1\n",
        "version: '1'\n",
        "\x00",
        "- 1\n",
        "",
        "version: 1\nx: &a 1\n",
    ],
)
def test_whatever_a_file_holds_it_is_judged_and_never_a_crash(run: Run, tmp_path: Path, text: str) -> None:
    result = run("validate", written(tmp_path, "file.yml", text))
    assert result.exit_code == 1
    assert re.match(rf"{re.escape(str(tmp_path / 'file.yml'))}:\d+:\d+: ", result.stdout)


def test_a_secret_is_checked_against_the_instance_and_the_repository(run: Run, tmp_path: Path) -> None:
    file, instance = written(tmp_path, "file.yml", FILE), written(tmp_path, "instance.yml", INSTANCE)
    assert run("validate", file, "--instance", instance, "--repository", "acme/shop").exit_code == 0
    assert run("validate", file, "--instance", instance, "--repository", "evil/shop").exit_code == 1
    unknown = written(tmp_path, "other.yml", FILE.replace("secret: s}", "secret: t}"))
    result = run("validate", unknown, "--instance", instance, "--repository", "acme/shop")
    assert result.exit_code == 1
    assert f"{unknown}:4:" in result.stdout


ACTIONS = FILE.replace("driver: http", "driver: github_actions, workflow: deploy.yml").replace(
    ", url: 'https://d.example.com/', secret: s", ""
)


@pytest.mark.parametrize("file", [".github/pointsman.yml", "pointsman.yml"])
def test_workflows_of_the_same_repository_are_validated_too(run: Run, tmp_path: Path, file: str) -> None:
    path = written(tmp_path, file, ACTIONS)
    written(tmp_path, ".github/workflows/deploy.yml", "on: workflow_dispatch\n")
    result = run("validate", file)
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout.startswith(f"{file}:4:48: `deploy.yml` does not declare the inputs `sha`, ")
    written(tmp_path, ".github/workflows/deploy.yml", DEPLOY_WORKFLOW)
    result = run("validate", path)
    assert (result.exit_code, result.stdout) == (0, "valid\n")


def test_a_repository_without_the_workflow_is_told_so(run: Run, tmp_path: Path) -> None:
    written(tmp_path, ".github/pointsman.yml", ACTIONS)
    result = run("validate")
    assert result.exit_code == 1
    assert "there is no file `.github/workflows/deploy.yml` in this repository" in result.stdout


def test_a_workflow_that_cannot_be_read_is_told_so(run: Run, tmp_path: Path) -> None:
    written(tmp_path, ".github/workflows/deploy.yml/file", "x")
    written(tmp_path, ".github/pointsman.yml", ACTIONS)
    result = run("validate")
    assert result.exit_code == 1
    assert "`deploy.yml` cannot be read: Is a directory" in result.stdout


def test_outside_of_a_repository_workflows_are_not_judged_and_that_is_said(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path, "pointsman.yml", ACTIONS)
    result = run("validate", path)
    assert (result.exit_code, result.stdout) == (0, "valid\n")
    folder = tmp_path / ".github" / "workflows"
    assert result.stderr == f"note: there is no folder {folder}, so the workflows were not checked\n"


def test_an_instance_file_can_be_validated_alone(run: Run, tmp_path: Path) -> None:
    assert run("validate", "--instance", written(tmp_path, "instance.yml", INSTANCE)).exit_code == 0
    broken = written(tmp_path, "broken.yml", "peeple: {}\n")
    result = run("validate", "--instance", broken)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{broken}:1:1: ")
    assert "people" in result.stdout


@pytest.mark.parametrize("arguments", [("nowhere.yml",), (), ("--instance", "nowhere.yml")])
def test_a_file_that_is_not_there_is_a_mistake_of_usage(run: Run, arguments: tuple[str, ...]) -> None:
    result = run("validate", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "No such file or directory" in result.stderr


@pytest.mark.parametrize("subject", ["config", "instance"])
def test_schemas_are_json_schemas(run: Run, subject: str) -> None:
    schema_printed = printed(run("schema", subject))
    assert schema_printed["$schema"].startswith("https://json-schema.org/")
    assert schema_printed["type"] == "object"


def test_an_unknown_schema_is_a_mistake_of_usage(run: Run) -> None:
    assert run("schema", "everything").exit_code == 2


# --- settings and ledgers that do not fit -----------------------------------------------------------------

READING = [
    ("deliveries", "list"),
    ("deliveries", "show", "g-1"),
    ("events", "list"),
    ("events", "show", "e-1"),
    ("why", "d-0123456789"),
]


@pytest.mark.parametrize("command", READING)
def test_before_the_first_start_there_is_no_ledger_to_read(run: Run, command: tuple[str, ...]) -> None:
    for arguments in (command, (*command, "--json")):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "There is no ledger at pointsman.db yet." in result.stderr


@pytest.mark.parametrize("command", READING)
def test_another_database_is_a_mistake_of_configuration(run: Run, command: tuple[str, ...]) -> None:
    result = run(*command, DATABASE_URL="postgresql://db.example.com/pointsman")
    assert result.exit_code == 2
    assert "DATABASE_URL" in result.stderr


@pytest.mark.parametrize("command", [*READING, ("migrate",), ("serve",)])
def test_all_settings_that_are_wrong_are_told_at_once(run: Run, command: tuple[str, ...]) -> None:
    result = run(*command, PORT="eighty", LOG_LEVEL="loud")
    assert result.exit_code == 2
    assert "PORT is not a port" in result.stderr
    assert "LOG_LEVEL is not a level" in result.stderr


def test_a_near_miss_of_a_setting_is_a_warning_beside_the_answer(run: Run, ledger: Path) -> None:
    result = run("deliveries", "list", "--json", SLACK_BOT_TOKENS="xoxb-1")
    assert len(printed(result)) == 4
    assert "warning: SLACK_BOT_TOKENS is no setting. Did you mean SLACK_BOT_TOKEN?" in result.stderr
    assert "xoxb-1" not in result.output


def test_settings_are_read_from_a_file_beside_which_the_program_starts(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "")
    monkeypatch.delenv("PORT")
    asyncio.run(_many(tmp_path / "elsewhere.db", 1))
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.delenv("DATABASE_URL")
    (tmp_path / ".env").write_text("DATABASE_URL=sqlite:///elsewhere.db\n")
    result = CliRunner().invoke(main, ["deliveries", "list", "--json"])
    assert ids(result) == ["g-0"]


@pytest.mark.parametrize("command", [("migrate",), ("deliveries", "list")])
def test_a_file_that_is_no_ledger_is_said_to_be_none(
    run: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "pointsman.db").write_bytes(b"not a database, " * 64)
    result = run(*command)
    assert result.exit_code == 2
    assert "not a database" in result.stderr


# --- migrate ---------------------------------------------------------------------------------------------


def test_migrate_makes_the_ledger_and_says_where(run: Run) -> None:
    for _ in range(2):
        result = run("migrate")
        assert (result.exit_code, result.stdout) == (0, "The ledger pointsman.db is up to date.\n")
    assert run("deliveries", "list").exit_code == 0


def test_migrate_leaves_a_ledger_alone_that_a_bot_works_on(run: Run, tmp_path: Path) -> None:
    working = open_sqlite(tmp_path / "pointsman.db", exclusive=True)
    result = run("migrate")
    asyncio.run(working.close())
    assert result.exit_code == 2
    assert "already runs on pointsman.db" in result.stderr


async def _made_by_a_newer_version(path: Path) -> None:
    ledger = open_sqlite(path, exclusive=True)
    await ledger._executor.write(
        lambda connection: connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    )
    await ledger.close()


@pytest.mark.parametrize("command", [("migrate",), ("deliveries", "list"), ("serve",)])
def test_a_ledger_of_a_newer_version_is_left_alone(
    run: Run, tmp_path: Path, command: tuple[str, ...], credentials: dict[str, str]
) -> None:
    asyncio.run(_made_by_a_newer_version(tmp_path / "pointsman.db"))
    result = run(*command, **credentials)
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    assert "version" in result.stderr


@pytest.fixture
def credentials() -> dict[str, str]:
    key, _ = generate_app_key()
    return {
        "GITHUB_APP_ID": "1",
        "GITHUB_PRIVATE_KEY": key,
        "GITHUB_WEBHOOK_SECRET": "s",
        "GITHUB_API_URL": "http://127.0.0.1:9/api/v3",
        "PORT": "0",
        "POINTSMAN_ALLOW_EPHEMERAL": "1",
    }


# --- the program -----------------------------------------------------------------------------------------


def test_serve_without_credentials_says_what_is_missing_and_what_needs_none(run: Run) -> None:
    result = run("serve")
    assert result.exit_code == 2
    assert "GITHUB_APP_ID, GITHUB_PRIVATE_KEY and GITHUB_WEBHOOK_SECRET are not set" in result.stderr
    assert "pointsman demo" in result.stderr


def test_the_version_is_the_packages(run: Run) -> None:
    assert run("--version").stdout == f"pointsman, version {__version__}\n"


@pytest.mark.parametrize(
    "command",
    [
        ("nonsense",),
        ("why",),
        ("deliveries", "drop"),
        ("demo", "--port", "x"),
        ("demo", "--port", "70000"),
        ("demo", "--script", "--fresh"),
        ("demo", "--script", "--folder", "somewhere"),
    ],
)
def test_a_mistake_of_usage_ends_with_two(run: Run, command: tuple[str, ...]) -> None:
    assert run(*command).exit_code == 2


def test_every_command_has_help_with_a_sentence(run: Run) -> None:
    for name, command in main.commands.items():
        result = run(name, "--help")
        assert result.exit_code == 0
        assert command.get_short_help_str(200).endswith("."), name
