"""What going through the recorded past once more needs of the ledger. Nothing here changes anything."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from bot.domain.effects import EffectBody
from bot.domain.events import Event
from bot.domain.values import Seconds
from bot.ports.ledger import OutcomeRow


class Place(NamedTuple):
    """An event's place in the order of application: the version that it led to, then its number."""

    version: int
    sequence: int


class Beginning(Struct, frozen=True, kw_only=True):
    """Where the recorded events of a key begin: a snapshot's state and place, or nothing at all."""

    state: Any
    place: Place


class Told(Struct, frozen=True, kw_only=True):
    """An event that was applied to its key's state, and what each reactor made of it, with the facts."""

    event: Event
    place: Place
    outcomes: tuple[OutcomeRow, ...] = ()


class Carried(Struct, frozen=True, kw_only=True):
    """What an effect carries, and the event that it was wanted for last. `body` None = it was emptied."""

    causation: str | None
    body: EffectBody | None


class Retelling(Protocol):
    """The ledger as far as its past is gone through. Raises StoreUnavailable."""

    async def keys(self, after: str, limit: int) -> Sequence[str]:
        """List the keys that have a state, a snapshot or events, in the order of their names."""
        ...

    async def keys_since(self, since: Seconds, after: str, limit: int) -> Sequence[str]:
        """List the keys that have events recorded since then, in the order of their names."""
        ...

    async def beginning(self, key: str) -> Beginning:
        """Say from which state the recorded events of a key lead on. Raises Unreadable."""
        ...

    async def told(self, key: str, behind: Place, limit: int) -> Sequence[Told]:
        """List the events of a key that were applied behind a place, in that order. Raises Unreadable."""
        ...

    async def events_named(self, ids: Sequence[str]) -> Mapping[str, Event]:
        """Read events by their ids; those that are not stored are left out. Raises Unreadable."""
        ...

    async def carried(self, keys: Sequence[str]) -> Mapping[str, Carried]:
        """Read what effects carry, by their keys; those that are not stored are left out."""
        ...
