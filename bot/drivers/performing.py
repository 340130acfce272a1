"""Performs the effect "ask the deployer" with whichever driver the order names."""

from collections.abc import Mapping

from bot.domain.effects import CallDeployer, Effect
from bot.domain.errors import LastingFault
from bot.domain.events import DeployerAnswered, New
from bot.ports import Driver, Performed


class CallDeployerPerformer:
    """Asks a deployer and tells the slot what it answered."""

    def __init__(self, drivers: Mapping[str, Driver]) -> None:
        self._drivers = drivers

    async def __call__(self, effect: Effect) -> Performed:
        """Ask. Raises PassingFault or LastingFault."""
        call = effect.body
        if not isinstance(call, CallDeployer) or effect.owner is None:
            raise TypeError("this effect calls no deployer, or has nobody to tell")
        driver = self._drivers.get(call.order.call.driver)
        if driver is None:
            raise LastingFault(
                f"There is no driver {call.order.call.driver!r}.", hint="Change `deploy.driver`."
            )
        reply = await driver.call(call, effect)
        answered = DeployerAnswered(
            deployment=call.order.id,
            attempt=call.order.attempt,
            accepted=reply.accepted,
            description=reply.description,
            report=reply.report,
        )
        note = "accepted" if reply.accepted else "refused"
        return Performed(
            handle={"accepted": reply.accepted}, events=(New(key=effect.owner, data=answered),), note=note
        )
