"""What happens to locks and freezes that people take.

Stands beside `events`; `event_types` lists these too.
"""

from typing import Literal

from msgspec import Struct

from bot.domain.event_data import EventData
from bot.domain.values import Person, Place, Repository, Seconds

Ending = Literal["unlocked", "expired", "taken_away", "change_closed"]


class Lock(Struct, frozen=True, kw_only=True):
    """Who keeps others out of what: these services in these environments; none named = all of them.

    `until` None = until it is unlocked. `number` is the pull request that it was taken on: without an end of
    its own it ends with that.
    """

    id: str
    person: Person
    place: Place
    repository: Repository
    since: Seconds
    services: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    until: Seconds | None = None
    because: str | None = None
    number: int | None = None
    channel: str | None = None


class Freeze(Struct, frozen=True, kw_only=True):
    """Nothing goes into an environment; `until` None = until it is unfrozen."""

    id: str
    environment: str
    person: Person
    place: Place
    since: Seconds
    until: Seconds | None = None
    because: str | None = None
    channel: str | None = None


class Waiter(Struct, frozen=True, kw_only=True):
    """Who stands in line for a lock: to get it (`lock`), or to be told that it is free (None)."""

    person: Person
    place: Place
    behind: str
    since: Seconds
    lock: Lock | None = None


class HolderAsked(EventData, frozen=True, kw_only=True):
    """Somebody asks whoever holds a lock to let them in, and wants to be told when it is free."""

    TYPE = "lock.holder_asked"
    waiter: Waiter


class LockAsked(EventData, frozen=True, kw_only=True):
    """Somebody wants a lock: they get it, or stand in line for it."""

    TYPE = "lock.asked"
    lock: Lock


class LockTaken(EventData, frozen=True, kw_only=True):
    """Somebody has a lock now, a new one, or their own with another end or reason (`instead_of`)."""

    TYPE = "lock.taken"
    lock: Lock
    instead_of: str | None = None
    handed_over: bool = False


class LockWaited(EventData, frozen=True, kw_only=True):
    """Somebody stands in line for what is locked."""

    TYPE = "lock.waited"
    waiter: Waiter


class LockReleaseAsked(EventData, frozen=True, kw_only=True):
    """A lock is to end; one of another id, which was taken since, is not meant."""

    TYPE = "lock.release_asked"
    lock: str
    person: Person | None
    place: Place | None
    ending: Ending
    because: str | None = None


class LockReleased(EventData, frozen=True, kw_only=True):
    """A lock ended."""

    TYPE = "lock.released"
    lock: str
    ending: Ending
    at: Seconds
    person: Person | None = None
    because: str | None = None


class LineLeft(EventData, frozen=True, kw_only=True):
    """Somebody does not wait for these locks any more."""

    TYPE = "lock.line_left"
    person: Person


class FreezeBegun(EventData, frozen=True, kw_only=True):
    """Somebody froze an environment."""

    TYPE = "freeze.begun"
    freeze: Freeze


class FreezeEnded(EventData, frozen=True, kw_only=True):
    """A freeze ended: by somebody, or (None) because its time was over."""

    TYPE = "freeze.ended"
    freeze: str
    environment: str
    person: Person | None
    at: Seconds
    channel: str | None = None


class HoldDue(EventData, frozen=True, kw_only=True):
    """A point in time of a lock or a freeze: its holder is reminded, or it ends."""

    TYPE = "hold.due"
    name: Literal["remind", "end"]
    hold: str
