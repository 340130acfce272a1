"""Sends the webhooks that wait in a world's outbox over real HTTP, and records how each ended.

They are begun in order, at most eight at a time, with ten seconds each ("Best practices for webhooks").
It must never try twice: GitHub does not.
"""

import asyncio
import contextlib

import aiohttp

from bot.sandbox.github.outbox import Webhook
from bot.sandbox.github.world import GitHubWorld

CONCURRENT_MAX = 8
TIMEOUT_SECONDS = 10.0
HELD_CHECK_SECONDS_MIN = 0.05


class DeliveryTask:
    """The task that empties the outbox towards one address. Without an address the webhooks wait."""

    def __init__(self, world: GitHubWorld, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._world = world
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._wake = asyncio.Event()
        self._slots = asyncio.Semaphore(CONCURRENT_MAX)
        self._under_way: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None
        self.target: str | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits and nothing is being sent."""
        return not self._world.outbox.waiting and not self._under_way

    def start(self) -> None:
        """Begins to deliver."""
        self._session = aiohttp.ClientSession(timeout=self._timeout)
        self._task = asyncio.create_task(self._run(self._session), name="simulated GitHub: deliveries")

    def wake(self) -> None:
        """There may be something to deliver."""
        self._wake.set()

    async def close(self) -> None:
        """Ends all tasks; what was under way is recorded as unanswered."""
        tasks = [task for task in (self._task, *self._under_way) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _run(self, session: aiohttp.ClientSession) -> None:
        while True:
            await self._slots.acquire()
            webhook, target = await self._next()
            task = asyncio.create_task(self._deliver(session, webhook, target))
            self._under_way.add(task)
            task.add_done_callback(self._finished)

    async def _next(self) -> tuple[Webhook, str]:
        while True:
            self._wake.clear()
            target = self.target
            webhook = self._world.outbox.take(self._world.clock()) if target else None
            if webhook is not None and target is not None:
                return webhook, target
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._held_seconds()):
                    await self._wake.wait()

    def _held_seconds(self) -> float | None:
        """How long until a held webhook is due; None without one."""
        due = self._world.outbox.next_release() if self.target else None
        return None if due is None else max(due - self._world.clock(), HELD_CHECK_SECONDS_MIN)

    async def _deliver(self, session: aiohttp.ClientSession, webhook: Webhook, target: str) -> None:
        begun = self._world.clock()
        status: int | None = None
        try:
            async with session.post(target, data=webhook.body, headers=webhook.headers) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError):
            status = None
        finally:
            self._world.record_delivery_result(webhook.guid, status, self._world.clock() - begun)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._slots.release()
        self._world.changed()
