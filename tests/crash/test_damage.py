"""A ledger that is damaged or in the wrong place: said in a sentence, or parked where people see it.

Never a crash loop, never a silent loss, and what is not damaged goes on.
"""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.sandbox.stage import StageSettings
from tests.crash import points, starving
from tests.crash.house import APP_KEY, House, connect, house_in
from tests.crash.points import Point, Striking
from tests.crash.rounds import STEP_SECONDS, ended

pytestmark = pytest.mark.slow

QUICK = StageSettings(step_seconds=STEP_SECONDS, app_key=APP_KEY)
JUNK = b"\xc1\xff junk"


# --- a row -----------------------------------------------------------------------------------------------


async def killed_at(house: House, point: Point) -> None:
    """Start a bot, let ada ask for a deployment, and kill the bot at this moment."""
    program = await house.ready()
    await house.quiet()
    striking = Striking(house, program, point)
    house.says("ada", "/deploy api production")
    await house.until(point.name, lambda: striking.struck)
    striking.close()
    await program.gone()


def overwrite(house: House, statement: str) -> None:
    """Damage what a statement names, as a bad disk or a hand could."""
    with contextlib.closing(connect(house.ledger_file)) as connection, connection:
        assert connection.execute(statement, {"junk": JUNK}).rowcount > 0


ROWS = {
    "a delivery": (  # however far the bot got before it was killed: it has not been read
        points.TAKEN,
        "UPDATE deliveries SET body=:junk, state='received', translated_at=NULL WHERE event='issue_comment'",
    ),
    "an event": (
        points.READ,
        "UPDATE events SET data = :junk WHERE id IN (SELECT event FROM work WHERE state = 'pending')",
    ),
    "a state": (
        points.READ,
        "UPDATE state SET body = :junk WHERE key IN (SELECT key FROM work WHERE state = 'pending')",
    ),
    "an effect": (
        points.REACTION,
        "UPDATE effects SET body = :junk WHERE kind = 'github.reaction' AND state <> 'done'",
    ),
}


@pytest.mark.parametrize(("point", "statement"), ROWS.values(), ids=ROWS)
async def test_a_damaged_row_is_given_up_where_people_see_it_and_stops_nothing_else(
    tmp_path: Path, point: Point, statement: str
) -> None:
    async with house_in(tmp_path, QUICK) as house:
        await killed_at(house, point)
        overwrite(house, statement)
        second = house.shop.pulls[1]
        await house.ready()
        await house.until("that it is given up", lambda: given_up(house))
        house.says("grace", "/deploy web production", second.number)
        await house.until("the other deployment", lambda: house.live("web") == second.head_sha)
        await house.until("its answer", lambda: house.answer("succeeded", number=second.number))
        await house.quiet()
        assert await ended(house) == 0
        await house.ready()  # and it is no reason not to start
        await house.quiet()
        assert await ended(house) == 0


def given_up(house: House) -> list[str]:
    """What the ledger says was given up, and why; each has its reason."""
    queries = (
        "SELECT reason FROM deliveries WHERE state = 'failed'",
        "SELECT last_reason FROM work WHERE state = 'parked'",
        "SELECT reason FROM effects WHERE state = 'parked'",
    )
    with contextlib.closing(connect(house.ledger_file)) as connection:
        found = [reason for query in queries for (reason,) in connection.execute(query)]
    assert all(found), found
    return found


async def test_a_damaged_page_is_refused_or_served_and_never_acknowledged_without_being_stored(
    tmp_path: Path,
) -> None:
    async with house_in(tmp_path, QUICK) as house:
        await house.ready()
        await house.quiet()
        assert await ended(house) == 0
        damage_pages_of(house.ledger_file, "deliveries")
        program = await house.start()
        await program.ready()
        house.says("ada", "/deploy api production")
        comments = lambda: [  # noqa: E731
            each
            for each in house.github.deliveries.entries.values()
            if each.webhook.event == "issue_comment" and each.delivered_at is not None
        ]
        (answer,) = await house.until("an answer", comments)
        assert answer.status_code in (202, 503)
        assert program.is_running
        assert await ended(house) == 0
        if answer.status_code == 202:
            with contextlib.closing(connect(house.ledger_file)) as connection:
                query = "SELECT count(*) FROM deliveries WHERE id = ?"
                assert connection.execute(query, (answer.webhook.guid,)).fetchone() == (1,)


def damage_pages_of(ledger: Path, table: str) -> None:
    """Overwrite all leaves of a table's tree but its first page, behind SQLite's back."""
    with contextlib.closing(sqlite3.connect(ledger)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with ledger.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(JUNK * (size // len(JUNK)))


# --- a file ----------------------------------------------------------------------------------------------


def no_database(file: Path) -> None:
    file.write_bytes(b"Dear diary, " * 1_000)


def cut_short(file: Path) -> None:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE some (thing)")
        connection.executemany("INSERT INTO some VALUES (?)", [("x" * 500,)] * 500)
        connection.commit()
    file.write_bytes(file.read_bytes()[:9_000])


def a_folder(file: Path) -> None:
    file.mkdir()


FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "no database": (no_database, "put the newest backup in its place"),
    "cut short": (cut_short, "put the newest backup in its place"),
    "a folder": (a_folder, "cannot be"),
}


@pytest.mark.parametrize("command", ["serve", "migrate"])
@pytest.mark.parametrize(("make", "advice"), FILES.values(), ids=FILES)
async def test_a_file_that_cannot_be_a_ledger_is_said_in_a_sentence_and_left_alone(
    tmp_path: Path, make: Callable[[Path], None], advice: str, command: str
) -> None:
    async with house_in(tmp_path, QUICK) as house:
        make(house.ledger_file)
        before = None if house.ledger_file.is_dir() else house.ledger_file.read_bytes()
        program = await house.run(command)
        assert await program.gone() == 2
        (sentence,) = program.said.splitlines()
        assert "pointsman.db" in sentence
        assert advice in sentence
        assert before is None or house.ledger_file.read_bytes() == before


@pytest.mark.skipif(not starving.can_mount(), reason="this machine lets nobody mount in a name space")
@pytest.mark.parametrize("exists", [False, True], ids=["a fresh ledger", "one that is there"])
async def test_a_disk_that_is_read_only_is_said_in_a_sentence(tmp_path: Path, exists: bool) -> None:
    async with house_in(tmp_path, QUICK) as house:
        if exists:
            assert await (await house.run("migrate")).gone() == 0
        program = await house.run("serve", through=starving.on_a_read_only_disk(tmp_path))
        assert await program.gone() == 2
        (sentence,) = program.said.splitlines()
        assert "pointsman.db" in sentence
        assert "read-only" in sentence.lower()


async def test_a_table_of_another_program_is_not_taken_for_a_ledger(tmp_path: Path) -> None:
    async with house_in(tmp_path, QUICK) as house:
        with contextlib.closing(sqlite3.connect(house.ledger_file)) as connection:
            connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
            connection.execute("INSERT INTO alembic_version VALUES ('of-another')")
            connection.commit()
        program = await house.run("serve")
        assert await program.gone() == 2
        assert "newer version" in program.said
