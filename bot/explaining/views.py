"""Stories as a page shows them: marks with a symbol and a word, sentences, rows, and names that stay.

The names (`id`) stay the same while a story goes on, so that a page that refreshes itself keeps open what
somebody opened. Pure. Symbols never stand alone; what is not known is not shown as good.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.automation_events import DeploymentSettled
from bot.domain.events import (
    CommandAnswered,
    DeploymentCorrected,
    DeploymentEnded,
    Event,
    MessagePosted,
    PromptAnswered,
    RequestProgressed,
    RollbackSuggested,
    TimerDue,
    TurnCame,
)
from bot.domain.identity import derive
from bot.domain.request import Request
from bot.domain.values import Seconds
from bot.explaining import reasons, waiting, wording
from bot.explaining.facts import Fact, facts_of
from bot.explaining.marks import (
    ANSWERS,
    DONE,
    HELD_UP,
    OUTCOMES,
    UNDER_WAY,
    Mark,
    delivery_mark,
    effect_mark,
    most_telling,
    state_mark,
)
from bot.explaining.moments import moment
from bot.explaining.plain import PLAIN
from bot.explaining.stories import Plot, QuietRun
from bot.explaining.wording import Who
from bot.messages import endings
from bot.ports import DeliveryRow, EffectRow, OutcomeRow, WaitRow

FACTS_SHOWN = 8
MINOR_FACTS_SHOWN = 4
STEPS_SHOWN_FIRST = 12
STEPS_SHOWN_LAST = 60


class Decided(Struct, frozen=True):
    """What one reactor made of an event; `next` is what a person can do about it."""

    mark: Mark
    reactor: str
    code: str
    sentence: str
    at: Seconds
    values: tuple[Fact, ...]
    next: str = ""


class Performed(Struct, frozen=True):
    """What was done about it outside, or is to be done. `waits` says why not yet, and when again."""

    id: str
    mark: Mark
    said: str
    waits: str
    facts: tuple[Fact, ...]


class Followed(Struct, frozen=True):
    """An event that a decision recorded and that needed no decision of its own."""

    id: str
    said: str


class Step(Struct, frozen=True, kw_only=True):
    """One event or delivery; only an event has a type and a key. `minor` = bookkeeping for the few.

    `waits` says why it is not decided yet, and when that is tried again.
    """

    id: str
    mark: Mark
    said: str
    at: Seconds
    href: str
    link: Literal["delivery", "event"]
    type: str = ""
    key: str = ""
    minor: bool = False
    waits: str = ""
    facts: tuple[Fact, ...] = ()
    decided: tuple[Decided, ...] = ()
    followed: tuple[Followed, ...] = ()
    performed: tuple[Performed, ...] = ()


class Story(Struct, frozen=True, kw_only=True):
    """One story. `why` is what its end comes from, where that is not simply success; `waits` why it does not
    go on, and when it is tried again.

    `links` name its requests and deployments. `left_out` counts steps in the middle of a long one, behind
    the first `early` ones.
    """

    id: str
    mark: Mark
    said: str
    where: str
    why: str
    waits: str
    at: Seconds
    steps: tuple[Step, ...]
    early: int = 0
    left_out: int = 0
    links: tuple[str, ...] = ()
    trouble: int = 0


class Quiet(Struct, frozen=True, kw_only=True):
    """Deliveries that led to nothing."""

    id: str
    mark: Mark
    said: str
    at: Seconds
    steps: tuple[Step, ...]


_PLAIN_REASONS = frozenset({"recorded", "shown", "checked", "requested"})
_NOTABLE = (DeploymentCorrected, DeploymentEnded, PromptAnswered, RollbackSuggested)
_MINOR = (RequestProgressed, CommandAnswered, MessagePosted, TurnCame, TimerDue, DeploymentSettled)


def story(plot: Plot, who: Who) -> Story:
    """Tell a story."""
    steps = _steps(plot, who)
    early, late = _cut(steps)
    first = plot.events[0]
    return Story(
        id=f"story-{plot.id}",
        mark=_mark(plot),
        said=wording.sentence(first.data, who),
        where=_where(plot.requests),
        why=_why(plot),
        waits=waiting.of_story(plot.waits.values(), _effects(plot)),
        at=plot.began_at,
        steps=(*early, *late),
        early=len(early),
        left_out=len(steps) - len(early) - len(late),
        links=tuple(_links(plot.requests)),
        trouble=sum(row.state == "parked" for row in _effects(plot)),
    )


def _effects(plot: Plot) -> Iterable[EffectRow]:
    return (row for rows in plot.effects.values() for row in rows)


def _cut(steps: Sequence[Step]) -> tuple[Sequence[Step], Sequence[Step]]:
    if len(steps) <= STEPS_SHOWN_FIRST + STEPS_SHOWN_LAST:
        return steps, ()
    return steps[:STEPS_SHOWN_FIRST], steps[-STEPS_SHOWN_LAST:]


def _where(told: Sequence[Request]) -> str:
    """What is shipped where, for those who only see the sentence of who asked."""
    wholes = dict.fromkeys(
        f"{request.made.repository.full_name}: "
        f"{', '.join(order.service for order in request.made.orders)} → {request.made.environment}"
        for request in told
    )
    return " · ".join(wholes)


def _links(told: Sequence[Request]) -> Iterable[str]:
    for request in told:
        yield f"Request {request.id}"
        yield from (f"{order.service}: {order.id}" for order in request.made.orders)


def _why(plot: Plot) -> str:
    """What the deployer or the rule said, in the words that people got; empty where all went well."""
    ended = [part.deployment for request in plot.requests for part in request.parts if part.deployment.ended]
    if plot.requests:
        said = (endings.happened(PLAIN, each) for each in ended if each.state != "succeeded")
        return " ".join(dict.fromkeys(said))
    rows = [row for each in plot.outcomes.values() for row in each if row.reason not in _PLAIN_REASONS]
    telling = [row for row in rows if row.outcome == "failed"] or rows
    return reasons.reason(telling[0].reason, telling[0].values) if telling else ""


def _mark(plot: Plot) -> Mark:
    """How the story stands: its requests if it has any, else its command, else its decisions."""
    states = [request.state for request in plot.requests]
    if states:
        return state_mark(most_telling(states))
    shown = [event.data for event in plot.events if isinstance(event.data, RequestProgressed)]
    answers = [event.data for event in plot.events if isinstance(event.data, CommandAnswered)]
    if answers:
        return ANSWERS.get(answers[-1].answer, DONE)
    if shown:
        return state_mark(shown[-1].deployment.state)
    return _decided_mark(plot)


def _is_recorded(event: Event, plot: Plot) -> bool:
    """Whether an event is what a decision recorded of its own key: nobody decides about it any more."""
    cause = next((each for each in plot.events if each.id == event.causation), None)
    return cause is not None and cause.key == event.key and bool(plot.outcomes[cause.id])


def _decided_mark(plot: Plot) -> Mark:
    rows = [row for each in plot.outcomes.values() for row in each]
    if plot.waits:
        return HELD_UP
    if any(not plot.outcomes[event.id] for event in plot.events if not _is_recorded(event, plot)):
        return UNDER_WAY if not rows or rows[-1].outcome != "failed" else OUTCOMES["failed"]
    named = [row.outcome for row in rows]
    worst = next((name for name in ("failed", "acted", "deferred", "superseded") if name in named), "ignored")
    return DONE if worst == "acted" else OUTCOMES[worst]


# --- steps --------------------------------------------------------------------------------------------


def _steps(plot: Plot, who: Who) -> list[Step]:
    folded = _folded(plot, who)
    inside = {each.id for several in folded.values() for each in several}
    steps: list[Step] = []
    told: set[tuple[str, str]] = set()
    for event in plot.events:
        name = (event.source, event.delivery or "")
        row = plot.deliveries.get(name)
        if row is not None and name not in told:
            told.add(name)
            steps.append(delivery_step(row, plot.id))
        if event.id not in inside:
            step = event_step(event, plot.outcomes[event.id], plot.effects[event.id], plot.id, who)
            step = held_up(step, plot.waits.get(event.id, ()))
            steps.append(replace(step, followed=tuple(folded.get(event.id, ()))))
    return steps


def _folded(plot: Plot, who: Who) -> dict[str, list[Followed]]:
    """What is told within the step that it follows from: what no reactor had to look at, or not yet."""
    decided = {id for id, rows in plot.outcomes.items() if rows}
    folded: dict[str, list[Followed]] = {}
    for event in plot.events:
        if event.id in decided or event.id in plot.waits or isinstance(event.data, _NOTABLE):
            continue
        if event.causation in decided:
            said = wording.sentence(event.data, who)
            if isinstance(event.data, TimerDue):
                said = f"Reminder for {moment(event.time)}"
            folded.setdefault(event.causation, []).append(Followed(event.id, said))
    return folded


def delivery_step(row: DeliveryRow, within: str) -> Step:
    """One delivery. `within` is the story's id, since one event may be told in two stories."""
    facts = (
        Fact("event", f"{row.source}: {row.event} {row.action or ''}".strip(), "code"),
        Fact("id", row.id, "code"),
        Fact("received", moment(row.received_at)),
        Fact("state", f"{row.state}, {row.outcome}" if row.outcome else row.state),
        *_ignored(row),
    )
    return Step(
        id=f"step-{within}-{derive('n', row.source, row.id)}",
        mark=delivery_mark(row),
        said=wording.delivery(row),
        at=row.received_at,
        href=row.id,
        link="delivery",
        facts=facts,
    )


def _ignored(row: DeliveryRow) -> Iterable[Fact]:
    """Why a delivery ended as it did, with the values that were compared, and what to do next."""
    if row.reason:
        yield Fact("because", reasons.reason(row.reason, row.values))
    if row.values:
        yield Fact("compared", ", ".join(f"{each.label}: {each.text}" for each in facts_of(row.values)))
    if row.outcome in ("ignored", "failed") and reasons.next_step(row.reason):
        yield Fact("what to do", reasons.next_step(row.reason))


def event_step(
    event: Event, outcomes: Iterable[OutcomeRow], effects: Iterable[EffectRow], within: str, who: Who
) -> Step:
    """One event with its decisions and effects, and the first of what it holds: its page has the rest."""
    decided = tuple(decided_of(row) for row in outcomes)
    minor = isinstance(event.data, _MINOR)
    return Step(
        id=f"step-{within}-{event.id}",
        mark=_event_mark(event, decided),
        said=wording.sentence(event.data, who),
        at=event.recorded_time,
        href=event.id,
        link="event",
        minor=minor,
        type=event.data.TYPE,
        key=event.key,
        facts=facts_of(event.data, MINOR_FACTS_SHOWN if minor else FACTS_SHOWN),
        decided=decided,
        performed=tuple(performed_of(row, within) for row in effects),
    )


def held_up(step: Step, waits: Sequence[WaitRow]) -> Step:
    """Say at a step why it is not decided yet."""
    return replace(step, mark=HELD_UP, waits=waiting.held_up(waits)) if waits else step


def _event_mark(event: Event, decided: Sequence[Decided]) -> Mark:
    """A decision that only remembers is no news; without one, the event applied to its key already."""
    if isinstance(event.data, RequestProgressed):
        # What is told then is an answer: the failure that it answers is told where it happened.
        answered = event.data.prompt is not None and event.data.prompt.answer is not None
        return Mark("💬", "answered", "quiet") if answered else state_mark(event.data.deployment.state)
    if any(each.mark.tone == "bad" for each in decided):
        return next(each.mark for each in decided if each.mark.tone == "bad")
    return decided[0].mark if decided else Mark("•", "recorded", "quiet")


def decided_of(row: OutcomeRow) -> Decided:
    """One decision."""
    return Decided(
        mark=OUTCOMES.get(row.outcome, Mark("?", row.outcome, "quiet")),
        reactor=row.reactor,
        code=row.reason,
        sentence=reasons.reason(row.reason, row.values),
        at=row.decided_at,
        values=() if row.reason == "misunderstood" else facts_of(row.values),  # its sentence names the word
        next=reasons.next_step(row.reason),
    )


def performed_of(row: EffectRow, within: str) -> Performed:
    """One effect."""
    facts = [Fact("effect", f"{row.kind}, {row.key}", "code")]
    if row.version > 1:
        facts.append(Fact("version", f"{row.version}, of which {row.done_version} is done"))
    if row.attempts:
        facts.append(Fact("attempts", str(row.attempts)))
    if row.state == "pending" and row.attempts:
        facts.append(Fact("again at", moment(row.not_before)))
    facts += [Fact("note" if row.state == "done" else "reason", row.reason)] if row.reason else []
    facts += [Fact("what to do", row.hint)] if row.hint else []
    facts += [Fact(f"its {each.label} there", each.text, each.kind) for each in facts_of(row.handle or {})]
    facts.append(Fact("changed", moment(row.updated_at)))
    return Performed(
        id=f"step-{within}-{derive('x', row.key)}",
        mark=effect_mark(row),
        said=wording.effect(row.kind, row.key),
        waits=waiting.postponed(row),
        facts=tuple(facts),
    )


def quiet(run: QuietRun) -> Quiet:
    """Deliveries that needed nothing, in one line; its name is that of the oldest, which stays."""
    oldest = run.deliveries[-1]
    id = derive("n", oldest.source, oldest.id)
    failed = any(row.state == "failed" for row in run.deliveries)
    waits = any(row.state == "received" for row in run.deliveries)
    mark = OUTCOMES["failed"] if failed else UNDER_WAY if waits else OUTCOMES["ignored"]
    return Quiet(
        id=f"story-{id}",
        mark=mark,
        said=_quiet_said(run.deliveries, failed=failed, waits=waits),
        at=run.deliveries[0].received_at,
        steps=tuple(delivery_step(row, id) for row in run.deliveries),
    )


def _quiet_said(rows: Sequence[DeliveryRow], *, failed: bool, waits: bool) -> str:
    kinds = ", ".join(dict.fromkeys(row.event for row in rows))
    number = "1 delivery" if len(rows) == 1 else f"{len(rows)} deliveries"
    if failed:
        return f"{number}, not all of them understood: {kinds}"
    if waits:
        return f"{number} just stored: {kinds}"
    senders = dict.fromkeys(wording.SENDERS.get(row.source, row.source) for row in rows)
    things = "1 thing that needs" if len(rows) == 1 else f"{len(rows)} things that need"
    return f"{' and '.join(senders)} also told of {things} nothing ({kinds})"
