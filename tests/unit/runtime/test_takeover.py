"""Leases: a killed worker is replaced soon, a slow one keeps its work, one that lost its lease stops."""

import asyncio

from bot.domain.errors import StoreUnavailable
from bot.ports import Performed
from bot.runtime.leases import LEASE_SECONDS
from bot.runtime.runner import ATTEMPT_SECONDS_MAX
from tests.unit.runtime.machinery import (
    Machinery,
    begun,
    leased,
    nothing,
    reaction,
    settle,
    until_idle,
    waiting,
)


async def test_a_slow_reading_keeps_its_lease_and_one_of_a_dead_worker_is_taken_over(
    machinery: Machinery,
) -> None:
    go_on = asyncio.Event()

    async def reading(*_: object) -> None:
        await go_on.wait()

    machinery.reactor.reading = reading
    await machinery.deliver("one")
    slow, other = machinery.worker(), machinery.worker()
    await begun(slow)
    for _ in range(2):
        machinery.clock.time += LEASE_SECONDS / 2 - 1
        await begun(slow)  # its heart beats
        assert await other.step() == 0
    machinery.clock.time += LEASE_SECONDS + 1  # and now it is dead
    go_on.set()
    await until_idle(other)
    assert machinery.reactor.decided == ["one"]
    await settle(slow)
    assert (await machinery.ledger.backlog())["work"] == 0
    assert len(await machinery.ledger.events(type="command.given")) == 1


async def test_a_worker_that_lost_its_lease_stops_at_its_next_heartbeat(machinery: Machinery) -> None:
    async def reading(*_: object) -> None:
        await asyncio.Event().wait()

    machinery.reactor.reading = reading
    await machinery.deliver("one")
    paused = machinery.worker()
    await begun(paused)
    machinery.clock.time += LEASE_SECONDS + 1  # it slept while another took over
    machinery.reactor.reading = nothing
    await until_idle(machinery.worker())
    paused._leases._longest = 3600.0
    assert await paused.step() == 0
    await settle(paused)
    assert paused._busy == {}
    assert machinery.reactor.decided == ["one"]


async def test_a_slow_attempt_keeps_its_lease_and_is_made_once(machinery: Machinery) -> None:
    go_on = asyncio.Event()
    machinery.acting.doing = waiting(go_on)
    await machinery.want(reaction())
    slow, other = machinery.runner(), machinery.runner()
    await begun(slow)
    for _ in range(10):
        machinery.clock.time += LEASE_SECONDS / 3
        await begun(slow)  # its heart beats
        assert await other.step() == 0
    go_on.set()
    await settle(slow)
    assert [row.state for row in await machinery.ledger.effects()] == ["done"]
    assert len(machinery.acting.attempts) == 1


async def test_the_effect_of_a_runner_that_died_is_uncertain_for_its_successor(machinery: Machinery) -> None:
    machinery.acting.doing = waiting(asyncio.Event())
    await machinery.want(reaction())
    await begun(machinery.runner())  # and it is never heard of again
    machinery.acting.doing = waiting(go_on := asyncio.Event())
    go_on.set()
    successor = machinery.runner()
    machinery.clock.time += LEASE_SECONDS - 1
    await until_idle(successor)
    assert len(machinery.acting.attempts) == 1
    machinery.clock.time += 1
    await until_idle(successor)
    assert [effect.uncertain for effect in machinery.acting.attempts] == [False, True]


async def test_an_attempt_that_hangs_is_broken_off_and_looked_for(machinery: Machinery) -> None:
    machinery.acting.doing = waiting(asyncio.Event())
    await machinery.want(reaction())
    runner = machinery.runner()
    await begun(runner)
    machinery.acting.doing = waiting(go_on := asyncio.Event())
    go_on.set()
    waited = 0.0
    while len(machinery.acting.attempts) == 1 and waited < ATTEMPT_SECONDS_MAX * 3:
        machinery.clock.time += 5
        waited += 5
        await begun(runner)
    await until_idle(runner)
    assert ATTEMPT_SECONDS_MAX <= waited <= ATTEMPT_SECONDS_MAX + 30
    assert [effect.uncertain for effect in machinery.acting.attempts] == [False, True]
    assert [row.state for row in await machinery.ledger.effects()] == ["done"]


async def test_a_runner_that_lost_a_lease_stops_the_attempt(machinery: Machinery) -> None:
    machinery.acting.doing = waiting(asyncio.Event())
    await machinery.want(reaction())
    paused = machinery.runner()
    await begun(paused)
    machinery.clock.time += LEASE_SECONDS + 1
    (taken,) = await leased(machinery)
    await begun(paused)
    await settle(paused)
    assert paused._busy == {}
    await machinery.ledger.finish_effect(taken, Performed(), {}, machinery.clock.now())


async def test_an_attempt_whose_lease_could_not_be_renewed_ends_before_another_begins(
    machinery: Machinery,
) -> None:
    machinery.acting.doing = waiting(asyncio.Event())
    await machinery.want(reaction())
    runner = machinery.runner()
    await begun(runner)

    async def away(*_: object) -> None:
        raise StoreUnavailable("the disk is full")

    runner._leases._renew = away  # type: ignore[assignment]
    machinery.clock.time += LEASE_SECONDS / 2
    await begun(runner)
    assert len(runner._busy) == 1  # it may go on while its lease lasts
    machinery.clock.time += LEASE_SECONDS / 2
    runner._draining = True
    await begun(runner)
    assert runner._busy == {}
