"""The lives of the bot in one run: who lives now, how one begins, and how it ends.

One process that has the ledger for itself takes back at its start what the one before it left (`recover`).
Two at once do not: what one of them leaves is taken over when its leases end.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.composition import Composition, Edges
from bot.domain.errors import StoreUnavailable
from bot.web.server import Doors
from tests.simulation import crashes
from tests.simulation.counting import Trace
from tests.simulation.crashes import Crashes
from tests.simulation.incarnation import Incarnation
from tests.simulation.manners import Manners
from tests.simulation.memory_ledger import Database, open_ledger
from tests.simulation.network import DeployerWire, GitHubTransport, SlackSession, Surroundings
from tests.simulation.stage import Stage, app_key
from tests.simulation.virtual_time import MachineClock
from tests.simulation.weather import Weather

POLL_SECONDS = 9.0
"""Less often than a living bot, since an idle look costs much; leases are renewed in time all the same."""
DRAIN_SECONDS = 5.0
GONE_SHARE = 0.3
"""Of two bots, how many that end are not replaced."""
Plant = Callable[[Composition], AbstractContextManager[None]]
"""A fault that is planted into a bot: it changes what was composed, and takes it back at the end."""


@dataclass
class Life:
    """One bot that lives."""

    incarnation: Incarnation
    composition: Composition
    doors: Doors
    is_stopping: bool = False

    def acknowledged(self) -> None:
        """A delivery was just acknowledged."""
        self.incarnation.reach(crashes.BEFORE_CLAIM)


@dataclass
class Ground:
    """What all lives of a run stand on."""

    stage: Stage
    database: Database
    weather: Weather
    manners: Manners
    crashes: Crashes
    trace: Trace
    clock: MachineClock
    chance: random.Random


class Lives:
    """Begins lives, watches them, and begins others after them."""

    def __init__(self, ground: Ground, plant: Plant | None, *, both: bool) -> None:
        self._ground = ground
        self._plant = plant
        self._planted = ExitStack()
        self._number = 0
        self._living: list[Life] = []
        self._loops: dict[int, list[asyncio.Task[Any]]] = {}
        self._watches: list[asyncio.Task[None]] = []
        self._reactors: Mapping[str, tuple[str, ...]] = {}
        self.both = both

    @property
    def reactors(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the reactors of each type of event."""
        return self._reactors

    @property
    def began(self) -> int:
        """How many lives there were."""
        return self._number

    def any(self) -> Life | None:
        """One of those that live, as a load balancer would choose."""
        living = [life for life in self._living if life.incarnation.alive]
        return self._ground.chance.choice(living) if living else None

    @property
    def never_came(self) -> frozenset[str]:
        """The deliveries of which those that live say that they never came."""
        sweeps = [life.composition.reconciler._sweep for life in self.living]
        return frozenset(delivery for sweep in sweeps for delivery in sweep.never_came)

    @property
    def living(self) -> list[Life]:
        """Those that live."""
        return [life for life in self._living if life.incarnation.alive]

    async def begin(self) -> None:
        """Begin as many as there are to be."""
        for _ in range(2 if self.both else 1):
            self._watches.append(asyncio.ensure_future(self._succession()))
        await asyncio.sleep(0)

    async def end(self) -> None:
        """End all of them, and take back what was planted."""
        for watch in self._watches:
            watch.cancel()
        for life in self._living:
            life.incarnation.die()
            await life.incarnation.gone()
        await asyncio.gather(*self._watches, return_exceptions=True)
        self._planted.close()

    async def stop(self, life: Life) -> None:
        """Let one end as on SIGTERM: it finishes or hands back what it has."""
        self._ground.trace.count("ends: in peace")
        life.is_stopping = True
        try:
            await life.incarnation.begin(_drained(life.composition))
        except asyncio.CancelledError:
            return
        loops = list(self._loops[life.incarnation.number])
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        life.incarnation.die()

    async def _succession(self) -> None:
        """One life after another."""
        ground = self._ground
        while True:
            life = await self._born()
            if life is not None:
                await self._ended(life)
                if self._is_gone_for_good():
                    return
            await asyncio.sleep(
                1.0 if ground.weather.is_over else ground.chance.choice((1.0, 5.0, 20.0, 120.0))
            )

    def _is_gone_for_good(self) -> bool:
        """Whether nobody begins after it: the other of two has to take over what it left."""
        ground = self._ground
        if not self.living or ground.weather.is_over or ground.chance.random() >= GONE_SHARE:
            return False
        ground.trace.count("bots: one of two is gone for good")
        return True

    async def _ended(self, life: Life) -> None:
        """Wait until it is dead, or one of its loops ended that should not have."""
        incarnation, loops = life.incarnation, self._loops[life.incarnation.number]
        for loop in loops:
            loop.add_done_callback(lambda loop: self._loop_ended(life, loop))
        await incarnation.ended.wait()
        await incarnation.gone()
        self._living.remove(life)

    def _loop_ended(self, life: Life, loop: "asyncio.Task[Any]") -> None:
        """A loop goes on as long as its bot does, unless it has done what it was for."""
        is_done = not loop.cancelled() and loop.exception() is None
        if is_done or life.is_stopping or not life.incarnation.alive:
            return
        problem = "cancelled" if loop.cancelled() else repr(loop.exception())
        self._ground.manners.broken.append(f"the loop {loop.get_name()} ended: {problem}")
        life.incarnation.die()

    async def _born(self) -> Life | None:
        ground = self._ground
        self._number += 1
        incarnation = Incarnation(self._number, ground.crashes, ground.trace)
        ground.trace.say(f"bot {self._number} begins")
        composition = incarnation_of(ground, incarnation)
        self._reactors = composition.worker._reactors.names
        if self._plant is not None:
            self._planted.enter_context(self._plant(composition))
        if not self.both:
            try:
                await incarnation.begin(composition.ledger.recover(ground.clock.now()))
            except (StoreUnavailable, asyncio.CancelledError):
                return None
        life = Life(incarnation, composition, composition.doors())
        self._loops[self._number] = [
            incarnation.begin(loop(), name) for name, loop in composition.loops.items()
        ]
        self._living.append(life)
        return life


async def _drained(composition: Composition) -> None:
    worker, runner = composition.worker, composition.runner
    await asyncio.gather(worker.drain(DRAIN_SECONDS), runner.drain(DRAIN_SECONDS))


def incarnation_of(ground: Ground, incarnation: Incarnation) -> Composition:
    """Compose a bot for one life."""
    around = Surroundings(ground.stage, ground.weather, ground.manners, incarnation)
    session: Any = SlackSession(around)
    edges = Edges(
        ledger=open_ledger(ground.database, incarnation, ground.chance, ground.weather.disk_fails),
        clock=ground.clock,
        chance=random.Random(ground.chance.getrandbits(64)),
        github=GitHubTransport(around),
        slack=lambda: session,
        deployers=DeployerWire(around),
        folder=Path("not-there"),
        observe=lambda _: None,
    )
    key, _, _ = app_key()
    composition = Composition(ground.stage.settings, ground.stage.instance, ground.stage.environ, key, edges)
    composition.worker.poll_seconds = composition.runner.poll_seconds = POLL_SECONDS
    return composition
