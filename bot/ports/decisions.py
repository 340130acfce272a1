"""What a reactor decides, what is committed of it, and what performing an effect brings."""

from collections.abc import Awaitable, Mapping
from typing import Any, Literal, Protocol

from msgspec import Struct

from bot.domain.effects import Effect, Wanted
from bot.domain.events import Event, New
from bot.domain.values import Seconds

OutcomeName = Literal["acted", "ignored", "deferred", "superseded", "failed"]


class Decision(Struct, frozen=True, kw_only=True):
    """What a reactor makes of an event: an outcome with its reason, new events, effects.

    `values` are what was compared, for `why`. `facts` is what was read for it.
    """

    outcome: OutcomeName
    reason: str
    values: Mapping[str, Any] = {}
    events: tuple[New, ...] = ()
    effects: tuple[Wanted, ...] = ()


class Reactor(Protocol):
    """Turns one kind of event into a decision: reads first, then decides purely.

    `facts` is whatever msgspec can store; a dry replay hands the stored ones to `decide`.
    """

    @property
    def name(self) -> str:
        """The name under which its outcomes are recorded; stable."""
        ...

    def read(self, event: Event, state: Any, /) -> Awaitable[Any]:
        """Read the facts through ports. `state` is the key's, with the event already applied."""
        ...

    def decide(self, event: Event, state: Any, facts: Any, now: Seconds, /) -> Decision:
        """Decide, without reading or doing anything."""
        ...

    def give_up(self, event: Event, reason: str, /) -> tuple[Wanted, ...]:
        """What to tell whom when the event is parked; often nothing."""
        ...


class Work(Struct, frozen=True, kw_only=True):
    """One event for one reactor, leased with its key's state."""

    id: int
    event: Event
    reactor: str
    attempts: int
    first_failed_at: Seconds | None
    applied: bool


class Lease(Struct, frozen=True, kw_only=True):
    """A leased key: its state as stored (None = nothing yet), the state's version, and what is due."""

    key: str
    token: str
    state: Any
    version: int
    work: tuple[Work, ...]


class Recorded(Struct, frozen=True, kw_only=True):
    """A decision as it is committed: one transaction, or nothing.

    `own` are the emitted events of the same key, already applied to `state`. `applied` says that
    `state` contains the work's event too: False where applying it failed.
    """

    lease: Lease
    work: Work
    state: Any
    decision: Decision
    facts: Any
    own: tuple[New, ...]
    others: tuple[New, ...]
    reactors: Mapping[str, tuple[str, ...]]
    decided_at: Seconds
    applied: bool = True


class Performed(Struct, frozen=True, kw_only=True):
    """An effect's success: what the target called it, and what follows for its owner."""

    handle: Mapping[str, Any] | None = None
    events: tuple[New, ...] = ()
    note: str = ""


class Performer(Protocol):
    """Performs one kind of effect. Raises PassingFault or LastingFault."""

    async def __call__(self, effect: Effect, /) -> Performed:
        """Perform it; with `effect.uncertain` look for it first."""
        ...
