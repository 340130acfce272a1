"""Turns stored deliveries into events, in the order in which they arrived.

Translation is pure and quick, so it is done in batches: what means nothing to us is closed in bulk,
in the same transaction. Only where a deployer's own name stands for a deployment is the ledger asked whose.
A delivery that cannot be translated is failed with its reason; it blocks nobody.
"""

from collections.abc import Callable, Mapping

import structlog
from msgspec.structs import replace

from bot.domain.automation_events import CommitReported
from bot.domain.events import DeployerReported, EventData
from bot.ports import Clock, Incoming, Ledger, Meant, Translated

BATCH = 200
NOT_WAITED_FOR = "nobody_waits_for_it"
NOBODYS = "nobodys_deployment"

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
            meanings = [(incoming, await self._placed(self._meaning(incoming))) for incoming in batch]
            await self._ledger.record_translations(meanings, self._reactors, self._clock.now())
        return len(batch)

    async def _placed(self, meaning: Translated | str) -> Translated | str:
        """Find the key of what is known by its deployer's names only; what nobody knows is nobody's."""
        if isinstance(meaning, str) or not any(each.found_by for each in meaning.events):
            return meaning
        found = [await self._found(each) if each.found_by else each for each in meaning.events]
        placed = tuple(each for each in found if each is not None)
        nobodys = NOT_WAITED_FOR if isinstance(meaning.events[0].data, CommitReported) else NOBODYS
        return replace(meaning, events=placed, reason=meaning.reason if placed else nobodys)

    async def _found(self, meant: Meant) -> Meant | None:
        """Place it in the slot that has the first of its names; a report then goes by that name."""
        for name in meant.found_by:
            slots = [key for key in await self._ledger.locate(name) if key.startswith("slot:")]
            if slots:
                return replace(meant, key=slots[0], data=_under(name, meant.data))
        return None

    def _meaning(self, incoming: Incoming) -> Translated | str:
        try:
            return self._translate(incoming)
        except Exception as error:
            log.exception("delivery.untranslatable", delivery=incoming.id, github_event=incoming.event)
            return f"translation_failed: {type(error).__name__}"


def _under(name: str, data: EventData) -> EventData:
    if not isinstance(data, DeployerReported):
        return data
    return replace(data, report=replace(data.report, deployment=name))
