"""The tables, in words that SQLite and PostgreSQL share.

Times are epoch seconds as double precision, which returns the very float that was stored. Blobs are
`codec.pack`ed. A change here needs a migration and a new `REVISION`: a test compares both.
"""

import sqlalchemy as sa

REVISION = "0003"
"""The Alembic revision that these tables are at."""

metadata = sa.MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)

# SQLite numbers rows by itself only where the type is INTEGER.
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Prefixes are searched as ranges, which needs the order of the bytes, not that of a language.
_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _number(name: str) -> "sa.Column[int]":
    return sa.Column(name, _SERIAL, primary_key=True, autoincrement=True)


def _partial(name: str, *columns: str, where: str) -> sa.Index:
    """An index over the few rows that wait, so that it stays small however long the history gets."""
    condition = sa.text(where)
    return sa.Index(name, *columns, sqlite_where=condition, postgresql_where=condition)


deliveries = sa.Table(
    "deliveries",
    metadata,
    _number("seq"),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("id", _NAME, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("action", sa.Text),
    sa.Column("headers", sa.LargeBinary, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("body_hash", sa.LargeBinary, nullable=False),
    sa.Column("received_at", sa.Double, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # received, done, failed
    sa.Column("translated_at", sa.Double),  # NULL = what it means is not known yet
    sa.Column("outcome", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("subject", sa.Text),
    sa.UniqueConstraint("id", "source"),
    sa.Column("sha", _NAME),  # the commit that it is about
    sa.Column("compared", sa.LargeBinary),  # the values by which it means nothing here
    _partial("deliveries_untranslated", "seq", where="state = 'received' AND translated_at IS NULL"),
    _partial("deliveries_failed", "seq", where="state = 'failed'"),
    _partial("deliveries_subject", "subject", "seq", where="subject IS NOT NULL"),
    _partial("deliveries_sha", "sha", "seq", where="sha IS NOT NULL"),
    sqlite_autoincrement=True,
)

events = sa.Table(
    "events",
    metadata,
    _number("seq"),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("key", _NAME, nullable=False),
    sa.Column("time", sa.Double, nullable=False),
    sa.Column("recorded_time", sa.Double, nullable=False),
    sa.Column("correlation", sa.Text, nullable=False),
    sa.Column("causation", sa.Text),
    sa.Column("traceparent", sa.Text),
    sa.Column("delivery", _NAME),
    sa.Column("data", sa.LargeBinary, nullable=False),
    # The version of the key's state that it led to; NULL = not applied yet. With `seq` it gives the
    # order of application, which is not the order of arrival: timers and other keys' events wait.
    sa.Column("applied", sa.BigInteger),
    sa.Index("events_key", "key", "seq"),
    sa.Index("events_correlation", "correlation"),
    _partial("events_delivery", "delivery", where="delivery IS NOT NULL"),
    _partial("events_applied", "key", "applied", "seq", where="applied IS NOT NULL"),
    sqlite_autoincrement=True,
)

# Only what is still to be done, or was parked: finished work is its row in `outcomes`.
work = sa.Table(
    "work",
    metadata,
    _number("id"),
    sa.Column("event", sa.Text, sa.ForeignKey("events.id"), nullable=False),
    sa.Column("reactor", sa.Text, nullable=False),
    sa.Column("key", _NAME, nullable=False),
    sa.Column("due", sa.Double, nullable=False),
    sa.Column("timer", sa.Boolean, nullable=False),  # it waits for a point in time, not for a worker
    sa.Column("state", sa.Text, nullable=False),  # pending, parked
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("first_failed_at", sa.Double),
    sa.Column("last_reason", sa.Text),
    sa.UniqueConstraint("event", "reactor"),
    _partial("work_pending_in_order", "key", "id", where="state = 'pending'"),
    _partial("work_pending_by_time", "key", "due", where="state = 'pending'"),
    _partial("work_parked", "id", where="state = 'parked'"),
    sqlite_autoincrement=True,
)

# One row for each key that has pending work or is leased. `visible_at` says when it can be leased: when
# its first work is due, when its hold after a failure ends, or, while it is leased, when the lease does.
queues = sa.Table(
    "queues",
    metadata,
    sa.Column("key", _NAME, primary_key=True),
    sa.Column("visible_at", sa.Double, nullable=False),
    sa.Column("head", sa.BigInteger, nullable=False),  # its oldest work, which breaks ties
    sa.Column("held_until", sa.Double),
    sa.Column("token", sa.Text),  # NULL = not leased
    sa.Index("queues_visible", "visible_at", "head"),
)

state = sa.Table(
    "state",
    metadata,
    sa.Column("key", _NAME, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("updated_at", sa.Double, nullable=False),
)

# A key's state as it was after the newest of its events that may be gone: (`version`, `sequence`) is that
# event's place in the order of application. The events behind it lead from here to `state`.
snapshots = sa.Table(
    "snapshots",
    metadata,
    sa.Column("key", _NAME, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("taken_at", sa.Double, nullable=False),
)

outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("event", sa.Text, sa.ForeignKey("events.id"), primary_key=True),
    sa.Column("reactor", sa.Text, primary_key=True),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("compared", sa.LargeBinary, nullable=False),
    sa.Column("facts", sa.LargeBinary, nullable=False),
    sa.Column("decided_at", sa.Double, nullable=False),
)

effects = sa.Table(
    "effects",
    metadata,
    _number("seq"),
    sa.Column("key", _NAME, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("lane", _NAME, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("done_version", sa.Integer, nullable=False),
    sa.Column("handle", sa.LargeBinary),
    sa.Column("after_key", _NAME),
    sa.Column("waiting", sa.Boolean, nullable=False),  # its parent has no handle yet
    sa.Column("owner", sa.Text),
    sa.Column("state", sa.Text, nullable=False),  # pending, leased, done, parked
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("first_attempt_at", sa.Double),
    sa.Column("uncertain", sa.Boolean, nullable=False),
    sa.Column("not_before", sa.Double, nullable=False),  # while it is leased: when the lease ends
    sa.Column("token", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("hint", sa.Text),
    sa.Column("causation", sa.Text),
    sa.Column("correlation", sa.Text, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("updated_at", sa.Double, nullable=False),
    _partial(
        "effects_open_by_time", "not_before", "lane", where="state IN ('pending', 'leased') AND NOT waiting"
    ),
    _partial("effects_open_in_order", "lane", "seq", where="state IN ('pending', 'leased') AND NOT waiting"),
    _partial("effects_waiting", "after_key", where="waiting"),
    _partial("effects_parked", "seq", where="state = 'parked'"),
    _partial("effects_emptied", "seq", where="length(body) = 0"),
    sa.Index("effects_causation", "causation"),
    sa.Index("effects_correlation", "correlation"),
    sqlite_autoincrement=True,
)

aliases = sa.Table(
    "aliases",
    metadata,
    sa.Column("alias", _NAME, primary_key=True),
    sa.Column("key", _NAME, primary_key=True),
    sa.Column("named_at", sa.Double),  # when the newest event that used it was recorded
)

# What is known of a target's health, so that a restart does not ask it all at once again.
lanes = sa.Table(
    "lanes",
    metadata,
    sa.Column("lane", _NAME, primary_key=True),
    sa.Column("paused_until", sa.Double, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("opened_at", sa.Double),  # NULL = its circuit is closed
    sa.Column("updated_at", sa.Double, nullable=False),
)


# Written into the statements as the partial indexes say it: they are not used for a bound value.
UNTRANSLATED = (deliveries.c.state == sa.literal_column("'received'")) & deliveries.c.translated_at.is_(None)
PENDING = work.c.state == sa.literal_column("'pending'")
PARKED = work.c.state == sa.literal_column("'parked'")
OPEN = sa.text("effects.state IN ('pending', 'leased') AND NOT effects.waiting")
WAITING = sa.text("effects.waiting")
FAILED = deliveries.c.state == sa.literal_column("'failed'")
EMPTIED = sa.text("length(effects.body) = 0")
GIVEN_UP = sa.text("effects.state = 'parked'")
