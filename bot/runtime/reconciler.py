"""Repairs what the world lost: asks again for what never arrived, and compares our records with GitHub.

At the start, shortly after, and then from time to time. Whatever goes wrong is logged and tried again; it
never ends the search, and never holds up anything else.
"""

from collections.abc import Awaitable, Callable, Collection
from typing import Protocol, TypeVar

import structlog
from msgspec.structs import replace

from bot.domain.errors import LastingFault, PassingFault, StoreUnavailable
from bot.domain.values import Seconds
from bot.ports import Clock, DeliveryProof, Recovery
from bot.runtime.comparing import Compared
from bot.runtime.sweeping import Swept

SECOND_SWEEP_SECONDS: Seconds = 20.0
SWEEP_SECONDS: Seconds = 300.0
COMPARE_AFTER_SECONDS: Seconds = 120.0
"""After the start: by then what was asked for again has come, and needs not be found by comparison."""
COMPARE_SECONDS: Seconds = 6 * 3600.0
COMPARE_AGAIN_SECONDS: Seconds = 900.0
"""After a comparison that failed, or that left something for later."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Sweeps(Protocol):
    """What asks again for what never arrived."""

    @property
    def proof(self) -> DeliveryProof | None:
        """What was sent lately, and how far it came; None = not known yet."""
        ...

    @property
    def never_came(self) -> Collection[str]:
        """What did not come although it was asked for."""
        ...

    async def run(self) -> Swept:
        """Sweep once."""
        ...


class Compares(Protocol):
    """What compares our records with GitHub."""

    async def run(self) -> Compared:
        """Compare once, as far as it goes."""
        ...


def _none_refused() -> int:
    return 0


class Reconciler:
    """Sweeps and compares until it is cancelled; `recovery` says how it goes."""

    def __init__(
        self, sweep: Sweeps, comparison: Compares, clock: Clock, refused: Callable[[], int] = _none_refused
    ) -> None:
        self._sweep = sweep
        self._comparison = comparison
        self._clock = clock
        self._refused = refused
        self._pause = SECOND_SWEEP_SECONDS
        self._compare_at = clock.now() + COMPARE_AFTER_SECONDS
        self._recovery = Recovery()

    @property
    def recovery(self) -> Recovery:
        """How it goes."""
        return replace(self._recovery, proof=self._sweep.proof, never_came=len(self._sweep.never_came))

    async def run(self) -> None:
        """Sweep and compare until cancelled."""
        while True:
            again_at = await self.sweep()
            if self._clock.now() >= self._compare_at:
                await self.compare()
            await self._rest(self._next_pause(again_at))

    async def _rest(self, seconds: Seconds) -> None:
        """Wait so long, but no longer than a moment once something could not be stored that was sent."""
        before, until = self._refused(), self._clock.now() + seconds
        while (left := until - self._clock.now()) > 0:
            await self._clock.sleep(min(left, SECOND_SWEEP_SECONDS))
            if self._refused() != before:
                return

    async def sweep(self) -> Seconds | None:
        """Ask again for what is not here; gives when there is more to ask for, if that is known."""
        swept = await self._guarded(self._sweep.run, "reconciler.sweep_failed")
        if swept is None:
            return None
        now = self._clock.now()
        self._recovery = replace(
            self._recovery,
            swept_at=now,
            fault=None,
            asked_again=self._recovery.asked_again + len(swept.asked),
        )
        return swept.again_at

    async def compare(self) -> None:
        """Compare our records with GitHub, as far as this hour's share goes."""
        compared = await self._guarded(self._comparison.run, "reconciler.comparison_failed")
        now = self._clock.now()
        is_done = compared is not None and compared.is_all
        self._compare_at = now + (COMPARE_SECONDS if is_done else COMPARE_AGAIN_SECONDS)
        if compared is not None:
            self._recovery = replace(
                self._recovery,
                compared_at=now if is_done else self._recovery.compared_at,
                found=self._recovery.found + len(compared.found),
            )

    def _next_pause(self, again_at: Seconds | None) -> Seconds:
        now, longest = self._clock.now(), self._pause
        self._pause = SWEEP_SECONDS
        wait = longest if again_at is None else min(max(again_at - now, SECOND_SWEEP_SECONDS), longest)
        return min(wait, max(self._compare_at - now, 1.0))

    async def _guarded(self, step: Callable[[], Awaitable[T]], failed: str) -> T | None:
        """Do a step; None = it failed, which was said."""
        try:
            return await step()
        except (PassingFault, LastingFault) as fault:
            log.warning(failed, reason=fault.reason)
            reason = fault.reason
        except StoreUnavailable as error:
            log.warning(failed, reason=str(error))
            reason = str(error)
        except Exception as error:
            log.exception(failed)
            reason = f"{type(error).__name__}: {error}"
        self._recovery = replace(self._recovery, failures=self._recovery.failures + 1, fault=reason)
        return None
