"""Random histories for the ledger: people deploy, deployers answer or do not, work is parked, time passes.

Everything follows from a seed. Decisions are simpler than the bot's; what they do to a ledger is the same:
several keys, chains over them, timers, own events, work that is given up, effects that are updated.
"""

import random
from collections.abc import Mapping
from typing import Any, Literal

from msgspec.structs import replace

from bot.domain.deployment import Deployment, DriverCall, Order
from bot.domain.effects import KeepMessage, SayInThread, Wanted
from bot.domain.events import (
    CommandAnswered,
    CommandGiven,
    DeployerAnswered,
    DeployerReported,
    DeploymentEnded,
    DeploymentQueued,
    DeploymentRequested,
    DeploymentStarted,
    EventData,
    MessagePosted,
    New,
    RequestMade,
    RequestProgressed,
    TimerDue,
)
from bot.domain.identity import derive
from bot.domain.slot import Slot, next_in_line
from bot.domain.state import request_key, slot_key
from bot.domain.values import Person, PullRequestPlace, Report
from bot.ledger.store import SqlLedger
from bot.ports import Lease, Meant, Performed, Translated, Work
from tests.contract.ledger_stories import SHOP, decided, incoming

ADA = Person("ada")
PULLS = ("pr:acme/shop#1", "pr:acme/shop#2", "pr:acme/shop#3")
SERVICES = ("api", "web")
REACTORS: Mapping[str, tuple[str, ...]] = {
    "command.given": ("commands",),
    "request.made": ("requests",),
    "request.progressed": ("requests",),
    "deployment.requested": ("slots",),
    "deployer.answered": ("slots",),
    "deployer.reported": ("slots",),
    "timer.due": ("slots", "watchers"),
    "message.posted": ("requests",),
    "effect.parked": ("requests",),
}
STEP_SECONDS_MAX = 3_600.0
LEASE_SECONDS = 60.0


class History:
    """A ledger to which things happen, one `step` after the other; `now` is the time.

    Without `trouble` no work is given up and no target refuses.
    """

    def __init__(self, ledger: SqlLedger, seed: int, *, trouble: bool = True) -> None:
        self._trouble = trouble
        self.ledger = ledger
        self.now = 1_000.0
        self._chance = random.Random(seed)
        self._count = 0

    async def steps(self, many: int) -> None:
        """Let so many things happen."""
        for _ in range(many):
            await self.step()

    async def step(self) -> None:
        """Let one thing happen, some time after the last one."""
        self.now += self._chance.uniform(1.0, STEP_SECONDS_MAX)
        happening = self._chance.choice(
            (self._command, self._work, self._work, self._work, self._perform, self._report)
        )
        await happening()

    async def settle(self) -> None:
        """Do all that can be done by now, so that what is left is running or parked."""
        for _ in range(300):
            if not await self._work() and not await self._perform():
                return

    async def _command(self) -> None:
        key = self._chance.choice(PULLS)
        given = CommandGiven(
            text=f"deploy {self._chance.choice(SERVICES)}",
            place=PullRequestPlace(SHOP, 12, 99),
            person=ADA,
            given_at=self.now,
            to_us=True,
        )
        await self._deliver(key, given)

    async def _report(self) -> None:
        """A deployer says how the running deployment of some slot ended."""
        slots = await self.ledger.states("slot:")
        running = [(key, slot.current) for key, slot in slots.items() if slot.current is not None]
        if running:
            key, current = self._chance.choice(running)
            state: Literal["succeeded", "failed"] = self._chance.choice(("succeeded", "succeeded", "failed"))
            report = Report(deployment=current.id, state=state)
            await self._deliver(key, DeployerReported(report=report))

    async def _deliver(self, key: str, data: EventData) -> None:
        self._count += 1
        delivery = incoming(f"g-{self._count}", at=self.now)
        await self.ledger.accept(delivery)
        translated = Translated(events=(Meant(key=key, time=self.now, data=data),))
        await self.ledger.record_translations([(delivery, translated)], REACTORS, self.now)

    async def _work(self) -> bool:
        """Decide some of what is due."""
        leases = await self.ledger.lease(3, self.now, LEASE_SECONDS, frozenset())
        for lease in leases:
            await self._decide_all(lease)
        return bool(leases)

    async def _decide_all(self, lease: Lease) -> None:
        for work in lease.work:
            events, effects = _decisions(lease, work, self.now)
            gives_up = self._trouble and self._chance.random() < 0.04
            recorded = decided(
                lease,
                *(() if gives_up else events),
                work=work,
                effects=() if gives_up else effects,
                outcome="failed" if gives_up else "acted",
                facts={"now": self.now},
                at=self.now,
            )
            recorded = replace(recorded, reactors=REACTORS)
            version = await self.ledger.record(recorded, release=work is lease.work[-1])
            lease = replace(lease, state=recorded.state, version=version)

    async def _perform(self) -> bool:
        """Perform some effects; a message tells where it stands, a few targets refuse for good."""
        effects = await self.ledger.lease_effects(3, self.now, LEASE_SECONDS, {}, lambda _: 3)
        for effect in effects:
            if self._trouble and self._chance.random() < 0.03:
                await self.ledger.park_effect(effect, "refused", "ask", REACTORS, self.now)
                continue
            posted: tuple[New, ...] = ()
            if effect.owner is not None and effect.handle is None:
                posted = (New(key=effect.owner, data=MessagePosted(channel="C1", ts=effect.key)),)
            performed = Performed(handle={"ts": effect.key}, events=posted)
            await self.ledger.finish_effect(effect, performed, REACTORS, self.now)
        return bool(effects)


def _decisions(lease: Lease, work: Work, now: float) -> tuple[tuple[New, ...], tuple[Wanted, ...]]:
    data = work.event.data
    if isinstance(data, CommandGiven):
        return _accepted(lease.key, work.event.id, data, now), ()
    if isinstance(data, (RequestMade, RequestProgressed, MessagePosted)):
        return (), _shown(lease.key, data)
    if isinstance(data, DeploymentRequested) and isinstance(lease.state, Slot | None):
        return _started_or_queued(lease, data.order, now), ()
    if isinstance(data, DeployerReported):
        return _ended(lease, data.report, now), ()
    if isinstance(data, TimerDue) and work.reactor == "slots":
        report = Report(deployment=data.deployment, state="failed")
        return _ended(lease, report, now), ()
    return (), ()


def _accepted(key: str, event: str, data: CommandGiven, now: float) -> tuple[New, ...]:
    order = Order(
        id=derive("d", event),
        request=derive("r", event),
        action="deploy",
        repository=SHOP,
        service=data.text.split()[1],
        environment="production",
        sha=derive("e", event)[2:].encode().hex()[:40],
        ref="main",
        call=DriverCall("http", {"b": 1, "a": [1, 2]}),
        asker=data.person,
        requested_at=now,
    )
    made = RequestMade(
        id=order.request,
        action="deploy",
        place=data.place,
        asker=data.person,
        automatic=False,
        repository=SHOP,
        number=12,
        title=None,
        environment="production",
        sha=order.sha,
        ref="main",
        orders=(order,),
        channel="C1",
    )
    answer = CommandAnswered(command=event, answer="accepted", reason="test", request=order.request)
    return (
        New(key=key, data=answer),
        New(key=request_key(order.request), data=made),
        New(key=slot_key(order), data=DeploymentRequested(order=order)),
    )


def _shown(key: str, data: EventData) -> tuple[Wanted, ...]:
    target = f"slack:{key.partition(':')[2]}"
    if isinstance(data, MessagePosted):
        return (Wanted(body=SayInThread(channel="C1", text="asked"), after=target),)
    text = data.deployment.state if isinstance(data, RequestProgressed) else "asked for"
    return (Wanted(body=KeepMessage(channel="C1", text=text), target=target, owner=key),)


def _started_or_queued(lease: Lease, order: Order, now: float) -> tuple[New, ...]:
    if lease.state is not None and lease.state.current is not None:
        return (New(key=lease.key, data=DeploymentQueued(deployment=order.id)),)
    return _started(lease.key, order, now)


def _started(key: str, order: Order, now: float) -> tuple[New, ...]:
    timer = TimerDue(name="timeout", deployment=order.id, attempt=1)
    answered = DeployerAnswered(
        deployment=order.id, attempt=1, accepted=True, handle={"z": 1, "y": 2}, names=(f"run:{order.id}",)
    )
    running = Deployment(order=order, state="starting", started_at=now)
    return (
        New(key=key, data=DeploymentStarted(deployment=order.id, at=now, previous_sha=None)),
        New(key=key, data=answered),
        New(key=key, data=timer, due=now + 20_000.0),
        New(key=request_key(order.request), data=RequestProgressed(deployment=running)),
    )


def _ended(lease: Lease, report: Report, now: float) -> tuple[New, ...]:
    slot: Slot | None = lease.state
    if slot is None or slot.current is None or slot.current.id != report.deployment:
        return ()
    state: Any = "succeeded" if report.state == "succeeded" else "failed"
    ended = DeploymentEnded(deployment=report.deployment, state=state, at=now, reason="reported")
    last = replace(slot.current, state=state, ended_at=now)
    waiting = next_in_line(slot)
    return (
        New(key=lease.key, data=ended),
        New(key=request_key(last.order.request), data=RequestProgressed(deployment=last)),
        *(_started(lease.key, waiting.order, now) if waiting else ()),
    )
