"""Migrations make the tables that the code expects, and newer ones are left alone."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.ledger import schema
from bot.ledger.upgrading import MIGRATIONS, LedgerOutdated, check_revision, migrate, revision, upgrade


@pytest.fixture
def engine(tmp_path: Path) -> sa.Engine:
    return sa.create_engine(f"sqlite:///{tmp_path}/upgraded.db", poolclass=sa.NullPool)


def set_revision(engine: sa.Engine, to: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (to,))


def declarations(connection: sa.Connection) -> dict[str, list[str]]:
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return {
        # Columns that a later revision added stand on the line of the one before them.
        name: sorted(
            line.strip(" \t,")
            for line in re.split(r"\n|, (?=\w+ [A-Z]+(?:, \w+ [A-Z]+)*,? *$)", sql, flags=re.MULTILINE)
        )
        for name, sql in rows
        if name != "alembic_version"
    }


def test_the_migrations_make_exactly_the_tables_of_the_schema(engine: sa.Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
        migrated = declarations(connection)
    created = sa.create_engine("sqlite://")
    schema.metadata.create_all(created)
    with created.connect() as connection:
        declared = declarations(connection)
    created.dispose()
    # The very words, since a comparison of metadata does not see the conditions of partial indexes.
    assert migrated == declared


def test_the_schema_names_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [schema.REVISION]


def test_what_the_first_tables_held_is_still_there(engine: sa.Engine) -> None:
    """A ledger of the first revision with two events of a key, and the names that they were given."""
    with engine.begin() as connection:
        migrate(connection, "0001")
        for seq, at in ((1, 10.0), (2, 20.0)):
            connection.exec_driver_sql(
                "INSERT INTO events"
                " (seq, id, type, version, source, key, time, recorded_time, correlation, data)"
                " VALUES (?, ?, 'x', 1, 'github', 'pr:a/b#1', 1, ?, 'e-1', x'80')",
                (seq, f"e-{seq}", at),
            )
        connection.exec_driver_sql("INSERT INTO aliases VALUES ('r-1', 'pr:a/b#1'), ('r-2', 'pr:gone')")
    upgrade(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT id FROM events ORDER BY seq").scalars().all() == [
            "e-1",
            "e-2",
        ]
        named = connection.exec_driver_sql("SELECT alias, named_at FROM aliases ORDER BY alias").all()
    assert [tuple(row) for row in named] == [("r-1", 20.0), ("r-2", None)]


def test_upgrading_twice_changes_nothing(engine: sa.Engine) -> None:
    upgrade(engine)
    upgrade(engine)
    with engine.connect() as connection:
        assert revision(connection) == schema.REVISION


def test_tables_that_are_missing_or_old_are_said_to_be(engine: sa.Engine) -> None:
    with pytest.raises(LedgerOutdated, match="at revision None, this version needs"):
        check_revision(engine)
    upgrade(engine)
    check_revision(engine)
    set_revision(engine, "0000")
    with pytest.raises(LedgerOutdated, match="at revision 0000"):
        check_revision(engine)


def test_a_ledger_of_a_newer_version_is_not_touched(engine: sa.Engine) -> None:
    upgrade(engine)
    set_revision(engine, "9999")
    with pytest.raises(LedgerOutdated, match="newer version of Pointsman"):
        upgrade(engine)
    with engine.connect() as connection:
        assert revision(connection) == "9999"
