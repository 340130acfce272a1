"""One deployment on trial: a driver with a deployer that does as it is told, and the slot that is told of it.

What the deployer says is fed to the product's own slot, so that tests judge what people would see and not
what a driver returns. Must never decide anything by itself: the slot's reactors do.
"""

from collections.abc import Sequence
from typing import Any, Literal, Protocol

import pytest
from msgspec.structs import replace

from bot.domain.deployment import Deployment, DriverCall, Order
from bot.domain.effects import CallDeployer, CancelDeployer, Effect, EffectBody, LookAtDeployer
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.events import (
    CancellationRequested,
    DeployerReported,
    DeploymentRequested,
    DeploymentStarted,
    Event,
    EventData,
    TimerDue,
)
from bot.domain.slot import Slot, apply
from bot.domain.values import Person, Repository, Seconds
from bot.drivers.performing import CallDeployerPerformer, CancelDeployerPerformer, LookAtDeployerPerformer
from bot.ports import Decision, Driver, Performer, Reactor
from bot.reactors import table

KEY = "slot:acme/shop/api/production"
STARTED_AT: Seconds = 1_770_000_000.0
ASKER = Person("ada")
LOOKS_MAX = 50

Manner = Literal["succeed", "fail", "silent", "hold", "refuse", "unavailable", "lose_reply", "hostile"]
"""How the deployer takes the next call and goes on.

`succeed` and `fail` report progress first. `hold` runs until it is released or stopped. `silent` takes the
call and never says more. `refuse` does not take it; `unavailable` does not answer properly and does nothing;
`lose_reply` takes it, but its answer does not arrive. `hostile` fails, with ten megabytes of control
characters, Markdown and links as its words.
"""


class Rig(Protocol):
    """A driver, and its deployer, which does as it is told."""

    driver: Driver
    call: DriverCall
    """The driver's name and settings, as a configuration gives them."""
    sha: str
    """A commit that the deployer can ship."""
    repository: Repository
    manners: frozenset[Manner]
    """Those that this deployer can show at all; tests of others are skipped."""

    def behave(self, manner: Manner) -> None:
        """How the deployer takes the next call."""
        ...

    async def heard(self) -> Sequence[DeployerReported]:
        """Let the deployer do all that it does by itself; give what it reported since the last time."""
        ...

    async def release(self) -> None:
        """Let what is held go on to its success."""
        ...

    async def restart(self) -> None:
        """End the driver as the bot's end does, and make a new `driver` as its next start does."""
        ...

    def wait(self, seconds: Seconds) -> None:
        """Let time pass on the clock of the driver."""
        ...

    @property
    def started(self) -> int:
        """How many deployments the deployer began."""
        ...


class Trial:
    """One deployment with one rig, and the slot that everything that happens is applied to."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.order = order_for(rig)
        self.shown: list[str] = []
        self._now = STARTED_AT
        self._reactors = table(None)  # type: ignore[arg-type]  # a slot's reactors read nothing
        self.slot = Slot()
        for data in (
            DeploymentRequested(order=self.order),
            DeploymentStarted(deployment=self.order.id, at=self._now, previous_sha=None),
        ):
            self.slot = apply(self.slot, data)

    @property
    def deployment(self) -> Deployment:
        """The deployment as the slot knows it."""
        found = self.slot.find(self.order.id)
        assert found is not None
        return found

    async def ask(self, *, uncertain: bool = False) -> None:
        """Ask the deployer to ship, as often as it has to be asked. Raises LastingFault."""
        await self._perform(CallDeployerPerformer, self._call(), uncertain=uncertain)

    async def ask_once(self, *, uncertain: bool = False) -> None:
        """Ask the deployer once. Raises PassingFault, LastingFault; an answer is taken note of."""
        await self._attempt(CallDeployerPerformer, self._call(), uncertain=uncertain)

    async def ask_in_doubt(self) -> str | None:
        """Ask again after an attempt that may have been taken; gives the hint where nobody can tell."""
        try:
            await self.ask(uncertain=True)
        except LastingFault as fault:
            return fault.hint
        return None

    async def look(self) -> None:
        """Look at the deployer once."""
        current = self.deployment
        asked = LookAtDeployer(order=self.order, deployment_handle=current.handle, asked="e-look")
        await self._perform(LookAtDeployerPerformer, asked)

    async def cancel(self) -> None:
        """Have it stopped, as a person would."""
        self._happened(CancellationRequested(deployment=self.order.id, person=ASKER, at=self._now))
        asked = CancelDeployer(order=self.order, deployment_handle=self.deployment.handle, person=ASKER)
        await self._perform(CancelDeployerPerformer, asked)

    async def hear(self, *, times: int = 1) -> None:
        """Take note of everything that the deployer reports by itself, each thing so many times."""
        for reported in await self.rig.heard():
            for _ in range(times):
                self._happened(reported)

    async def follow(self, *, times: int = 1) -> None:
        """Hear, and look as often as the driver wants, until it has ended or nothing more comes."""
        for _ in range(LOOKS_MAX):
            await self.hear(times=times)
            if self.deployment.ended:
                return
            before = self.slot
            self.rig.wait(30.0)
            await self.look()
            if self.slot == before and not await self._more(times):
                return

    async def _more(self, times: int) -> bool:
        before = self.slot
        await self.hear(times=times)
        return self.slot != before

    def time_out(self) -> None:
        """The deployment takes too long."""
        self._happened(TimerDue(name="timeout", deployment=self.order.id, attempt=1))

    def _call(self) -> CallDeployer:
        return CallDeployer(order=self.order, action="deploy", previous_sha=None, deadline=self._now + 1e6)

    async def _perform(self, kind: Any, body: EffectBody, *, uncertain: bool = False) -> None:
        for _ in range(LOOKS_MAX):
            try:
                await self._attempt(kind, body, uncertain=uncertain)
            except PassingFault as fault:
                uncertain = uncertain or fault.applied_maybe
                self.rig.wait(fault.retry_after or 10.0)
            else:
                return
        pytest.fail("the deployer can never be asked")

    async def _attempt(self, kind: Any, body: EffectBody, *, uncertain: bool) -> None:
        performer: Performer = kind({self.rig.driver.name: self.rig.driver})
        performed = await performer(effect_for(body, uncertain=uncertain))
        for new in performed.events:
            self._happened(new.data)

    def _happened(self, data: EventData) -> None:
        """Let the slot decide about an event, and apply what it decided."""
        self._now += 1.0
        event = Event(
            id=f"e-{int(self._now)}",
            source="contract",
            time=self._now,
            recorded_time=self._now,
            key=KEY,
            correlation="c-contract",
            causation=None,
            data=data,
        )
        self.slot = apply(self.slot, data)
        for reactor in self._reactors[data.TYPE]:
            self._apply(_decided(reactor, event, self.slot, self._now))

    def _apply(self, decision: Decision) -> None:
        for new in decision.events:
            if new.key == KEY and new.due is None:
                self.slot = apply(self.slot, new.data)
        if self.deployment.description and self.deployment.description not in self.shown:
            self.shown.append(self.deployment.description)


def order_for(rig: Rig, **changes: Any) -> Order:
    """The order that a rig's deployer gets."""
    made = Order(
        id="d-0000000001",
        request="r-0000000001",
        action="deploy",
        repository=rig.repository,
        service="api",
        environment="production",
        sha=rig.sha,
        ref="main",
        call=rig.call,
        asker=ASKER,
        requested_at=STARTED_AT,
        github_environment="production/api",
    )
    return replace(made, **changes)


def effect_for(body: EffectBody, *, uncertain: bool = False, key: str = "x-0123456789abcdef") -> Effect:
    """An effect as the runner hands it out; the same key means the same effect."""
    return Effect(
        key=f"{key}-{body.KIND}",
        body=body,
        version=1,
        handle=None,
        parent_handle=None,
        uncertain=uncertain,
        attempts=1,
        token="lease",  # noqa: S106 - no password
        owner=KEY,
        first_attempt_at=STARTED_AT,
    )


def _decided(reactor: Reactor, event: Event, slot: Slot, now: Seconds) -> Decision:
    return reactor.decide(event, slot, None, now)
