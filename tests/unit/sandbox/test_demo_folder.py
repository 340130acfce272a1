"""The demo's folder: nobody else's, one demo at a time, and nothing is removed that is not a demo's."""

import fcntl
import os
import signal
import sys
from asyncio.subprocess import Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox.demo_folder import END_SECONDS, LOOK_SECONDS, DemoFolder, FolderRefused, default_folder
from bot.sandbox.keeping import snapshot
from tests.unit.sandbox.stages import NOW, PORTS, VERSION, Clock, new_stage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "demo"


def used(path: Path) -> DemoFolder:
    """A folder in which a demo has been, and is not any more."""
    folder = DemoFolder(path)
    (folder.bot / "pointsman.db").write_text("a ledger")
    stage = new_stage(folder.bot, Clock())
    snapshot(stage.kept(PORTS, in_order=True), VERSION).write(folder.state)
    folder.release()
    return folder


def everything_in(path: Path) -> dict[str, str]:
    return {str(file.relative_to(path)): file.read_text() for file in path.rglob("*") if file.is_file()}


# --- where it is -----------------------------------------------------------------------------------------


def test_it_is_below_the_state_of_this_user(tmp_path: Path) -> None:
    usual = tmp_path / ".local" / "state" / "pointsman" / "demo"
    assert default_folder({}, tmp_path) == usual
    assert default_folder({"XDG_STATE_HOME": ""}, tmp_path) == usual
    assert default_folder({"XDG_STATE_HOME": "relative"}, tmp_path) == usual
    other = default_folder({"XDG_STATE_HOME": str(tmp_path / "s")}, tmp_path)
    assert other == tmp_path / "s" / "pointsman" / "demo"


# --- whose it is -----------------------------------------------------------------------------------------


def test_a_new_folder_is_for_its_owner_only(path: Path) -> None:
    folder = DemoFolder(path)
    assert path.stat().st_mode & 0o777 == 0o700
    assert folder.bot.stat().st_mode & 0o777 == 0o700
    folder.release()


def test_an_empty_folder_that_others_can_read_becomes_its_owners(path: Path) -> None:
    path.mkdir(parents=True, mode=0o755)
    DemoFolder(path).release()
    assert path.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_can_write_is_refused(path: Path) -> None:
    path.mkdir(parents=True)
    path.chmod(0o777)
    with pytest.raises(FolderRefused, match=r"Others can write into .* \(chmod 700 "):
        DemoFolder(path)
    assert list(path.iterdir()) == []


def test_a_folder_of_somebody_else_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.mkdir(parents=True)
    mine = os.getuid()
    monkeypatch.setattr("os.getuid", lambda: mine + 1)
    with pytest.raises(FolderRefused, match="belongs to somebody else"):
        DemoFolder(path)


def test_a_link_to_a_folder_is_refused(path: Path) -> None:
    path.parent.mkdir(parents=True)
    (path.parent / "real").mkdir()
    path.symlink_to(path.parent / "real")
    with pytest.raises(FolderRefused, match="no folder of its own"):
        DemoFolder(path)


def test_a_file_in_its_place_is_refused(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(FolderRefused, match="cannot keep its state"):
        DemoFolder(path)


@pytest.mark.parametrize("names", [("photos.zip",), ("bot",), ("stage.state",), ("demo.lock", "bot")])
def test_a_folder_with_other_things_in_it_is_not_touched(path: Path, names: tuple[str, ...]) -> None:
    path.mkdir(parents=True)
    for name in names:
        (path / name).write_text("mine")
    with pytest.raises(FolderRefused, match="Nothing was touched"):
        DemoFolder(path)
    assert everything_in(path) == dict.fromkeys(names, "mine")


def test_a_file_of_somebodys_among_a_demos_is_not_touched(path: Path) -> None:
    used(path)
    (path / "notes.txt").write_text("mine")
    with pytest.raises(FolderRefused, match=r"holds notes\.txt"):
        DemoFolder(path)


def test_a_demo_that_was_killed_before_it_wrote_anything_is_no_hindrance(path: Path) -> None:
    path.mkdir(parents=True)
    (path / "demo.lock").touch()
    DemoFolder(path).release()


# --- one at a time ---------------------------------------------------------------------------------------


def test_a_second_demo_is_told_where_the_first_one_is(path: Path) -> None:
    first = DemoFolder(path)
    first.announce("http://127.0.0.1:8090")
    with pytest.raises(FolderRefused) as refused:
        DemoFolder(path)
    assert f"already runs in {path} (process {os.getpid()})" in str(refused.value)
    assert "http://127.0.0.1:8090/" in str(refused.value)
    assert "--folder" in str(refused.value)
    first.release()
    DemoFolder(path).release()


PATIENCE = round(END_SECONDS / LOOK_SECONDS)
HOLD = """
import signal, sys
signal.signal(signal.SIGTERM, {term})
print("here", flush=True)
signal.pause()
"""


@asynccontextmanager
async def left_bot(path: Path, term: str) -> AsyncIterator[Process]:
    """A program that has the bot's lock, as the bot of a demo that was killed."""
    number = os.open(path / "bot.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(number, fcntl.LOCK_EX)
    process = await create_subprocess_exec(
        sys.executable, "-c", HOLD.format(term=term), pass_fds=(number,), stdout=-1
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"here\n"
        os.write(number, f"{process.pid}\n".encode())
        os.close(number)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
async def demo(path: Path) -> AsyncIterator[DemoFolder]:
    folder = DemoFolder(path)
    yield folder
    folder.release()


@pytest.mark.parametrize("term", ["signal.SIG_DFL", "lambda *_: sys.exit(0)"])
async def test_a_bot_that_a_killed_demo_left_is_ended_and_waited_for(demo: DemoFolder, term: str) -> None:
    said: list[str] = []
    async with left_bot(demo.path, term) as process:
        lock = await demo.bot_gone(said.append)
        assert await process.wait() in (0, -signal.SIGTERM)
    assert [f"(process {process.pid})" in sentence for sentence in said] == [True]
    assert os.fstat(lock).st_ino == (demo.path / "bot.lock").stat().st_ino


async def test_a_bot_that_does_not_end_is_killed_in_the_end(demo: DemoFolder) -> None:
    pauses: list[float] = []
    async with left_bot(demo.path, "signal.SIG_IGN") as process:

        async def sleep(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) > PATIENCE:  # by now it was killed, and the machine may take its time
                await process.wait()

        await demo.bot_gone(lambda sentence: None, sleep)
        assert await process.wait() == -signal.SIGKILL
    assert len(pauses) == PATIENCE + 1


async def test_without_a_bot_nobody_waits(demo: DemoFolder) -> None:
    said: list[str] = []
    await demo.bot_gone(said.append)
    assert said == []


# --- what is in it ---------------------------------------------------------------------------------------


def test_what_was_kept_is_there_again(path: Path) -> None:
    used(path)
    folder = DemoFolder(path)
    kept, sentence = folder.load(VERSION, Clock())
    assert kept is not None
    assert (kept.saved_at, sentence) == (NOW, "")
    assert (folder.bot / "pointsman.db").read_text() == "a ledger"
    folder.release()


def put_aside(path: Path) -> str:
    """Go on from what another version kept; gives what is said."""
    used(path)
    folder = DemoFolder(path)
    kept, sentence = folder.load("9.9.9", Clock())
    assert kept is None
    assert list(folder.bot.iterdir()) == []
    folder.release()
    return sentence


@pytest.mark.parametrize("times", [1, 2])
def test_what_cannot_be_read_is_put_aside_with_the_ledger_that_belongs_to_it(path: Path, times: int) -> None:
    sentence = [put_aside(path) for _ in range(times)][-1]
    aside = path / "stage.state.unreadable"
    assert f"It is put aside as {aside}, and the demo begins anew." in sentence
    assert "saved by Pointsman 1.2.3, and this is 9.9.9" in sentence
    assert aside.is_file()
    assert (path / "bot.unreadable" / "pointsman.db").read_text() == "a ledger"
    assert not (path / "stage.state").exists()


def test_a_ledger_whose_world_was_never_saved_is_not_gone_on_from(path: Path) -> None:
    folder = used(path)
    folder.state.unlink()
    again = DemoFolder(path)
    assert again.load(VERSION, Clock()) == (None, "")
    assert list(again.bot.iterdir()) == []
    again.release()


def test_to_begin_anew_removes_all_that_was_kept(path: Path) -> None:
    used(path)
    folder = DemoFolder(path)
    (path / "stage.state.unreadable").write_text("old")
    folder.begin_anew()
    assert sorted(file.name for file in path.iterdir()) == ["demo.lock"]
    folder.release()
