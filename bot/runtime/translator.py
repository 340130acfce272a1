"""Turns stored deliveries into events, in the order in which they arrived.

Translation is pure and quick, so it is done in batches: what means nothing to us is closed in bulk,
in the same transaction. A delivery that cannot be translated is failed with its reason; it blocks nobody.
"""

from collections.abc import Callable, Mapping

import structlog

from bot.ports import Clock, Incoming, Ledger, Translated

BATCH = 200

log = structlog.get_logger(__name__)


class Translator:
    """Works off the untranslated deliveries."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        translate: Callable[[Incoming], Translated],
        reactors: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._translate = translate
        self._reactors = reactors

    async def step(self) -> int:
        """Translate one batch; gives how many there were."""
        batch = await self._ledger.untranslated(BATCH)
        if batch:
            meanings = [(incoming, self._meaning(incoming)) for incoming in batch]
            await self._ledger.record_translations(meanings, self._reactors, self._clock.now())
        return len(batch)

    def _meaning(self, incoming: Incoming) -> Translated | str:
        try:
            return self._translate(incoming)
        except Exception as error:
            log.exception("delivery.untranslatable", delivery=incoming.id, github_event=incoming.event)
            return f"translation_failed: {type(error).__name__}"
