"""Deliveries are found by what they are about, and say what was compared where they mean nothing."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("deliveries", recreate="never") as deliveries:
        deliveries.add_column(sa.Column("sha", _NAME))
        deliveries.add_column(sa.Column("compared", sa.LargeBinary()))
    op.create_index("deliveries_subject", "deliveries", ["subject", "seq"], **_where("subject IS NOT NULL"))
    op.create_index("deliveries_sha", "deliveries", ["sha", "seq"], **_where("sha IS NOT NULL"))


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
