"""Effects: under their keys, within their targets' limits, with retries that end."""

import asyncio

import pytest

from bot.domain.deployment import DriverCall, Order
from bot.domain.effects import CallDeployer, CancelDeployer, Effect, KeepMessage, SayInThread, Wanted
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.events import CommandAnswered, EffectParked
from bot.domain.values import Person
from bot.ports import Performed
from bot.runtime.runner import (
    ATTEMPTS_IN_ORDER,
    ATTEMPTS_MAX,
    EFFECTS_AT_ONCE,
    LANE_SHARE,
)
from tests.unit.runtime.machinery import (
    PULL,
    SHOP,
    SLOT,
    Acting,
    Machinery,
    begun,
    failing,
    leased,
    message,
    new,
    reaction,
    settle,
    until_idle,
    waiting,
)


def deployment_order() -> Order:
    return Order(
        id="d-1",
        request="r-1",
        action="deploy",
        repository=SHOP,
        service="api",
        environment="production",
        sha="a" * 40,
        ref="main",
        call=DriverCall("http", {"url": "https://deployer.example"}),
        asker=Person("ada"),
        requested_at=0.0,
    )


def call(machinery: Machinery, deadline_seconds: float) -> Wanted:
    order = deployment_order()
    deadline = machinery.clock.now() + deadline_seconds
    body = CallDeployer(order=order, action="deploy", previous_sha=None, deadline=deadline)
    return Wanted(body=body, owner=SLOT)


def texts(acting: Acting) -> list[str]:
    return [e.body.text for e in acting.attempts if isinstance(e.body, KeepMessage | SayInThread)]


async def test_what_is_wanted_is_performed_once(machinery: Machinery) -> None:
    await machinery.want(reaction())
    runner = machinery.runner()
    await until_idle(runner)
    await until_idle(runner)
    assert len(machinery.acting.attempts) == 1
    assert [row.state for row in await machinery.ledger.effects()] == ["done"]


async def test_what_it_leads_to_is_an_event_of_its_owner_and_wakes_the_worker(machinery: Machinery) -> None:
    async def doing(_effect: Effect) -> Performed:
        data = CommandAnswered(command="from the effect", answer="answered", reason="test")
        return Performed(handle={"id": 1}, events=(new(data),))

    machinery.acting.doing = doing
    await machinery.want(reaction())
    runner, worker = machinery.runner(), machinery.worker()
    runner.on_event = worker.signal
    await until_idle(runner)
    assert worker.signal._event.is_set()
    await until_idle(worker)
    assert (await machinery.ledger.state(PULL)).commands == ("from the effect",)


async def test_a_passing_fault_is_tried_again_later(machinery: Machinery) -> None:
    machinery.acting.doing = failing(PassingFault("down"), 2)
    await machinery.want(reaction())
    runner = machinery.runner()
    await until_idle(runner)
    assert len(machinery.acting.attempts) == 1
    for _ in range(4):
        machinery.clock.time += 2
        await until_idle(runner)
    assert len(machinery.acting.attempts) == 3
    assert [effect.uncertain for effect in machinery.acting.attempts] == [False, False, False]
    assert await machinery.parked() == []


async def test_it_is_never_tried_sooner_than_the_target_asked(machinery: Machinery) -> None:
    machinery.acting.doing = failing(PassingFault("limited", retry_after=300.0), 1)
    await machinery.want(reaction())
    runner = machinery.runner()
    await until_idle(runner)
    machinery.clock.time += 299
    await until_idle(runner)
    assert len(machinery.acting.attempts) == 1
    machinery.clock.time += 2
    await until_idle(runner)
    assert len(machinery.acting.attempts) == 2


async def test_after_a_lost_reply_the_next_attempt_knows_that_it_may_have_been_done(
    machinery: Machinery,
) -> None:
    machinery.acting.doing = failing(PassingFault("no reply", applied_maybe=True), 1)
    await machinery.want(reaction())
    runner = machinery.runner()
    began = machinery.clock.now()
    await until_idle(runner)
    machinery.clock.time += 10
    await until_idle(runner)
    first, second = machinery.acting.attempts
    assert (first.uncertain, second.uncertain) == (False, True)
    assert (second.key, second.first_attempt_at) == (first.key, began)


async def test_doubt_stays_until_somebody_has_looked(machinery: Machinery) -> None:
    faults = [PassingFault("limited"), PassingFault("no reply", applied_maybe=True)]

    async def doing(_effect: Effect) -> None:
        if faults:
            raise faults.pop()

    machinery.acting.doing = doing
    await machinery.want(reaction())
    runner = machinery.runner()
    for _ in range(3):
        await until_idle(runner)
        machinery.clock.time += 10
    assert [effect.uncertain for effect in machinery.acting.attempts] == [False, True, True]


async def test_a_crash_in_the_middle_leaves_doubt(machinery: Machinery) -> None:
    go_on = asyncio.Event()
    machinery.acting.doing = waiting(go_on)
    await machinery.want(reaction())
    await begun(machinery.runner())  # and it is never heard of again
    await machinery.ledger.recover(machinery.clock.now())
    machinery.clock.time += 10
    runner = machinery.runner()
    go_on.set()
    await until_idle(runner)
    assert [effect.uncertain for effect in machinery.acting.attempts] == [False, True]


async def test_attempts_end_and_the_owner_is_told(machinery: Machinery) -> None:
    machinery.acting.doing = failing(PassingFault("down"))
    await machinery.want(message("hello", owner=PULL))
    runner = machinery.runner()
    for _ in range(ATTEMPTS_MAX * 3):
        await until_idle(runner)
        machinery.clock.time += 200
    assert len(machinery.acting.attempts) == ATTEMPTS_MAX
    (row,) = await machinery.ledger.effects(state="parked")
    assert row.reason == "down"
    assert row.hint
    await until_idle(machinery.worker())
    (told,) = [data for data in await machinery.history() if isinstance(data, EffectParked)]
    assert (told.effect, told.kind, told.reason) == (row.key, "slack.message", "down")


@pytest.mark.parametrize("fault", [LastingFault("forbidden", hint="Ask an owner."), ValueError("a defect")])
async def test_what_will_never_work_is_parked_at_once(machinery: Machinery, fault: Exception) -> None:
    machinery.acting.doing = failing(fault)
    await machinery.want(reaction())
    await until_idle(machinery.runner())
    assert len(machinery.acting.attempts) == 1
    (row,) = await machinery.ledger.effects(state="parked")
    assert row.hint
    assert str(fault) in (row.reason or "")


@pytest.mark.parametrize("fault", [LastingFault("forbidden"), ValueError("a defect")])
async def test_after_a_defect_nobody_knows_what_was_done(machinery: Machinery, fault: Exception) -> None:
    machinery.acting.doing = failing(fault)
    await machinery.want(message("hello", owner=PULL))
    await until_idle(machinery.runner())
    (told,) = [each.data for each in await machinery.ledger.events(type="effect.parked")]
    assert isinstance(told, EffectParked)
    assert told.uncertain == isinstance(fault, ValueError)


async def test_an_effect_without_a_performer_is_parked_and_harms_nobody(machinery: Machinery) -> None:
    await machinery.want(reaction(), message("hello"))
    await until_idle(machinery.runner({"slack.message": machinery.acting}))
    assert await machinery.parked() == ["github.reaction"]
    assert texts(machinery.acting) == ["hello"]


async def test_a_deployer_is_not_asked_after_its_deadline(machinery: Machinery) -> None:
    machinery.acting.doing = failing(PassingFault("down"))
    await machinery.want(call(machinery, 30.0))
    runner = machinery.runner()
    for _ in range(90):
        await until_idle(runner)
        machinery.clock.time += 1
    assert await machinery.parked() == ["deployer.call"]
    assert all(each.first_attempt_at is not None for each in machinery.acting.attempts)
    before = len(machinery.acting.attempts)
    machinery.clock.time += 3600
    await until_idle(runner)
    assert len(machinery.acting.attempts) == before
    await until_idle(machinery.worker())
    assert [type(data) for data in await machinery.history(SLOT)] == [EffectParked]


async def test_a_call_that_is_already_too_late_is_never_made(machinery: Machinery) -> None:
    await machinery.want(call(machinery, -1.0))
    await until_idle(machinery.runner())
    assert machinery.acting.attempts == []
    assert await machinery.parked() == ["deployer.call"]


async def test_a_rate_limit_pauses_the_whole_lane_and_no_other(machinery: Machinery) -> None:
    async def doing(effect: Effect) -> None:
        if effect.body.lane == "github:7":
            raise PassingFault("limited", retry_after=60.0, pause_lane=True)

    machinery.acting.doing = doing
    await machinery.want(reaction(1))
    runner = machinery.runner()
    await until_idle(runner)
    await machinery.want(reaction(2), reaction(3, installation=8))
    await until_idle(runner)
    assert [effect.body.lane for effect in machinery.acting.attempts] == ["github:7", "github:8"]
    machinery.clock.time += 61
    await until_idle(runner)
    assert len(machinery.acting.attempts) > 2


async def test_one_target_takes_at_most_a_quarter(machinery: Machinery) -> None:
    go_on = asyncio.Event()
    machinery.acting.doing = waiting(go_on)
    enough = LANE_SHARE * 2
    await machinery.want(*(reaction(n) for n in range(enough)), reaction(99, installation=8))
    runner = machinery.runner()
    await begun(runner)
    await begun(runner)
    lanes = [effect.body.lane for effect in machinery.acting.attempts]
    assert (lanes.count("github:7"), lanes.count("github:8")) == (LANE_SHARE, 1)
    go_on.set()
    await until_idle(runner)
    assert len(machinery.acting.attempts) == enough + 1


async def test_a_cancellation_never_waits_for_what_is_to_be_started(machinery: Machinery) -> None:
    machinery.acting.doing = waiting(asyncio.Event())
    starts = [reaction(n, installation=n % 10) for n in range(EFFECTS_AT_ONCE * 2)]
    await machinery.want(*starts)
    runner = machinery.runner()
    for _ in range(3):
        await begun(runner)
    assert len(machinery.acting.attempts) == EFFECTS_AT_ONCE  # every place is taken
    order = deployment_order()
    stop = CancelDeployer(order=order, deployment_handle={}, person=Person("ada"))
    await machinery.want(Wanted(body=stop, owner=SLOT))
    await begun(runner)
    assert [effect.body for effect in machinery.acting.attempts[EFFECTS_AT_ONCE:]] == [stop]


async def test_a_channel_takes_a_short_burst_and_then_a_message_a_second(machinery: Machinery) -> None:
    await machinery.want(*(message(str(n)) for n in range(7)))
    runner = machinery.runner()
    await until_idle(runner)
    assert texts(machinery.acting) == ["0", "1", "2", "3"]
    for said in (5, 6, 7):
        machinery.clock.time += 1
        await until_idle(runner)
        assert len(machinery.acting.attempts) == said
    assert texts(machinery.acting) == [str(n) for n in range(7)]


async def test_in_a_conversation_nothing_overtakes_what_was_said_before(machinery: Machinery) -> None:
    machinery.acting.doing = failing(PassingFault("down"), 1)
    await machinery.want(message("first"), message("second"))
    runner = machinery.runner()
    await until_idle(runner)
    assert texts(machinery.acting) == ["first"]
    machinery.clock.time += 2
    await until_idle(runner)
    assert texts(machinery.acting) == ["first", "first", "second"]


async def test_a_conversation_goes_on_without_a_message_that_keeps_failing(machinery: Machinery) -> None:
    async def doing(effect: Effect) -> None:
        if isinstance(effect.body, KeepMessage) and effect.body.text == "first":
            raise PassingFault("down")

    machinery.acting.doing = doing
    await machinery.want(message("first"), message("second"))
    runner = machinery.runner()
    for _ in range(200):
        await until_idle(runner)
        machinery.clock.time += 1
        if "second" in texts(machinery.acting):
            break
    said = texts(machinery.acting)
    assert said[-1] == "second"
    assert said.count("first") == ATTEMPTS_IN_ORDER + 1


async def test_what_hangs_on_another_effect_waits_for_its_handle(machinery: Machinery) -> None:
    go_on = asyncio.Event()

    async def doing(effect: Effect) -> Performed:
        if isinstance(effect.body, KeepMessage):
            await go_on.wait()
        return Performed(handle={"channel": "C1", "ts": "1.0"})

    machinery.acting.doing = doing
    thread = Wanted(body=SayInThread(channel="C1", text="in the thread"), after="message:hello")
    await machinery.want(message("hello"), thread)
    runner = machinery.runner()
    await begun(runner)
    assert texts(machinery.acting) == ["hello"]
    go_on.set()
    await settle(runner)
    await until_idle(runner)
    assert machinery.acting.attempts[-1].parent_handle == {"channel": "C1", "ts": "1.0"}


async def test_an_effect_that_was_taken_over_meanwhile_is_left_to_the_other(machinery: Machinery) -> None:
    go_on = asyncio.Event()
    machinery.acting.doing = waiting(go_on)
    await machinery.want(reaction())
    runner = machinery.runner()
    await begun(runner)
    await machinery.ledger.recover(machinery.clock.now())
    go_on.set()
    await settle(runner)
    assert [row.state for row in await machinery.ledger.effects()] == ["pending"]


async def test_draining_starts_nothing_new_and_lets_what_is_under_way_end(machinery: Machinery) -> None:
    go_on = asyncio.Event()
    machinery.acting.doing = waiting(go_on)
    await machinery.want(reaction(1))
    runner = machinery.runner()
    await begun(runner)
    draining = asyncio.create_task(runner.drain(60.0))
    await asyncio.sleep(0)
    await machinery.want(reaction(2))
    assert await runner.step() == 0
    go_on.set()
    await draining
    assert sorted(row.state for row in await machinery.ledger.effects()) == ["done", "pending"]


async def test_cancelling_ends_the_loop_and_what_was_under_way_is_in_doubt(machinery: Machinery) -> None:
    began = asyncio.Event()

    async def doing(_effect: Effect) -> None:
        began.set()
        await asyncio.Event().wait()

    machinery.acting.doing = doing
    await machinery.want(reaction())
    running = asyncio.create_task(machinery.runner().run())
    await began.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    (row,) = await machinery.ledger.effects()
    assert row.state == "pending"
    assert await leased(machinery) == []
    machinery.clock.time += 5  # not when its lease would have ended
    (again,) = await leased(machinery)
    assert (again.uncertain, again.attempts) == (True, 2)


async def test_a_hundred_reports_in_five_seconds_lead_to_few_updates_and_the_last_is_shown(
    machinery: Machinery,
) -> None:
    shown: list[str] = []

    async def doing(effect: Effect) -> Performed:
        assert isinstance(effect.body, KeepMessage)
        shown.append(effect.body.text)
        return Performed(handle={"channel": "C1", "ts": "1.5"})

    machinery.acting.doing = doing
    runner = machinery.runner()
    for number in range(1, 101):
        body = KeepMessage(channel="C1", text=f"{number}%")
        await machinery.want(Wanted(body=body, target="message:r-1"))
        await until_idle(runner)
        machinery.clock.time += 0.05
    machinery.clock.time += 1.0
    await until_idle(runner)
    assert len(shown) <= 4 + 5 + 1  # a burst, and then one a second
    assert shown[-1] == "100%"
