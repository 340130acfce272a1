"""The machinery on a real ledger and a clock that stands, with reactors and performers that do as told."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from bot.domain.effects import AddReaction, Effect, KeepMessage, Wanted
from bot.domain.event_types import BY_TYPE
from bot.domain.events import CommandGiven, Event, EventData, New, TimerDue
from bot.domain.values import Person, PullRequestPlace, Repository
from bot.ledger.sqlite import open_in_place
from bot.ledger.store import SqlLedger
from bot.ports import Decision, Incoming, Meant, Performed, Performer, Translated
from bot.runtime.runner import Runner
from bot.runtime.translator import Translator
from bot.runtime.worker import ReactorTable, Worker
from tests.unit.doors import StoppedClock

SHOP = Repository("acme", "shop", 1, 7)
PULL, OTHER = "pr:acme/shop#1", "pr:acme/shop#2"
SLOT = "slot:acme/shop/api/production"
STEPS_MAX = 500


def given(text: str) -> CommandGiven:
    place = PullRequestPlace(SHOP, 1, 99)
    return CommandGiven(text=text, place=place, person=Person("ada"), given_at=0.0, to_us=True)


def timer(deployment: str = "d-1") -> TimerDue:
    return TimerDue(name="timeout", deployment=deployment, attempt=1)


def reaction(comment: int = 1, installation: int = 7) -> Wanted:
    repository = Repository("acme", "shop", 1, installation)
    return Wanted(body=AddReaction(repository=repository, comment=comment, content="eyes"))


def message(text: str, channel: str = "C1", owner: str | None = None) -> Wanted:
    return Wanted(body=KeepMessage(channel=channel, text=text), target=f"message:{text}", owner=owner)


Doing = Callable[[Effect], Awaitable[Performed | None]]


def text_of(event: Event) -> str:
    data = event.data
    return data.text if isinstance(data, CommandGiven) else data.TYPE


async def nothing(*_: Any) -> None:
    """Read nothing."""


def acted(*_: Any) -> Decision:
    return Decision(outcome="acted", reason="done")


@dataclass
class Scripted:
    """A reactor that reads and decides as a test says, and remembers what it decided about."""

    name: str = "scripted"
    reading: Callable[[Event, Any], Awaitable[Any]] = nothing
    deciding: Callable[[Event, Any], Decision] = acted
    told: tuple[Wanted, ...] = ()
    decided: list[str] = field(default_factory=list)

    async def read(self, event: Event, state: Any) -> Any:
        return await self.reading(event, state)

    def decide(self, event: Event, state: Any, facts: Any, now: float) -> Decision:
        self.decided.append(text_of(event))
        return self.deciding(event, state)

    def give_up(self, event: Event, reason: str) -> tuple[Wanted, ...]:
        return self.told


@dataclass
class Acting:
    """A performer that does as a test says, and remembers each attempt."""

    doing: Callable[[Effect], Awaitable[Performed | None]] = nothing
    attempts: list[Effect] = field(default_factory=list)

    async def __call__(self, effect: Effect) -> Performed:
        self.attempts.append(effect)
        return await self.doing(effect) or Performed()


def failing(fault: Exception, times: int = 1_000_000) -> Doing:
    """Fail so often, then succeed."""
    left = [times]

    async def doing(_effect: Effect) -> None:
        if left[0] > 0:
            left[0] -= 1
            raise fault

    return doing


def waiting(go_on: asyncio.Event) -> Doing:
    async def doing(_effect: Effect) -> None:
        await go_on.wait()

    return doing


class Machinery:
    """A ledger, a clock and everything that works on it."""

    def __init__(self, directory: Path) -> None:
        tokens = count()
        self.clock = StoppedClock(1000.0)
        self.ledger: SqlLedger = open_in_place(directory / "ledger.db", lambda: f"token-{next(tokens)}")
        self.reactor = Scripted()
        self.acting = Acting()
        self._meanings: dict[str, tuple[Meant, ...]] = {}
        self._numbers = count()

    def worker(self, rows: Mapping[str, tuple[Scripted, ...]] | None = None) -> Worker:
        """A worker; without `rows` the scripted reactor is for every type of event."""
        reactors = ReactorTable(rows or dict.fromkeys(BY_TYPE, (self.reactor,)))
        translator = Translator(self.ledger, self.clock, self._translate, reactors.names)
        return Worker(self.ledger, self.clock, reactors, translator, random.Random(1))

    def runner(self, performers: Mapping[str, Performer] | None = None) -> Runner:
        kinds = performers or _Everything(self.acting)
        names = dict.fromkeys(BY_TYPE, (self.reactor.name,))
        return Runner(self.ledger, self.clock, kinds, names, random.Random(1))

    async def deliver(self, *texts: str, key: str = PULL) -> None:
        """Let deliveries come, each with one command."""
        for text in texts:
            await self.deliver_meant(Meant(key=key, time=1.0, data=given(text)))

    async def deliver_meant(self, *meant: Meant) -> None:
        """Let one delivery come that means these events."""
        id = f"g-{next(self._numbers)}"
        self._meanings[id] = meant
        await self.ledger.accept(self.incoming(id))

    def incoming(self, id: str) -> Incoming:
        return Incoming(
            source="github", id=id, event="issue_comment", body=b"{}", received_at=self.clock.now()
        )

    def _translate(self, incoming: Incoming) -> Translated:
        return Translated(events=self._meanings[incoming.id])

    async def want(self, *effects: Wanted) -> None:
        """Have effects ordered by a decision."""
        wanting = Scripted(
            "wanting", deciding=lambda *_: Decision(outcome="acted", reason="wanted", effects=effects)
        )
        await self.deliver("want")
        await until_idle(self.worker(dict.fromkeys(BY_TYPE, (wanting,))))

    async def history(self, key: str = PULL) -> list[EventData]:
        return [event.data for event in await self.ledger.history(key)]

    async def parked(self) -> list[str]:
        """The kinds of effects that were given up."""
        return [row.kind for row in await self.ledger.effects(state="parked")]


class _Everything(dict[str, Performer]):
    """One performer for every kind."""

    def __init__(self, performer: Performer) -> None:
        super().__init__()
        self._performer = performer

    def __missing__(self, kind: str) -> Performer:
        return self._performer


async def until_idle(machine: Worker | Runner) -> None:
    """Step until nothing is due at this moment and nothing is under way."""
    for _ in range(STEPS_MAX):
        began = await machine.step()
        if not began and not machine._busy:
            return
        await settle(machine)
    raise AssertionError("it never becomes quiet")


async def settle(machine: Worker | Runner) -> None:
    """Let what is under way end."""
    for task in list(machine._busy.values()):
        await asyncio.wait([task])
        await asyncio.sleep(0)


async def begun(machine: Worker | Runner) -> None:
    """Step once, and let what was started run up to where it waits."""
    await machine.step()
    for _ in range(5):
        await asyncio.sleep(0)


def new(data: EventData, key: str = PULL, due: float | None = None) -> New:
    return New(key=key, data=data, due=due)


async def leased(machinery: Machinery) -> list[Effect]:
    return list(await machinery.ledger.lease_effects(10, machinery.clock.now(), 60.0, {}, lambda lane: 8))
