"""Nothing in the ledger is SQLite's alone: every statement can be written for PostgreSQL too."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from bot.ledger import deliveries, dialects, effects, events, queues, reading, schema, store, wanted, work

POSTGRESQL = sa.make_url("postgresql+psycopg://").get_dialect()()
MODULES = (deliveries, effects, events, queues, reading, store, wanted, work)


def statements() -> Iterator[tuple[str, sa.ClauseElement]]:
    for module in MODULES:
        for name, value in vars(module).items():
            if isinstance(value, (sa.Select, sa.Update, sa.Insert, sa.Delete)):
                yield f"{module.__name__}.{name}", value


@pytest.mark.parametrize("statement", [pytest.param(value, id=name) for name, value in statements()])
def test_a_statement_can_be_written_for_postgresql(statement: sa.ClauseElement) -> None:
    assert str(statement.compile(dialect=POSTGRESQL))


@pytest.mark.parametrize("table", schema.metadata.sorted_tables, ids=str)
def test_a_table_can_be_made_in_postgresql(table: sa.Table) -> None:
    assert str(CreateTable(table).compile(dialect=POSTGRESQL))
    for index in table.indexes:
        assert str(CreateIndex(index).compile(dialect=POSTGRESQL))
    assert "ON CONFLICT DO NOTHING" in str(
        dialects._statement("postgresql", table).compile(dialect=POSTGRESQL)
    )


def test_keys_that_are_searched_by_their_beginning_are_ordered_by_their_bytes_in_postgresql() -> None:
    text = str(CreateTable(schema.state).compile(dialect=POSTGRESQL))
    assert 'key TEXT COLLATE "C"' in text
