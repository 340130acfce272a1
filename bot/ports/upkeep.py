"""What keeps the machinery honest: leases that are held, lanes that wait, and work that was given up."""

from typing import Literal, NamedTuple

from msgspec import Struct

from bot.domain.values import Seconds


class Held(NamedTuple):
    """A lease that is under way: of a key or of an effect, under its token."""

    key: str
    token: str


class LaneRow(Struct, frozen=True, kw_only=True):
    """What is known of a target's health.

    Until `paused_until` (epoch seconds) it is not asked, because of `reason`. So many `failures` came in a
    row; `opened_at` None = its circuit is closed.
    """

    lane: str
    paused_until: Seconds = 0.0
    reason: str | None = None
    failures: int = 0
    opened_at: Seconds | None = None
    updated_at: Seconds = 0.0


class ParkedRow(Struct, frozen=True, kw_only=True):
    """Something that was given up, or that somebody discarded after that.

    `what` is the kind of effect, the event's type or the sender's name for the delivery; `subject` whom or
    what it concerns. `since` is when it was given up, or discarded: then by `discarded_by`. Of an `event`
    the id is `e-…/reactor`. `cause` is the event, or the delivery, that it follows from.
    """

    id: str
    type: Literal["effect", "event", "delivery"]
    what: str
    subject: str
    reason: str
    hint: str | None
    since: Seconds
    attempts: int
    lane: str | None = None
    uncertain: bool = False
    correlation: str | None = None
    cause: str | None = None
    discarded_by: str | None = None


class Choice(Struct, frozen=True, kw_only=True):
    """Which of what was given up: by ids, by lane, by what it is, or all. An event's id means all of it."""

    ids: frozenset[str] = frozenset()
    lane: str | None = None
    what: str | None = None
    everything: bool = False

    def means(self, row: ParkedRow) -> bool:
        """Whether it is meant; each thing that was said narrows it down."""
        if self.ids and row.id not in self.ids and row.id.partition("/")[0] not in self.ids:
            return False
        if self.lane is not None and row.lane != self.lane:
            return False
        if self.what is not None and row.what != self.what:
            return False
        return self.everything or bool(self.ids) or self.lane is not None or self.what is not None
