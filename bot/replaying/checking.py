"""Proves that the past leads to the present: every state is made of its events, every decision of its facts.

Goes through all keys in bounded memory, beside a running bot. What somebody is just deciding can look like a
difference for a moment, so a key that differs is looked at twice. Must never change anything.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from bot.domain.values import Seconds
from bot.ports import Decision, Unreadable
from bot.ports.retelling import Retelling
from bot.ports.retention import Difference
from bot.reactors.row import Row
from bot.replaying import redeciding, walking
from bot.replaying.redeciding import GIVEN_UP, Disagreement, Emitted, Undecidable
from bot.replaying.walking import Step

STEPS_AT_ONCE = 100
LISTED_MAX = 100
"""So many differences are listed of each kind; all are counted."""


class Checked(Protocol):
    """The ledger as far as it is checked."""

    async def difference(self, key: str) -> Difference | None:
        """Compare a key's stored state with what its events make; None = they agree."""
        ...


class CheckedLedger(Checked, Retelling, Protocol):
    """The ledger with its past."""


class Proof(Struct, kw_only=True):
    """What was compared, and what differed: `states` and `decisions` list the first ones.

    `late` decisions were made on a later state than their event's place tells, as after `dead retry`.
    """

    keys: int = 0
    decided_again: int = 0
    late: int = 0
    given_up: int = 0
    states_differing: int = 0
    decisions_differing: int = 0
    states: list[Difference] = []
    decisions: list[Disagreement] = []

    @property
    def agrees(self) -> bool:
        """Whether nothing differed."""
        return not (self.states_differing or self.decisions_differing)

    def add_state(self, difference: Difference) -> None:
        """Count a key whose state is not what its events make."""
        self.states_differing += 1
        if len(self.states) < LISTED_MAX:
            self.states.append(difference)

    def add_decision(self, disagreement: Disagreement) -> None:
        """Count a decision that comes out otherwise."""
        self.decisions_differing += 1
        if len(self.decisions) < LISTED_MAX:
            self.decisions.append(disagreement)


def nobody_listens(_keys: int) -> None:
    """For callers that need not know how far it is."""


async def check(
    ledger: CheckedLedger,
    rows: Mapping[str, Row],
    since: Seconds | None = None,
    told: Callable[[int], None] = nobody_listens,
) -> Proof:
    """Go through all keys, or through those with events since then. `told` hears how many are done."""
    proof = Proof()
    waiting: list[Step] = []
    async for key in walking.keys(ledger, since):
        difference = await ledger.difference(key)
        if difference is not None:
            difference = await ledger.difference(key)
        if difference is not None:
            proof.add_state(difference)
        else:
            await _check_decisions(ledger, rows, key, (proof, waiting))
        proof.keys += 1
        told(proof.keys)
    await _count(ledger, rows, (proof, waiting))
    return proof


async def _check_decisions(
    ledger: Retelling, rows: Mapping[str, Row], key: str, so_far: tuple[Proof, list[Step]]
) -> None:
    proof, waiting = so_far
    try:
        async for step in walking.steps(ledger, key):
            if step.outcome.outcome == GIVEN_UP:
                proof.given_up += 1
                continue
            waiting.append(step)
            if len(waiting) >= STEPS_AT_ONCE:
                await _count(ledger, rows, so_far)
    except Unreadable as error:
        proof.add_state(Difference(key=key, reason=str(error)))


async def _count(ledger: Retelling, rows: Mapping[str, Row], so_far: tuple[Proof, list[Step]]) -> None:
    """Decide again what has gathered."""
    proof, waiting = so_far
    for fitting in await first_fitting(ledger, rows, waiting):
        if isinstance(fitting, Disagreement):
            proof.add_decision(fitting)
        elif fitting:
            proof.late += 1
    proof.decided_again += len(waiting)
    waiting.clear()


async def disagree(ledger: Retelling, rows: Mapping[str, Row], step: Step) -> Disagreement | None:
    """Decide a step again, and compare it with what is recorded; None = they agree."""
    (fitting,) = await first_fitting(ledger, rows, [step])
    return fitting if isinstance(fitting, Disagreement) else None


async def first_fitting(
    ledger: Retelling, rows: Mapping[str, Row], steps: Sequence[Step]
) -> list[int | Disagreement]:
    """Say with which of its states each step comes out as recorded, or how it differs with the first."""
    found: dict[int, int | Disagreement] = {}
    pending = list(range(len(steps)))
    attempt = 0
    while pending:
        differing = await _compare(ledger, rows, [(steps[index], attempt) for index in pending])
        for index, what in zip(pending, differing, strict=True):
            if not what:
                found[index] = attempt
            elif attempt == 0:
                found[index] = _disagreement(steps[index], what)
        attempt += 1
        pending = [
            index
            for index in pending
            if isinstance(found[index], Disagreement) and attempt < len(steps[index].states)
        ]
    return [found[index] for index in range(len(steps))]


def _disagreement(step: Step, what: tuple[str, ...]) -> Disagreement:
    return Disagreement(
        event=step.event.id,
        key=step.event.key,
        type=step.event.data.TYPE,
        reactor=step.outcome.reactor,
        what=what,
    )


async def _compare(
    ledger: Retelling, rows: Mapping[str, Row], attempts: Sequence[tuple[Step, int]]
) -> list[tuple[str, ...]]:
    """Decide steps with one of their states each; what is recorded of all of them is read at once."""
    decided = [_decided(rows, step, step.states[index]) for step, index in attempts]
    events: list[str] = []
    effects: list[str] = []
    for (step, _), decision in zip(attempts, decided, strict=True):
        if isinstance(decision, Decision):
            more_events, more_effects = redeciding.wanted_ids(step.outcome, decision)
            events += more_events
            effects += more_effects
    emitted = Emitted(events=await ledger.events_named(events), effects=await ledger.carried(effects))
    return [
        redeciding.differences(step.outcome, decision, emitted)
        if isinstance(decision, Decision)
        else (decision,)
        for (step, _), decision in zip(attempts, decided, strict=True)
    ]


def _decided(rows: Mapping[str, Row], step: Step, state: object) -> Decision | str:
    """Decide a step; a text is the reason why it cannot be decided."""
    row = rows.get(step.outcome.reactor)
    if row is None:
        return f"this version has no reactor {step.outcome.reactor}"
    try:
        return redeciding.decide_again(row, step, state)
    except Undecidable as error:
        return f"it cannot be decided: {error}"
