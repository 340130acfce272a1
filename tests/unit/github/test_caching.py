"""What is kept, for how long, and who shares a request."""

import asyncio

import pytest

from bot.domain.errors import PassingFault
from bot.github.caching import Facts, SingleFlight
from tests.unit.doors import StoppedClock


class Source:
    """Gives 1, 2, 3, … once it is let."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.asked = 0
        self.changed = asyncio.Event()

    async def fetch(self) -> int:
        self.asked += 1
        number = self.asked
        self.changed.set()
        await self.gate.wait()
        return number


async def started(source: Source, number: int) -> None:
    while source.asked < number:
        source.changed.clear()
        await source.changed.wait()


async def test_those_who_ask_meanwhile_share_the_answer() -> None:
    flight, source = SingleFlight[str, int](), Source()
    asking = [asyncio.create_task(flight.run("a", source.fetch)) for _ in range(5)]
    await started(source, 1)
    source.gate.set()
    assert await asyncio.gather(*asking) == [1] * 5
    assert await flight.run("a", source.fetch) == 2


async def test_those_who_ask_for_something_else_do_not_wait() -> None:
    flight, slow, quick = SingleFlight[str, int](), Source(), Source()
    waiting = asyncio.create_task(flight.run("slow", slow.fetch))
    quick.gate.set()
    assert await flight.run("quick", quick.fetch) == 1
    waiting.cancel()


async def test_a_cancelled_leader_takes_nobody_with_it() -> None:
    flight, source = SingleFlight[str, int](), Source()
    leader = asyncio.create_task(flight.run("a", source.fetch))
    await started(source, 1)
    followers = [asyncio.create_task(flight.run("a", source.fetch)) for _ in range(3)]
    await asyncio.sleep(0)
    leader.cancel()
    await started(source, 2)
    source.gate.set()
    assert await asyncio.gather(*followers) == [2] * 3
    assert leader.cancelled()


async def test_a_cancelled_follower_takes_nobody_with_it() -> None:
    flight, source = SingleFlight[str, int](), Source()
    leader = asyncio.create_task(flight.run("a", source.fetch))
    await started(source, 1)
    follower = asyncio.create_task(flight.run("a", source.fetch))
    await asyncio.sleep(0)
    follower.cancel()
    source.gate.set()
    assert await leader == 1
    with pytest.raises(asyncio.CancelledError):
        await follower


async def test_a_fault_reaches_all_who_waited_and_is_not_kept() -> None:
    gate = asyncio.Event()

    async def fail() -> int:
        await gate.wait()
        raise PassingFault("down")

    facts = Facts[str, int](StoppedClock(), 60)
    asking = [asyncio.create_task(facts.get("a", fail)) for _ in range(3)]
    await asyncio.sleep(0)
    gate.set()
    results = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(result) for result in results] == [PassingFault] * 3
    source = Source()
    source.gate.set()
    assert await facts.get("a", source.fetch) == 1


async def test_a_fact_is_kept_for_its_time() -> None:
    clock, source = StoppedClock(), Source()
    source.gate.set()
    facts = Facts[str, int](clock, 15)
    assert await facts.get("a", source.fetch) == 1
    clock.time += 14.9
    assert await facts.get("a", source.fetch) == 1
    clock.time += 0.1
    assert await facts.get("a", source.fetch) == 2


async def test_a_fresh_question_joins_nobody_and_its_answer_wins() -> None:
    facts, old, new = Facts[str, int](StoppedClock(), 60), Source(), Source()
    new.asked = 10
    earlier = asyncio.create_task(facts.get("a", old.fetch))
    await started(old, 1)
    new.gate.set()
    assert await facts.refresh("a", new.fetch) == 11
    old.gate.set()
    assert await earlier == 1
    assert await facts.get("a", old.fetch) == 11


async def test_no_more_facts_are_kept_than_were_allowed() -> None:
    facts, source = Facts[int, int](StoppedClock(), 60, entries_max=2), Source()
    source.gate.set()
    for key in (1, 2, 3):
        await facts.get(key, source.fetch)
    assert await facts.get(1, source.fetch) == 4


async def test_the_age_of_a_fact_is_counted_from_its_question() -> None:
    clock, source = StoppedClock(), Source()
    facts = Facts[str, int](clock, 15)
    asking = asyncio.create_task(facts.get("a", source.fetch))
    await started(source, 1)
    clock.time += 10
    source.gate.set()
    assert await asking == 1
    clock.time += 5
    assert await facts.get("a", source.fetch) == 2
