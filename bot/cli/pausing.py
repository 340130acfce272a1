"""Turns automation off and on for the whole instance, beside the running bot or while none runs.

People may act as ever. Must never end what runs.
"""

import asyncio
import time

import click

from bot.cli.asking import settings, stop
from bot.cli.dead import who
from bot.domain.automation_events import AutomationPaused, AutomationResumed
from bot.domain.errors import StoreUnavailable
from bot.ledger.sqlite import open_beside
from bot.ledger.upgrading import LedgerOutdated
from bot.runtime.own_deliveries import delivery_of
from bot.starting import CannotStart, ledger_path


@click.command()
@click.option("--because", help="Why; shown wherever something waits for it.")
def pause(because: str | None) -> None:
    """Turn automation off: nothing is deployed by itself until `pointsman resume`."""
    _store(AutomationPaused(by=who(), at=time.time(), because=because))
    click.echo("Automation is paused, as soon as a bot runs (within a second). People may act as ever.")


@click.command()
def resume() -> None:
    """Turn automation on again. What was left out meanwhile is not made up for."""
    _store(AutomationResumed(by=who(), at=time.time()))
    click.echo("Automation goes on, as soon as a bot runs (within a second).")


def _store(data: AutomationPaused | AutomationResumed) -> None:
    async def storing() -> None:
        ledger = open_beside(ledger_path(settings()))
        try:
            await ledger.accept(delivery_of(data, f"{data.TYPE}:{data.at:.6f}", data.at))
        finally:
            await ledger.close()

    try:
        asyncio.run(storing())
    except (CannotStart, StoreUnavailable, LedgerOutdated) as error:
        stop(str(error), 2)
