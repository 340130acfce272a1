"""Replays a bundle: states are made anew of its events, every decision is made again of its facts.

Needs no ledger, no credentials and no network. What was hidden is left out of the comparison.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from bot.domain import event_types, events, upcasting
from bot.domain.events import Event
from bot.domain.state import TYPES
from bot.domain.values import Seconds
from bot.ports import OutcomeRow, Unreadable
from bot.ports.retelling import Beginning, Carried, Place, Told
from bot.reactors.row import Row
from bot.replaying import redeciding, walking
from bot.replaying.bundles.document import (
    BYTES_MAX,
    FORMAT,
    VERSION,
    Bundle,
    BundleEvent,
    BundleKey,
    BundleTold,
)
from bot.replaying.bundles.redaction import Redaction
from bot.replaying.bundles.words import own_words
from bot.replaying.nobody import rows_by_name
from bot.replaying.redeciding import GIVEN_UP, Blur, Disagreement, Emitted
from bot.replaying.walking import Step


class NoBundle(Exception):
    """What is no bundle, or one of a newer program; the text says which."""


class Line(NamedTuple):
    """A decision as the story tells it."""

    at: Seconds
    key: str
    type: str
    outcome: str
    reason: str


class Replayed(Struct, frozen=True, kw_only=True):
    """What came of it. `states` are keys whose events do not make the state that stands at their end."""

    subject: str
    program: str
    keys: int
    decisions: int
    given_up: int
    states: Sequence[str]
    differing: Sequence[Disagreement]
    story: Sequence[Line]

    @property
    def agrees(self) -> bool:
        """Whether all came out as it was recorded."""
        return not (self.states or self.differing)


def read_bundle(raw: bytes) -> Bundle:
    """Read a bundle. Raises NoBundle."""
    if len(raw) > BYTES_MAX:
        raise NoBundle(f"It has {len(raw)} bytes; a bundle has {BYTES_MAX} at the most.")
    try:
        head = msgspec.json.decode(raw)
        if not isinstance(head, dict) or head.get("format") != FORMAT:
            raise NoBundle("It is not what `pointsman events export` writes.")
        if head.get("version") != VERSION:
            raise NoBundle(
                f"It is a bundle of version {head.get('version')}; this program reads version {VERSION}. "
                "Use the version of Pointsman that made it, or a newer one."
            )
        return msgspec.convert(head, Bundle)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NoBundle(f"It is damaged: {error}.") from error


class BundlePast:
    """A bundle, read as a ledger's past is."""

    def __init__(self, bundle: Bundle) -> None:
        """Raises Unreadable where an event is not readable by this program."""
        self._keys = {one.key: one for one in bundle.keys}
        self._told = {one.key: [_told(each) for each in one.told] for one in bundle.keys}
        own = [told.event for told_of_key in self._told.values() for told in told_of_key]
        self._wanted = frozenset(bundle.wanted)
        self._events = {event.id: event for event in (*own, *map(_event, bundle.beside))}

    async def keys(self, after: str, limit: int) -> Sequence[str]:
        """List keys in the order of their names."""
        return [key for key in sorted(self._keys) if key > after][:limit]

    async def keys_since(self, since: Seconds, after: str, limit: int) -> Sequence[str]:
        """List the keys that have events recorded since then."""
        recent = {
            key for key, told in self._told.items() if any(each.event.recorded_time >= since for each in told)
        }
        return [key for key in sorted(recent) if key > after][:limit]

    async def beginning(self, key: str) -> Beginning:
        """Say from which state the events of a key lead on. Raises Unreadable."""
        one = self._keys[key]
        return Beginning(state=_state(key, one.before), place=Place(*one.place))

    async def told(self, key: str, behind: Place, limit: int) -> Sequence[Told]:
        """List the events of a key that were applied behind a place."""
        return [told for told in self._told[key] if told.place > behind][:limit]

    async def events_named(self, ids: Sequence[str]) -> Mapping[str, Event]:
        """Give events by their ids."""
        return {id: self._events[id] for id in ids if id in self._events}

    async def carried(self, keys: Sequence[str]) -> Mapping[str, Carried]:
        """Say which effects were recorded. What they said is in no bundle, so any text agrees."""
        return {key: Carried(causation=None, body=None) for key in keys if key in self._wanted}


async def replay(bundle: Bundle) -> Replayed:
    """Go through a bundle. Raises Unreadable, NoBundle."""
    past, rows, blur = BundlePast(bundle), rows_by_name(), _blur(own_words())
    states: list[str] = []
    differing: list[Disagreement] = []
    story: list[Line] = []
    given_up = 0
    for one in bundle.keys:
        if not await _state_agrees(past, one, blur):
            states.append(one.key)
        async for step in walking.steps(past, one.key):
            story.append(_line(step))
            if step.outcome.outcome == GIVEN_UP:
                given_up += 1
                continue
            found = await _disagree(past, rows, step, blur)
            if found is not None:
                differing.append(found)
    return Replayed(
        subject=bundle.subject,
        program=bundle.program,
        keys=len(bundle.keys),
        decisions=len(story) - given_up,
        given_up=given_up,
        states=states,
        differing=differing,
        story=sorted(story),
    )


def _blur(words: frozenset[str]) -> Blur:
    """Hides what was hidden, in what comes out anew as well; names that a bundle gave stay."""
    return lambda value: Redaction(words).hide(redeciding.plainly(value))


async def _state_agrees(past: BundlePast, one: BundleKey, blur: Blur) -> bool:
    beginning = await past.beginning(one.key)
    fold = walking.Fold(one.key, beginning.state)
    for told in await past.told(one.key, beginning.place, len(one.told)):
        for _ in fold.add(told):
            pass
    return bool(blur(fold.state) == blur(_state(one.key, one.after)))


async def _disagree(past: BundlePast, rows: Mapping[str, Row], step: Step, blur: Blur) -> Disagreement | None:
    what: tuple[str, ...] = ()
    for state in step.states:
        what = await _differences(past, rows, step, state, blur)
        if not what:
            return None
    return Disagreement(
        event=step.event.id,
        key=step.event.key,
        type=step.event.data.TYPE,
        reactor=step.outcome.reactor,
        what=what,
    )


async def _differences(
    past: BundlePast, rows: Mapping[str, Row], step: Step, state: Any, blur: Blur
) -> tuple[str, ...]:
    row = rows.get(step.outcome.reactor)
    if row is None:
        return (f"this version has no reactor {step.outcome.reactor}",)
    try:
        decision = redeciding.decide_again(row, step, state)
    except redeciding.Undecidable as error:
        return (f"it cannot be decided: {error}",)
    decision = msgspec.structs.replace(decision, reason=blur(decision.reason))
    events, effects = redeciding.wanted_ids(step.outcome, decision)
    emitted = Emitted(events=await past.events_named(events), effects=await past.carried(effects))
    return redeciding.differences(step.outcome, decision, emitted, blur)


def _line(step: Step) -> Line:
    outcome = step.outcome
    return Line(outcome.decided_at, step.event.key, step.event.data.TYPE, outcome.outcome, outcome.reason)


def _state(key: str, plain: Any) -> Any:
    kind = TYPES.get(key.partition(":")[0])
    if kind is None or plain is None:
        return None
    try:
        return msgspec.convert(plain, kind)
    except msgspec.ValidationError as error:
        raise Unreadable(f"the state of {key}: {error}") from error


def _told(one: BundleTold) -> Told:
    return Told(
        event=_event(one.event),
        place=Place(*one.place),
        outcomes=tuple(
            OutcomeRow(
                event=one.event.id,
                reactor=each.reactor,
                outcome=each.outcome,
                reason=each.reason,
                values=each.values,
                facts=each.facts,
                decided_at=each.decided_at,
            )
            for each in one.outcomes
        ),
    )


def _event(one: BundleEvent) -> Event:
    return Event(
        id=one.id,
        source=one.source,
        time=one.time,
        recorded_time=one.recorded_time,
        key=one.key,
        correlation=one.correlation,
        causation=one.causation,
        data=_data(one),
        delivery=one.delivery,
        sequence=one.sequence,
    )


def _data(one: BundleEvent) -> events.EventData:
    kind = event_types.BY_TYPE.get(one.type)
    if kind is None:
        raise Unreadable(f"this version does not know {one.type}")
    try:
        versions = (one.version, kind.VERSION)
        plain = one.data
        if one.version != kind.VERSION:
            plain = dict(upcasting.upcast(one.type, versions, plain, upcasting.UPCASTERS))
        return msgspec.convert(plain, kind)
    except (upcasting.NoWayUp, msgspec.ValidationError) as error:
        raise Unreadable(f"{one.type} in version {one.version}: {error}") from error
