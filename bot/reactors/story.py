"""What a decision about a slot records: its events and effects, and the slot as it is after each of them."""

from typing import Any, cast

from msgspec import Struct

from bot.domain.automation_events import DeploymentSettled
from bot.domain.deployment import Deployment, EndState, Order
from bot.domain.effects import EffectBody, RecordDeployment, Wanted
from bot.domain.events import (
    DeploymentRequested,
    Event,
    EventData,
    New,
    RequestMade,
    RequestProgressed,
)
from bot.domain.slot import Slot
from bot.domain.slot import apply as apply_to_slot
from bot.domain.state import request_key
from bot.domain.values import PullRequestPlace, Seconds
from bot.ports import Decision, OutcomeName

DESCRIPTION_MAX = 140


class Ending(Struct, frozen=True):
    """An outcome: its reason code, the deployer's own words, and where its log is."""

    state: EndState
    reason: str
    description: str | None = None
    log_url: str | None = None
    sequence: int | None = None


class Story:
    """Collects what a decision records, and keeps the slot as it is after each event."""

    def __init__(self, event: Event, slot: Slot, now: Seconds) -> None:
        self.key = event.key
        self.slot = slot
        self.now = now
        self._events: list[New] = []
        self._effects: list[Wanted] = []

    def record(self, data: EventData) -> None:
        """Record an event of this slot and apply it."""
        self._events.append(New(key=self.key, data=data))
        self.slot = apply_to_slot(self.slot, data)

    def later(self, data: EventData, due: Seconds) -> None:
        """Have an event come due (now or later), to be decided by itself."""
        self._events.append(New(key=self.key, data=data, due=due))

    def want(self, body: EffectBody, *, target: str | None = None, owner: str | None = None) -> None:
        """Order an effect."""
        self._effects.append(Wanted(body=body, target=target, owner=owner))

    def show(self, deployment_id: str) -> None:
        """Tell the request how its deployment stands now."""
        deployment = self.slot.find(deployment_id)
        if deployment is not None:
            self.show_this(deployment)

    def show_this(self, deployment: Deployment) -> None:
        """Tell the request of a deployment that the slot no longer remembers."""
        picture = RequestProgressed(
            deployment=deployment,
            position=self.slot.position(deployment.id),
            prompt=self.slot.prompt(deployment.id),
            live=self.slot.live,
        )
        self._events.append(New(key=request_key(deployment.order.request), data=picture))

    def tell_followers(self, ended: Deployment) -> None:
        """Tell those who wait for this outcome, or take it over, in their own place."""
        if ended.ended:
            settled = DeploymentSettled(order=ended.order, state=cast("EndState", ended.state), at=self.now)
            self._events.append(New(key=f"settled:{self.key.partition(':')[2]}", data=settled))

    def make(self, order: Order, of: Order) -> None:
        """Make a request of one order, told beside the one that it is about."""
        made = RequestMade(
            id=order.request,
            action=order.action,
            place=None if of.number is None else PullRequestPlace(of.repository, of.number),
            asker=order.asker,
            automatic=order.automatic,
            repository=order.repository,
            number=of.number,
            title=None,
            environment=order.environment,
            sha=order.sha,
            ref=order.ref,
            orders=(order,),
            channel=order.channel,
            because=order.because,
            thread_of=f"slack:{of.request}",
            requested_at=self.now,
        )
        self._events.append(New(key=request_key(order.request), data=made))
        self.later(DeploymentRequested(order=order), self.now)

    def decide(self, outcome: OutcomeName, reason: str, **values: Any) -> Decision:
        """Close the story."""
        return Decision(
            outcome=outcome,
            reason=reason,
            values=values,
            events=tuple(self._events),
            effects=tuple(self._effects),
        )


def record_on_github(story: Story, deployment: Deployment, state: Any, description: str) -> None:
    """Keep the GitHub Deployment at this state, where the configuration wants one."""
    order = deployment.order
    if not (order.github_deployments or order.call.records):
        return
    if order.call.records and state != "inactive":
        return  # its driver made it, and whoever acts on it says how it goes
    body = RecordDeployment(
        repository=order.repository,
        deployment=order.id,
        sha=order.sha,
        environment=order.github_environment or order.environment,
        state=state,
        description=description[:DESCRIPTION_MAX],
        log_url=deployment.log_url,
        environment_url=order.url,
        made_by_driver=order.call.records,
    )
    story.want(body, target=f"github-deployment:{order.id}")
