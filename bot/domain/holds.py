"""The locks and freezes of one repository, and who stands in line for them.

One state for all of them, so that several targets are taken, and given back, in one step. What is past its
end holds no longer, whatever its timer did. Two people never hold locks that overlap.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.event_data import EventData
from bot.domain.hold_events import (
    Freeze,
    FreezeBegun,
    FreezeEnded,
    LineLeft,
    Lock,
    LockReleased,
    LockTaken,
    LockWaited,
    Waiter,
)
from bot.domain.values import Person, Repository, Seconds, is_same

LINE_MAX = 50


class Holds(Struct, frozen=True):
    """Locks and freezes that hold, and the line, first come first."""

    locks: tuple[Lock, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    line: tuple[Waiter, ...] = ()

    def lock_on(self, service: str, environment: str, now: Seconds) -> Lock | None:
        """The lock that covers a service in an environment now."""
        held = (each for each in self.locks if covers(each, service, environment))
        return next((each for each in held if not is_over(each.until, now)), None)

    def freeze_on(self, environment: str, now: Seconds) -> Freeze | None:
        """The freeze that somebody began and that holds there now; of several the one that ends last."""
        here = [each for each in self.freezes if each.environment == environment]
        held = [each for each in here if not is_over(each.until, now)]
        return max(held, key=lambda each: float("inf") if each.until is None else each.until, default=None)

    def lock(self, lock_id: str) -> Lock | None:
        """Find a lock by its id."""
        return next((each for each in self.locks if each.id == lock_id), None)

    def freeze(self, freeze_id: str) -> Freeze | None:
        """Find a freeze by its id."""
        return next((each for each in self.freezes if each.id == freeze_id), None)

    def of(self, person: Person) -> tuple[Lock, ...]:
        """The locks that somebody holds."""
        return tuple(each for each in self.locks if is_same(each.person, person))

    def in_the_way_of(self, wanted: Lock, now: Seconds) -> Lock | None:
        """Somebody else's lock that overlaps with a wanted one."""
        others = (each for each in self.locks if not is_same(each.person, wanted.person))
        return next((each for each in others if overlap(each, wanted) and not is_over(each.until, now)), None)

    def place_of(self, person: Person) -> int | None:
        """Somebody's place in line, from 1; None = they do not wait."""
        places = (place for place, each in enumerate(self.line, 1) if is_same(each.person, person))
        return next(places, None)


def holds_key(repository: Repository) -> str:
    """The key of a repository's locks and freezes."""
    return f"holds:{repository.full_name}"


def is_over(until: Seconds | None, now: Seconds) -> bool:
    """Whether an end has come."""
    return until is not None and now >= until


def covers(lock: Lock, service: str, environment: str) -> bool:
    """Whether a lock holds for a service in an environment."""
    return _meet(lock.services, (service,)) and _meet(lock.environments, (environment,))


def overlap(one: Lock, other: Lock) -> bool:
    """Whether two locks hold for a same service in a same environment."""
    return _meet(one.services, other.services) and _meet(one.environments, other.environments)


def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two lists share a name; an empty one stands for all."""
    return not one or not other or not set(one).isdisjoint(other)


def apply(holds: Holds | None, data: EventData) -> Holds:
    """Give a repository's locks and freezes after an event."""
    holds = holds or Holds()
    match data:
        case LockTaken():
            others = (each for each in holds.locks if each.id not in (data.instead_of, data.lock.id))
            line = _without(holds.line, data.lock.person)
            return replace(holds, locks=(*others, data.lock), line=line)
        case LockReleased():
            left = tuple(each for each in holds.locks if each.id != data.lock)
            return replace(holds, locks=left)
        case LockWaited():
            line = _without(holds.line, data.waiter.person)
            return replace(holds, line=(*line, data.waiter)[:LINE_MAX])
        case LineLeft():
            return replace(holds, line=_without(holds.line, data.person))
        case FreezeBegun():
            return replace(holds, freezes=(*holds.freezes, data.freeze))
        case FreezeEnded():
            left_freezes = tuple(each for each in holds.freezes if each.id != data.freeze)
            return replace(holds, freezes=left_freezes)
    return holds


def _without(line: Iterable[Waiter], person: Person) -> tuple[Waiter, ...]:
    return tuple(each for each in line if not is_same(each.person, person))
