"""Brings a database's tables up to date, and says so when they are not.

Alembic is loaded only where there is something to do: it would cost every start a part of its second.
"""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from bot.ledger import schema

MIGRATIONS = Path(__file__).parent / "migrations"


class LedgerOutdated(Exception):
    """The tables are of another version of the program; the message says what to do."""


def upgrade(engine: Engine) -> None:
    """Bring the tables to this version's, in one transaction. Raises LedgerOutdated for newer ones."""
    with engine.begin() as connection:
        if revision(connection) != schema.REVISION:
            migrate(connection)


def check_revision(engine: Engine) -> None:
    """Raise LedgerOutdated unless the tables are those of this version."""
    with engine.connect() as connection:
        found = revision(connection)
    if found != schema.REVISION:
        raise LedgerOutdated(
            f"The ledger's tables are at revision {found}, this version needs {schema.REVISION}. "
            "Run `pointsman migrate` with the newest version that you use."
        )


def revision(connection: Connection) -> str | None:
    """Read which revision the tables are at; None = there are none yet."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def migrate(connection: Connection, to: str = schema.REVISION) -> None:
    """Run the migrations up to a revision. Raises LedgerOutdated where the tables are of a newer version."""
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, to)
    except CommandError as error:
        raise LedgerOutdated(
            f"The ledger is of a newer version of Pointsman than this one ({error})."
        ) from error
