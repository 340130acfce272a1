"""Old events can go: a snapshot per key takes their place. And what is known of each target's health."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# The newest event of the key, read off an index: a slot has thousands, and each of its names would sort them.
_NAMED_AT = "SELECT recorded_time FROM events WHERE events.key = aliases.key ORDER BY events.seq DESC LIMIT 1"


def upgrade() -> None:
    op.create_table(
        "snapshots",
        sa.Column("key", _NAME, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("taken_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="snapshots_pkey"),
    )
    op.create_table(
        "lanes",
        sa.Column("lane", _NAME, nullable=False),
        sa.Column("paused_until", sa.Double(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.Double()),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("lane", name="lanes_pkey"),
    )
    op.create_index("deliveries_failed", "deliveries", ["seq"], **_where("state = 'failed'"))
    op.create_index("events_applied", "events", ["key", "applied", "seq"], **_where("applied IS NOT NULL"))
    op.create_index("effects_emptied", "effects", ["seq"], **_where("length(body) = 0"))
    with op.batch_alter_table("aliases", recreate="auto") as aliases:
        aliases.add_column(sa.Column("named_at", sa.Double()))
    op.execute(f"UPDATE aliases SET named_at = ({_NAMED_AT})")  # noqa: S608 - no value from outside


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
