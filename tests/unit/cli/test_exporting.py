"""An incident is written to a file that only its owner reads, and is replayed without any ledger."""

import asyncio
import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import main
from bot.cli.exporting import replay_bundle
from bot.ledger.sqlite import open_sqlite
from tests.contract.ledger_stories import decided, give, lease_one

Run = Callable[..., Result]
BUNDLE = Path(__file__).parents[2] / "regressions" / "a_push_between_two_deployments.json"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    asyncio.run(_filled(tmp_path / "pointsman.db"))
    environ = {"DATABASE_URL": "sqlite:///pointsman.db", "POINTSMAN_CONFIG": None}

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, ("events", "export", *arguments), env=environ)

    return invoke


async def _filled(path: Path) -> None:
    ledger = open_sqlite(path, exclusive=True)
    await give(ledger, "one")
    await ledger.record(decided(await lease_one(ledger)), release=True)
    await ledger.close()


def test_a_bundle_is_printed_as_one_document(run: Run) -> None:
    result = run("acme/shop#12")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert (document["format"], document["version"]) == ("pointsman-incident", 1)
    assert document["subject"] == document["keys"][0]["key"].removeprefix("pr:") == "owner-1/repository-1#12"


def test_a_file_is_its_owners_and_never_written_over(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "incident.json"
    assert "holds 1 events of 1 keys" in run("acme/shop#12", "--output", str(file)).stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    again = run("acme/shop#12", "--output", str(file))
    assert (again.exit_code, file.read_bytes()) == (2, before)
    assert "is there already" in again.stderr


def test_about_what_is_not_recorded_nothing_is_written(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "incident.json"
    result = run("acme/shop#99", "--output", str(file))
    assert (result.exit_code, file.exists()) == (1, False)
    assert "Nothing is recorded" in result.stderr


def replayed(capsys: pytest.CaptureFixture[str], path: Path, *, as_json: bool = False) -> tuple[object, str]:
    with pytest.raises(SystemExit) as ended:
        replay_bundle(path, as_json)
    said = capsys.readouterr()
    return ended.value.code, said.out + said.err


def test_a_bundle_that_agrees_tells_its_story(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = replayed(capsys, BUNDLE)
    assert code == 0
    assert "slot:owner-1/repository-1/api/production deployer.reported acted: deployer_succeeded" in said
    assert said.rstrip().endswith("All agree.")
    code, said = replayed(capsys, BUNDLE, as_json=True)
    assert (code, json.loads(said)["agrees"]) == (0, True)


def test_a_bundle_that_does_not_agree_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed = BUNDLE.read_text().replace('"reason": "queued"', '"reason": "started"', 1)
    (tmp_path / "changed.json").write_text(changed)
    code, said = replayed(capsys, tmp_path / "changed.json")
    assert code == 1
    assert "otherwise: reason: started is recorded, now queued" in said


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "It is damaged"),
        ("[]", "It is not what `pointsman events export` writes."),
        ('{"format": "pointsman-incident", "version": 2}', "It is a bundle of version 2"),
        ('{"format": "pointsman-incident", "version": 1}', "It is damaged"),
    ],
)
def test_what_is_no_bundle_is_refused_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, expected: str
) -> None:
    (tmp_path / "other.json").write_text(content)
    code, said = replayed(capsys, tmp_path / "other.json")
    assert code == 2
    assert expected in said
