"""A ledger in a file: one program works on it, others read."""

import stat
import threading
from pathlib import Path

import pytest

from bot.domain.errors import StoreUnavailable
from bot.ledger.disk import LedgerInUse
from bot.ledger.sqlite import open_sqlite, path_of
from bot.ledger.upgrading import LedgerOutdated
from tests.contract.ledger_stories import deliver, incoming, meant


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a place with ? and %" / "pointsman.db"


@pytest.fixture(autouse=True)
def directory(path: Path) -> None:
    path.parent.mkdir()


@pytest.mark.parametrize(
    "url, file",
    [
        ("sqlite:///pointsman.db", Path("pointsman.db")),
        ("sqlite:////var/lib/pointsman.db", Path("/var/lib/pointsman.db")),
        ("sqlite://", None),
        ("postgresql://example/pointsman", None),
    ],
)
def test_a_database_url_names_a_file_or_none(url: str, file: Path | None) -> None:
    assert path_of(url) == file


async def test_two_programs_cannot_work_on_one_ledger(path: Path) -> None:
    ledger = open_sqlite(path, exclusive=True)
    with pytest.raises(LedgerInUse):
        open_sqlite(path, exclusive=True)
    await ledger.close()
    await open_sqlite(path, exclusive=True).close()


async def test_others_read_a_ledger_while_it_is_worked_on(path: Path) -> None:
    ledger = open_sqlite(path, exclusive=True)
    reader = open_sqlite(path, exclusive=False)
    await deliver(ledger, "g-1", meant("deploy"))
    assert [row.id for row in await reader.deliveries(0)] == ["g-1"]
    assert len(await reader.events()) == 1
    await ledger.close()
    assert len(await reader.events()) == 1
    await reader.close()


async def test_a_ledger_can_be_read_while_nobody_works_on_it_but_not_written(path: Path) -> None:
    ledger = open_sqlite(path, exclusive=True)
    await ledger.accept(incoming())
    await ledger.close()
    reader = open_sqlite(path, exclusive=False)
    assert len(await reader.deliveries(0)) == 1
    with pytest.raises(StoreUnavailable, match="attempt to write a readonly database"):
        await reader.accept(incoming("g-2"))
    await reader.close()


def test_reading_makes_no_ledger(path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="There is no ledger at"):
        open_sqlite(path, exclusive=False)
    assert list(path.parent.iterdir()) == []


def test_a_ledger_without_tables_is_not_read(path: Path) -> None:
    path.touch()
    with pytest.raises(LedgerOutdated):
        open_sqlite(path, exclusive=False)


def test_a_place_that_does_not_exist_is_said_to_be_the_trouble(path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be opened: No such file or directory"):
        open_sqlite(path.parent / "missing" / "pointsman.db", exclusive=True)


def test_a_file_that_is_no_ledger_is_left_alone_and_the_lock_given_back(path: Path) -> None:
    path.write_bytes(b"not a database" * 100)
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="file is not a database"):
            open_sqlite(path, exclusive=True)
    assert path.read_bytes().startswith(b"not a database")


async def test_a_ledger_is_its_owners_alone(path: Path) -> None:
    ledger = open_sqlite(path, exclusive=True)
    await ledger.accept(incoming())
    modes = {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    await ledger.close()
    assert modes == {0o600}


async def test_a_closed_ledger_leaves_no_thread_and_no_log_behind(path: Path) -> None:
    before = set(threading.enumerate())
    ledger = open_sqlite(path, exclusive=True)
    await ledger.accept(incoming())
    await ledger.deliveries(0)
    assert set(threading.enumerate()) > before
    await ledger.close()
    assert set(threading.enumerate()) == before
    assert sorted(each.name for each in path.parent.iterdir()) == ["pointsman.db", "pointsman.db.lock"]
