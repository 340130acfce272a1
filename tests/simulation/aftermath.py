"""What stands there after a run: by the records of GitHub, Slack and the deployers, and by the bot's own.

Everything is gathered once, so that invariants only look. Must never change anything.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain.deployment import Deployment
from bot.domain.effects import CallDeployer, EffectBody
from bot.domain.events import CommandAnswered, CommandGiven, Event
from bot.domain.request import Request
from bot.domain.slack_events import FormAsked, FormRepositoryChosen, FormSubmitted, HomeOpened
from bot.domain.slot import Slot
from bot.github.deployment_shapes import PAYLOAD_KEY
from bot.ledger import codec
from bot.ports import DeliveryRow, OutcomeRow
from bot.sandbox.github.records import Deployment as Recorded
from bot.sandbox.slack import Outgoing
from bot.slack.payloads import named
from tests.simulation.counting import Trace
from tests.simulation.crashes import Crashes
from tests.simulation.manners import Manners
from tests.simulation.memory_ledger import Database, reader, rows
from tests.simulation.people import Said
from tests.simulation.stage import REPOSITORIES, Stage

FOR_PEOPLE = (CommandGiven, FormAsked, FormRepositoryChosen, FormSubmitted, HomeOpened)
HOLD_SECONDS = 90.0


@dataclass(frozen=True)
class EffectNow:
    """An effect as it is stored at the end."""

    key: str
    kind: str
    state: str
    body: EffectBody
    handle: Mapping[str, Any] | None
    attempts: int
    reason: str | None
    causation: str | None


@dataclass(kw_only=True)
class Aftermath:
    """All that is known."""

    stage: Stage
    database: Database
    manners: Manners
    said: Said
    trace: Trace
    crashes: Crashes
    settled: bool
    quiet_since: float
    never_came: frozenset[str]
    reactors: Mapping[str, tuple[str, ...]]
    states: Mapping[str, Any] = field(default_factory=dict)
    histories: Mapping[str, list[Event]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    outcomes: dict[str, list[OutcomeRow]] = field(default_factory=dict)
    deliveries: list[DeliveryRow] = field(default_factory=list)
    effects: list[EffectNow] = field(default_factory=list)

    async def gather(self) -> "Aftermath":
        """Read everything."""
        ledger = reader(self.database)
        self.states = await ledger.states("")
        self.histories = {key: list(await ledger.history(key)) for key in self.states}
        self.events = list(await ledger.events())
        self._gather_outcomes()
        self.deliveries = list(await ledger.deliveries(0))
        self._gather_effects()
        return self

    def _gather_outcomes(self) -> None:
        """Read the outcomes, without their facts."""
        self.outcomes = {event.id: [] for event in self.events}
        statement = "SELECT event, reactor, outcome, reason, compared, decided_at FROM outcomes ORDER BY 1, 2"
        for event, reactor, outcome, reason, compared, decided_at in rows(self.database, statement):
            values = codec.unpack(compared)
            row = OutcomeRow(
                event=event,
                reactor=reactor,
                outcome=outcome,
                reason=reason,
                values=values,
                facts=None,
                decided_at=decided_at,
            )
            self.outcomes[event].append(row)

    def _gather_effects(self) -> None:
        """Read the effects with their bodies."""
        names = "key, kind, state, body, handle, attempts, reason, causation"
        statement = f"SELECT {names} FROM effects ORDER BY seq"  # noqa: S608 - our own names
        for key, kind, state, body, handle, *others in rows(self.database, statement):
            read = codec.read_effect(kind, body)
            handed = None if handle is None else codec.unpack(handle)
            self.effects.append(EffectNow(key, kind, state, read, handed, *others))

    @property
    def slots(self) -> dict[str, Slot]:
        """Each slot by its key."""
        return {key: state for key, state in self.states.items() if isinstance(state, Slot)}

    @property
    def requests(self) -> dict[str, Request]:
        """Each request by its id."""
        return {state.id: state for state in self.states.values() if isinstance(state, Request)}

    @property
    def given(self) -> list[Event]:
        """The commands that the bot heard."""
        return [event for event in self.events if isinstance(event.data, CommandGiven)]

    def answers(self, event: Event) -> list[CommandAnswered]:
        """How a command was answered."""
        found = (each.data for each in self.events if isinstance(each.data, CommandAnswered))
        return [data for data in found if data.command == event.id]

    def caused_by(self, event: Event) -> list[EffectNow]:
        """The effects that a decision about this event wanted."""
        return [effect for effect in self.effects if effect.causation == event.id]

    def is_excused(self, event: Event, outcome: OutcomeRow) -> bool:
        """Whether somebody waited for over a minute while GitHub could not be asked, and was told so."""
        in_bad_weather = outcome.decided_at < self.quiet_since + HOLD_SECONDS
        return in_bad_weather and isinstance(event.data, FOR_PEOPLE) and outcome.reason == "gave_up"

    def was_told(self, effect: EffectNow) -> bool:
        """Whether a deployer's effect was given up, and its deployment says so.

        An order whose reply was lost is given up after its deadline, also where reports came all the same.
        """
        if effect.body.asks_about is None:
            return False
        known = self.deployments.get(effect.body.asks_about)
        if known is None or not known.ended:
            return False
        return known.state != "succeeded" or (isinstance(effect.body, CallDeployer) and effect.attempts > 1)

    def slack_id(self, sent: Outgoing) -> str | None:
        """The id under which a request from Slack is stored; None = it is not to be stored."""
        name = named(sent.body, is_json=sent.content_type.startswith("application/json"))
        return None if name.greeting or sent.kind == "options" else name.id

    def means_nothing(self, delivery: str) -> bool:
        """Whether it was said of a delivery that it means nothing, and why."""
        return any(row.id == delivery and row.outcome == "ignored" and row.reason for row in self.deliveries)

    def may_be_missed(self, repository: str, number: int) -> bool:
        """Whether something about a pull request was lost more often than it is asked for again."""
        entries = self.stage.github.deliveries.entries.values()
        subject = f'"number":{number}'.encode()
        return any(
            entry.webhook.guid in self.never_came and subject in entry.webhook.body
            for entry in entries
            if entry.repository_id == self.stage.github.repository(repository).id
        )

    @property
    def deployments(self) -> dict[str, Deployment]:
        """What slots remember, by its id."""
        return {
            each.id: each
            for slot in self.slots.values()
            for each in (*slot.history, *slot.queue, *((slot.current,) if slot.current else ()))
        }

    def shipped(self) -> dict[str, tuple[str, str, str]]:
        """Commit, service and environment of each deployment that a deployer was handed, by its id."""
        found = {
            run.order.deployment: (run.order.sha, run.order.service, run.order.environment)
            for run in self.stage.deployer.runs
        }
        for run in self.stage.github.actions.runs.values():
            said = run.inputs
            found[said["deployment"]] = (said["sha"], said["service"], said["environment"])
        for id, payload, recorded in ordered_at_github(self.stage):
            found[id] = (recorded.sha, payload["service"], payload["environment"])
        return found

    def made_live(self, key: str) -> str | None:
        """The deployment that changed a slot last, by the deployer's own records."""
        service, environment = key.split("/")[-2:]
        live = self.stage.deployer.live.get((service, environment))
        return live.deployment if live is not None else None

    def running(self, key: str) -> str | None:
        """The commit that runs in a slot by the deployer's own records; None = they do not say."""
        service, environment = key.split("/")[-2:]
        live = self.stage.deployer.live.get((service, environment))
        return live.sha if live is not None and live.healthy else None


def ordered_at_github(stage: Stage) -> Iterator[tuple[str, dict[str, Any], Recorded]]:
    """The GitHub Deployments that were made for another system to act on: our id, the payload, the record."""
    for name in REPOSITORIES:
        for recorded in stage.github.repository(name).deployments.values():
            payload = recorded.payload
            if recorded.run_id is None and isinstance(payload, dict) and "service" in payload:
                yield payload[PAYLOAD_KEY], payload, recorded
