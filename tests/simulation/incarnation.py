"""One life of the bot: what it began, and that it ends at an instant.

A bot that dies does nothing any more: its tasks never run on, nothing of it reaches the ledger or the
network, and what was under way there keeps going without it. Must never know why it dies.
"""

import asyncio
from collections.abc import Awaitable
from contextvars import ContextVar
from typing import Any, TypeVar

from tests.simulation.counting import Trace
from tests.simulation.crashes import POINTS, Crashes

T = TypeVar("T")
TASKS_SWEPT_AT = 256


class Dead(asyncio.CancelledError):
    """The bot that was doing this is dead. It counts as a cancellation, which nobody catches for good."""


class Incarnation:
    """One life. `chief` starts it; everything that is done in it is done by its tasks."""

    def __init__(self, number: int, crashes: Crashes, trace: Trace) -> None:
        self.number = number
        self.alive = True
        self.ended = asyncio.Event()
        self._crashes = crashes
        self._trace = trace
        self._tasks: dict[asyncio.Task[Any], None] = {}

    def check(self) -> None:
        """Raise Dead in what a dead bot still tries."""
        if not self.alive:
            raise Dead

    def reach(self, point: int) -> None:
        """The bot is at one of the points at which it may die. Raises Dead."""
        self.check()
        if self._crashes.strikes(point):
            self._trace.say(f"bot {self.number} dies at {point}: {POINTS[point]}")
            self._trace.count(f"crash: {point:2d} {POINTS[point]}")
            self.die()
            raise Dead

    def die(self) -> None:
        """End it, here and now."""
        self.alive = False
        self.ended.set()
        current = asyncio.current_task()
        for task in list(self._tasks):
            if task is not current:
                task.cancel()

    def adopt(self, task: "asyncio.Task[Any]") -> None:
        """A task belongs to this life."""
        self._tasks[task] = None
        if len(self._tasks) >= TASKS_SWEPT_AT:
            self._tasks = {each: None for each in self._tasks if not each.done()}

    def begin(self, work: Awaitable[T], name: str | None = None) -> "asyncio.Task[T]":
        """Have something done in this life."""
        before = CURRENT.set(self)
        try:
            return asyncio.create_task(_awaited(work), name=name)
        finally:
            CURRENT.reset(before)

    async def gone(self) -> None:
        """Wait until all of its tasks have ended."""
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _awaited(work: Awaitable[T]) -> T:
    return await work


CURRENT: ContextVar[Incarnation | None] = ContextVar("incarnation", default=None)


def task_made(task: "asyncio.Task[Any]") -> None:
    """A task belongs to the life in which it was made."""
    incarnation = CURRENT.get()
    if incarnation is not None:
        incarnation.adopt(task)
