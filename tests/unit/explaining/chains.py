"""Chains of events as a ledger would hand them over, for the tests of what is told of them."""

from collections.abc import Iterable

from bot.domain.deployment import Deployment, State
from bot.domain.events import (
    CommandAnswered,
    CommandGiven,
    DeployerReported,
    DeploymentEnded,
    Event,
    EventData,
    RequestMade,
    RequestProgressed,
)
from bot.domain.values import PullRequestPlace, Report
from bot.ports import Chronicle, DeliveryRow, EffectRow, OutcomeRow, WaitRow
from tests.unit.reactors.stories import ADA, AT, NEW, PULL, SHOP, SLOT, order

REQUEST = "request:r-new"


class Chains:
    """Adds events one after the other, a second apart, with what was decided and done about them."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.outcomes: list[OutcomeRow] = []
        self.effects: list[EffectRow] = []
        self.deliveries: list[DeliveryRow] = []
        self.waits: list[WaitRow] = []

    def add(
        self, id: str, data: EventData, *, key: str, cause: str | None = None, decided: str = "acted"
    ) -> Event:
        """Record an event; without a cause it was sent. `decided` "" = nobody decided about it."""
        causing = next((event for event in self.events if event.id == cause), None)
        at = AT + len(self.events)
        event = Event(
            id=id,
            source="github" if cause is None else "pointsman",
            time=at,
            recorded_time=at,
            key=key,
            correlation=causing.correlation if causing else id,
            causation=cause,
            data=data,
            delivery=f"g-{id}" if cause is None else None,
            sequence=len(self.events) + 1,
        )
        self.events.append(event)
        if cause is None:
            self.deliveries.append(sent(f"g-{id}", at))
        if decided:
            self.decide(id, decided)
        return event

    def decide(self, event: str, outcome: str, reason: str = "recorded", **values: object) -> None:
        """Record a decision about an event."""
        row = OutcomeRow(
            event=event,
            reactor="tests",
            outcome=outcome,
            reason=reason,
            values=values,
            facts=None,
            decided_at=AT,
        )
        self.outcomes = [*(each for each in self.outcomes if each.event != event), row]

    def do(self, event: str, kind: str, state: str = "done", **more: object) -> None:
        """Record an effect of an event."""
        self.effects.append(effect(event, kind, state, **more))

    def hold(self, event: str, reason: str | None, until: float, attempts: int = 1) -> None:
        """Record that an event could not be decided yet."""
        self.outcomes = [each for each in self.outcomes if each.event != event]
        key = next(each.key for each in self.events if each.id == event)
        row = WaitRow(event=event, reactor="tests", key=key, attempts=attempts, reason=reason, again_at=until)
        self.waits = [*(each for each in self.waits if each.event != event), row]

    def command(self, id: str = "e-1", text: str = "/deploy api production") -> Event:
        """Ada gives a command on the pull request."""
        data = CommandGiven(
            text=text, place=PullRequestPlace(SHOP, 12, 99), person=ADA, given_at=AT, to_us=False
        )
        return self.add(id, data, key=PULL)

    def request(self, id: str = "e-2", cause: str = "e-1", deployment: str = "d-new") -> Event:
        """A request is made of the command."""
        made = order(deployment)
        data = RequestMade(
            id=made.request,
            action="deploy",
            place=None,
            asker=ADA,
            automatic=False,
            repository=SHOP,
            number=12,
            title="Cheaper shoes",
            environment="production",
            sha=NEW,
            ref="feature/x",
            orders=(made,),
            channel=None,
        )
        return self.add(id, data, key=f"request:{made.request}", cause=cause)

    def shown(self, id: str, cause: str, state: State, deployment: str = "d-new") -> Event:
        """A request is told how its deployment stands."""
        made = order(deployment)
        data = RequestProgressed(deployment=Deployment(order=made, state=state, reason="deployer_failed"))
        return self.add(id, data, key=f"request:{made.request}", cause=cause)

    def report(self, id: str, deployment: str = "d-new") -> Event:
        """The deployer reports."""
        said = Report(deployment=deployment, state="in_progress", percent=40.0, description="half of it")
        return self.add(id, DeployerReported(report=said), key=SLOT)

    def ended(self, id: str, cause: str, deployment: str = "d-new") -> Event:
        """A deployment failed, which its slot applied at once."""
        data = DeploymentEnded(deployment=deployment, state="failed", at=AT, reason="deployer_failed")
        return self.add(id, data, key=SLOT, cause=cause, decided="")

    def answered(self, id: str, cause: str, answer: str) -> Event:
        """A command was answered."""
        data = CommandAnswered(command=cause, answer=answer, reason="not_allowed")  # type: ignore[arg-type]
        return self.add(id, data, key=PULL, cause=cause, decided="")

    def chronicle(self, *, without: Iterable[str] = ()) -> Chronicle:
        """Everything that was recorded, as the ledger hands it over."""
        left_out = set(without)
        return Chronicle(
            events=[event for event in self.events if event.id not in left_out],
            outcomes=self.outcomes,
            effects=self.effects,
            deliveries=self.deliveries,
            waits=self.waits,
        )


def sent(id: str, at: float = AT, **changes: object) -> DeliveryRow:
    """A delivery of GitHub's."""
    row: dict[str, object] = {
        "id": id,
        "source": "github",
        "event": "issue_comment",
        "action": "created",
        "received_at": at,
        "state": "done",
        "outcome": "acted",
        "reason": "requested",
        "subject": "acme/shop#12",
    }
    return DeliveryRow(**(row | changes))  # type: ignore[arg-type]


def effect(event: str, kind: str, state: str = "done", **changes: object) -> EffectRow:
    """An effect of an event."""
    row: dict[str, object] = {
        "key": f"{kind}:{event}",
        "kind": kind,
        "state": state,
        "attempts": 0,
        "version": 1,
        "done_version": 1,
        "not_before": AT,
        "reason": None,
        "hint": None,
        "causation": event,
        "correlation": "e-1",
        "handle": None,
        "updated_at": AT,
    }
    return EffectRow(**(row | changes))  # type: ignore[arg-type]
