"""The watcher as a program of its own: what it does with orders that are cut off, and with folders in use."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import PassingFault
from bot.drivers.programs import running, watcher
from bot.drivers.programs.folder import RunFolder
from bot.drivers.programs.running import WATCHER, Errand, start
from tests.unit.drivers.workshop import until


def order(folder: Path, **changes: Any) -> bytes:
    made = {
        "run": [sys.executable, "-I", "-c", f"open({str(folder / 'ran')!r}, 'w').close()"],
        "directory": str(folder),
        "environment": {},
        "timeout": 10,
        "grace": 1,
    }
    return json.dumps(made | changes).encode()


async def ask(folder: Path, words: bytes) -> int | None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-S",
        str(WATCHER),
        str(folder),
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
    )
    await process.communicate(words)
    return process.returncode


@pytest.mark.parametrize("cut", [0, 1, 40, -1])
async def test_an_order_that_is_cut_off_starts_nothing(tmp_path: Path, cut: int) -> None:
    assert await ask(tmp_path, order(tmp_path)[:cut]) == watcher.FAILED
    assert not (tmp_path / "started").exists()
    assert not (tmp_path / "ran").exists()


async def test_it_needs_nothing_of_the_bot_and_nothing_of_its_surroundings(tmp_path: Path) -> None:
    alone = tmp_path / "alone.py"
    alone.write_bytes(WATCHER.read_bytes())
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", str(alone), str(tmp_path), stdin=subprocess.PIPE, cwd="/", env={}
    )
    await process.communicate(order(tmp_path))
    await until("the end", (tmp_path / "exit").exists)
    assert json.loads((tmp_path / "exit").read_text()) == {"reason": "ended", "code": 0, "signal": None}
    assert (tmp_path / "watcher.log").read_text() == ""


async def test_two_that_are_asked_at_once_start_it_once(tmp_path: Path) -> None:
    words = order(tmp_path, run=["/bin/sh", "-c", "echo once >> runs"])
    answers = await asyncio.gather(*(ask(tmp_path, words) for _ in range(4)))
    await until("the end", (tmp_path / "exit").exists)
    assert set(answers) <= {watcher.BUSY, watcher.STARTED}
    assert (tmp_path / "runs").read_text() == "once\n"


async def test_a_folder_that_cannot_be_written_starts_nothing(tmp_path: Path) -> None:
    errand = Errand(run=("true",), directory="/", environment={}, timeout=1.0, grace=1.0)
    with pytest.raises(PassingFault) as fault:
        await start(RunFolder(tmp_path / "nowhere"), errand)
    assert fault.value.applied_maybe


async def test_a_watcher_that_does_not_answer_may_have_started_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = tmp_path / "silent.py"
    silent.write_text("import signal; signal.pause()")
    monkeypatch.setattr(running, "WATCHER", silent)
    monkeypatch.setattr(running, "START_SECONDS", 0.1)
    errand = Errand(run=("true",), directory="/", environment={}, timeout=1.0, grace=1.0)
    with pytest.raises(PassingFault) as fault:
        await start(RunFolder(tmp_path), errand)
    assert fault.value.applied_maybe


async def test_the_room_for_how_it_ends_is_taken_before_it_can_fill_the_disk(tmp_path: Path) -> None:
    words = order(tmp_path, run=["/bin/sh", "-c", "while [ ! -e go ]; do sleep 0.01; done"])
    assert await ask(tmp_path, words) == watcher.STARTED
    assert (tmp_path / "exit.new").stat().st_size == watcher.RESERVED_BYTES
    (tmp_path / "go").touch()
    await until("the end", (tmp_path / "exit").exists)
    assert json.loads((tmp_path / "exit").read_text()) == {"reason": "ended", "code": 0, "signal": None}
    assert not (tmp_path / "exit.new").exists()


def test_a_file_that_is_made_once_is_not_made_again(tmp_path: Path) -> None:
    assert watcher.make_once(str(tmp_path / "started"), "1")
    assert not watcher.make_once(str(tmp_path / "started"), "2")
    assert (tmp_path / "started").read_text() == "1"


def test_a_mark_that_cannot_be_written_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        watcher.make_once(str(tmp_path / "started"), "1")
    assert not (tmp_path / "started").exists()


def test_a_group_in_which_nobody_is_gets_no_signal() -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"], start_new_session=True)
    child.wait()
    assert not watcher.signal_group(child.pid, 0)
    assert not watcher.signal_group(child.pid, signal.SIGTERM)
