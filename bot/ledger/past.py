"""The ledger's past, as the retention task and those who check it are handed it.

What takes long (following a key's events) is read beside the writer; the transaction that removes only looks
whether all is still as it was read. So the writer is never held for long, whatever there is to remove.
"""

from collections.abc import Sequence

from bot.domain.values import Seconds
from bot.ledger import compaction, forgetting, rebuilding
from bot.ledger.execution import Executor
from bot.ports.retention import Difference, Rebuilt, Swept


class Past:
    """Rebuilding and removal, on whatever runs the operations."""

    _executor: Executor

    async def forget_deliveries(self, after: int, before: Seconds) -> Swept[int]:
        """Remove some deliveries that were received before then and are done, from a place on."""
        return await self._executor.write(lambda connection: forgetting.deliveries(connection, after, before))

    async def compact_events(self, after: int, before: Seconds, now: Seconds) -> Swept[int]:
        """Remove some whole stories that ended before then; a snapshot keeps what they made of each key."""
        found = await self._executor.read(lambda connection: compaction.prepare(connection, after, before))
        removed = 0
        if found.correlations:
            removed = await self._executor.write(
                lambda connection: compaction.compact(connection, found, before, now)
            )
        return Swept(after=found.after, ended=found.ended, removed=removed, refused=found.refused)

    async def forget_names(self, after: str, before: Seconds) -> Swept[str]:
        """Remove some names that nobody can ask for any more, and requests that no slot remembers."""
        found = await self._executor.read(
            lambda connection: forgetting.unused_names(connection, after, before)
        )
        removed = 0
        if found.names:
            removed = await self._executor.write(
                lambda connection: forgetting.drop_names(connection, found.names, before)
            )
        return Swept(after=found.after, ended=found.ended, removed=removed)

    async def forget_effects(self, after: int) -> Swept[int]:
        """Remove some of the effects that were kept only for what a target called them."""
        return await self._executor.write(lambda connection: forgetting.emptied_effects(connection, after))

    async def keys(self, after: str, limit: int) -> Sequence[str]:
        """List the keys that have a state, a snapshot or events, in the order of their names."""
        return await self._executor.read(lambda connection: rebuilding.keys(connection, after, limit))

    async def rebuilt(self, key: str) -> Rebuilt:
        """Make a key's state anew from its snapshot and the events behind it. Raises Unreadable."""
        return await self._executor.read(lambda connection: rebuilding.rebuilt(connection, key))

    async def difference(self, key: str) -> Difference | None:
        """Compare a key's stored state with what its events make; None = they agree."""
        return await self._executor.read(lambda connection: rebuilding.difference(connection, key))
