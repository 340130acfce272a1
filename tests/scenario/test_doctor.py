"""The doctor looks at a real bot, or at one that is down, and says how each thing is mended."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from bot.__main__ import main
from bot.doctor import TABLE, Finding, Surroundings, examine, surroundings_of
from bot.github.transport import HttpTransport, open_session
from bot.sandbox.github.acts import installations
from bot.sandbox.github.faults import Fault
from bot.sandbox.github.seed import SHOP
from bot.sandbox.stage import CONFIGURATION, free_port
from bot.settings import Settings
from tests.clock import ManualClock
from tests.scenario.play import Play, playing


async def examined(play: Play, clock: Any = None, **environ: str) -> list[Finding]:
    """Let the doctor look, as the command line does."""
    environment = play.stage.environment(play._port) | environ
    settings = Settings.from_environment(environment)
    async with open_session() as session:
        around = surroundings_of(settings, environment, clock or play.clock, HttpTransport(session))
        return await examine(around)


def of(findings: list[Finding], check: str) -> list[Finding]:
    return [finding for finding in findings if finding.check == check]


def bad(findings: list[Finding]) -> list[tuple[str, str, str]]:
    """What is wrong, but for the disk of the machine that the tests run on."""
    wrong = [each for each in findings if each.level in ("warning", "failure")]
    return [(each.check, each.level, each.said) for each in wrong if "MiB are free" not in each.said]


def only_bad(findings: list[Finding], check: str) -> Finding:
    (found,) = [each for each in of(findings, check) if each.level in ("warning", "failure")]
    return found


async def test_a_healthy_bot_is_told_so_check_by_check(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api staging")
        await play.runs(play.pull.head_sha, "staging")
        await play.settled()
        play.clock.advance(120)
        findings = await examined(play)
        assert bad(findings) == []
        assert {finding.check for finding in findings} == {check.name for check in TABLE}
        (told,) = of(findings, "deliveries")
        sent = len({each.webhook.guid for each in play.github.deliveries.entries.values()})
        assert f"sent {sent} deliveries" in told.said
        assert f"{sent} are stored, {sent} are finished" in told.said


async def test_it_works_while_the_bot_is_down_and_names_what_is_missing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        await play.stop_bot()
        play.says("ada", "What now?")

        def tried() -> bool:
            return any(each.status.startswith("failed") for each in play.github.deliveries.entries.values())

        await play.until("a delivery in vain", tried)
        play.clock.advance(120)
        findings = await examined(play)
        (lost,) = [
            each.webhook.guid
            for each in play.github.deliveries.entries.values()
            if each.webhook.event == "issue_comment"
        ]
        missing = only_bad(findings, "deliveries")
        assert (missing.level, missing.details) == ("failure", (lost,))
        assert "Nobody answers" in only_bad(findings, "address").said
        assert {each.check for each in findings if each.level == "failure"} == {"address", "deliveries"}
        await play.start_bot()


async def test_before_the_first_start_there_is_no_ledger_and_that_is_no_failure(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        findings = await examined(play, DATABASE_URL=f"sqlite:///{tmp_path / 'other.db'}")
        assert {each.level for each in of(findings, "ledger") + of(findings, "deliveries")} == {"skipped"}
        assert not (tmp_path / "other.db").exists()


async def test_a_github_in_trouble_hides_nothing_else(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.github.faults.add(Fault("status", path="/app.*", status=502))
        findings = await examined(play)
        failed = {each.check for each in findings if each.level == "failure"}
        assert failed >= {"app", "webhook", "deliveries"}
        assert not any("check itself failed" in each.said for each in findings)
        assert {each.level for each in of(findings, "ledger")} == {"good"}
        assert {each.level for each in of(findings, "slack")} == {"good"}
        assert {each.level for each in of(findings, "address")} == {"good"}
        play.github.faults.clear()


async def test_a_key_that_github_does_not_know_is_named_with_its_fix(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        findings = await examined(play, GITHUB_APP_ID="999")
        refused = only_bad(findings, "app")
        assert refused.level == "failure"
        assert "GITHUB_APP_ID" in refused.fix


async def test_permissions_and_events_that_the_app_lacks_are_named(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        app = play.github.app
        del app.permissions["checks"]
        app.permissions["deployments"] = "read"
        app.events.remove("workflow_run")
        found = {each.said: each.level for each in of(await examined(play), "app")}
        assert (
            found["The App lacks permissions that the bot uses: checks: write, deployments: write."]
            == "failure"
        )
        assert found["The App is not subscribed to events that the bot reacts to: workflow_run."] == "warning"


async def test_permissions_that_an_owner_did_not_accept_are_named_with_the_owner(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        installation = next(iter(play.github.installations.values()))
        installation.permissions["checks"] = "read"
        found = only_bad(await examined(play), "installations")
        assert (found.level, found.said) == (
            "failure",
            "acme: permissions were not accepted there: checks: write.",
        )


async def test_a_suspended_installation_is_a_failure(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        installation = next(iter(play.github.installations.values()))
        lin = play.github.account("lin")
        installations.suspend(play.github, installation, lin)
        found = only_bad(await examined(play), "installations")
        assert "suspended" in found.said
        installations.unsuspend(play.github, installation, lin)


@pytest.mark.parametrize("address,said", [
    ("", "no webhook URL"),
    ("https://elsewhere.example.com/webhooks/github", "elsewhere.example.com"),
])  # fmt: skip
async def test_deliveries_that_go_elsewhere_are_a_failure(tmp_path: Path, address: str, said: str) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        right, play.github.app.webhook_url = play.github.app.webhook_url, address
        found = only_bad(await examined(play), "webhook")
        assert (found.level, said in found.said) == ("failure", True)
        assert right in found.fix


@pytest.mark.parametrize("ahead,level,said", [
    (0, "good", "agree"),
    (28, "good", "agree"),
    (-40, "warning", "40 s behind"),
    (45, "warning", "s ahead of"),
    (-90, "failure", "s behind"),
])  # fmt: skip
async def test_a_clock_that_is_wrong_is_told_by_githubs(
    tmp_path: Path, ahead: float, level: str, said: str
) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        (found,) = of(await examined(play, ManualClock(play.clock.now() + ahead)), "clock")
        assert found.level == level
        assert said in found.said


async def test_a_limit_that_is_nearly_used_up_is_told(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        installation = next(iter(play.github.installations.values()))
        bucket = play.github.limits.bucket(installation.id, play.clock.now())
        bucket.used = bucket.limit - 200
        found = only_bad(await examined(play), "limits")
        assert found.level == "warning"
        assert found.said.startswith("acme: ")


async def test_slack_is_looked_at_as_well(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.slack.scopes = frozenset({"chat:write", "channels:history", "commands"})
        lacking = only_bad(await examined(play), "slack")
        assert (lacking.level, "app_mentions:read" in lacking.said) == ("warning", True)
        refused = only_bad(await examined(play, SLACK_BOT_TOKEN="xoxb-wrong"), "slack")
        assert (refused.level, "invalid_auth" in refused.said) == ("failure", True)
        off = await examined(play, SLACK_BOT_TOKEN="", SLACK_SIGNING_SECRET="")
        assert {each.level for each in of(off, "slack") + of(off, "channels")} == {"skipped"}


async def test_a_channel_that_the_bot_was_not_invited_to_is_named(tmp_path: Path) -> None:
    elsewhere = CONFIGURATION.replace("C0DEPLOYS", "C0NOWHERE")
    async with playing(tmp_path, elsewhere) as play:
        await play.settled()
        found = only_bad(await examined(play), "channels")
        assert found.level == "failure"
        assert "C0NOWHERE" in found.said
        assert "/invite" in found.fix


async def test_an_invalid_configuration_is_named_with_its_first_problem(tmp_path: Path) -> None:
    async with playing(tmp_path, CONFIGURATION.replace("services:", "servces:")) as play:
        await play.settled()
        found = only_bad(await examined(play), "configurations")
        assert SHOP in found.said
        assert "servces" in found.said


async def test_a_misspelt_setting_and_a_secret_that_is_not_there_are_told(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        findings = await examined(play, METRICS_TOKN="x" * 20, SHOP_DEPLOYER_SECRET="")
        told = {(each.level, each.said) for each in of(findings, "settings")}
        assert ("warning", "METRICS_TOKN is no setting. Did you mean METRICS_TOKEN?") in told
        assert any(level == "failure" and "shop-deployer" in said for level, said in told)
        assert not any("x" * 20 in said for _, said in told)


async def test_one_check_that_fails_or_hangs_does_not_hide_the_others(tmp_path: Path) -> None:
    async def breaks(_: Surroundings) -> None:
        raise ZeroDivisionError

    async def hangs(_: Surroundings) -> None:
        await asyncio.Event().wait()

    def never(*_: object) -> None:
        raise AssertionError

    async with playing(tmp_path) as play:
        environment = play.stage.environment(play._port)
        async with open_session() as session:
            around = surroundings_of(
                Settings.from_environment(environment), environment, play.clock, HttpTransport(session)
            )
            row = TABLE[0]
            table = [
                replace(row, name="breaks", read=breaks, judge=never),
                replace(row, name="hangs", read=hangs, judge=never, seconds_max=0.01),
                row,
            ]
            findings = await examine(around, table)
        assert [(each.check, each.level) for each in findings] == [
            ("breaks", "failure"),
            ("hangs", "failure"),
            ("settings", "good"),
        ]


# --- the command line -------------------------------------------------------------------------------------


@pytest.fixture
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an empty folder, whose .env is not this machine's."""
    monkeypatch.chdir(tmp_path)


def ran(environ: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["doctor", *arguments], env=dict(environ))
    return result.exit_code, result.stdout


@pytest.mark.usefixtures("_elsewhere")
def test_settings_that_nobody_can_use_end_it_with_all_of_them() -> None:
    code, said = ran({"PORT": "none", "GITHUB_APP_ID": "x"})
    assert code == 2
    assert "✘ FAIL  settings: PORT" in said
    assert "GITHUB_APP_ID" in said


@pytest.mark.usefixtures("_elsewhere")
def test_without_an_app_it_says_so_and_looks_at_the_rest() -> None:
    port = free_port()
    code, said = ran({"PORT": str(port), "DATABASE_URL": "sqlite:///none.db"})
    assert code == 1
    assert "✘ FAIL  settings: GITHUB_APP_ID" in said
    assert "- skip  app: There is no GitHub App yet" in said
    assert f"✘ FAIL  address: Nobody answers at http://localhost:{port}/healthz" in said
    assert "→ " in said
    assert said.splitlines()[-1].endswith("not looked at.")


@pytest.mark.usefixtures("_elsewhere")
def test_it_prints_one_json_document() -> None:
    port = free_port()
    code, said = ran({"PORT": str(port), "DATABASE_URL": "sqlite:///none.db"}, "--json")
    told = json.loads(said)
    assert (code, told["healthy"]) == (1, False)
    assert told["counts"]["failure"] == sum(each["level"] == "failure" for each in told["findings"])
    assert {"check", "level", "said", "fix", "details"} == set(told["findings"][0])
