"""`events replay` at the command line: proves, supposes, tells what differs, and changes nothing."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from msgspec.structs import replace

from bot.__main__ import main
from bot.commands.deploy import Chosen, DeployFacts
from bot.commands.ordering import Commit
from bot.commands.repository import Whereabouts
from bot.configuration import ConfigurationFile, Surroundings, effective_policy
from bot.domain.change import ChangeState
from bot.domain.holds import Holds
from bot.domain.state import apply, encode
from bot.drivers import rules
from bot.gates.gathering import Gathered
from bot.gates.protection import ProtectionFacts
from bot.gates.rights import Right
from bot.ledger import schema
from bot.ledger.sqlite import open_sqlite
from bot.ports import Lease, PolicyRead, PullRequest, Recorded
from bot.reactors.command import CommandFacts, asked_of, with_words
from bot.replaying.nobody import rows, rows_by_name
from tests.contract.ledger_stories import PULL, SHOP, give, given, lease_one

Run = Callable[..., Result]
TEXT = "/deploy api production because of \x1b[2J[bold]you[/bold]"
FILE = """\
version: 1
services:
  api: {deploy: {driver: github_actions, workflow: deploy.yml}}
environments:
  production:
    timeout: 30m
"""
NAMES = {kind: tuple(row.name for row in each) for kind, each in rows().items()}
SHA = "a" * 40
BUNDLE = Path(__file__).parents[2] / "regressions/a_failed_deployment_is_rolled_back_from_slack.json"
PULL_REQUEST = PullRequest(
    number=12,
    state="open",
    title="A change",
    author="ada",
    head_sha=SHA,
    head_ref="a-change",
    head_repository="acme/shop",
    base_ref="main",
    merge_sha=None,
    default_branch="main",
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    asyncio.run(_filled(tmp_path / "pointsman.db"))
    environ = {"DATABASE_URL": "sqlite:///pointsman.db", "POINTSMAN_CONFIG": None, "COLUMNS": "200"}

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, ("events", "replay", *arguments), env=environ)

    return invoke


async def _filled(path: Path) -> None:
    """A ledger with one command, decided and recorded as the bot does it."""
    ledger = open_sqlite(path, exclusive=True)
    await give(ledger, TEXT)
    lease = await lease_one(ledger)
    await ledger.record(_decided(lease), release=True)
    await ledger.close()


def _decided(lease: Lease) -> Recorded:
    work = replace(lease.work[0], reactor="command")
    facts = _facts(work.event)
    state = apply(lease.key, lease.state, work.event.data)
    decision = rows_by_name()["command"].decide(work.event, state, facts, 100.0)
    assert decision.reason == "requested"
    own = tuple(new for new in decision.events if new.key == lease.key)
    for new in own:
        state = apply(lease.key, state, new.data)
    return Recorded(
        lease=lease,
        work=work,
        state=state,
        decision=decision,
        facts=facts,
        own=own,
        others=tuple(new for new in decision.events if new.key != lease.key),
        reactors=NAMES,
        decided_at=100.0,
    )


def _facts(event: Any) -> CommandFacts:
    configuration = PolicyRead(status="valid", policy=_policy(FILE), blob="b1")
    facts = CommandFacts(
        configuration=configuration,
        where=Whereabouts(repository=SHOP),
        login="octocat",
        permission="write",
    )
    facts = with_words(facts, given(TEXT))
    asked = asked_of(event, None, facts)
    assert asked is not None
    right = Right(True, "write_access", "write")
    read = DeployFacts(
        right=right,
        change=PULL_REQUEST,
        chosen=(Chosen("api", "a-change", Commit(SHA, "a-change", "head")),),
        gathered=Gathered(
            facts={
                "deployers/production": right,
                "lock": Holds(),
                "freeze": Holds(),
                f"protection/production/api/None@{SHA}": ProtectionFacts(),
            }
        ),
    )
    return replace(facts, parsed=asked.command, specific=read)


def _policy(text: str) -> Any:
    reading = effective_policy(ConfigurationFile("f.yml", text.encode()), None, Surroundings(rules()))
    assert reading.policy is not None, reading.findings
    return reading.policy


def spoil(folder: Path) -> bytes:
    """Store a state that no event made."""
    body = encode(ChangeState(commands=("nobody-said-it",)))
    _execute(folder, sa.update(schema.state).where(schema.state.c.key == PULL).values(body=body))
    return body


def _execute(folder: Path, statement: sa.Update) -> None:
    engine = sa.create_engine(f"sqlite:///{folder / 'pointsman.db'}")
    with engine.begin() as connection:
        assert connection.execute(statement).rowcount == 1
    engine.dispose()


def stored(folder: Path) -> dict[str, list[Any]]:
    """Everything that is in the ledger."""
    engine = sa.create_engine(f"sqlite:///{folder / 'pointsman.db'}")
    with engine.connect() as connection:
        rows = {
            table.name: list(connection.execute(sa.select(table))) for table in schema.metadata.sorted_tables
        }
    engine.dispose()
    return rows


# --- the proof ------------------------------------------------------------------------------------------


def test_what_follows_from_its_events_is_confirmed(run: Run, tmp_path: Path) -> None:
    before = stored(tmp_path)
    result = run("--check")
    assert result.exit_code == 0, result.output
    assert result.stdout == (
        "3 states were made anew from their events, 1 decisions from their facts.\n"
        "All are as they are recorded.\n"
    )
    assert stored(tmp_path) == before


def test_a_state_that_no_event_made_is_named_with_its_part_and_left_as_it_is(
    run: Run, tmp_path: Path
) -> None:
    body = spoil(tmp_path)
    result = run("--check")
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{PULL}: the state differs (commands")
    assert "1 states are not what their events make. Nothing was changed." in result.stdout
    assert body in [row.body for row in stored(tmp_path)["state"]]


def test_a_decision_that_comes_out_otherwise_is_named(run: Run, tmp_path: Path) -> None:
    _execute(tmp_path, sa.update(schema.outcomes).values(reason="not_allowed"))
    result = run("--check")
    assert result.exit_code == 1
    assert "command): reason: not_allowed is recorded, now requested" in result.stdout
    assert "1 decisions come out otherwise. After an upgrade that can be meant" in result.stdout


def test_programs_are_told_the_same(run: Run, tmp_path: Path) -> None:
    told = json.loads(run("--check", "--json").stdout)
    assert (told["agree"], told["decided_again"], told["states"]) == (True, 1, [])
    spoil(tmp_path)
    told = json.loads(run("--check", "--json").stdout)
    assert (told["agree"], told["states"][0]["key"]) == (False, PULL)


def test_what_a_newer_version_stored_is_named_and_the_others_are_checked_all_the_same(
    run: Run, tmp_path: Path
) -> None:
    newer = sa.update(schema.events).where(schema.events.c.type == "command.given").values(version=99)
    _execute(tmp_path, newer)
    result = run("--check")
    assert result.exit_code == 1
    assert f"{PULL}: command.given was stored in version 99 by a newer Pointsman" in result.stdout
    assert "3 states were made anew" in result.stdout


def test_a_bundle_is_replayed_where_no_ledger_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(
        main, ["events", "replay", str(BUNDLE)], env={"DATABASE_URL": "sqlite:///no.db"}
    )
    assert result.exit_code == 0, result.output
    assert result.stdout.rstrip().endswith("All agree.")
    assert list(tmp_path.iterdir()) == []


def test_only_keys_with_news_are_checked_when_a_time_is_given(run: Run) -> None:
    assert "0 states" in run("--check", "--since", "1h").stdout


# --- the supposition ------------------------------------------------------------------------------------


def dry_run(run: Run, text: str, *more: str) -> Result:
    Path("other.yml").write_text(text)
    return run("--dry-run", "--config", "other.yml", "--since", "1970-01-01T00:00", *more)


def test_the_same_file_makes_no_difference(run: Run, tmp_path: Path) -> None:
    before = stored(tmp_path)
    result = dry_run(run, FILE)
    assert result.exit_code == 0, result.output
    assert result.stdout == (
        "1 decisions went by the configuration of acme/shop since 1970-01-01 00:00:00 UTC.\n"
        "All would have been the same.\n"
    )
    assert stored(tmp_path) == before


def test_what_would_have_been_refused_stands_in_a_table_with_its_rule(run: Run) -> None:
    result = dry_run(run, f"{FILE}    deployers: [grace]\n")
    assert result.exit_code == 1
    head, row = result.stdout.splitlines()[:2]
    assert head.split() == ["when", "(UTC)", "who", "what", "before", "after", "why"]
    for words in (
        "1970-01-01 00:01:40",
        "octocat",
        "/deploy api",
        "accepted: requested",
        "refused: not_allowed",
    ):
        assert words in row
    assert "and 2 later events would not have happened" in " ".join(result.stdout.split())
    assert "1 would have been different, 0 cannot be told" in result.stdout
    assert "\x1b" not in result.stdout


def test_a_narrow_terminal_gets_lines(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("other.yml").write_text(FILE.replace("30m", "10m"))
    result = CliRunner().invoke(
        main,
        ["events", "replay", "--dry-run", "--config", "other.yml", "--since", "1970-01-01T00:00"],
        env={"DATABASE_URL": "sqlite:///pointsman.db", "POINTSMAN_CONFIG": None, "COLUMNS": "80"},
    )
    assert "    accepted: requested → accepted: requested\n" in result.stdout
    assert "      deployment.requested.order.timeout: 1800.0 → 600.0\n" in result.stdout


def test_programs_are_told_what_is_not_recorded(run: Run) -> None:
    told = json.loads(dry_run(run, f"{FILE}    deployers: [acme/sre]\n", "--json").stdout)
    (only,) = told["differences"]
    assert only["not_recorded"] == "whether octocat is in acme/sre"
    assert only["at"] == "1970-01-01T00:01:40.000Z"
    assert (told["same"], told["not_recorded"], told["otherwise"]) == (False, 1, 0)


def test_a_file_that_is_not_valid_is_shown_its_places(run: Run) -> None:
    result = dry_run(run, FILE.replace("timeout", "time_out"))
    assert result.exit_code == 2
    assert "other.yml:6:5" in result.stderr
    assert "Nothing can be supposed of a configuration that is not valid." in result.stderr


def test_without_anything_recorded_there_is_nothing_to_suppose(run: Run) -> None:
    Path("other.yml").write_text(FILE)
    result = run("--dry-run", "--config", "other.yml")
    assert (result.exit_code, "Nothing is recorded of any repository" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Say what to do"),
        (("--check", "--dry-run"), "Say what to do"),
        (("--check", "--repository", "acme/shop"), "go with --dry-run"),
        (("--dry-run",), "--dry-run needs --config FILE"),
    ],
)
def test_what_does_not_go_together_is_said(run: Run, arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
