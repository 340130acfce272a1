"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _deliveries()
    _events()
    _aliases()
    _work()
    _queues()
    _state()
    _outcomes()
    _effects()


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("seq", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", _NAME, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("action", sa.Text()),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("translated_at", sa.Double()),
        sa.Column("outcome", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("subject", sa.Text()),
        sa.PrimaryKeyConstraint("seq", name="deliveries_pkey"),
        sa.UniqueConstraint("id", "source", name="deliveries_id_source_key"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "deliveries_untranslated",
        "deliveries",
        ["seq"],
        **_where("state = 'received' AND translated_at IS NULL"),
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", _NAME, nullable=False),
        sa.Column("time", sa.Double(), nullable=False),
        sa.Column("recorded_time", sa.Double(), nullable=False),
        sa.Column("correlation", sa.Text(), nullable=False),
        sa.Column("causation", sa.Text()),
        sa.Column("traceparent", sa.Text()),
        sa.Column("delivery", _NAME),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("applied", sa.BigInteger()),
        sa.PrimaryKeyConstraint("seq", name="events_pkey"),
        sa.UniqueConstraint("id", name="events_id_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("events_correlation", "events", ["correlation"])
    op.create_index("events_delivery", "events", ["delivery"], **_where("delivery IS NOT NULL"))
    op.create_index("events_key", "events", ["key", "seq"])


def _aliases() -> None:
    op.create_table(
        "aliases",
        sa.Column("alias", _NAME, nullable=False),
        sa.Column("key", _NAME, nullable=False),
        sa.PrimaryKeyConstraint("alias", "key", name="aliases_pkey"),
    )


def _work() -> None:
    op.create_table(
        "work",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("reactor", sa.Text(), nullable=False),
        sa.Column("key", _NAME, nullable=False),
        sa.Column("due", sa.Double(), nullable=False),
        sa.Column("timer", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_failed_at", sa.Double()),
        sa.Column("last_reason", sa.Text()),
        sa.ForeignKeyConstraint(["event"], ["events.id"], name="work_event_fkey"),
        sa.PrimaryKeyConstraint("id", name="work_pkey"),
        sa.UniqueConstraint("event", "reactor", name="work_event_reactor_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("work_parked", "work", ["id"], **_where("state = 'parked'"))
    op.create_index("work_pending_by_time", "work", ["key", "due"], **_where("state = 'pending'"))
    op.create_index("work_pending_in_order", "work", ["key", "id"], **_where("state = 'pending'"))


def _queues() -> None:
    op.create_table(
        "queues",
        sa.Column("key", _NAME, nullable=False),
        sa.Column("visible_at", sa.Double(), nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.Column("held_until", sa.Double()),
        sa.Column("token", sa.Text()),
        sa.PrimaryKeyConstraint("key", name="queues_pkey"),
    )
    op.create_index("queues_visible", "queues", ["visible_at", "head"])


def _state() -> None:
    op.create_table(
        "state",
        sa.Column("key", _NAME, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="state_pkey"),
    )


def _outcomes() -> None:
    op.create_table(
        "outcomes",
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("reactor", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("compared", sa.LargeBinary(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("decided_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["events.id"], name="outcomes_event_fkey"),
        sa.PrimaryKeyConstraint("event", "reactor", name="outcomes_pkey"),
    )


def _effects() -> None:
    op.create_table(
        "effects",
        sa.Column("seq", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("key", _NAME, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("lane", _NAME, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("done_version", sa.Integer(), nullable=False),
        sa.Column("handle", sa.LargeBinary()),
        sa.Column("after_key", _NAME),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_attempt_at", sa.Double()),
        sa.Column("uncertain", sa.Boolean(), nullable=False),
        sa.Column("not_before", sa.Double(), nullable=False),
        sa.Column("token", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("hint", sa.Text()),
        sa.Column("causation", sa.Text()),
        sa.Column("correlation", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="effects_pkey"),
        sa.UniqueConstraint("key", name="effects_key_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("effects_causation", "effects", ["causation"])
    op.create_index("effects_correlation", "effects", ["correlation"])
    op.create_index(
        "effects_open_by_time",
        "effects",
        ["not_before", "lane"],
        **_where("state IN ('pending', 'leased') AND NOT waiting"),
    )
    op.create_index(
        "effects_open_in_order",
        "effects",
        ["lane", "seq"],
        **_where("state IN ('pending', 'leased') AND NOT waiting"),
    )
    op.create_index("effects_parked", "effects", ["seq"], **_where("state = 'parked'"))
    op.create_index("effects_waiting", "effects", ["after_key"], **_where("waiting"))
