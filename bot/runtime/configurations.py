"""Looks from time to time whether the configurations give people other rights than was noted.

GitHub's `push` tells of most changes at once; this finds the others: a push that was never delivered, a new
installation, a change of the instance file.
"""

from collections.abc import Awaitable, Callable

import structlog

from bot.domain.errors import LastingFault, PassingFault, StoreUnavailable
from bot.domain.values import Repository, Seconds
from bot.domain.who_may import ConfigurationSeen, WhoMay, lists_of, rights_key
from bot.ports import Clock, GitHub, Incoming, Ledger
from bot.runtime.own_deliveries import delivery_of

LOOK_SECONDS: Seconds = 60.0

log = structlog.get_logger(__name__)


class Configurations:
    """Compares what is noted with what GitHub has; `store` takes what is to be looked at."""

    def __init__(
        self, ledger: Ledger, github: GitHub, store: Callable[[Incoming], Awaitable[object]], clock: Clock
    ) -> None:
        self._ledger = ledger
        self._github = github
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Look until it is cancelled; a fault is logged, and the next look comes."""
        while True:
            try:
                await self.look()
            except (PassingFault, LastingFault, StoreUnavailable) as fault:
                log.warning("configurations.not_looked_at", reason=str(fault))
            await self._clock.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Look once at all repositories that are served."""
        for repository in await self._github.repositories():
            policy = (await self._github.policy(repository)).policy
            if policy is None:
                continue
            known, lists = await self._ledger.state(rights_key(repository)), lists_of(policy)
            if not isinstance(known, WhoMay) or known.lists != lists or known.unknown_of(lists):
                await self._tell(repository)

    async def _tell(self, repository: Repository) -> None:
        now = self._clock.now()
        seen = ConfigurationSeen(repository=repository, at=now)
        await self._store(delivery_of(seen, f"{rights_key(repository)}:{now:.6f}", now))
