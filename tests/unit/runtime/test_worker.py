"""One key in order, keys in parallel, a decision in one transaction or not at all."""

import asyncio

import pytest

from bot.domain.change import ChangeState
from bot.domain.effects import Wanted
from bot.domain.errors import PassingFault, StoreUnavailable
from bot.domain.events import CommandAnswered, CommandGiven, DeploymentStarted, Event, TimerDue
from bot.ports import Decision, Meant
from bot.runtime.worker import FACTS_SECONDS_MAX, HOLD_SECONDS_MAX, KEYS_AT_ONCE, KEYS_SHARE
from tests.unit.runtime.machinery import (
    OTHER,
    PULL,
    SLOT,
    Machinery,
    Scripted,
    begun,
    given,
    message,
    new,
    reaction,
    settle,
    text_of,
    timer,
    until_idle,
)


def answered(name: str = "one") -> CommandAnswered:
    return CommandAnswered(command=name, answer="answered", reason="test")


async def test_events_of_one_key_are_decided_in_the_order_in_which_they_came(machinery: Machinery) -> None:
    await machinery.deliver("one", "two", "three")
    await until_idle(machinery.worker())
    assert machinery.reactor.decided == ["one", "two", "three"]


async def test_a_slow_key_delays_no_other(machinery: Machinery) -> None:
    go_on = asyncio.Event()

    async def reading(event: Event, _state: object) -> None:
        if event.key == PULL:
            await go_on.wait()

    machinery.reactor.reading = reading
    await machinery.deliver("slow")
    await machinery.deliver("quick", key=OTHER)
    worker = machinery.worker()
    await begun(worker)
    assert machinery.reactor.decided == ["quick"]
    go_on.set()
    await settle(worker)
    assert machinery.reactor.decided == ["quick", "slow"]


async def test_a_key_under_way_is_not_leased_a_second_time(machinery: Machinery) -> None:
    go_on = asyncio.Event()

    async def reading(*_: object) -> None:
        await go_on.wait()

    machinery.reactor.reading = reading
    await machinery.deliver("one")
    worker = machinery.worker()
    await begun(worker)
    machinery.clock.time += 3600  # its lease has long ended
    await machinery.deliver("two")
    await begun(worker)
    go_on.set()
    await until_idle(worker)
    assert machinery.reactor.decided == []  # what it had read was too old by then
    machinery.clock.time += 15
    await begun(worker)
    await until_idle(worker)
    assert sorted(machinery.reactor.decided) == ["one", "two"]


async def test_so_many_keys_at_once_and_no_more(machinery: Machinery) -> None:
    go_on = asyncio.Event()
    reads: list[str] = []

    async def reading(event: Event, _state: object) -> None:
        reads.append(event.key)
        await go_on.wait()

    machinery.reactor.reading = reading
    for number in range(KEYS_AT_ONCE + 3):
        await machinery.deliver("x", key=f"pr:owner-{number}/shop#1")
    worker = machinery.worker()
    await begun(worker)
    await begun(worker)
    assert len(reads) == KEYS_AT_ONCE
    go_on.set()
    await until_idle(worker)
    assert len(reads) == KEYS_AT_ONCE + 3


async def test_keys_that_wait_for_one_installation_leave_room_for_the_others(machinery: Machinery) -> None:
    go_on = asyncio.Event()
    reads: list[str] = []

    async def reading(event: Event, _state: object) -> None:
        reads.append(event.key)
        if event.key.startswith("pr:acme/"):
            await go_on.wait()

    machinery.reactor.reading = reading
    for number in range(KEYS_AT_ONCE * 2):
        await machinery.deliver("x", key=f"pr:acme/shop#{number}")
    others = ["pr:globex/shop#1", "slack:T1:C1:1.5", "pr:globex/shop#2"]
    for key in others:
        await machinery.deliver("x", key=key)
    worker = machinery.worker()
    await begun(worker)
    await begun(worker)
    assert len([key for key in reads if key.startswith("pr:acme/")]) == KEYS_SHARE
    assert [key for key in reads if key in others] == others
    go_on.set()
    await until_idle(worker)
    assert len(reads) == KEYS_AT_ONCE * 2 + len(others)


async def test_own_events_change_the_state_before_the_next_decision(machinery: Machinery) -> None:
    seen: list[tuple[str, tuple[str, ...]]] = []

    def deciding(event: Event, state: ChangeState) -> Decision:
        seen.append((text_of(event), state.commands))
        own = (new(answered(event.id)),) if isinstance(event.data, CommandGiven) else ()
        return Decision(outcome="acted", reason="done", events=own)

    machinery.reactor.deciding = deciding
    await machinery.deliver("one", "two")
    await until_idle(machinery.worker())
    assert [len(commands) for text, commands in seen if text in ("one", "two")] == [0, 1]
    stored = await machinery.ledger.state(PULL)
    assert len(stored.commands) == 2


async def test_events_of_another_key_are_decided_there(machinery: Machinery) -> None:
    def deciding(event: Event, _state: object) -> Decision:
        other = (new(answered(), OTHER),) if event.key == PULL else ()
        return Decision(outcome="acted", reason="done", events=other)

    machinery.reactor.deciding = deciding
    await machinery.deliver("one")
    await until_idle(machinery.worker())
    assert machinery.reactor.decided == ["one", "command.answered"]
    assert (await machinery.ledger.state(OTHER)).commands == ("one",)


async def test_a_timer_is_decided_when_it_is_due_and_holds_nobody_until_then(machinery: Machinery) -> None:
    machinery.reactor.deciding = lambda event, _: Decision(
        outcome="acted",
        reason="done",
        events=(new(timer(), due=machinery.clock.now() + 30),) if text_of(event) == "one" else (),
    )
    await machinery.deliver("one", "two")
    worker = machinery.worker()
    await until_idle(worker)
    assert machinery.reactor.decided == ["one", "two"]
    machinery.clock.time += 30
    await until_idle(worker)
    assert machinery.reactor.decided == ["one", "two", TimerDue.TYPE]


async def test_an_event_of_its_own_key_that_is_due_later_is_not_applied_now(machinery: Machinery) -> None:
    later = machinery.clock.now() + 5
    machinery.reactor.deciding = lambda event, _: Decision(
        outcome="acted",
        reason="done",
        events=(new(answered(), due=later),) if isinstance(event.data, CommandGiven) else (),
    )
    await machinery.deliver("one")
    worker = machinery.worker()
    await until_idle(worker)
    assert (await machinery.ledger.state(PULL)).commands == ()
    machinery.clock.time = later
    await until_idle(worker)
    assert (await machinery.ledger.state(PULL)).commands == ("one",)


async def test_each_reactor_of_an_event_decides_once(machinery: Machinery) -> None:
    first, second = Scripted("first"), Scripted("second")
    await machinery.deliver("one")
    await until_idle(machinery.worker({CommandGiven.TYPE: (first, second)}))
    assert (first.decided, second.decided) == (["one"], ["one"])


async def test_a_reactor_that_cannot_read_holds_its_key_and_is_asked_again(machinery: Machinery) -> None:
    faults = [PassingFault("GitHub is down"), PassingFault("GitHub is down")]

    async def reading(event: Event, _state: object) -> None:
        if text_of(event) == "one" and faults:
            raise faults.pop()

    machinery.reactor.reading = reading
    await machinery.deliver("one", "two")
    worker = machinery.worker()
    await until_idle(worker)
    assert machinery.reactor.decided == []  # two must not overtake one
    for _ in range(2):
        machinery.clock.time += 5
        await until_idle(worker)
    assert machinery.reactor.decided == ["one", "two"]


async def test_after_a_minute_it_is_parked_its_people_are_told_and_the_key_goes_on(
    machinery: Machinery,
) -> None:
    async def reading(event: Event, _state: object) -> None:
        if text_of(event) == "one":
            raise PassingFault("GitHub is down")

    machinery.reactor.reading = reading
    machinery.reactor.told = (message("sorry"),)
    await machinery.deliver("one", "two")
    worker, began = machinery.worker(), machinery.clock.now()
    for _ in range(100):
        await until_idle(worker)
        if machinery.reactor.decided:
            break
        machinery.clock.time += 1
    assert machinery.reactor.decided == ["two"]
    assert machinery.clock.now() - began <= HOLD_SECONDS_MAX
    backlog = await machinery.ledger.backlog()
    assert backlog["parked"] == 1
    assert [row.kind for row in await machinery.ledger.effects()] == ["slack.message"]


async def test_a_target_that_asks_for_more_patience_than_a_minute_parks_it_at_once(
    machinery: Machinery,
) -> None:
    async def reading(*_: object) -> None:
        raise PassingFault("limited", retry_after=3600.0)

    machinery.reactor.reading = reading
    await machinery.deliver("one")
    await until_idle(machinery.worker())
    assert (await machinery.ledger.backlog())["parked"] == 1


async def test_a_defect_in_one_reactor_parks_only_its_own_work(machinery: Machinery) -> None:
    def broken(*_: object) -> Decision:
        raise ValueError("a defect")

    bad, good = Scripted("bad", deciding=broken), Scripted("good")
    await machinery.deliver("one", "two")
    await until_idle(machinery.worker({CommandGiven.TYPE: (bad, good)}))
    assert good.decided == ["one", "two"]
    assert (await machinery.ledger.backlog())["parked"] == 2


async def test_the_outcome_of_what_was_parked_names_the_error(machinery: Machinery) -> None:
    def broken(*_: object) -> Decision:
        raise ValueError("a defect")

    machinery.reactor.deciding = broken
    await machinery.deliver("one")
    await until_idle(machinery.worker())
    (event,) = await machinery.ledger.events(key=PULL)
    (row,) = await machinery.ledger.outcomes(event.id)
    assert (row.outcome, row.reason, row.values) == ("failed", "gave_up", {"error": "ValueError: a defect"})


async def test_a_decision_is_recorded_with_the_very_time_that_it_was_made_with(machinery: Machinery) -> None:
    def slowly(*_: object) -> Decision:
        machinery.clock.time += 5.0
        return Decision(outcome="acted", reason="done")

    machinery.reactor.deciding = slowly
    await machinery.deliver("one")
    began = machinery.clock.now()
    await until_idle(machinery.worker())
    (event,) = await machinery.ledger.events(key=PULL)
    assert [row.decided_at for row in await machinery.ledger.outcomes(event.id)] == [began]


async def test_an_event_that_cannot_be_applied_is_parked_and_the_key_goes_on(machinery: Machinery) -> None:
    impossible = DeploymentStarted(deployment="d-nobody", at=1.0, previous_sha=None)
    await machinery.deliver_meant(
        Meant(key=SLOT, time=1.0, data=impossible), Meant(key=SLOT, time=1.0, data=timer())
    )
    await until_idle(machinery.worker())
    assert machinery.reactor.decided == [TimerDue.TYPE]
    assert (await machinery.ledger.backlog())["parked"] == 1


async def test_an_own_event_that_cannot_be_applied_parks_the_event_that_wanted_it(
    machinery: Machinery,
) -> None:
    impossible = DeploymentStarted(deployment="d-nobody", at=1.0, previous_sha=None)
    machinery.reactor.deciding = lambda *_: Decision(
        outcome="acted", reason="done", events=(new(impossible, SLOT),), effects=(reaction(),)
    )
    await machinery.deliver_meant(Meant(key=SLOT, time=1.0, data=timer()))
    await until_idle(machinery.worker())
    assert (await machinery.ledger.backlog())["parked"] == 1
    assert await machinery.ledger.effects() == []


async def test_a_decision_under_a_lost_lease_is_dropped_and_made_again(machinery: Machinery) -> None:
    go_on, reads = asyncio.Event(), []

    async def reading(event: Event, _state: object) -> None:
        reads.append(event.id)
        await go_on.wait()

    machinery.reactor.reading = reading
    machinery.reactor.deciding = lambda *_: Decision(outcome="acted", reason="done", effects=(reaction(),))
    await machinery.deliver("one")
    worker = machinery.worker()
    await begun(worker)
    await machinery.ledger.recover(machinery.clock.now())  # somebody takes over
    go_on.set()
    await settle(worker)
    assert await machinery.ledger.effects() == []
    await until_idle(worker)
    assert len(reads) == 2
    assert [row.kind for row in await machinery.ledger.effects()] == ["github.reaction"]


async def test_the_runner_is_woken_only_by_decisions_that_want_something(machinery: Machinery) -> None:
    runner, worker = machinery.runner(), machinery.worker()
    worker.on_decided = runner.signal
    await machinery.deliver("one")
    await until_idle(worker)
    assert not runner.signal._event.is_set()
    machinery.reactor.deciding = lambda *_: Decision(outcome="acted", reason="done", effects=(reaction(),))
    await machinery.deliver("two")
    await until_idle(worker)
    assert runner.signal._event.is_set()


async def test_draining_starts_nothing_new_and_lets_what_is_under_way_end(machinery: Machinery) -> None:
    go_on = asyncio.Event()

    async def reading(*_: object) -> None:
        await go_on.wait()

    machinery.reactor.reading = reading
    await machinery.deliver("one")
    worker = machinery.worker()
    await begun(worker)
    draining = asyncio.create_task(worker.drain(60.0))
    await asyncio.sleep(0)
    await machinery.deliver("two")
    assert await worker.step() == 0
    go_on.set()
    await draining
    assert machinery.reactor.decided == ["one"]
    assert (await machinery.ledger.backlog())["deliveries"] == 1  # for the next process


async def test_cancelling_hands_back_what_is_under_way(machinery: Machinery) -> None:
    reading_began = asyncio.Event()

    async def reading(*_: object) -> None:
        reading_began.set()
        await asyncio.Event().wait()

    machinery.reactor.reading = reading
    await machinery.deliver("one")
    running = asyncio.create_task(machinery.worker().run())
    await reading_began.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert machinery.reactor.decided == []
    (lease,) = await machinery.ledger.lease(10, machinery.clock.now(), 60.0, frozenset())
    assert lease.key == PULL  # at once, and not when the lease would have ended


async def test_a_ledger_that_is_away_stops_nothing_for_good(machinery: Machinery) -> None:
    class Away:
        def __init__(self) -> None:
            self.away = True

        def __getattr__(self, name: str) -> object:
            if self.away:
                raise StoreUnavailable("the disk is full")
            return getattr(machinery.ledger, name)

    away = Away()
    worker = machinery.worker()
    worker._ledger = worker._translator._ledger = away  # type: ignore[assignment]
    await machinery.deliver("one")
    assert await worker.step() == 0
    assert await worker._quiet_seconds() > 0
    away.away = False
    await until_idle(worker)
    assert machinery.reactor.decided == ["one"]


async def test_a_busy_worker_polls_and_an_idle_one_waits_for_what_is_due(machinery: Machinery) -> None:
    worker = machinery.worker()
    assert await worker._quiet_seconds() == 1.0
    await machinery.deliver_meant(Meant(key=PULL, time=1.0, data=given("one")))
    await until_idle(worker)
    machinery.reactor.deciding = lambda event, _: Decision(
        outcome="acted",
        reason="done",
        events=(new(timer(), due=machinery.clock.now() + 0.5),) if text_of(event) == "two" else (),
    )
    await machinery.deliver("two")
    await until_idle(worker)
    assert await worker._quiet_seconds() == pytest.approx(0.5)


async def test_a_decision_that_the_ledger_cannot_take_is_parked_and_the_key_goes_on(
    machinery: Machinery,
) -> None:
    async def reading(event: Event, _state: object) -> object:
        return object() if text_of(event) == "one" else None  # nothing that could be stored as a fact

    machinery.reactor.reading = reading
    await machinery.deliver("one", "two")
    await until_idle(machinery.worker())
    assert machinery.reactor.decided == ["one", "two"]
    assert (await machinery.ledger.backlog())["parked"] == 1


async def test_a_reactor_that_cannot_even_tell_is_parked_all_the_same(machinery: Machinery) -> None:
    class Speechless(Scripted):
        def give_up(self, event: Event, reason: str) -> tuple[Wanted, ...]:
            raise ValueError("no words")

    def broken(*_: object) -> Decision:
        raise ValueError("a defect")

    await machinery.deliver("one")
    await until_idle(machinery.worker({CommandGiven.TYPE: (Speechless(deciding=broken),)}))
    assert (await machinery.ledger.backlog())["parked"] == 1
    assert await machinery.ledger.effects() == []


async def test_a_reading_that_hangs_is_broken_off_and_parked_within_its_minute(machinery: Machinery) -> None:
    async def reading(event: Event, _state: object) -> None:
        if text_of(event) == "one":
            await asyncio.Event().wait()

    machinery.reactor.reading = reading
    await machinery.deliver("one", "two")
    worker, began = machinery.worker(), machinery.clock.now()
    while not machinery.reactor.decided and machinery.clock.now() - began < 600:
        await begun(worker)
        machinery.clock.time += 0.5
    assert machinery.reactor.decided == ["two"]
    assert machinery.clock.now() - began <= HOLD_SECONDS_MAX + 5
    assert (await machinery.ledger.backlog())["parked"] == 1


async def test_facts_that_took_too_long_to_read_are_read_again(machinery: Machinery) -> None:
    slow = [FACTS_SECONDS_MAX + 1, FACTS_SECONDS_MAX]

    async def reading(*_: object) -> None:
        machinery.clock.time += slow.pop(0)

    machinery.reactor.reading = reading
    await machinery.deliver("one")
    worker = machinery.worker()
    await until_idle(worker)
    assert machinery.reactor.decided == []
    machinery.clock.time += 5
    await until_idle(worker)
    assert machinery.reactor.decided == ["one"]
    assert slow == []
