"""Whatever deployers say, and in whatever order: one look, one deadline, and the slot comes free again."""

import random
from functools import reduce
from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.deployment import DriverCall
from bot.domain.effects import CallDeployer, CancelDeployer, EffectBody, LookAtDeployer
from bot.domain.events import (
    CancellationAnswered,
    CancellationRequested,
    DeployerAnswered,
    DeployerLooked,
    DeployerReported,
    DeploymentRequested,
    EffectParked,
    EventData,
    TimerDue,
    TurnCame,
)
from bot.domain.slot import Slot, apply, next_in_line
from bot.domain.values import Report
from bot.reactors import table
from bot.reactors.turn import StartFacts
from tests.unit.reactors.stories import ADA, AT, BOB, SLOT, event, order

STEPS = 120
DEPLOYMENTS = 6
TIMERS_MAX = 1_000
HUGE = 2**31 - 1
Asked = CallDeployer | LookAtDeployer | CancelDeployer


class Chaos:
    """A slot with deployers that answer, report, fall silent and repeat themselves as chance will have it."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.slot = Slot()
        self.timers: list[tuple[float, int, EventData]] = []
        self.asked: list[Asked] = []
        self.ids: list[str] = []
        self.outcomes: dict[str, str] = {}
        self.applied: list[EventData] = []
        self._now, self._count = AT, 0
        self._reactors = table(None)  # type: ignore[arg-type]  # a slot's reactors read nothing

    def step(self) -> None:
        """Let one thing happen, likely or not."""
        deeds = [self.time_passes, self.time_passes, self.target_answers, self.target_answers]
        deeds += [self.somebody_asks, self.somebody_reports, self.somebody_cancels]
        self.chance.choice(deeds)()
        self.check()

    def somebody_asks(self) -> None:
        if len(self.ids) == DEPLOYMENTS:
            return
        self.ids.append(f"d-{len(self.ids)}")
        call = DriverCall("any", reports=self.chance.choice(["callback", "actions"]))
        busy = self.chance.choice(["queue", "supersede", "reject"])
        made = order(self.ids[-1], call=call, on_busy=busy, start_timeout=30.0, timeout=100.0)
        self.happens(DeploymentRequested(order=made))

    def time_passes(self) -> None:
        if self.timers:
            self.timers.sort(key=lambda timer: timer[:2])
            due, _, data = self.timers.pop(0)
            self._now = max(self._now, due)
            self.happens(data)

    def target_answers(self) -> None:
        if not self.asked:
            return
        body = self.asked.pop(self.chance.randrange(len(self.asked)))
        if self.one_in(5):
            self.happens(
                EffectParked(
                    effect="x-1",
                    kind=body.KIND,
                    reason="away",
                    hint="",
                    uncertain=self.one_in(2),
                    deployment=body.order.id,
                )
            )
        else:
            self.happens(self._answer(body))

    def _answer(self, body: Asked) -> EventData:
        told: dict[str, Any] = {"deployment": body.order.id, "attempt": 1}
        if self.one_in(2):
            told["report"] = self.report(body.order.id)
        if isinstance(body, CancelDeployer):
            return CancellationAnswered(**told, accepted=self.one_in(2))
        told["look_after"] = None if self.one_in(3) else 5.0
        if isinstance(body, LookAtDeployer):
            return DeployerLooked(**told, lost="gone" if self.one_in(10) else None)
        names, waits = (f"run:{body.order.id}",), self.one_in(3)
        return DeployerAnswered(**told, accepted=not self.one_in(5), names=names, awaits_deployer=waits)

    def somebody_reports(self) -> None:
        if self.ids:
            id = self.chance.choice(self.ids)
            name = self.chance.choice([id, f"run:{id}", f"dispatch:1:{id}"])
            known = self.slot.named(name)
            by = known.order.call.reports if known is not None else "callback"
            self.happens(DeployerReported(report=self.report(name), by="nobody" if self.one_in(9) else by))

    def report(self, name: str) -> Report:
        return Report(
            name,
            self.chance.choice(
                ["accepted", "in_progress", "in_progress", "succeeded", "failed", "cancelled"]
            ),
            attempt=self.chance.choice([None, 1, 2]),
            step=self.chance.choice([None, 0, 1]),
            sequence=self.chance.choice([None, self.chance.randrange(9), HUGE]),
            again=self.one_in(6),
        )

    def somebody_cancels(self) -> None:
        if self.ids:
            person = self.chance.choice([ADA, BOB])
            self.happens(
                CancellationRequested(deployment=self.chance.choice(self.ids), person=person, at=self._now)
            )

    def one_in(self, many: int) -> bool:
        return self.chance.randrange(many) == 0

    def happens(self, data: EventData) -> None:
        """Apply an event and what its reactors decide."""
        self._count += 1
        self._apply(data)
        for reactor in self._reactors[data.TYPE]:
            facts = None
            if isinstance(data, TurnCame):
                chosen = next_in_line(self.slot)
                facts = StartFacts(candidate=chosen.id if chosen else None)
            happened = replace(event(data, id=f"e-{self._count}"), time=self._now)
            decision = reactor.decide(happened, self.slot, facts, self._now)
            for new in decision.events:
                if new.key == SLOT and new.due is None:
                    self._apply(new.data)
                elif new.key == SLOT:
                    self.timers.append((new.due or 0.0, self._count, new.data))
            for wanted in decision.effects:
                self._want(wanted.body)

    def _apply(self, data: EventData) -> None:
        self.applied.append(data)
        self.slot = apply(self.slot, data)

    def _want(self, body: EffectBody) -> None:
        if isinstance(body, LookAtDeployer):  # converging: one for each deployment
            self.asked = [each for each in self.asked if each not in self._looks(body.order.id)]
        if isinstance(body, CallDeployer | LookAtDeployer | CancelDeployer):
            self.asked.append(body)

    def _looks(self, id: str) -> list[Asked]:
        return [each for each in self.asked if isinstance(each, LookAtDeployer) and each.order.id == id]

    def check(self) -> None:
        """What holds at any time."""
        for ended in self.slot.history:
            assert ended.ended
            assert self.outcomes.setdefault(ended.id, ended.state) == ended.state
        current = self.slot.current
        if current is None:
            assert not self.slot.queue or any(isinstance(data, TurnCame) for _, _, data in self.timers)
            return
        due = [data for _, _, data in self.timers if isinstance(data, TimerDue)]
        names = [each.name for each in due if each.deployment == current.id]
        assert names.count("look") + len(self._looks(current.id)) <= 1
        assert ("start_timeout" if current.accepted_at is None else "timeout") in names
        assert names.count("timeout") <= 1


@pytest.mark.parametrize("seed", range(150))
def test_a_slot_is_looked_at_once_ends_in_time_and_never_changes_an_outcome(seed: int) -> None:
    chaos = Chaos(seed)
    for _ in range(STEPS):
        chaos.step()
    chaos.asked.clear()  # from now on nobody answers any more
    for _ in range(TIMERS_MAX):
        chaos.time_passes()
        chaos.check()
    assert chaos.timers == []
    assert (chaos.slot.current, chaos.slot.queue) == (None, ())


def test_the_chances_are_such_that_every_way_to_end_is_met() -> None:
    met: set[str] = set()
    for seed in range(150):
        chaos = Chaos(seed)
        for _ in range(STEPS):
            chaos.step()
        met |= set(chaos.outcomes.values())
    assert met == {"succeeded", "failed", "cancelled", "timed_out", "unknown"}


def test_the_slot_is_what_its_events_make_of_it_and_nothing_else() -> None:
    for seed in range(20):
        chaos = Chaos(seed)
        for _ in range(STEPS):
            chaos.step()
        assert reduce(apply, chaos.applied, Slot()) == chaos.slot
