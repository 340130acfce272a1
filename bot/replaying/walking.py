"""Walks through a key's recorded past: each decision with the state that it saw, in bounded memory.

State is folded with `apply` from the snapshot on, in the order of application. What was given up and decided
only later saw a later state than its event's place tells: all that it can have seen are then offered.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from msgspec import Struct

from bot.domain.events import Event
from bot.domain.state import apply
from bot.domain.values import Seconds
from bot.ports import OutcomeRow
from bot.ports.retelling import Beginning, Retelling, Told

EVENTS_AT_ONCE = 200
KEYS_AT_ONCE = 500
STATES_MAX = 20


class Step(Struct, frozen=True, kw_only=True):
    """One decision as it is recorded. `states` are those that it can have seen, the likeliest first."""

    event: Event
    outcome: OutcomeRow
    states: tuple[Any, ...]


class Fold:
    """Folds a key's events, one after the other, into steps with the states that they can have seen.

    A decision saw the state right after its event, as a rule. What was given up and tried again, and the
    second reactor of an event, saw a later one. None saw what came of an event that was recorded after it.
    """

    def __init__(self, key: str, beginning: Any) -> None:
        self._key = key
        self._version = 0
        self.state = beginning
        self._held: list[tuple[Event, OutcomeRow, list[Any]]] = []

    def add(self, told: Told) -> Iterator[Step]:
        """Take the next event; gives the steps of earlier ones of which all is known now."""
        if told.place.version != self._version:
            self._offer()
            self._version = told.place.version
        yield from self._known(told.event.recorded_time)
        self.state = apply(self._key, self.state, told.event.data)
        self._held += [(told.event, outcome, [self.state]) for outcome in told.outcomes]

    def end(self) -> Iterator[Step]:
        """Give what is left."""
        self._offer()
        yield from (_step(*held) for held in self._held)
        self._held = []

    def _offer(self) -> None:
        """A decision sees a state as a transaction left it, with all that was decided in it."""
        for _, _, states in self._held:
            if states[-1] is not self.state and len(states) < STATES_MAX:
                states.append(self.state)

    def _known(self, recorded_at: Seconds) -> Iterator[Step]:
        yield from (_step(*held) for held in self._held if held[1].decided_at < recorded_at)
        self._held = [held for held in self._held if held[1].decided_at >= recorded_at]


def _step(event: Event, outcome: OutcomeRow, states: list[Any]) -> Step:
    return Step(event=event, outcome=outcome, states=tuple(states))


async def steps(ledger: Retelling, key: str, beginning: Beginning | None = None) -> AsyncIterator[Step]:
    """Walk through a key's recorded past. Raises Unreadable at the first thing that cannot be read."""
    start = beginning or await ledger.beginning(key)
    fold, place = Fold(key, start.state), start.place
    while True:
        chunk = await ledger.told(key, place, EVENTS_AT_ONCE)
        for told in chunk:
            for step in fold.add(told):
                yield step
        if len(chunk) < EVENTS_AT_ONCE:
            break
        place = chunk[-1].place
    for step in fold.end():
        yield step


async def keys(ledger: Retelling, since: Seconds | None = None) -> AsyncIterator[str]:
    """List all keys, or those with events since then, in the order of their names."""
    after = ""
    while True:
        if since is None:
            found = await ledger.keys(after, KEYS_AT_ONCE)
        else:
            found = await ledger.keys_since(since, after, KEYS_AT_ONCE)
        for key in found:
            yield key
        if len(found) < KEYS_AT_ONCE:
            return
        after = found[-1]
