"""The one place where databases differ in how a statement is built: inserting what may be there already."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

_INSERTS: dict[str, Callable[[sa.Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_new(connection: Connection, table: sa.Table, row: Mapping[str, object]) -> bool:
    """Insert a row unless its key is taken; gives whether it was inserted."""
    statement = _statement(connection.dialect.name, table)
    return connection.execute(statement, dict(row)).rowcount == 1


@cache
def _statement(dialect: str, table: sa.Table) -> sa.Insert:
    statement = _INSERTS[dialect](table).on_conflict_do_nothing()
    counted: sa.Insert = statement.execution_options(preserve_rowcount=True)
    return counted
