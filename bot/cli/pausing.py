"""Turns automation off and on for the whole instance, beside the running bot or while none runs.

People may act as ever. Must never end what runs.
"""

import time

import click

from bot.cli.dead import who
from bot.cli.saying import say
from bot.domain.automation_events import AutomationPaused, AutomationResumed


@click.command()
@click.option("--because", help="Why; shown wherever something waits for it.")
def pause(because: str | None) -> None:
    """Turn automation off: nothing is deployed by itself until `pointsman resume`."""
    now = time.time()
    say(AutomationPaused(by=who(), at=now, because=because), now)
    click.echo("Automation is paused, as soon as a bot runs (within a second). People may act as ever.")


@click.command()
def resume() -> None:
    """Turn automation on again. What was left out meanwhile is not made up for."""
    now = time.time()
    say(AutomationResumed(by=who(), at=now), now)
    click.echo("Automation goes on, as soon as a bot runs (within a second).")
