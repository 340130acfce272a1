"""The folders of runs: found by their names, kept for a while, never mistaken for one another."""

import os
from pathlib import Path

import pytest

from bot.drivers.programs import folder as folders
from bot.drivers.programs.folder import About, RunFolder, Runs
from bot.drivers.programs.logs import ProgramLogs


def made(runs: Runs, deployment: str, attempt: int = 1, age: float = 0.0, exit: str = "ended") -> RunFolder:
    folder = runs.of(deployment, attempt)
    folder.prepare(About(deployment=deployment, attempt=attempt, slot="slot:x", timeout=1.0))
    (folder.path / "started").write_text('{"watcher": 1, "head": 100, "ring": 100}')
    if exit:
        (folder.path / "exit").write_text(f'{{"reason": "{exit}", "code": 0, "signal": null}}')
    os.utime(folder.path / "about.json", (1_000_000 - age, 1_000_000 - age))
    return folder


def test_the_newest_attempt_is_that_with_the_highest_number(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    for attempt in (2, 10, 9):
        made(runs, "d-0000000001", attempt)
    made(runs, "d-0000000002", 11)
    newest = runs.newest("d-0000000001")
    assert newest is not None
    assert newest.path.name == "d-0000000001-10"
    assert runs.newest("d-0000000003") is None


@pytest.mark.parametrize(
    "name", ["", "..", "d-", "d-../../etc", "d-a/b", "d-A", "r-0000000001", "d-1-1", "d-a\n"]
)
async def test_what_is_no_deployment_leads_to_no_folder(tmp_path: Path, name: str) -> None:
    made(Runs(tmp_path), "d-1", 1)
    assert Runs(tmp_path).newest(name) is None
    assert await ProgramLogs(tmp_path, {}).output(name) is None
    with pytest.raises(ValueError, match="no id of a deployment"):
        Runs(tmp_path).of(name, 1)


async def test_of_a_run_that_wrote_nothing_yet_there_is_no_output(tmp_path: Path) -> None:
    made(Runs(tmp_path), "d-1")
    assert await ProgramLogs(tmp_path, {}).output("d-1") is None


def test_the_oldest_folders_are_removed_a_few_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "FOLDERS_KEPT", 3)
    monkeypatch.setattr(folders, "REMOVED_AT_ONCE", 2)
    runs = Runs(tmp_path)
    for number in range(8):
        made(runs, f"d-{number}", age=-number)
    names = []
    for _ in range(4):
        runs.tidy()
        names.append(sorted(path.name for path in (tmp_path / "runs").iterdir()))
    assert [len(each) for each in names] == [6, 4, 3, 3]
    assert names[-1] == ["d-5-1", "d-6-1", "d-7-1"]


def test_a_folder_in_which_nothing_has_ended_is_never_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "FOLDERS_KEPT", 0)
    runs = Runs(tmp_path)
    begun = runs.of("d-1", 1)
    begun.prepare(About(deployment="d-1", attempt=1, slot="slot:x", timeout=1.0))
    lost = made(runs, "d-2", exit="")
    (tmp_path / "runs" / "somebody-elses").mkdir()
    runs.tidy()
    assert begun.path.exists()
    assert not lost.path.exists()
    assert (tmp_path / "runs" / "somebody-elses").exists()


def test_a_machine_has_one_name(tmp_path: Path) -> None:
    name = Runs(tmp_path).machine
    assert len(name) == 32
    assert Runs(tmp_path).machine == name
    assert Runs(tmp_path / "another").machine != name
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["machine"]


def test_what_a_watcher_could_not_write_whole_is_not_believed(tmp_path: Path) -> None:
    folder = made(Runs(tmp_path), "d-1", exit="")
    assert folder.standing().phase == "lost"
    (folder.path / "exit").write_text('{"reason": "en')
    assert folder.standing().phase == "lost"
    (folder.path / "started").write_text("")
    assert folder.layout() is None
    assert folder.standing().phase == "lost"
