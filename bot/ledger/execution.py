"""Ways to run ledger operations: here, how an operation is one and what its failure means for its sender.

An operation is a plain function over a connection. It never commits: whoever runs it does, and tells its
sender only afterwards.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine, exc

from bot.domain.errors import StoreUnavailable

T = TypeVar("T")
Item = TypeVar("Item")
Operation = Callable[[Connection], T]
GroupedOperation = Callable[[Connection, Sequence[Item]], Sequence[T]]

# The database itself is in trouble: full, broken, locked or gone. Anything else is the operation's own.
_TROUBLE = (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError)


class Executor(Protocol):
    """Runs operations, each in a transaction. Raises StoreUnavailable, or what the operation raises."""

    async def write(self, operation: Operation[T]) -> T:
        """Run an operation that changes something; returns after its commit."""
        ...

    async def write_grouped(self, operation: GroupedOperation[Item, T], item: Item) -> T:
        """Run an operation for an item, together with others that wait for the same operation.

        If it raises for several items, each is tried alone.
        """
        ...

    async def read(self, operation: Operation[T]) -> T:
        """Run an operation that only reads, beside the writing ones."""
        ...

    async def close(self) -> None:
        """Finish what was begun; end threads and connections."""
        ...


def unavailable(error: Exception) -> StoreUnavailable:
    """Say that the database is in trouble, in its own words and without the statement's values."""
    if isinstance(error, StoreUnavailable):
        return error
    return StoreUnavailable(f"The ledger cannot store now: {getattr(error, 'orig', None) or error}")


def explained(error: Exception) -> Exception:
    """Give what the sender of an operation is told: StoreUnavailable where the database is in trouble."""
    in_trouble = isinstance(error, _TROUBLE) or type(error) is exc.DatabaseError
    return unavailable(error) if in_trouble else error


class InPlace:
    """Runs operations where they are called, one after another: no thread, for a controlled clock."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection = engine.connect()

    async def write(self, operation: Operation[T]) -> T:
        """Run it and commit."""
        try:
            with self._connection.begin():
                return operation(self._connection)
        except exc.SQLAlchemyError as error:
            raise explained(error) from error

    async def write_grouped(self, operation: GroupedOperation[Item, T], item: Item) -> T:
        """Run it for this item alone."""
        results = await self.write(lambda connection: operation(connection, (item,)))
        return results[0]

    async def read(self, operation: Operation[T]) -> T:
        """Run it."""
        return await self.write(operation)

    async def close(self) -> None:
        """Close the connection."""
        self._connection.close()
        self._engine.dispose()
