"""Performs what is asked of deployers, with whichever driver the order names, and tells the slot."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from bot.domain.deployment import Order
from bot.domain.effects import CallDeployer, CancelDeployer, Effect, EffectBody, LookAtDeployer
from bot.domain.errors import LastingFault
from bot.domain.events import CancellationAnswered, DeployerAnswered, DeployerLooked, EventData, New
from bot.ports import Driver, Performed, Performer

Drivers = Mapping[str, Driver]
StillWanted = Callable[[Order], Awaitable[bool]]
"""Whether an order that no deployer can have taken yet is still to be given."""
Body = TypeVar("Body", bound=EffectBody)


async def _always(_order: Order) -> bool:
    return True


class CallDeployerPerformer:
    """Asks a deployer to ship, unless people thought better of it before it could be reached."""

    def __init__(self, drivers: Drivers, still_wanted: StillWanted = _always) -> None:
        self._drivers = drivers
        self._still_wanted = still_wanted

    async def __call__(self, effect: Effect) -> Performed:
        """Ask. Raises PassingFault or LastingFault."""
        call = _body(effect, CallDeployer)
        if not effect.uncertain and not await self._still_wanted(call.order):
            return _withdrawn(effect, call.order)
        reply = await _driver(self._drivers, call.order).call(call, effect)
        answered = DeployerAnswered(
            deployment=call.order.id,
            attempt=call.order.attempt,
            accepted=reply.accepted,
            description=reply.description,
            report=reply.report,
            handle=reply.handle,
            names=reply.names,
            look_after=reply.look_after,
            awaits_deployer=reply.awaits_deployer,
        )
        note = "accepted" if reply.accepted else "refused"
        return _told(effect, answered, note, {"accepted": reply.accepted, **reply.handle})


class LookAtDeployerPerformer:
    """Looks how a deployment stands."""

    def __init__(self, drivers: Drivers) -> None:
        self._drivers = drivers

    async def __call__(self, effect: Effect) -> Performed:
        """Look. Raises PassingFault or LastingFault."""
        asked = _body(effect, LookAtDeployer)
        look = await _driver(self._drivers, asked.order).look(asked)
        looked = DeployerLooked(
            deployment=asked.order.id,
            attempt=asked.order.attempt,
            report=look.report,
            lost=look.lost,
            look_after=look.look_after,
        )
        note = "lost" if look.lost else look.report.state if look.report else "nothing new"
        return _told(effect, looked, note, {})


class CancelDeployerPerformer:
    """Asks a deployer to stop."""

    def __init__(self, drivers: Drivers) -> None:
        self._drivers = drivers

    async def __call__(self, effect: Effect) -> Performed:
        """Ask. Raises PassingFault or LastingFault."""
        asked = _body(effect, CancelDeployer)
        reply = await _driver(self._drivers, asked.order).cancel(asked, effect)
        answered = CancellationAnswered(
            deployment=asked.order.id,
            attempt=asked.order.attempt,
            accepted=reply.accepted,
            description=reply.description,
            report=reply.report,
        )
        return _told(effect, answered, "accepted" if reply.accepted else "refused", {})


def deployer_performers(drivers: Drivers, still_wanted: StillWanted = _always) -> dict[str, Performer]:
    """The performers by the kind of effect."""
    return {
        CallDeployer.KIND: CallDeployerPerformer(drivers, still_wanted),
        LookAtDeployer.KIND: LookAtDeployerPerformer(drivers),
        CancelDeployer.KIND: CancelDeployerPerformer(drivers),
    }


def _body(effect: Effect, kind: type[Body]) -> Body:
    if not isinstance(effect.body, kind) or effect.owner is None:
        raise TypeError(f"this effect is no {kind.KIND}, or has nobody to tell")
    return effect.body


def _driver(drivers: Drivers, order: Order) -> Driver:
    driver = drivers.get(order.call.driver)
    if driver is None:
        raise LastingFault(f"There is no driver {order.call.driver!r}.", hint="Change `deploy.driver`.")
    return driver


def _withdrawn(effect: Effect, order: Order) -> Performed:
    """No request of ours can have arrived, so none is made: nothing begins that somebody has to stop."""
    answered = DeployerAnswered(deployment=order.id, attempt=order.attempt, accepted=False)
    return _told(effect, answered, "withdrawn", {"accepted": False})


def _told(effect: Effect, data: EventData, note: str, handle: Mapping[str, object]) -> Performed:
    return Performed(handle=handle, events=(New(key=effect.owner or "", data=data),), note=note)
