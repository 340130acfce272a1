"""One run: people act, the weather is bad, the bot dies and comes back; then it is quiet, and all is checked.

`run(seed)` is the whole of it. The same seed gives the same run, line by line. Must never use time, chance or
a socket of this machine.
"""

import asyncio
import gc
import random
from collections import Counter
from dataclasses import dataclass

from bot.domain.slot import Slot
from bot.ledger import reading
from bot.ports import Choice
from bot.sandbox.deployer import Order
from tests.simulation.aftermath import Aftermath
from tests.simulation.afterwards import Afterwards, configured
from tests.simulation.carriers import Carriers
from tests.simulation.counting import Trace
from tests.simulation.crashes import Crashes
from tests.simulation.findings import Finding
from tests.simulation.incarnation import task_made
from tests.simulation.invariants import broken
from tests.simulation.lives import Ground, Lives, Plant
from tests.simulation.manners import Manners
from tests.simulation.memory_ledger import Database, look, reader
from tests.simulation.people import People
from tests.simulation.reality import nothing_real
from tests.simulation.stage import Stage
from tests.simulation.virtual_time import MachineClock, SimulatedLoop, Stuck, TrueTime
from tests.simulation.weather import Weather

QUIET_SECONDS_MIN = 340.0
QUIET_SECONDS_MAX = 4 * 3600.0
LOOK_SECONDS = 20.0
LINES_SHOWN = 60
TRAVEL_SECONDS = 5.0
LIST_SECONDS = 20.0
FOR_PEOPLE = ("issue_comment", "command", "block_actions", "view_submission", "app_home_opened")
"""What is not done again later, unasked: whoever gave it was told."""


@dataclass(frozen=True)
class Result:
    """What came of a run. `findings` is empty where every invariant holds."""

    seed: int
    findings: tuple[Finding, ...]
    counters: Counter[str]
    digest: str
    seconds: float
    last_lines: tuple[str, ...]

    @property
    def invariants(self) -> set[str]:
        """The sentences that do not hold."""
        return {finding.invariant for finding in self.findings}

    def told(self) -> str:
        """The result for people, with the way to have it again."""
        head = f"seed {self.seed}: {len(self.findings)} findings after {self.seconds:.0f} simulated seconds"
        found = [f"  {each.invariant}\n    {each.evidence}" for each in self.findings]
        lines = [f"  | {line}" for line in self.last_lines]
        again = f"  again: make simulate SEEDS=1 FROM={self.seed}"
        return "\n".join([head, *found, *lines, again])


class Simulation:
    """One run, from its beginning to its end."""

    def __init__(self, seed: int, loop: SimulatedLoop, plant: Plant | None) -> None:
        chance = random.Random(seed)
        self._true = TrueTime(loop)
        self.trace = Trace(loop.time)
        self._clock = MachineClock(self._true)
        self._jumped = 0.0
        self._database = Database()
        self._weather = Weather(_more(chance), self.trace, self._true.now)
        after = random.Random(f"{seed} afterwards")
        self.stage = Stage(_more(chance), self._true.now, configured(after))
        self._manners = Manners(self._true.now, lambda: self._jumped)
        self._manners.is_free = self._is_free
        self._crashes = Crashes(_more(chance), chance.choice((0, 1, 2, 3, 5)))
        self._ground = Ground(
            stage=self.stage,
            database=self._database,
            weather=self._weather,
            manners=self._manners,
            crashes=self._crashes,
            trace=self.trace,
            clock=self._clock,
            chance=_more(chance),
        )
        self._both = chance.random() < 0.5
        self.stage.github.lag(self._weather.lag())
        self.stage.slack.lag(self._weather.lag())
        self._lives = Lives(self._ground, plant, both=self._both)
        self._people = People(self.stage, _more(chance), self.trace)
        self._carriers = Carriers(self.stage, self._lives, self._weather, self.trace)
        self._afterwards = Afterwards(self.stage, self._carriers, after, self.trace)
        self._chance = _more(chance)
        self._quiet_since = 0.0

    async def run(self) -> Aftermath:
        """Play it, let it settle, gather what stands there."""
        self.trace.count("bots: two at once" if self._both else "bots: one that owns the ledger")
        self._clock.off = self._chance.choice((0.0, 0.0, -150.0, -40.0, 4.0))
        self._jumped = abs(self._clock.off)
        carrying = asyncio.ensure_future(self._carriers.run())
        await self._lives.begin()
        troubles = [asyncio.ensure_future(self._set_clock()), asyncio.ensure_future(self._end_in_peace())]
        troubles.append(asyncio.ensure_future(self._afterwards.live()))
        await self._people.live(self._chance.randint(6, 25))
        for trouble in troubles:
            trouble.cancel()
        settled = await self._settle()
        aftermath = Aftermath(
            stage=self.stage,
            database=self._database,
            manners=self._manners,
            said=self._people.said,
            trace=self.trace,
            crashes=self._crashes,
            settled=settled,
            quiet_since=self._quiet_since,
            reactors=self._lives.reactors,
            never_came=self._lives.never_came,
        )
        await aftermath.gather()
        self._count(aftermath)
        await self._lives.end()
        carrying.cancel()
        await asyncio.gather(carrying, return_exceptions=True)
        return aftermath

    def _count(self, after: Aftermath) -> None:
        self.trace.count("lives", self._lives.began)
        self.trace.count("requests", len(after.requests))
        for each in after.deployments.values():
            self.trace.count(f"deployment: {each.order.action} by {each.order.call.driver}")
            self.trace.count(f"outcome: {each.state}")
        for row in after.deliveries:
            self.trace.count(f"stored: {row.source}")
        for event in after.given:
            for answer in after.answers(event):
                self.trace.count(f"answer: {answer.answer}")
        self.trace.count("effects", len(after.effects))
        for effect in after.effects:
            if effect.state != "done":
                self.trace.count(f"given up: {effect.kind}")

    def close(self) -> None:
        """Give back what the next run needs."""
        self._database.close()

    async def _set_clock(self) -> None:
        """The machine's clock is set right: by minutes forwards, or by seconds backwards."""
        while True:
            await asyncio.sleep(self._chance.uniform(30, 400))
            await self._lists_catch_up()
            self._jump(-self._clock.off if self._clock.off else self._chance.choice((0.0, -3.0, 5.0)))

    async def _lists_catch_up(self) -> None:
        """Who waits for a list by a clock that is set forwards waits too short: that is not promised."""
        self.stage.github.lag(0.0)
        self.stage.slack.lag(0.0)
        await asyncio.sleep(LIST_SECONDS)

    def _jump(self, by: float) -> None:
        if by:
            self._jumped += abs(by)
            self._clock.off += by
            self.trace.say(f"the clock is set by {by:+.0f} s")
            self.trace.count(f"clock: {'forwards' if by > 0 else 'backwards'}")

    async def _end_in_peace(self) -> None:
        """Somebody installs another version: a bot is asked to end."""
        while True:
            await asyncio.sleep(self._chance.uniform(60, 900))
            living = self._lives.living
            if living:
                await self._lives.stop(self._chance.choice(living))

    async def _settle(self) -> bool:
        """Let it be quiet until nothing is left to happen; False = that took too long."""
        self.trace.say("it is quiet now")
        self._weather.end()
        self._crashes.end()
        self.stage.github.lag(0.0)
        self.stage.slack.lag(0.0)
        self._jump(-self._clock.off)
        self._afterwards.recover()
        self._people.put_right()
        self._people.unarchive()
        if self._chance.random() < 0.5:
            self._people.let_late_ones_go_on()
        began = self._quiet_since = self._true.now()
        while self._true.now() - began < QUIET_SECONDS_MAX:
            await asyncio.sleep(LOOK_SECONDS)
            await self._retry_what_can_be_done_now()
            slots = (await reader(self._database).states("slot:")).values()
            self._afterwards.decide([slot for slot in slots if isinstance(slot, Slot)])
            if self._true.now() - began >= QUIET_SECONDS_MIN and await self._is_settled():
                return True
        return False

    async def _retry_what_can_be_done_now(self) -> None:
        """The operator lets be tried again what was given up because its repository was read-only."""
        ledger = reader(self._database)
        ids = frozenset(row.id for row in await ledger.parked() if "archived" in row.reason)
        if ids:
            await ledger.retry_parked(Choice(ids=ids), self._clock.now())
            self.trace.count("operator: dead retry", len(ids))

    async def _is_settled(self) -> bool:
        ledger = reader(self._database)
        waiting = await ledger.backlog()
        if waiting["deliveries"] or waiting["work"] or waiting["effects"] or not self._carriers.is_idle:
            return False
        slots = (await ledger.states("slot:")).values()
        if any(isinstance(slot, Slot) and (slot.current or slot.queue) for slot in slots):
            return False
        rows = await ledger.deliveries(0)
        if any(row.state == "failed" and row.event not in FOR_PEOPLE for row in rows):
            return False
        sent = {entry.webhook.guid for entry in self.stage.github.deliveries.entries.values()}
        return sent - {row.id for row in rows} <= self._lives.never_came

    def _is_free(self, order: Order) -> str | None:
        """Say what is wrong where a deployer gets an order while the slot has another deployment, or none."""
        key = f"slot:{order.repository}/{order.service}/{order.environment}"
        slot = look(self._database, lambda connection: reading.state(connection, key))
        current = slot.current if isinstance(slot, Slot) else None
        if current is not None and current.id == order.deployment:
            return None
        found = slot.find(order.deployment) if isinstance(slot, Slot) else None
        ended_at = found.ended_at if found is not None else None
        if ended_at is not None and self._clock.now() - ended_at < TRAVEL_SECONDS:
            return None  # the order was on its way when the slot gave up waiting for it
        state, other = found and found.state, current and current.id
        return f"{order.action} {order.deployment} ({state}) was ordered while {key} has {other}"


def _more(chance: random.Random) -> random.Random:
    """Chance of its own for a part, so that what one part draws does not change what another does."""
    return random.Random(chance.getrandbits(64))


def rarely_tidied() -> None:
    """Whole worlds are thrown away after each seed: looking for garbage in the middle only takes time."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def run(seed: int, plant: Plant | None = None) -> Result:
    """Play one seed; with `plant`, on bots into which a fault is planted."""
    loop = SimulatedLoop(task_made)
    asyncio.set_event_loop(loop)
    try:
        with nothing_real() as logged:
            simulation = Simulation(seed, loop, plant)
            try:
                findings = _played(loop, simulation)
            finally:
                simulation.close()
        findings += tuple(logged)
        return Result(
            seed=seed,
            findings=findings,
            counters=simulation.trace.counters,
            digest=simulation.trace.digest(),
            seconds=loop.time(),
            last_lines=tuple(simulation.trace.lines)[-LINES_SHOWN:] if findings else (),
        )
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def _played(loop: SimulatedLoop, simulation: Simulation) -> tuple[Finding, ...]:
    try:
        aftermath = loop.run_until_complete(simulation.run())
    except Stuck as stuck:
        return (Finding("the story comes to an end", str(stuck)),)
    finally:
        _end_all(loop)
    return tuple(broken(aftermath))


def _end_all(loop: SimulatedLoop) -> None:
    """Leave no task behind."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
