"""What GitHub lets us keep: answers under their ETag, and facts for a few seconds.

An answer is kept for the caller that got it: two installations never see each other's (the key has the
scope), and a kept fact never outlives the age that its reader named. Many who ask at once cause one
request.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from cachetools import LRUCache, TLRUCache
from msgspec import Struct

from bot.domain.values import Seconds
from bot.github.replies import Reply
from bot.ports import Clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

BYTES_MAX = 16 * 1024 * 1024
ENTRIES_MAX = 2_000
BODY_BYTES_MAX = 1024 * 1024
FACTS_MAX = 10_000


class Key(Struct, frozen=True):
    """Under what an answer is kept: the same address reads differently for another caller or format."""

    scope: str
    accept: str
    url: str


class Answers:
    """Answers with an ETag, the least recently used dropped first, bounded by number and by bytes."""

    def __init__(self, bytes_max: int = BYTES_MAX, entries_max: int = ENTRIES_MAX) -> None:
        # One bound enforces both: a small entry weighs as if it filled its share of the entries.
        share = -(-bytes_max // entries_max)
        self._kept: LRUCache[Key, Reply] = LRUCache(
            bytes_max, getsizeof=lambda reply: max(len(reply.body), share)
        )
        self._body_bytes_max = min(BODY_BYTES_MAX, bytes_max)

    def get(self, key: Key) -> Reply | None:
        """Give the kept answer."""
        return self._kept.get(key)

    def keep(self, key: Key, reply: Reply) -> None:
        """Keep an answer that can be asked for again by its ETag; a huge one is not worth its place."""
        if "etag" in reply.headers and len(reply.body) <= self._body_bytes_max:
            self._kept[key] = reply

    def __len__(self) -> int:
        return len(self._kept)


class SingleFlight(Generic[K, V]):
    """Joins those who ask for the same at the same time; the first asks, all get its answer or its fault.

    A first asker that is cancelled takes nobody with it: one of the others asks anew.
    """

    def __init__(self) -> None:
        self._flights: dict[K, asyncio.Future[V]] = {}

    async def run(self, key: K, fetch: Callable[[], Awaitable[V]]) -> V:
        """Give what `fetch` gives, or what somebody's fetch that is under way gives."""
        while (flight := self._flights.get(key)) is not None:
            await asyncio.wait([flight])
            if not flight.cancelled():
                return flight.result()
        return await self._lead(key, fetch)

    async def _lead(self, key: K, fetch: Callable[[], Awaitable[V]]) -> V:
        flight: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._flights[key] = flight
        try:
            value = await fetch()
        except Exception as fault:
            flight.set_exception(fault)
            flight.exception()  # seen: nobody need be waiting for it
            raise
        else:
            flight.set_result(value)
            return value
        finally:
            flight.cancel()  # only where neither was set: the leader itself was cancelled
            del self._flights[key]


class _Fact(Struct, Generic[V], frozen=True):
    value: V
    asked: int
    until: Seconds


class Facts(Generic[K, V]):
    """Facts that stay true enough for some seconds, counted from the question, not from its answer."""

    def __init__(self, clock: Clock, seconds: Seconds, entries_max: int = FACTS_MAX) -> None:
        self._clock = clock
        self._seconds = seconds
        self._kept: TLRUCache[K, _Fact[V]] = TLRUCache(
            entries_max, ttu=lambda _, fact, __: fact.until, timer=clock.now
        )
        self._flight: SingleFlight[K, V] = SingleFlight()
        self._asked = 0
        self._forgot = 0

    async def get(self, key: K, fetch: Callable[[], Awaitable[V]]) -> V:
        """Give the kept fact, or fetch it."""
        kept = self._kept.get(key)
        if kept is not None:
            return kept.value
        return await self._flight.run(key, lambda: self.refresh(key, fetch))

    def forget(self) -> None:
        """Drop all that is kept. What is being asked for now was asked before the change: it is not kept."""
        self._kept.clear()
        self._asked += 1
        self._forgot = self._asked

    async def refresh(self, key: K, fetch: Callable[[], Awaitable[V]]) -> V:
        """Fetch it whatever is kept. Joins nobody: what is under way may have been read before it changed."""
        self._asked += 1
        asked, until = self._asked, self._clock.now() + self._seconds
        value = await fetch()
        kept = self._kept.get(key)
        if asked > self._forgot and (
            kept is None or kept.asked < asked
        ):  # an older question that was answered late must not win
            self._kept[key] = _Fact(value, asked, until)
        return value
