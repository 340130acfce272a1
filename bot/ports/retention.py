"""What the retention task needs of the ledger: rebuilding to check by, and removal in small steps.

Each step is one short transaction. Where it stopped is a cursor; a step that is repeated, or that follows a
crash, does the same again and harms nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from bot.domain.values import Seconds

Cursor = TypeVar("Cursor")


class Swept(Struct, Generic[Cursor], frozen=True, kw_only=True):
    """One step: where the next one goes on, whether there is one, and how many rows were removed.

    `refused` says, by key, why nothing of it was removed: its state could not be rebuilt from its events.
    """

    after: Cursor
    ended: bool
    removed: int
    refused: Mapping[str, str] = {}


class Rebuilt(Struct, frozen=True, kw_only=True):
    """A key's state as its snapshot and its events make it, and the version that it has reached."""

    state: Any
    version: int


class Difference(Struct, frozen=True, kw_only=True):
    """A key whose stored state is not what its events make.

    `fields` are the parts of the state that differ; `reason` says why where it is not about parts.
    """

    key: str
    reason: str
    fields: tuple[str, ...] = ()


class Retaining(Protocol):
    """The ledger as far as its past is concerned. Times are epoch seconds."""

    async def forget_deliveries(self, after: int, before: Seconds) -> Swept[int]:
        """Remove some deliveries that were received before then and are done, from a place on."""
        ...

    async def compact_events(self, after: int, before: Seconds, now: Seconds) -> Swept[int]:
        """Remove some whole stories that ended before then; a snapshot keeps what they made of each key."""
        ...

    async def forget_names(self, after: str, before: Seconds) -> Swept[str]:
        """Remove some names that nobody can ask for any more, and requests that no slot remembers."""
        ...

    async def forget_effects(self, after: int) -> Swept[int]:
        """Remove some of the effects that were kept only for what a target called them."""
        ...

    async def keys(self, after: str, limit: int) -> Sequence[str]:
        """List the keys that have a state, a snapshot or events, in the order of their names."""
        ...

    async def rebuilt(self, key: str) -> Rebuilt:
        """Make a key's state anew from its snapshot and the events behind it. Raises Unreadable."""
        ...

    async def difference(self, key: str) -> Difference | None:
        """Compare a key's stored state with what its events make; None = they agree."""
        ...
