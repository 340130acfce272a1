"""A round: one story, a fresh ledger, and a bot that is killed by SIGKILL at moments that a seed decides.

The same seed makes the same plan: the story, the moments and the pauses. How far the bot is at such a moment
depends on the machine as well; that is the point of it.
"""

import asyncio
import random
import shutil
import signal
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bot.sandbox.stage import StageSettings
from tests.crash.findings import findings
from tests.crash.house import APP_KEY, House, house_in, open_work
from tests.crash.program import Ended, Program
from tests.crash.stories import STORIES

Moment = Literal["start", "work", "sweep", "idle"]
Where = Literal["start", "sweep", "command", "idle"]
START_SECONDS = 2.0
"""About how long a start takes; kills in it come somewhere within, or at its end where it is shorter."""
STEP_SECONDS = 0.05
SLACK_TRIES_SECONDS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
CHANGES_MAX = 160
AFTER_SECONDS_MAX = 0.03
SWEEP = "/app/hook/deliveries"


@dataclass(frozen=True)
class Kill:
    """One kill: at which moment, and how long nobody starts the bot again.

    `number` is the change of the outside world since this bot was ready at which it comes; `after_seconds` is
    how much later than that change or, in a start, than its beginning.
    """

    moment: Moment
    number: int
    after_seconds: float
    away_seconds: float


@dataclass(frozen=True)
class Plan:
    """What a seed decides."""

    seed: int
    story: str
    kills: tuple[Kill, ...]


@dataclass
class Death:
    """A kill that happened: where the process was, and what lay in its ledger then."""

    kill: Kill
    where: Where
    left: dict[str, int]


@dataclass
class Result:
    """What came of a round."""

    plan: Plan
    deaths: list[Death] = field(default_factory=list)
    ready_seconds: list[float] = field(default_factory=list)
    sent: int = 0
    stored: int = 0
    finished: int = 0
    seconds: float = 0.0
    findings: list[str] = field(default_factory=list)


def planned(seed: int) -> Plan:
    """Decide a round by its seed."""
    chance = random.Random(seed)
    story = list(STORIES)[seed % len(STORIES)]
    kills = tuple(_kill(chance) for _ in range(chance.choice((1, 2, 2, 3))))
    return Plan(seed, story, kills)


def _kill(chance: random.Random) -> Kill:
    moment: Moment = chance.choices(("work", "start", "sweep", "idle"), (6, 2, 1, 1))[0]
    at_once = chance.random() < 0.5
    after = START_SECONDS if moment == "start" else AFTER_SECONDS_MAX
    return Kill(
        moment,
        number=chance.randint(1, 3 if moment == "sweep" else CHANGES_MAX),
        after_seconds=0.0 if at_once and moment != "start" else chance.uniform(0.0, after),
        away_seconds=chance.choice((0.0, chance.uniform(0.0, 2.0))),
    )


async def play(plan: Plan, folder: Path) -> Result:
    """Play a round in a folder of its own; whatever goes wrong is a finding."""
    story = STORIES[plan.story]
    settings = StageSettings(
        configuration=story.configuration,
        site=story.site,
        step_seconds=STEP_SECONDS,
        seed=plan.seed,
        app_key=APP_KEY,
    )
    result, began = Result(plan), asyncio.get_running_loop().time()
    async with house_in(folder, settings) as house:
        house.slack.space.outbox.schedule_seconds = SLACK_TRIES_SECONDS
        keeper = Keeper(house, result)
        try:
            async with asyncio.TaskGroup() as tasks:
                killing = tasks.create_task(keeper.run(plan.kills))
                told = await story.play(house)
                keeper.is_told.set()
                await killing
                await house.quiet()
            code = await ended(house)
            result.findings += [] if code == 0 else [f"it ended with {code} on SIGTERM"]
            result.findings += await findings(house, told)
        except* (AssertionError, Ended, TimeoutError) as trouble:
            result.findings += [f"{type(each).__name__}: {each}" for each in _leaves(trouble)]
        _count(house, result)
    result.seconds = asyncio.get_running_loop().time() - began
    return result


async def ended(house: House) -> int:
    """Ask the bot to end; gives its exit code."""
    assert house.program is not None
    house.program.signal(signal.SIGTERM)
    return await house.program.gone()


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    return [
        leaf
        for each in group.exceptions
        for leaf in (_leaves(each) if isinstance(each, BaseExceptionGroup) else [each])
    ]


def _count(house: House, result: Result) -> None:
    entries = house.github.deliveries.entries.values()
    result.sent = len({entry.webhook.guid for entry in entries if entry.delivered_at is not None})
    with closing(sqlite3.connect(house.ledger_file)) as connection:
        query = "SELECT count(*), coalesce(sum(state = 'done'), 0) FROM deliveries WHERE source = 'github'"
        result.stored, result.finished = connection.execute(query).fetchone()


class Keeper:
    """Keeps a bot running, and kills it when the plan says so."""

    def __init__(self, house: House, result: Result) -> None:
        self._house = house
        self._result = result
        self.is_told = asyncio.Event()
        """Set when the story is over: a kill that still waits for its moment comes in the quiet after it."""

    async def run(self, kills: tuple[Kill, ...]) -> None:
        """Start the bot; kill it and start it again until the plan is done and it is ready."""
        program = await self._house.start()
        for kill in kills:
            changes = Changes(self._house, program, kill)
            try:
                await self._moment(kill, program, changes)
                where = self._where(program, changes)
                program.strike()
                await program.gone()
            finally:
                changes.close()
            self._result.deaths.append(self._death(kill, where))
            await _pass(kill.away_seconds)
            program = await self._house.start()
        self._result.ready_seconds.append(await program.ready())

    async def _moment(self, kill: Kill, program: Program, changes: "Changes") -> None:
        """Wait until this kill is due."""
        if kill.moment == "start":
            await _pass(kill.after_seconds)
            return
        self._result.ready_seconds.append(await program.ready())
        if kill.moment == "idle":
            await self.is_told.wait()
            await self._house.quiet()
            return
        over = asyncio.create_task(self.is_told.wait())
        came = asyncio.create_task(changes.came.wait())
        await asyncio.wait((over, came), return_when=asyncio.FIRST_COMPLETED)
        for task in (over, came):
            task.cancel()
        if changes.came.is_set() and kill.after_seconds:
            await _pass(kill.after_seconds)

    def _where(self, program: Program, changes: "Changes") -> Where:
        if program.ready_at is None:
            return "start"
        return "sweep" if changes.is_sweeping else "idle"

    def _death(self, kill: Kill, where: Where) -> Death:
        left = left_behind(self._house.ledger_file)
        return Death(kill, "command" if where == "idle" and any(left.values()) else where, left)


class Changes:
    """Counts what changes outside since a bot was started, and strikes at once where no pause is wanted."""

    def __init__(self, house: House, program: Program, kill: Kill) -> None:
        self._house = house
        self._program = program
        self._kill = kill
        self._count = 0
        self.came = asyncio.Event()
        house.stage.worlds.listen(self._changed)

    def close(self) -> None:
        """Count no longer."""
        self._house.stage.worlds.unlisten(self._changed)

    @property
    def is_sweeping(self) -> bool:
        """Whether the last that this bot asked GitHub for was part of a sweep."""
        requests = self._house.github.requests
        return bool(requests) and requests[-1].request.route.startswith(SWEEP)

    def _changed(self) -> None:
        if not self._program.is_ready or self.came.is_set():
            return
        if self._kill.moment == "sweep" and not self.is_sweeping:
            return
        self._count += 1
        if self._count >= self._kill.number and self._kill.moment in ("work", "sweep"):
            if not self._kill.after_seconds:
                self._program.strike()  # while the outside is about to answer
            self.came.set()


def left_behind(ledger: Path) -> dict[str, int]:
    """Count what a dead bot had not finished, in a copy: looking at the file itself would tidy it up."""
    copy = ledger.with_name("left") / ledger.name
    shutil.rmtree(copy.parent, ignore_errors=True)
    copy.parent.mkdir()
    for suffix in ("", "-wal"):
        source = ledger.with_name(ledger.name + suffix)
        if source.exists():
            shutil.copy(source, copy.with_name(source.name))
    try:
        with closing(sqlite3.connect(copy)) as connection:
            return open_work(connection)
    except sqlite3.OperationalError:  # killed before its tables were made
        return {}


async def _pass(seconds: float) -> None:
    """Let time pass that is part of the plan; nothing is asserted by it."""
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, passed.set)
    await passed.wait()
