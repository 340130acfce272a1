"""Who writes beside the simulated bots commits all of an operation or nothing, as they do."""

import pytest
from sqlalchemy import Connection

from tests.simulation.memory_ledger import Beside, Database, rows


async def test_a_write_that_fails_half_way_leaves_nothing() -> None:
    database = Database()

    def half(connection: Connection) -> None:
        connection.exec_driver_sql(
            "INSERT INTO state (key, version, body, updated_at) VALUES ('k', 1, x'', 0)"
        )
        raise LookupError("the other half")

    with pytest.raises(LookupError):
        await Beside(database).write(half)
    assert rows(database, "SELECT count(*) FROM state") == [(0,)]
    database.close()
