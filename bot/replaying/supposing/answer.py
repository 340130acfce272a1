"""Goes through the recorded decisions with another configuration, and tells what would have been otherwise.

Nothing is pretended: a decision that would have been refused leaves its later events without a cause, so they
are counted and not decided again; what would have followed from a new decision nobody can know.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from bot.domain.events import Event
from bot.domain.values import Seconds
from bot.ports import Decision, Unreadable
from bot.ports.retelling import Retelling
from bot.reactors.row import Row
from bot.replaying import redeciding, walking
from bot.replaying.redeciding import GIVEN_UP, Undecidable
from bot.replaying.supposing.facts import Other, Scene, suppose
from bot.replaying.supposing.telling import changes, is_same, label, rule, who_and_what
from bot.replaying.supposing.unrecorded import NotRecorded
from bot.replaying.walking import Step

DIFFERENCES_MAX = 1_000
"""So many differences are told, the newest ones; all are counted."""
LATER_EVENTS_MAX = 2_000


class Supposing(Retelling, Protocol):
    """The ledger as it is read for a supposition."""

    async def events(self, *, limit: int = 0, correlation: str | None = None) -> Sequence[Event]:
        """List events in their order; the newest `limit` of them."""
        ...


class Difference(Struct, frozen=True, kw_only=True):
    """One decision that would have been otherwise, or of which that is not known (`not_recorded` says why).

    `rule` are the values that the other configuration compared, `changes` what would have followed otherwise.
    `gone` counts the later events that would not have happened; with `unknown` others would have.
    """

    at: Seconds
    event: str
    correlation: str
    who: str
    what: str
    before: str
    after: str = ""
    rule: str = ""
    changes: tuple[str, ...] = ()
    gone: int = 0
    unknown: bool = False
    not_recorded: str | None = None


class Answer(Struct, kw_only=True):
    """What was looked at, and what would have been otherwise.

    `decisions` went by the repository's configuration; `without_cause` of those that differ would never have
    been asked for. `undecidable` is what this version cannot read.
    """

    repository: str
    decisions: int = 0
    otherwise: int = 0
    not_recorded: int = 0
    without_cause: int = 0
    differences: list[Difference] = []
    undecidable: list[str] = []

    @property
    def is_same(self) -> bool:
        """Whether all that is known would have been decided the same."""
        return not (self.otherwise or self.not_recorded)


class _Found(Struct, frozen=True):
    difference: Difference
    place: int
    lost: tuple[str, ...] = ()


async def answer(ledger: Supposing, rows: Mapping[str, Row], other: Other, since: Seconds) -> Answer:
    """Decide again what was decided since then. Reads the ledger, and nothing else."""
    told = Answer(repository=other.repository)
    found: list[_Found] = []
    async for key in walking.keys(ledger, since):
        if not _can_concern(key, other.repository):
            continue
        try:
            async for step in walking.steps(ledger, key):
                if step.outcome.decided_at >= since and step.outcome.outcome != GIVEN_UP:
                    found += _look(rows, step, other, told)
        except Unreadable as error:
            told.undecidable.append(f"{key}: {error}")
    await _sum_up(ledger, found, told)
    return told


def _can_concern(key: str, repository: str) -> bool:
    """A conversation can be about any repository; other keys say which one they are about."""
    kind, _, name = key.partition(":")
    return kind not in ("pr", "slot", "commit", "request") or name.lower().startswith(repository.lower())


def _look(rows: Mapping[str, Row], step: Step, other: Other, told: Answer) -> Iterable[_Found]:
    """Decide a step both ways."""
    row = rows.get(step.outcome.reactor)
    if row is None:
        return
    try:
        facts = redeciding.recalled(row, step.outcome)
        scene, before = _as_it_was(row, step, facts)
        found = _otherwise(row, step, other, (scene, facts, before))
    except Undecidable as error:
        told.undecidable.append(f"{step.event.id}: {error}")
        return
    if found is not None:
        told.decisions += 1
        yield from found


def _otherwise(
    row: Row, step: Step, other: Other, was: tuple[Scene, Any, Decision]
) -> tuple[_Found, ...] | None:
    """Decide with the other configuration. None = it has nothing to do with this, () = all is the same."""
    scene, facts, before = was
    place = scene.event.sequence
    try:
        supposed = suppose(scene, facts, other)
    except NotRecorded as missing:
        return (_Found(_told(scene, facts, before, not_recorded=str(missing)), place),)
    if supposed is None:
        return None
    after = redeciding.decide_with(row, step, scene.state, supposed)
    if redeciding.plainly(before) == redeciding.plainly(after):
        return ()
    return (_Found(_compared(scene, facts, before, after), place, _lost(step, before, after)),)


def _as_it_was(row: Row, step: Step, facts: Any) -> tuple[Scene, Decision]:
    """Decide with the state that leads to what is recorded; the likeliest one where none does."""
    made = []
    for state in step.states:
        scene = Scene(event=step.event, state=state, at=step.outcome.decided_at)
        decision = redeciding.decide_with(row, step, state, facts)
        if (decision.outcome, decision.reason) == (step.outcome.outcome, step.outcome.reason):
            return scene, decision
        made.append((scene, decision))
    return made[0]


def _told(scene: Scene, facts: Any, before: Decision, not_recorded: str | None = None) -> Difference:
    who, what = who_and_what(scene, facts)
    return Difference(
        at=scene.at,
        event=scene.event.id,
        correlation=scene.event.correlation,
        who=who,
        what=what,
        before=label(before),
        not_recorded=not_recorded,
    )


def _compared(scene: Scene, facts: Any, before: Decision, after: Decision) -> Difference:
    new = [each for each in after.events if not any(is_same(each, old) for old in before.events)]
    return msgspec.structs.replace(
        _told(scene, facts, before),
        after=label(after),
        rule=rule(after.values) if label(before) != label(after) else "",
        changes=changes(before, after),
        unknown=bool(new),
    )


def _lost(step: Step, before: Decision, after: Decision) -> tuple[str, ...]:
    """Name the recorded events that the other decision does not lead to."""
    rest, lost = list(after.events), []
    for index, old in enumerate(before.events):
        match = next((new for new in rest if is_same(old, new)), None)
        if match is None:
            lost.append(redeciding.event_id(step.outcome, index))
        else:
            rest.remove(match)
    return tuple(lost)


async def _sum_up(ledger: Supposing, found: Sequence[_Found], told: Answer) -> None:
    """Count what would not have happened, and leave out what nobody would have asked for then."""
    without_cause: set[str] = set()
    differences: list[Difference] = []
    for one in sorted(found, key=lambda each: each.place):  # causes come before what they cause
        difference = one.difference
        if difference.event in without_cause:
            told.without_cause += 1
            continue
        if one.lost:
            gone = await _with_what_follows(ledger, difference.correlation, one.lost)
            without_cause |= gone
            difference = msgspec.structs.replace(difference, gone=len(gone))
        differences.append(difference)
    told.not_recorded = sum(each.not_recorded is not None for each in differences)
    told.otherwise = len(differences) - told.not_recorded
    told.differences = differences[-DIFFERENCES_MAX:]


async def _with_what_follows(ledger: Supposing, correlation: str, lost: Iterable[str]) -> set[str]:
    """Follow the causes: an event whose cause did not happen did not happen either."""
    gone = set(lost)
    for event in await ledger.events(correlation=correlation, limit=LATER_EVENTS_MAX):
        if event.causation in gone:
            gone.add(event.id)
    return gone
