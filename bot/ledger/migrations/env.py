"""Alembic's door: runs revisions on the connection that it is handed, in the caller's transaction."""

from alembic import context

from bot.ledger import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
