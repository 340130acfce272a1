"""Deployments by programs of the bot's own machine, from the command to what people read of it."""

import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec

from bot.app import Bot
from bot.drivers.programs.folder import Runs
from bot.drivers.programs.logs import ProgramLogs
from bot.sandbox.github.seed import SHOP
from tests.clock import quiet_loop
from tests.scenario.play import Play

PATIENCE_SECONDS = 0.02
"""Of the system's clock, for each step of the scenario's: a program is as slow as it is."""
CONFIGURATION = """\
version: 1
slack: {channel: C0DEPLOYS}
services:
  api: {deploy: {driver: command, command: deploy-api}}
environments:
  staging: {}
  production: {}
"""
PROGRAM = """\
import pathlib, sys, time
environment, sha = sys.argv[1:]
def gate(name):
    until = time.monotonic() + 60
    while not pathlib.Path(name).exists() and time.monotonic() < until:
        time.sleep(0.005)
print(f"starting {sha[:7]} in {environment}", flush=True)
gate("half")
print("half of the pods are ready, 50%", flush=True)
gate("end")
print("all pods are ready")
"""


class Machine(Play):
    """A play in which acme/shop is deployed by a program."""

    @property
    def work(self) -> Path:
        return self.stage.folder / "work"

    def another_bot(self) -> Bot:
        self.work.mkdir(exist_ok=True)
        (self.work / "deploy.py").write_text(PROGRAM)
        file = self.stage.instance_file
        program = {
            "run": [sys.executable, "-I", "deploy.py", "{environment}", "{sha}"],
            "directory": str(self.work),
            "repositories": [SHOP],
        }
        file.write_text(json.dumps(json.loads(file.read_text()) | {"commands": {"deploy-api": program}}))
        return super().another_bot()

    def open(self, gate: str) -> None:
        """Let the program go on."""
        (self.work / gate).touch()

    @property
    def runs_of_programs(self) -> list[Path]:
        return sorted((self.stage.folder / "runs").glob("d-*"))


@asynccontextmanager
async def playing(folder: Path) -> AsyncIterator[Machine]:
    """A play on such a machine, from its beginning to its end."""
    play = Machine(folder, CONFIGURATION)
    try:
        with patience():
            await play.begin()
            yield play
    except BaseException:
        await play.close()
        raise
    with patience():
        await play.end()


@contextmanager
def patience() -> Iterator[None]:
    """Meanwhile the clock lets programs do their work."""
    with quiet_loop().patience(PATIENCE_SECONDS):
        yield


async def test_a_program_deploys_and_people_see_what_it_says(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        sha = play.pull.head_sha
        play.says("ada", "/deploy api production")
        await play.told(f"starting {sha[:7]} in production")
        play.open("half")
        await play.told("half of the pods are ready", "50%")
        logs = ProgramLogs(play.stage.folder, {})
        current = (await play.slot()).current
        assert current is not None
        output = await logs.output(current.id)
        assert output is not None
        assert (output.live, output.text.splitlines()[-1]) == (True, "half of the pods are ready, 50%")
        play.open("end")
        await play.ended("succeeded")
        await play.answer("succeeded", sha[:7])
        assert (await play.slot()).live.sha == sha
        assert [status.state for status in play.deployments()[0].statuses] == ["in_progress", "success"]
        assert len(play.runs_of_programs) == 1


async def test_a_program_goes_on_while_the_bot_restarts(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api production")
        await play.told("starting")
        await play.settled()
        await play.stop_bot()
        play.open("half")
        with patience():
            await play.start_bot()
            await play.told("half of the pods are ready")
        await play.stop_bot()
        play.open("end")
        with patience():
            await play.start_bot()
            await play.ended("succeeded")
            assert (await play.slot()).live.sha == play.pull.head_sha
            assert len(play.runs_of_programs) == 1


async def test_a_program_of_which_nobody_knows_the_end_is_unknown_and_people_are_asked(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api production")
        await play.told("starting")
        await play.settled()
        await play.stop_bot()
        (folder,) = play.runs_of_programs
        os.kill(msgspec.json.decode((folder / "started").read_bytes())["watcher"], signal.SIGKILL)
        with patience():
            await play.start_bot()
            await play.ended("unknown")
            await play.told("was killed")
            await play.until("a prompt", lambda: play.message_with_button("Keep"))
            assert not (await play.slot()).live.known


async def test_a_cancelled_program_ends_and_says_so(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api production")
        await play.told("starting")
        (folder,) = play.runs_of_programs
        play.says("ada", f"/cancel {folder.name.removesuffix('-1')}")
        await play.ended("cancelled")
        assert Runs(play.stage.folder).of(folder.name.removesuffix("-1"), 1).standing().phase == "ended"
        await play.answer("cancelled")
