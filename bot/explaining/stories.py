"""From the ledger's rows to stories: who asked or what happened, and what came of it, step by step.

A story is one chain of causes. What a deployer reports comes as a chain of its own, and is told where its
request is. Pure: rows and words in, values out. Must never make anything up: each step is a stored row.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.alert_events import AlertHeard
from bot.domain.deployment import Deployment, Order
from bot.domain.events import (
    ChangeClosed,
    ChangeMerged,
    ChangeOpened,
    ChangeUpdated,
    ChecksRequested,
    CommandGiven,
    Event,
    EventData,
    Prompt,
    PromptAnswered,
    RequestMade,
    RequestProgressed,
    TurnCame,
)
from bot.domain.request import Request
from bot.domain.request import apply as apply_to_request
from bot.domain.values import Report, Seconds
from bot.ports import Chronicle, DeliveryRow, EffectRow, OutcomeRow, WaitRow

REQUEST = "request:"
# What somebody did begins a story of its own, even where it changes how an earlier request goes on.
BEGINNINGS = (
    AlertHeard,
    ChangeClosed,
    ChangeMerged,
    ChangeOpened,
    ChangeUpdated,
    ChecksRequested,
    CommandGiven,
)


class Plot(Struct, frozen=True, kw_only=True):
    """The rows of one story. `requests` are those that it is about, as far as their events tell.

    `waits` holds only the events whose decision is held up.
    """

    id: str
    events: tuple[Event, ...]
    outcomes: Mapping[str, tuple[OutcomeRow, ...]]
    effects: Mapping[str, tuple[EffectRow, ...]]
    deliveries: Mapping[tuple[str, str], DeliveryRow]
    waits: Mapping[str, tuple[WaitRow, ...]] = {}
    requests: tuple[Request, ...] = ()
    cut: bool = False

    @property
    def began_at(self) -> Seconds:
        """When the first of its events was recorded."""
        return self.events[0].recorded_time

    @property
    def active_at(self) -> Seconds:
        """When its newest event was recorded."""
        return self.events[-1].recorded_time

    @property
    def fingerprint(self) -> tuple[Any, ...]:
        """What changes whenever anything of the story does, and only then."""
        return (
            self.id,
            tuple(event.sequence for event in self.events),
            tuple((row.reactor, row.decided_at) for rows in self.outcomes.values() for row in rows),
            tuple(
                (row.key, row.state, row.attempts, row.version, row.updated_at)
                for rows in self.effects.values()
                for row in rows
            ),
            tuple((row.id, row.state, row.outcome) for row in self.deliveries.values()),
            tuple((row.reactor, row.reason, row.again_at) for rows in self.waits.values() for row in rows),
        )


def plots(chronicle: Chronicle, correlations: Iterable[str], request_keys: Iterable[str] = ()) -> list[Plot]:
    """Give the stories that these correlations and requests belong to, the newest first."""
    chains: dict[str, list[Event]] = defaultdict(list)
    for event in chronicle.events:
        chains[event.correlation].append(event)
    begun = _begun(chronicle.events)
    home = {correlation: _home(chain, begun) for correlation, chain in chains.items()}
    wanted = {home[one] for one in correlations if one in home}
    wanted |= {begun[key] for key in request_keys if key in begun}
    rows = _Rows(chronicle)
    named = {event.id: named_in(event.data) for event in chronicle.events}
    found = [rows.plot(id, _events_of(id, _Chains(chains, home, begun, named))) for id in wanted]
    return sorted(found, key=lambda plot: plot.events[0].sequence, reverse=True)


def _begun(events: Iterable[Event]) -> dict[str, str]:
    """In which chain each request was made. One whose beginning is left out begins where it is first seen."""
    made = {event.key: event.correlation for event in events if isinstance(event.data, RequestMade)}
    seen: dict[str, str] = {}
    for event in events:
        if event.key.startswith(REQUEST):
            seen.setdefault(event.key, event.correlation)
    return seen | made


def _home(chain: Sequence[Event], begun: Mapping[str, str]) -> str:
    """The story that a chain belongs to: its own, or that of the request that it reports on."""
    if isinstance(chain[0].data, BEGINNINGS) or hasattr(chain[0].data, "person"):
        return chain[0].correlation
    about = next((event.key for event in chain if event.key in begun), None)
    return begun[about] if about is not None else chain[0].correlation


class _Chains(NamedTuple):
    """Chains of causes by their correlation, with the story that each belongs to; where each request began;
    which deployments each event is about."""

    chains: Mapping[str, list[Event]]
    home: Mapping[str, str]
    begun: Mapping[str, str]
    named: Mapping[str, set[str]]


def _events_of(id: str, known: _Chains) -> list[Event]:
    """All events of a story's own chains, and of other chains those that are about its requests."""
    keys = {key for key, correlation in known.begun.items() if correlation == id}
    chains = [(chain, known.home[correlation] == id) for correlation, chain in known.chains.items()]
    own = [event for chain, is_own in chains if is_own for event in chain]
    deployments = {name for event in own for name in _ordered_in(event.data, keys)}
    others = (
        event
        for chain, is_own in chains
        if not is_own
        for event in chain
        if event.key in keys or deployments & known.named[event.id]
    )
    return sorted([*own, *others], key=lambda event: event.sequence)


def _ordered_in(data: EventData, keys: set[str]) -> set[str]:
    if isinstance(data, RequestMade) and f"{REQUEST}{data.id}" in keys:
        return {order.id for order in data.orders}
    if isinstance(data, RequestProgressed) and f"{REQUEST}{data.deployment.order.request}" in keys:
        return {data.deployment.id}
    return set()


def named_in(data: EventData) -> set[str]:
    """The deployments that an event is about."""
    found = set()
    for name in ("deployment", "order", "report", "prompt"):
        value = getattr(data, name, None)
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, Deployment | Order):
            found.add(value.id)
        elif isinstance(value, Report | Prompt):
            found.add(value.deployment)
    return found


class _Rows:
    """What goes with the events, found by event."""

    def __init__(self, chronicle: Chronicle) -> None:
        self._outcomes: dict[str, list[OutcomeRow]] = defaultdict(list)
        for outcome in chronicle.outcomes:
            self._outcomes[outcome.event].append(outcome)
        self._effects: dict[str | None, list[EffectRow]] = defaultdict(list)
        for effect in chronicle.effects:
            self._effects[effect.causation].append(effect)
        self._waits: dict[str, list[WaitRow]] = defaultdict(list)
        for wait in chronicle.waits:
            self._waits[wait.event].append(wait)
        self._deliveries = {(row.source, row.id): row for row in chronicle.deliveries}
        self._cut = chronicle.cut

    def plot(self, id: str, events: list[Event]) -> Plot:
        """Put together what is about these events."""
        names = [(event.source, event.delivery) for event in events if event.delivery is not None]
        return Plot(
            id=id,
            events=tuple(events),
            outcomes={event.id: tuple(self._outcomes[event.id]) for event in events},
            effects={event.id: tuple(self._effects[event.id]) for event in events},
            deliveries={name: self._deliveries[name] for name in names if name in self._deliveries},
            waits={event.id: tuple(self._waits[event.id]) for event in events if event.id in self._waits},
            requests=_requests(events, id),
            cut=self._cut,
        )


def _requests(events: Iterable[Event], id: str) -> tuple[Request, ...]:
    """What the events tell of the requests that were made in this story."""
    found: dict[str, Request | None] = {}
    for event in events:
        is_made = isinstance(event.data, RequestMade) and event.correlation == id
        if event.key.startswith(REQUEST) and (is_made or event.key in found):
            found[event.key] = apply_to_request(found.get(event.key), event.data)
    return tuple(request for request in found.values() if request is not None)


def answers_of(told: Iterable[Plot]) -> list[str]:
    """The chains in which questions of these stories were answered: what they led to is told there."""
    answers = (event for plot in told for event in plot.events if isinstance(event.data, PromptAnswered))
    return list(dict.fromkeys(event.correlation for event in answers))


def of_deployment(plot: Plot, deployment: str) -> Plot:
    """What a story tells of one deployment: how it was asked for, what came of it, and not of others."""
    told = tuple(filter(None, (_only(request, deployment) for request in plot.requests)))
    keys = {f"{REQUEST}{request.id}" for request in told}
    kept = {event.id for event in plot.events if _concerns(event, deployment, keys, plot.id)}
    causes = {event.causation for event in plot.events if event.id in kept}
    turns = {event.id for event in plot.events if isinstance(event.data, TurnCame) and event.id in causes}
    events = [event for event in plot.events if event.id in kept | turns]
    return _with(plot, events, told) if events else plot


def _only(request: Request, deployment: str) -> Request | None:
    """The request as if it had been made for one of its deployments."""
    orders = tuple(order for order in request.made.orders if order.id == deployment)
    parts = tuple(part for part in request.parts if part.deployment.id == deployment)
    return replace(request, made=replace(request.made, orders=orders), parts=parts) if orders else None


def _concerns(event: Event, deployment: str, keys: set[str], id: str) -> bool:
    """Whether an event is about a deployment, or about how it was asked for."""
    named = named_in(event.data)
    if isinstance(event.data, PromptAnswered) and event.data.led_to == deployment:
        return True
    if named or isinstance(event.data, TurnCame):
        return deployment in named
    return event.key in keys or (event.correlation == id and not event.key.startswith(REQUEST))


def of_chains(plot: Plot, chains: Iterable[str]) -> Plot:
    """What a story tells of these chains of causes; the whole of it where it began with one of them."""
    wanted = set(chains)
    events = [event for event in plot.events if event.correlation in wanted]
    return plot if plot.id in wanted or not events else _with(plot, events, plot.requests)


def _with(plot: Plot, events: Sequence[Event], told: tuple[Request, ...]) -> Plot:
    """The story with fewer of its events."""
    names = {(event.source, event.delivery) for event in events}
    return replace(
        plot,
        events=tuple(events),
        outcomes={event.id: plot.outcomes[event.id] for event in events},
        effects={event.id: plot.effects[event.id] for event in events},
        deliveries={name: row for name, row in plot.deliveries.items() if name in names},
        requests=told,
    )


class QuietRun(Struct, frozen=True):
    """Deliveries between two stories that led to nothing, the newest first."""

    deliveries: tuple[DeliveryRow, ...]

    @property
    def fingerprint(self) -> tuple[Any, ...]:
        """What changes whenever anything of it does, and only then."""
        return tuple((row.source, row.id, row.state, row.outcome, row.reason) for row in self.deliveries)


Entry = Plot | QuietRun


def with_quiet(found: Sequence[Plot], deliveries: Iterable[DeliveryRow]) -> list[Entry]:
    """Put the deliveries that led to nothing between the stories; all are the newest first.

    Those from before the oldest news of the stories are left out: whether they led to something that is not
    shown is not known here.
    """
    told = {name for plot in found for name in plot.deliveries}
    oldest_news = min((plot.active_at for plot in found), default=0.0)
    quiet = [row for row in deliveries if (row.source, row.id) not in told and row.received_at >= oldest_news]
    timed: list[tuple[Seconds, Plot | DeliveryRow]] = [
        *((plot.began_at, plot) for plot in found),
        *((row.received_at, row) for row in quiet),
    ]
    entries: list[Entry] = []
    for _, each in sorted(timed, key=lambda pair: pair[0], reverse=True):
        if isinstance(each, Plot):
            entries.append(each)
        elif entries and isinstance(entries[-1], QuietRun):
            entries[-1] = QuietRun((*entries[-1].deliveries, each))
        else:
            entries.append(QuietRun((each,)))
    return entries
