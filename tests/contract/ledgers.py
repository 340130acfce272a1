"""Every ledger that the contract holds for. Another database adds a row to `LEDGERS`."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from bot.ledger.sqlite import open_in_place, open_sqlite
from bot.ledger.store import SqlLedger


class Kind(NamedTuple):
    """How a ledger is opened at a place, and how its disk is made to be full and roomy again."""

    open: Callable[[Path], SqlLedger]
    fill: Callable[[Connection], object]
    make_room: Callable[[Connection], object]


def counted_tokens() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"token-{next(numbers)}"


def open_file(directory: Path) -> SqlLedger:
    return open_sqlite(directory / "pointsman.db", exclusive=True)


def open_simulated(directory: Path) -> SqlLedger:
    return open_in_place(directory / "simulated.db", counted_tokens())


def fill_sqlite(connection: Connection) -> None:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")


def make_room_in_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA max_page_count=1000000")


LEDGERS = {
    "sqlite": Kind(open_file, fill_sqlite, make_room_in_sqlite),
    "in_place": Kind(open_simulated, fill_sqlite, make_room_in_sqlite),
}
