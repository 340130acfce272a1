"""The `command` driver: runs a program of this machine that the instance file names.

A repository chooses only a name; what runs, where, with which arguments and variables, and for whom, is the
instance's. There is no shell. A program is started once, and goes on while the bot is away or replaced.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.domain.deployment import Order
from bot.domain.driver_rules import DriverKey, DriverRule
from bot.domain.effects import CallDeployer, CancelDeployer, Effect, LookAtDeployer
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.instance import InstancePolicy, Program
from bot.drivers.driver import DriverRow, Tools
from bot.drivers.programs.arguments import ArgumentsRefused, fill, values_of
from bot.drivers.programs.arguments import problems as template_problems
from bot.drivers.programs.folder import About, RunFolder, Runs
from bot.drivers.programs.following import Followers
from bot.drivers.programs.output import Redactor
from bot.drivers.programs.reports import end_of, progress_of, refusal_of
from bot.drivers.programs.running import GRACE_SECONDS, Errand, start
from bot.ports import DeployerReply, Look

NAME = "command"
LOOK_SECONDS = 5.0
LOOK_ELSEWHERE_SECONDS = 30.0
LOST = "The program ended while nobody watched it, or the machine restarted: its exit code is not known."
UNWATCHED = "What watched the program was killed, so the program was ended too: how far it came is not known."
GONE = "The folder of this run is gone: what became of the program is not known."

RULE = DriverRule(
    description="Runs a program that the instance file names, on the bot's machine.",
    keys=(DriverKey("command", "command", "the instance's name of the program", required=True),),
    reports="program",
)


def problems(instance: InstancePolicy) -> tuple[str, ...]:
    """Say which programs of the instance file can never be started, one sentence each; empty = all can."""
    return tuple(
        f"The command {name!r}: {problem}"
        for name, program in instance.commands.items()
        for problem in template_problems(program.run)
    )


class CommandDriver:
    """Ships by running a program. Close it to end the following of what runs; the programs go on."""

    name = NAME

    def __init__(self, tools: Tools, grace_seconds: float = GRACE_SECONDS) -> None:
        self._instance = tools.instance
        self._environ = tools.environ
        self._public_url = tools.public_url.rstrip("/")
        self._grace = grace_seconds
        self._runs = Runs(tools.folder)
        self._followers = Followers(tools.clock, tools.reports, tools.environ)

    async def call(self, call: CallDeployer, effect: Effect) -> DeployerReply:
        """Start the program, once for each attempt. Raises LastingFault, PassingFault."""
        order = call.order
        folder = self._runs.of(order.id, order.attempt)
        with _disk():
            is_new = folder.standing().phase in ("absent", "prepared")
        if is_new:
            program = self._program(order)
            try:
                errand = self._errand(program, call)
            except ArgumentsRefused as refusal:
                return DeployerReply(accepted=False, description=str(refusal))
            self._prepare(folder, order, effect.owner or "", program)
            await start(folder, errand)
        with _disk(started=True):
            return self._started(folder)

    async def look(self, asked: LookAtDeployer) -> Look:
        """Say how the program stands, and follow it from now on. Raises PassingFault."""
        with _disk():
            return self._seen(asked)

    async def cancel(self, asked: CancelDeployer, effect: Effect) -> DeployerReply:
        """Ask the program and all that it called to end. Raises PassingFault."""
        with _disk():
            return self._told_to_end(asked)

    async def close(self) -> None:
        """Follow nothing any more; the programs go on, and whoever looks next finds them."""
        await self._followers.close()

    def _seen(self, asked: LookAtDeployer) -> Look:
        folder, about = self._find(asked.order)
        standing = folder.standing()
        if about is None or standing.phase in ("absent", "prepared"):
            if self._is_elsewhere(asked.deployment_handle):
                return Look(look_after=LOOK_ELSEWHERE_SECONDS)
            return Look(lost=GONE)
        redact = Redactor(self._environ, about.variables)
        if standing.phase == "ended" and standing.ending is not None:
            return Look(report=end_of(folder, about, standing.ending, redact))
        if standing.phase == "lost":
            return Look(lost=UNWATCHED if standing.ending else LOST)
        self._followers.follow(folder, about)
        return Look(report=progress_of(folder, about, redact), look_after=LOOK_SECONDS)

    def _told_to_end(self, asked: CancelDeployer) -> DeployerReply:
        folder, about = self._find(asked.order)
        standing = folder.standing()
        if standing.phase == "running":
            folder.ask_to_end()
            return DeployerReply(accepted=True, description="The program is being told to end.")
        if about is not None and standing.phase == "ended" and standing.ending is not None:
            report = end_of(folder, about, standing.ending, Redactor(self._environ, about.variables))
            return DeployerReply(accepted=False, description="The program has ended already.", report=report)
        if standing.phase != "lost" and self._is_elsewhere(asked.deployment_handle):
            raise PassingFault("The program runs on another machine.")
        return DeployerReply(accepted=False, description="The program is not running any more.")

    def _program(self, order: Order) -> Program:
        name = str(order.call.settings.get("command", ""))
        if not self._instance.commands:
            raise LastingFault(
                "This instance runs no programs.", hint="Name them under `commands` in the instance file."
            )
        program = self._instance.commands.get(name)
        if program is None or not program.is_bound_to(order.repository.full_name):
            raise LastingFault(
                f"The command {name!r} is not bound to {order.repository.full_name}.",
                hint="Bind it under `commands` in the instance file.",
            )
        return program

    def _errand(self, program: Program, call: CallDeployer) -> Errand:
        seen = {name: self._environ[name] for name in program.environment if name in self._environ}
        return Errand(
            run=fill(program.run, values_of(call)),
            directory=program.directory,
            environment=seen,
            timeout=call.order.timeout,
            grace=self._grace,
        )

    def _prepare(self, folder: RunFolder, order: Order, slot: str, program: Program) -> None:
        about = About(
            deployment=order.id,
            attempt=order.attempt,
            slot=slot,
            timeout=order.timeout,
            variables=program.environment,
            page=f"{self._public_url}/deployments/{order.id}",
        )
        with _disk():
            self._runs.tidy()
            folder.prepare(about)

    def _started(self, folder: RunFolder) -> DeployerReply:
        """What the folder says once the watcher has answered, now or to an earlier call."""
        standing, about = folder.standing(), folder.about()
        ending = standing.ending
        if ending is not None and ending.reason == "refused":
            return DeployerReply(accepted=False, description=refusal_of(ending))
        handle = {"run": folder.path.name, "machine": self._runs.machine}
        if about is None or standing.phase == "lost":
            return DeployerReply(accepted=True, handle=handle, look_after=0.0)
        if ending is not None:
            report = end_of(folder, about, ending, Redactor(self._environ, about.variables))
            return DeployerReply(accepted=True, handle=handle, report=report)
        self._followers.follow(folder, about)
        return DeployerReply(accepted=True, handle=handle, look_after=LOOK_SECONDS)

    def _find(self, order: Order) -> tuple[RunFolder, About | None]:
        folder = self._runs.of(order.id, order.attempt)
        return folder, folder.about()

    def _is_elsewhere(self, handle: dict[str, object]) -> bool:
        """Whether the run was started by a worker on another machine."""
        return handle.get("machine", self._runs.machine) != self._runs.machine


@contextmanager
def _disk(*, started: bool = False) -> Iterator[None]:
    """Trouble with the folders may pass. `started` = the program may run all the same."""
    try:
        yield
    except OSError as error:
        raise PassingFault(
            f"The folders of runs cannot be used: {error.strerror}.", applied_maybe=started
        ) from error


def _make(tools: Tools) -> CommandDriver:
    return CommandDriver(tools)


ROW = DriverRow(RULE, _make)
