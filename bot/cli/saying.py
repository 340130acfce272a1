"""Says something to the bot from the command line, beside the running bot or while none runs."""

import asyncio

from bot.cli.asking import settings, stop
from bot.domain.errors import StoreUnavailable
from bot.domain.values import Seconds
from bot.ledger.sqlite import open_beside
from bot.ledger.upgrading import LedgerOutdated
from bot.runtime.own_deliveries import Own, delivery_of
from bot.starting import CannotStart, ledger_path


def say(data: Own, at: Seconds) -> None:
    """Store it; a running bot takes it up within a second. Ends with 2 where that cannot be done."""

    async def storing() -> None:
        ledger = open_beside(ledger_path(settings()))
        try:
            await ledger.accept(delivery_of(data, f"{data.TYPE}:{at:.6f}", at))
        finally:
            await ledger.close()

    try:
        asyncio.run(storing())
    except (CannotStart, StoreUnavailable, LedgerOutdated) as error:
        stop(str(error), 2)
