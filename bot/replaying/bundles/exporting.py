"""Gathers what is recorded about a subject into a bundle.

Of each key that the story touches: the state before it, and all its events from the story's first to its
last, those of others between them too, because states are made of all. Reads the ledger and nothing else.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from bot import __version__
from bot.domain.events import Event
from bot.domain.state import apply
from bot.domain.values import Seconds
from bot.explaining.gathering import about
from bot.ledger.store import SqlLedger
from bot.ports import DeliveryRow, EffectRow, OutcomeRow
from bot.ports.retelling import Place, Told
from bot.replaying import redeciding
from bot.replaying.bundles.document import (
    VERSION,
    Bundle,
    BundleEffect,
    BundleEvent,
    BundleKey,
    BundleOutcome,
    BundleTold,
)
from bot.replaying.bundles.redaction import Redaction
from bot.replaying.bundles.words import own_words
from bot.replaying.nobody import rows_by_name
from bot.replaying.walking import EVENTS_AT_ONCE, Fold, Step

Found = TypeVar("Found")

STORIES_MAX = 20
EVENTS_OF_A_KEY_MAX = 2_000


class _Slice(Struct, frozen=True):
    """A key's events from the story's first to its last, with the states before and after."""

    key: str
    before: Any
    place: Place
    told: Sequence[Told]
    after: Any
    cut: bool


async def export(ledger: SqlLedger, subject: str, now: Seconds) -> Bundle | None:
    """Make a bundle about a subject, as `why` takes it; None = nothing is recorded. Raises Unreadable."""
    found = await about(ledger, subject, STORIES_MAX)
    events = [event for plot in (*found.plots, *found.led_to) for event in plot.events]
    if not events:
        return None
    slices = [await _slice(ledger, key, ids) for key, ids in _by_key(events).items()]
    beside, wanted = await _consequences(ledger, slices)
    effects = {row.key: row for plot in found.plots for rows in plot.effects.values() for row in rows}
    deliveries = {row.id: row for plot in found.plots for row in plot.deliveries.values()}
    redaction = Redaction(own_words())
    made: Bundle | None = None
    for _ in range(2):  # the first time is for learning the names, which stand in keys before they are met
        made = Bundle(
            format="pointsman-incident",
            version=VERSION,
            program=__version__,
            subject=redaction.subject(subject),
            exported_at=now,
            cut=any(each.cut for each in slices),
            keys=tuple(_key(redaction, each) for each in slices),
            beside=tuple(_event(redaction, event) for event in beside),
            wanted=tuple(redaction.key(key) for key in wanted),
            effects=tuple(_effect(redaction, row) for row in effects.values()),
            deliveries=tuple(_delivery(redaction, row) for row in deliveries.values()),
        )
    return made


def _by_key(events: Sequence[Event]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for event in events:
        found.setdefault(event.key, set()).add(event.id)
    return found


async def _slice(ledger: SqlLedger, key: str, ids: set[str]) -> _Slice:
    """Follow a key from its beginning; keep what stands between the story's first event and its last."""
    beginning = await ledger.beginning(key)
    state = before = after = beginning.state
    place, begun = beginning.place, beginning.place
    kept: list[Told] = []
    last = 0
    while chunk := await ledger.told(key, place, EVENTS_AT_ONCE):
        for told in chunk:
            if not kept and told.event.id not in ids:
                state = before = apply(key, state, told.event.data)
                begun = told.place
                continue
            state = apply(key, state, told.event.data)
            if len(kept) < EVENTS_OF_A_KEY_MAX:
                kept.append(told)
                if told.event.id in ids:
                    last, after = len(kept), state
        place = chunk[-1].place
    cut = len(kept) >= EVENTS_OF_A_KEY_MAX
    return _Slice(key, before, begun, kept[:last], after if last else before, cut)


async def _consequences(ledger: SqlLedger, slices: Sequence[_Slice]) -> tuple[list[Event], list[str]]:
    """Read what decisions led to: events that are in no slice, and effects by their keys.

    Without them, decisions could not be compared with what was recorded.
    """
    rows, named, wanted = rows_by_name(), dict[str, None](), dict[str, None]()
    for one in slices:
        for step in _steps(one):
            row = rows.get(step.outcome.reactor)
            if row is None or step.outcome.outcome == redeciding.GIVEN_UP:
                continue
            for state in step.states:
                try:
                    decision = redeciding.decide_again(row, step, state)
                except redeciding.Undecidable:
                    continue  # a replay says so, here and elsewhere
                events, effects = redeciding.wanted_ids(step.outcome, decision)
                named.update(dict.fromkeys(events))
                wanted.update(dict.fromkeys(effects))
    known = {told.event.id for one in slices for told in one.told}
    beside = await _in_steps(ledger.events_named, [id for id in named if id not in known])
    carried = await _in_steps(ledger.carried, list(wanted))
    return list(beside.values()), list(carried)


async def _in_steps(
    ask: Callable[[Sequence[str]], Awaitable[Mapping[str, Found]]], names: Sequence[str]
) -> dict[str, Found]:
    """Ask about many names, a bounded number at a time."""
    found: dict[str, Found] = {}
    for first in range(0, len(names), EVENTS_AT_ONCE):
        found.update(await ask(names[first : first + EVENTS_AT_ONCE]))
    return found


def _steps(one: _Slice) -> list[Step]:
    fold = Fold(one.key, one.before)
    found = [step for told in one.told for step in fold.add(told)]
    return [*found, *fold.end()]


def _key(redaction: Redaction, one: _Slice) -> BundleKey:
    return BundleKey(
        key=redaction.key(one.key),
        before=redaction.hide(one.before),
        place=(one.place.version, one.place.sequence),
        told=tuple(
            BundleTold(
                event=_event(redaction, told.event),
                place=(told.place.version, told.place.sequence),
                outcomes=tuple(_outcome(redaction, each) for each in told.outcomes),
            )
            for told in one.told
        ),
        after=redaction.hide(one.after),
    )


def _event(redaction: Redaction, event: Event) -> BundleEvent:
    return BundleEvent(
        id=event.id,
        type=event.data.TYPE,
        version=event.data.VERSION,
        source=event.source,
        key=redaction.key(event.key),
        time=event.time,
        recorded_time=event.recorded_time,
        correlation=event.correlation,
        causation=event.causation,
        delivery=None if event.delivery is None else redaction.delivery(event.delivery),
        sequence=event.sequence,
        data=redaction.hide(msgspec.to_builtins(event.data)),
    )


def _outcome(redaction: Redaction, row: OutcomeRow) -> BundleOutcome:
    return BundleOutcome(
        reactor=row.reactor,
        outcome=row.outcome,
        reason=redaction.hide(row.reason, "reason"),
        values=redaction.hide(row.values),
        facts=redaction.hide(row.facts),
        decided_at=row.decided_at,
    )


def _effect(redaction: Redaction, row: EffectRow) -> BundleEffect:
    return BundleEffect(
        key=redaction.key(row.key),
        kind=row.kind,
        state=row.state,
        attempts=row.attempts,
        version=row.version,
        done_version=row.done_version,
        causation=row.causation,
        correlation=row.correlation,
        updated_at=row.updated_at,
    )


def _delivery(redaction: Redaction, row: DeliveryRow) -> DeliveryRow:
    return DeliveryRow(
        id=redaction.delivery(row.id),
        source=row.source,
        event=row.event,
        action=row.action,
        received_at=row.received_at,
        state=row.state,
        outcome=row.outcome,
        reason=None if row.reason is None else redaction.hide(row.reason, "reason"),
        sha=row.sha,
    )
