"""Locks and freezes as they are taken, passed on and ended: where people who ask at once meet.

A wish is decided on what holds when it is applied, not on what held when the command was read. A lock is
ended by its id, so that nobody's newer one is hit. What ends is passed on to the first in line who can have
it.
"""

from msgspec.structs import replace

from bot.commands.asked import Reply, said
from bot.domain.effects import EffectBody, KeepMessage, SayInThread, Wanted, WriteComment
from bot.domain.event_data import EventData
from bot.domain.events import ChangeClosed, ChangeMerged, Event, New, data_of
from bot.domain.hold_events import (
    Ending,
    Freeze,
    FreezeBegun,
    FreezeEnded,
    HoldDue,
    HolderAsked,
    LineLeft,
    Lock,
    LockAsked,
    LockReleaseAsked,
    LockReleased,
    LockTaken,
    LockWaited,
    Waiter,
)
from bot.domain.holds import Holds, holds_key, is_over, overlap
from bot.domain.holds import apply as apply_to_holds
from bot.domain.identity import derive
from bot.domain.values import Person, Place, PullRequestPlace, Repository, Seconds, SlackPlace, is_same
from bot.messages import holds as messages
from bot.messages.message import Message
from bot.ports import Decision, OutcomeName, Sources

REMIND_BEFORE_SECONDS = 600.0
REMIND_EVERY_SECONDS = 86_400.0
"""How long before its end a holder is reminded, and how often where a lock has none."""


class HoldStory:
    """Collects what a decision records, and keeps the holds as they are after each event."""

    def __init__(self, event: Event, holds: Holds | None, now: Seconds) -> None:
        self.event = event
        self.holds = holds or Holds()
        self.now = now
        self._events: list[New] = []
        self._effects: list[Wanted] = []

    def record(self, data: EventData) -> None:
        """Record an event of these holds and apply it."""
        self._events.append(New(key=self.event.key, data=data))
        self.holds = apply_to_holds(self.holds, data)

    def later(self, data: EventData, due: Seconds) -> None:
        """Have an event come due."""
        self._events.append(New(key=self.event.key, data=data, due=due))

    def want(self, *effects: Wanted) -> None:
        """Order effects."""
        self._effects += effects

    def tell(self, place: Place, person: Person, message: Message, once: str = "") -> None:
        """Answer somebody where they spoke; `once` tells several answers of one event apart."""
        cause = f"{self.event.id}/{once}" if once else self.event.id
        self.want(said(Reply(event=cause, key=self.event.key, place=place, person=person), message))

    def decide(self, outcome: OutcomeName, reason: str, **values: object) -> Decision:
        """Close the story."""
        return Decision(
            outcome=outcome,
            reason=reason,
            values=values,
            events=tuple(self._events),
            effects=tuple(self._effects),
        )


def asked(event: Event, holds: Holds | None, _facts: None, now: Seconds) -> Decision:
    """Somebody wants a lock: they get it, or stand in line."""
    story, wanted = HoldStory(event, holds, now), data_of(event, LockAsked).lock
    held = story.holds.in_the_way_of(wanted, now)
    if held is not None:
        waiter = Waiter(person=wanted.person, place=wanted.place, behind=held.id, since=now, lock=wanted)
        story.record(LockWaited(waiter=waiter))
        place = story.holds.place_of(wanted.person)
        story.tell(wanted.place, wanted.person, messages.in_line(wanted, held, place))
        return story.decide("acted", "locked_by_another", by=held.person.login, place=place)
    for expired in [each for each in story.holds.locks if overlap(each, wanted)]:
        if not is_same(expired.person, wanted.person):  # its time was over and its timer is late
            _release(story, expired, "expired")
    own = next((each for each in story.holds.of(wanted.person) if overlap(each, wanted)), None)
    lock = _same_again(own, wanted) if own is not None else wanted
    _take(story, lock, instead_of=own.id if own else None)
    if isinstance(wanted.place, SlackPlace):
        story.tell(wanted.place, wanted.person, messages.yours(lock))
    return story.decide("acted", "lock_taken", lock=lock.id, until=lock.until)


def _same_again(own: Lock, wanted: Lock) -> Lock:
    """One's own lock with another end, or wider: it stays the same lock where it covers the same."""
    covers_the_same = (own.services, own.environments) == (wanted.services, wanted.environments)
    if not covers_the_same:
        return wanted
    return replace(own, until=wanted.until, because=wanted.because or own.because)


def _take(story: HoldStory, lock: Lock, instead_of: str | None = None, *, handed_over: bool = False) -> None:
    story.record(LockTaken(lock=lock, instead_of=instead_of, handed_over=handed_over))
    story.want(*_shown(lock, messages.taken(lock, handed_over=handed_over)))
    if lock.until is None:
        story.later(HoldDue(name="remind", hold=lock.id), story.now + REMIND_EVERY_SECONDS)
        return
    story.later(HoldDue(name="remind", hold=lock.id), _remind_at(lock, story.now))
    story.later(HoldDue(name="end", hold=lock.id), lock.until)


def release_asked(event: Event, holds: Holds | None, _facts: None, now: Seconds) -> Decision:
    """A lock is to end. If it has ended since, nothing happens: another one is not meant."""
    story, data = HoldStory(event, holds, now), data_of(event, LockReleaseAsked)
    lock = story.holds.lock(data.lock)
    if lock is None:
        return story.decide("ignored", "lock_gone", lock=data.lock)
    _release(story, lock, data.ending, data.person, data.because)
    if data.person is not None and not is_same(data.person, lock.person):
        told = messages.released(lock, data.ending, data.person, data.because)
        story.tell(lock.place, lock.person, told, "holder")
    elif data.place is not None and data.person is not None and isinstance(data.place, SlackPlace):
        message = messages.released(lock, data.ending, data.person, data.because)
        story.tell(data.place, data.person, message, "asker")
    by = data.person.login if data.person else None
    return story.decide("acted", "lock_released", lock=lock.id, by=by, ending=data.ending)


def _release(
    story: HoldStory,
    lock: Lock,
    ending: Ending,
    person: Person | None = None,
    because: str | None = None,
) -> None:
    """End a lock and pass on what it held."""
    story.record(LockReleased(lock=lock.id, ending=ending, at=story.now, person=person, because=because))
    story.want(*_shown(lock, messages.released(lock, ending, person, because)))
    for waiter in story.holds.line:
        _pass_on(story, lock, waiter)


def _pass_on(story: HoldStory, lock: Lock, waiter: Waiter) -> None:
    wanted = waiter.lock
    if wanted is None:
        if waiter.behind == lock.id:
            story.record(LineLeft(person=waiter.person))
            story.tell(
                waiter.place, waiter.person, messages.free_again(waiter, lock), waiter.person.login or ""
            )
        return
    if not overlap(lock, wanted) or story.holds.in_the_way_of(wanted, story.now) is not None:
        return
    lasts = None if wanted.until is None else wanted.until - wanted.since
    now = story.now
    mine = replace(wanted, since=now, until=None if lasts is None else now + lasts)
    _take(story, mine, handed_over=True)
    story.want(*_announced(mine, messages.handed_over(mine), f"{story.event.id}:{mine.id}"))


def holder_asked(event: Event, holds: Holds | None, _facts: None, now: Seconds) -> Decision:
    """Ask the holder where the lock was taken; whoever asks is told when it is free."""
    story, waiter = HoldStory(event, holds, now), data_of(event, HolderAsked).waiter
    lock = story.holds.lock(waiter.behind)
    if lock is None:
        story.tell(waiter.place, waiter.person, messages.listed_holds(story.holds, now))
        return story.decide("ignored", "lock_gone", lock=waiter.behind)
    if story.holds.place_of(waiter.person) is None:
        story.record(LockWaited(waiter=waiter))
    name = (waiter.person.login or waiter.person.slack or "").lower()
    once = derive("x", lock.id, name)  # nobody is asked twice by the same person for one lock
    story.want(*_announced(lock, messages.asked_for(waiter, lock), once))
    return story.decide("acted", "holder_asked", lock=lock.id, holder=lock.person.login)


def line_left(event: Event, holds: Holds | None, _facts: None, now: Seconds) -> Decision:
    """Somebody does not wait any more."""
    return HoldStory(event, holds, now).decide(
        "acted", "recorded", person=data_of(event, LineLeft).person.login
    )


def due(event: Event, holds: Holds | None, _facts: None, now: Seconds) -> Decision:
    """A lock's holder is reminded, or a lock or a freeze ends; what changed meanwhile is left alone."""
    story, data = HoldStory(event, holds, now), data_of(event, HoldDue)
    freeze, lock = story.holds.freeze(data.hold), story.holds.lock(data.hold)
    if freeze is not None and is_over(freeze.until, now):
        story.record(_end_of(freeze, now))
        message = messages.unfrozen(freeze.environment, None)
        story.want(*_in_channel(freeze.channel, message, f"freeze:{freeze.id}"))
        return story.decide("acted", "freeze_over", environment=freeze.environment)
    if lock is None:
        return story.decide("ignored", "lock_gone", lock=data.hold)
    if data.name == "end" and is_over(lock.until, now):
        _release(story, lock, "expired")
        return story.decide("acted", "lock_released", lock=lock.id, ending="expired")
    if data.name == "end" or now < _remind_at(lock, now):
        return story.decide("ignored", "lock_extended", lock=lock.id, until=lock.until)
    story.want(*_announced(lock, messages.reminder(lock, now), f"{event.id}:reminder"))
    if lock.until is None:
        story.later(HoldDue(name="remind", hold=lock.id), now + REMIND_EVERY_SECONDS)
    return story.decide("acted", "holder_reminded", lock=lock.id)


def _remind_at(lock: Lock, now: Seconds) -> Seconds:
    """Some minutes before the end; half of the time before it, where that is less."""
    if lock.until is None:
        return now
    return lock.until - min(REMIND_BEFORE_SECONDS, (lock.until - lock.since) / 2.0)


def _end_of(freeze: Freeze, now: Seconds) -> FreezeEnded:
    return FreezeEnded(
        freeze=freeze.id,
        environment=freeze.environment,
        person=None,
        at=now,
        channel=freeze.channel,
    )


def freeze_begun(event: Event, holds: Holds | None, _facts: None, now: Seconds) -> Decision:
    """An environment is frozen: everybody is told, and its end is set."""
    story, freeze = HoldStory(event, holds, now), data_of(event, FreezeBegun).freeze
    message = messages.frozen(freeze)
    if isinstance(freeze.place, PullRequestPlace) or freeze.channel is None:
        story.tell(freeze.place, freeze.person, message)
    story.want(*_in_channel(freeze.channel, message, f"freeze:{freeze.id}"))
    if freeze.until is not None:
        story.later(HoldDue(name="end", hold=freeze.id), freeze.until)
    return story.decide("acted", "freeze_begun", environment=freeze.environment)


def freeze_ended(event: Event, holds: Holds | None, _facts: None, now: Seconds) -> Decision:
    """A freeze ended: its message says so."""
    story, data = HoldStory(event, holds, now), data_of(event, FreezeEnded)
    message = messages.unfrozen(data.environment, data.person)
    story.want(*_in_channel(data.channel, message, f"freeze:{data.freeze}"))
    return story.decide("acted", "freeze_ended", environment=data.environment)


async def read_of_change(sources: Sources, event: Event) -> Holds:
    """Read what holds in the repository of a pull request that has ended."""
    state = await sources.ledger.state(holds_key(_repository(event)))
    return state if isinstance(state, Holds) else Holds()


def change_ended(event: Event, _change: object, facts: Holds, _now: Seconds) -> Decision:
    """A lock that was taken on a pull request ends with it, unless it says itself how long it lasts."""
    data = event.data
    if not isinstance(data, ChangeClosed | ChangeMerged):
        raise TypeError(f"{event.data.TYPE} ends no pull request")
    left = [each for each in facts.locks if each.number == data.change.number and each.until is None]
    if not left:
        return Decision(outcome="ignored", reason="no_lock_of_it")
    wishes = tuple(
        New(
            key=holds_key(data.change.repository),
            data=LockReleaseAsked(lock=each.id, person=None, place=None, ending="change_closed"),
        )
        for each in left
    )
    values = {"locks": [each.id for each in left]}
    return Decision(outcome="acted", reason="unlock_asked", values=values, events=wishes)


def _repository(event: Event) -> Repository:
    data = event.data
    if not isinstance(data, ChangeClosed | ChangeMerged):
        raise TypeError(f"{event.data.TYPE} ends no pull request")
    return data.change.repository


# --- where it is shown --------------------------------------------------------------------------------


def _shown(lock: Lock, message: Message) -> tuple[Wanted, ...]:
    """The lock's own comment and message, which change with it."""
    effects = _in_channel(lock.channel, message, f"lock:{lock.id}")
    if isinstance(lock.place, PullRequestPlace):
        body: EffectBody = _comment(lock.place, f"pointsman:lock:{lock.id}", message)
        effects += (Wanted(body=body, target=f"comment:lock:{lock.id}"),)
    return effects


def _in_channel(channel: str | None, message: Message, name: str) -> tuple[Wanted, ...]:
    if channel is None:
        return ()
    body = KeepMessage(channel=channel, text=message.text, blocks=message.blocks, marker=f"pointsman:{name}")
    return (Wanted(body=body, target=f"slack:{name}"),)


def _announced(lock: Lock, message: Message, once: str) -> tuple[Wanted, ...]:
    """Say something once to a lock's holder: in the thread of its message, else on its pull request."""
    if lock.channel is not None:
        body: EffectBody = SayInThread(channel=lock.channel, text=message.text, blocks=message.blocks)
        return (Wanted(body=body, target=f"slack:said:{once}", after=f"slack:lock:{lock.id}"),)
    if isinstance(lock.place, PullRequestPlace):
        comment = _comment(lock.place, f"pointsman:lock:{once}", message)
        return (Wanted(body=comment, target=f"comment:lock:{once}"),)
    return ()


def _comment(place: PullRequestPlace, marker: str, message: Message) -> WriteComment:
    repository: Repository = place.repository
    return WriteComment(repository=repository, number=place.number, marker=marker, text=message.markdown)
