"""What has gathered is committed together, and each sender hears what became of its own."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, event

from bot.domain.errors import LeaseLost, StoreUnavailable
from bot.ledger.execution import InPlace
from bot.ledger.sqlite import _READING, _WORKING, _engine
from bot.ledger.writer import GROUP_MAX, WAITING_MAX, Threads

NAMES = sa.Table("names", sa.MetaData(), sa.Column("name", sa.Text, primary_key=True))


class Bench:
    """A writer over one table, with a gate that holds its thread so that operations gather."""

    def __init__(self, path: Path) -> None:
        self.engine = _engine(path, _WORKING)
        NAMES.metadata.create_all(self.engine)
        self.threads = Threads(self.engine, _engine(path, _READING))
        self.commits = 0
        self._gate = threading.Event()
        event.listen(self.engine, "commit", self._committed)

    def _committed(self, _: Connection) -> None:
        self.commits += 1

    async def hold(self) -> "asyncio.Task[bool]":
        """Keep the writer's thread busy until `let_go`; from now on operations gather."""
        entered = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wait(_: Connection) -> bool:
            loop.call_soon_threadsafe(entered.set)
            return self._gate.wait(30)

        held = asyncio.ensure_future(self.threads.write(wait))
        await entered.wait()
        return held

    def let_go(self) -> None:
        self._gate.set()

    async def names(self) -> list[str]:
        return await self.threads.read(
            lambda connection: list(connection.execute(sa.select(NAMES)).scalars())
        )


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path / "names.db")
    yield bench
    bench.let_go()
    await bench.threads.close()


def add(name: str) -> Callable[[Connection], str]:
    def operation(connection: Connection) -> str:
        connection.execute(sa.insert(NAMES), {"name": name})
        return name

    return operation


def add_all(connection: Connection, names: Sequence[str]) -> Sequence[int]:
    """Insert names; gives each how many were inserted with it."""
    connection.execute(sa.insert(NAMES), [{"name": name} for name in names])
    return [len(names)] * len(names)


def fail_with(error: Exception) -> Callable[[Connection], None]:
    def operation(connection: Connection) -> None:
        add("left behind")(connection)
        raise error

    return operation


async def gathered(bench: Bench, *waiting: Coroutine[Any, Any, object]) -> list[object]:
    """Let operations gather behind one that is held, then let them go."""
    held = await bench.hold()
    tasks = [asyncio.ensure_future(each) for each in waiting]
    await asyncio.sleep(0)
    bench.let_go()
    await held
    return list(await asyncio.gather(*tasks, return_exceptions=True))


async def test_what_gathers_is_committed_together(bench: Bench) -> None:
    results = await gathered(bench, *(bench.threads.write(add(str(n))) for n in range(20)))
    assert results == [str(n) for n in range(20)]
    assert bench.commits == 2
    assert len(await bench.names()) == 20


async def test_a_failing_operation_leaves_nothing_behind_and_harms_no_other(bench: Bench) -> None:
    lost = LeaseLost("gone")
    results = await gathered(
        bench,
        bench.threads.write(add("a")),
        bench.threads.write(fail_with(lost)),
        bench.threads.write(add("a")),
        bench.threads.write(add("b")),
    )
    assert (results[0], results[1], results[3]) == ("a", lost, "b")
    assert isinstance(results[2], sa.exc.IntegrityError)
    assert await bench.names() == ["a", "b"]


async def test_items_of_one_operation_run_together_and_alone_if_that_fails(bench: Bench) -> None:
    names = ["a", "b", "a", "c"]
    results = await gathered(bench, *(bench.threads.write_grouped(add_all, name) for name in names))
    assert (results[0], results[1], results[3]) == (1, 1, 1)
    assert isinstance(results[2], sa.exc.IntegrityError)
    assert await bench.names() == ["a", "b", "c"]


async def test_more_than_a_group_is_committed_group_by_group(bench: Bench) -> None:
    count = GROUP_MAX + 10
    results = await gathered(bench, *(bench.threads.write_grouped(add_all, str(n)) for n in range(count)))
    assert (results[0], results[-1], bench.commits) == (GROUP_MAX, 10, 3)
    assert len(await bench.names()) == count


async def test_a_queue_that_is_full_refuses_at_once(bench: Bench) -> None:
    held = await bench.hold()
    tasks = [asyncio.ensure_future(bench.threads.write(add(str(n)))) for n in range(WAITING_MAX + 1)]
    await asyncio.sleep(0)
    assert [task.done() for task in tasks] == [False] * WAITING_MAX + [True]
    with pytest.raises(StoreUnavailable, match="operations wait for the disk already"):
        await tasks.pop()
    bench.let_go()
    await held
    await asyncio.gather(*tasks)
    assert len(await bench.names()) == WAITING_MAX


async def test_a_sender_that_gives_up_disturbs_nobody(bench: Bench) -> None:
    held = await bench.hold()
    first = asyncio.ensure_future(bench.threads.write(add("a")))
    second = asyncio.ensure_future(bench.threads.write(add("b")))
    await asyncio.sleep(0)
    first.cancel()
    bench.let_go()
    await held
    assert await second == "b"
    assert first.cancelled()
    assert await bench.names() == ["a", "b"]


async def test_closing_finishes_what_waits_and_refuses_what_comes_later(bench: Bench) -> None:
    tasks = [asyncio.ensure_future(bench.threads.write(add(str(n)))) for n in range(10)]
    await asyncio.sleep(0)
    await bench.threads.close()
    assert [await task for task in tasks] == [str(n) for n in range(10)]
    with pytest.raises(StoreUnavailable, match="closed"):
        await bench.threads.write(add("late"))
    with pytest.raises(StoreUnavailable, match="closed"):
        await bench.names()
    await bench.threads.close()


async def test_a_lock_that_somebody_else_holds_is_said(bench: Bench, tmp_path: Path) -> None:
    other = _engine(tmp_path / "names.db", _WORKING)
    with bench.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA busy_timeout=0")  # type: ignore[union-attr]
    with other.begin():
        with pytest.raises(StoreUnavailable, match="database is locked"):
            await bench.threads.write(add("a"))
        assert await bench.names() == []
    assert await bench.threads.write(add("a")) == "a"
    other.dispose()


async def test_reading_what_is_broken_is_said(bench: Bench) -> None:
    with pytest.raises(StoreUnavailable, match="no such table"):
        await bench.threads.read(lambda connection: connection.exec_driver_sql("SELECT * FROM missing").all())


async def test_in_place_an_operation_is_one_transaction_too(tmp_path: Path) -> None:
    engine = _engine(tmp_path / "names.db", _WORKING)
    NAMES.metadata.create_all(engine)
    executor = InPlace(engine)
    assert await executor.write(add("a")) == "a"
    assert await executor.write_grouped(add_all, "b") == 1
    lost = LeaseLost("gone")
    with pytest.raises(LeaseLost):
        await executor.write(fail_with(lost))
    found = await executor.read(lambda connection: list(connection.execute(sa.select(NAMES)).scalars()))
    assert found == ["a", "b"]
    await executor.close()
