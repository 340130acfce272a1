"""The `command` driver's rig for the contract: programs that do as they are told, as real processes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bot.domain.deployment import DriverCall
from bot.domain.effects import CallDeployer, Effect
from bot.domain.events import DeployerReported
from bot.domain.values import Repository
from bot.drivers.command import CommandDriver
from bot.ports import DeployerReply, Driver
from bot.testing.drivers import Manner
from tests.unit.drivers.workshop import Workshop, until

_STARTED = "open('started', 'a').write('1\\n'); say('migrating the database, 40%')\n"
_HOSTILE = (
    "junk = '\\x1b[31m@here \\x00\\u202e\\x07<!channel> [x](javascript:alert(1)) **b** '.encode()\n"
    "for _ in range(10_000_000 // len(junk)): sys.stdout.buffer.write(junk)\n"
    "sys.stdout.buffer.flush(); sys.exit(1)\n"
)
_PROGRAMS: dict[Manner, str] = {
    "succeed": _STARTED + "gate('go'); say('all is well')",
    "fail": _STARTED + "gate('go'); say('pods not ready'); sys.exit(1)",
    "silent": "open('started', 'a').write('1\\n'); gate('go')",
    "hold": _STARTED + "gate('go'); say('all is well')",
    "hostile": _STARTED + _HOSTILE,
}


class Patient(CommandDriver):
    """Answers only when the program has said that it began, so that a test can count."""

    async def call(self, call: CallDeployer, effect: Effect) -> DeployerReply:
        reply = await super().call(call, effect)
        begun = Path(self._instance.commands["deploy"].directory) / "started"
        if reply.accepted:
            await until("the program's beginning", lambda: begun.exists() and begun.read_text())
        return reply


class CommandRig:
    """Programs on this machine, and the driver that runs them."""

    manners: frozenset[Manner] = frozenset({*_PROGRAMS, "refuse"})
    call = DriverCall("command", {"command": "deploy"}, reports="program")
    sha = "a" * 40
    repository = Repository("acme", "shop", 1, 7)

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        workshop.driver_kind = Patient
        self._manner: Manner = "succeed"
        self._told = 0
        self.driver: Driver = workshop.driver()

    def behave(self, manner: Manner) -> None:
        self._manner = manner
        if manner == "refuse":
            self._workshop.run = ("./there-is-none",)
            self.driver = self._workshop.driver()
        else:
            self._workshop.program(_PROGRAMS[manner])

    async def heard(self) -> Sequence[DeployerReported]:
        """What the driver says by itself: progress at once, and the end of what may go on to it."""
        reports = self._workshop.heard.reports
        if self._manner != "silent":
            await until("a report", lambda: reports)
        if self._manner in ("succeed", "fail"):
            self._workshop.open("go")
        if self._is_about_to_end():
            await self._workshop.ended()
        fresh, self._told = reports[self._told :], len(reports)
        return [DeployerReported(report=report, by="program") for report in fresh]

    def _is_about_to_end(self) -> bool:
        folder = self._workshop.directory
        is_stopped = (self._workshop.runs.of("d-0000000001", 1).path / "cancel").exists()
        return is_stopped or self._manner == "hostile" or (folder / "go").exists()

    async def release(self) -> None:
        self._workshop.open("go")

    async def restart(self) -> None:
        await self.driver.close()
        self.driver = self._workshop.driver()

    def wait(self, seconds: float) -> None:
        self._workshop.clock.time += seconds

    @property
    def started(self) -> int:
        return len((self._workshop.made("started") or "").splitlines())


@asynccontextmanager
async def command_rig(folder: Path) -> AsyncIterator[CommandRig]:
    """A workshop in this folder; what still runs at the end is ended."""
    workshop = Workshop(folder)
    try:
        yield CommandRig(workshop)
    finally:
        await workshop.close()
