"""A ledger is looked into from beside, and nothing of it is changed."""

import sqlite3
from pathlib import Path

import pytest

from bot.domain.errors import StoreUnavailable
from bot.ledger import schema
from bot.ledger.examining import examine
from bot.ledger.sqlite import open_sqlite
from tests.unit.runtime.machinery import Machinery


async def test_a_sound_ledger_is_seen_as_it_is_while_a_bot_works_on_it(tmp_path: Path) -> None:
    path = tmp_path / "pointsman.db"
    ledger = open_sqlite(path, exclusive=True)
    before = path.read_bytes()
    seen = examine(path)
    assert (seen.revision, seen.revision_wanted) == (schema.REVISION, schema.REVISION)
    assert (seen.health, seen.journal) == ("ok", "wal")
    assert (seen.oldest_waiting, seen.parked) == (None, 0)
    assert seen.free_bytes > 0
    assert path.read_bytes() == before
    await ledger.close()


async def test_it_says_since_when_the_oldest_of_what_is_to_be_done_waits(tmp_path: Path) -> None:
    machinery = Machinery(tmp_path)
    await machinery.deliver("one")
    machinery.clock.time += 100
    await machinery.deliver("two")
    assert examine(tmp_path / "ledger.db").oldest_waiting == 1000.0
    await machinery.ledger.close()


def test_a_file_that_is_no_ledger_yet_has_no_tables(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    sqlite3.connect(path).close()
    path.touch()
    assert (examine(path).revision, examine(path).oldest_waiting) == (None, None)


def test_a_check_that_takes_too_long_is_left_unfinished(tmp_path: Path) -> None:
    path = tmp_path / "large.db"
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE numbers AS WITH RECURSIVE n(i) AS"
        " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT i FROM n"
    )
    connection.commit()
    connection.close()
    assert examine(path, check_seconds_max=-1.0).health is None


@pytest.mark.parametrize("content", [None, b"this is no database, whatever its name says" * 100])
def test_what_cannot_be_looked_into_says_so(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreUnavailable):
        examine(path)
    assert path.exists() == (content is not None)
