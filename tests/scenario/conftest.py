"""Scenario tests run on a loop that lets their clock go on when nothing else does."""

from typing import TypeVar

import pytest

from bot.ledger.execution import GroupedOperation, Item, Operation
from bot.ledger.writer import Threads
from tests.clock import QuietLoop, quiet_loop

T = TypeVar("T")


def pytest_asyncio_loop_factories() -> dict[str, type[QuietLoop]]:
    return {"quiet": QuietLoop}


class SeenThreads(Threads):
    """The ledger's threads, at whose work the loop is not taken for quiet."""

    async def write(self, operation: Operation[T]) -> T:
        with quiet_loop().something_under_way():
            return await super().write(operation)

    async def write_grouped(self, operation: GroupedOperation[Item, T], item: Item) -> T:
        with quiet_loop().something_under_way():
            return await super().write_grouped(operation, item)

    async def read(self, operation: Operation[T]) -> T:
        with quiet_loop().something_under_way():
            return await super().read(operation)

    async def close(self) -> None:
        with quiet_loop().something_under_way():
            await super().close()


@pytest.fixture(autouse=True)
def _seen_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.ledger.sqlite.Threads", SeenThreads)
