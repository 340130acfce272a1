"""A ledger whose file is taken away, or cannot be used: noticed, and said in words that help."""

import errno
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.errors import StoreUnavailable
from bot.ledger.disk import SameFile, unusable
from bot.ledger.sqlite import open_sqlite
from tests.contract.ledger_stories import incoming


def remove(path: Path) -> None:
    path.unlink()


def replace_by_a_copy(path: Path) -> None:
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)


@pytest.mark.parametrize(
    ("take", "words"),
    [(remove, r"pointsman\.db is gone \(No such file"), (replace_by_a_copy, "was replaced by another file")],
)
async def test_nobody_is_told_that_something_is_stored_in_a_file_that_is_gone(
    tmp_path: Path, take: Callable[[Path], None], words: str
) -> None:
    path = tmp_path / "pointsman.db"
    ledger = open_sqlite(path, exclusive=True)
    try:
        await ledger.accept(incoming("one"))
        take(path)
        with pytest.raises(StoreUnavailable, match=words):
            await ledger.accept(incoming("two"))
        with pytest.raises(StoreUnavailable, match="put the file back"):
            await ledger.ping()
    finally:
        await ledger.close()


async def test_a_file_that_comes_back_is_good_again(tmp_path: Path) -> None:
    path, aside = tmp_path / "pointsman.db", tmp_path / "aside.db"
    ledger = open_sqlite(path, exclusive=True)
    try:
        path.rename(aside)
        with pytest.raises(StoreUnavailable):
            await ledger.ping()
        aside.rename(path)
        await ledger.ping()
    finally:
        await ledger.close()


def test_a_file_that_was_never_there_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SameFile(tmp_path / "pointsman.db")


def refused_by_sqlite(path: Path, statement: str) -> sqlite3.Error:
    opened = closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True))
    with opened as connection, pytest.raises(sqlite3.Error) as caught:
        connection.execute(statement)
    return caught.value


def test_what_sqlite_refuses_is_said_with_what_to_do(tmp_path: Path) -> None:
    junk, good = tmp_path / "junk.db", tmp_path / "good.db"
    junk.write_bytes(b"no database " * 100)
    with closing(sqlite3.connect(good)) as connection:
        connection.execute("CREATE TABLE one (two)")
    said = str(unusable(junk, refused_by_sqlite(junk, "SELECT * FROM one")))
    assert "junk.db cannot be a ledger (file is not a database); it was left as it is." in said
    assert "put the newest backup in its place" in said
    said = str(unusable(good, refused_by_sqlite(good, "INSERT INTO one VALUES (1)")))
    assert "good.db cannot be written to (attempt to write a readonly database)" in said
    assert "the file and its folder" in said
    said = str(unusable(good, refused_by_sqlite(good, "SELECT * FROM three")))
    assert said.endswith("good.db cannot be opened: no such table: three")
    said = str(unusable(good, OSError(errno.EROFS, "Read-only file system")))
    assert said.endswith("good.db cannot be opened: Read-only file system")
