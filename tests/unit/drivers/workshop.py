"""A machine with programs on it, for the tests of the driver that runs them.

They are real processes: Python code, run by this Python. `gate(name)` waits until the test opens that gate.
"""

import asyncio
import fcntl
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
from msgspec.structs import replace

from bot.domain.deployment import DriverCall, Order
from bot.domain.effects import CallDeployer, CancelDeployer, Effect, EffectBody, LookAtDeployer
from bot.domain.instance import InstancePolicy, Program
from bot.domain.values import Report
from bot.drivers.command import CommandDriver
from bot.drivers.driver import Tools
from bot.drivers.programs.folder import RunFolder, Runs
from bot.drivers.programs.logs import ProgramLogs
from bot.ports import DeployerReply, Look, Output
from tests.unit.doors import NOW
from tests.unit.reactors.stories import GOOD, SLOT, order

WAIT_SECONDS, LOOK_SECONDS = 20.0, 0.005
T = TypeVar("T")
PRELUDE = """
import os, pathlib, signal, subprocess, sys, time
def gate(name):
    until = time.monotonic() + 60
    while not pathlib.Path(name).exists() and time.monotonic() < until:
        time.sleep(0.005)
def say(text):
    print(text, flush=True)
"""


class QuickClock:
    """Time that passes a hundred times as fast for those that sleep, while processes are as slow as ever."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 100)
        self.time += seconds


class Heard:
    """Keeps what a driver reports by itself."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.numbers: list[int] = []
        self.slots: set[str] = set()
        self.before: Callable[[], None] = lambda: None

    async def report(self, slot: str, report: Report, number: int) -> None:
        self.before()
        self.slots.add(slot)
        self.reports.append(report)
        self.numbers.append(number)


async def until(what: str, look: Callable[[], T | None]) -> T:
    """Wait until it is there (neither None, False nor empty)."""
    for _ in range(int(WAIT_SECONDS / LOOK_SECONDS)):
        if found := look():
            return found
        await asyncio.sleep(LOOK_SECONDS)
    raise AssertionError(f"{what} did not come")


def is_running(pid: int) -> bool:
    """Whether a process is there and not merely waiting to be buried (which only Linux tells)."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()
    return state not in "ZX"


class Workshop:
    """A folder, programs in it, and a driver that runs them. Close it to end everything that still runs."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        self.environ: dict[str, str] = {"PATH": os.defpath, **environ}
        self.variables: tuple[str, ...] = ("PATH",)
        self.arguments: tuple[str, ...] = ()
        self.run: tuple[str, ...] | None = None
        self.directory = folder / "work"
        self.directory.mkdir()
        self.clock, self.heard = QuickClock(), Heard()
        self.order = replace(order("d-new"), call=DriverCall("command", {"command": "deploy"}), timeout=60.0)
        self.driver_kind = CommandDriver
        self.drivers: list[CommandDriver] = []

    def program(self, code: str) -> None:
        """What the instance's program `deploy` does from now on."""
        (self.directory / "deploy.py").write_text(PRELUDE + code)

    def open(self, gate: str) -> None:
        """Let the program go on."""
        (self.directory / gate).touch()

    def made(self, name: str) -> str | None:
        """What the program wrote into a file of its folder, once it is whole (it ends with a line's end)."""
        path = self.directory / name
        text = path.read_text() if path.exists() else ""
        return text if text.endswith("\n") else None

    @property
    def instance(self) -> InstancePolicy:
        run = self.run or (sys.executable, "-I", "deploy.py", *self.arguments)
        program = Program(run, str(self.directory), ("acme/*",), self.variables)
        return InstancePolicy(commands={"deploy": program})

    def driver(self, instance: InstancePolicy | None = None) -> CommandDriver:
        """A driver as the bot makes it when it starts; the one before is gone without a word."""
        nothing = cast(Any, None)
        tools = Tools(
            clock=self.clock,
            guard=nothing,
            secrets=nothing,
            public_url="https://bot.example",
            instance=instance or self.instance,
            environ=self.environ,
            folder=self.folder / "data",
            workflows=nothing,
            deployments=nothing,
            reports=self.heard,
        )
        self.drivers.append(self.driver_kind(tools, grace_seconds=0.5))
        return self.drivers[-1]

    async def call(self, driver: CommandDriver | None = None, order: Order | None = None) -> DeployerReply:
        asked = order or self.order
        body = CallDeployer(order=asked, action=asked.action, previous_sha=GOOD, deadline=NOW + 1e6)
        reply = await (driver or self.driver()).call(body, effect(body))
        if reply.report is not None:  # a program may be over before it is answered that it began
            self.heard.reports.append(reply.report)
        return reply

    async def look(self, driver: CommandDriver, **handle: str) -> Look:
        return await driver.look(LookAtDeployer(order=self.order, deployment_handle=handle, asked="e-look"))

    async def cancel(self, driver: CommandDriver, **handle: str) -> DeployerReply:
        body = CancelDeployer(order=self.order, deployment_handle=handle, person=self.order.asker)
        return await driver.cancel(body, effect(body))

    async def ended(self) -> Report:
        """Wait for the report of the end."""
        return await until("a report of the end", self._end)

    def _end(self) -> Report | None:
        found = [each for each in self.heard.reports if each.state not in ("accepted", "in_progress")]
        return found[0] if found else None

    async def reported(self, description: str) -> Report:
        """Wait for a report of progress with these words."""
        return await until(
            f"a report of {description!r}",
            lambda: next((each for each in self.heard.reports if each.description == description), None),
        )

    async def output(self) -> Output:
        found = await ProgramLogs(self.folder / "data", self.environ).output(self.order.id)
        assert found is not None
        return found

    @property
    def runs(self) -> Runs:
        return Runs(self.folder / "data")

    @property
    def run_folder(self) -> RunFolder:
        return self.runs.of(self.order.id, self.order.attempt)

    @property
    def watcher(self) -> int:
        """The watcher's process id."""
        started: Mapping[str, int] = msgspec.json.decode((self.run_folder.path / "started").read_bytes())
        return started["watcher"]

    async def over(self) -> None:
        """Wait until nobody watches the run any more."""
        await until("the end of the watching", partial(_is_over, self.run_folder))

    async def unwatched(self) -> None:
        """Wait until the watcher and its guard are gone, which is a moment after they wrote the end."""

        def is_free() -> bool:
            with (self.run_folder.path / "alive").open("r+") as alive:
                try:
                    fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return False
            return True

        await until("the end of the watching", is_free)

    async def close(self) -> None:
        for driver in self.drivers:
            await driver.close()
        for folder in map(RunFolder, (self.folder / "data" / "runs").glob("d-*")):
            if folder.standing().phase == "running":
                folder.ask_to_end()
                await until("the end", partial(_is_over, folder))


def _is_over(folder: RunFolder) -> bool:
    return folder.standing().phase != "running"


def effect(body: EffectBody) -> Effect:
    return Effect(
        key="x-1",
        body=body,
        version=1,
        handle=None,
        parent_handle=None,
        uncertain=False,
        attempts=1,
        token="lease",
        owner=SLOT,
    )
