"""Durable memory: deliveries, events, state, decisions and outgoing effects, on SQLAlchemy Core.

Every operation is a plain function over a connection, so that it runs in the writer thread of SQLite,
in place in the simulation, or inside a transaction of another database. Nothing here decides anything.
"""
