"""Runs things: the bot, the demo, the ledger's migrations."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import click

from bot import __version__, logs
from bot.app import Bot
from bot.cli.asking import settings, stop
from bot.domain.errors import StoreUnavailable
from bot.ledger.disk import LedgerInUse
from bot.ledger.sqlite import open_sqlite
from bot.ledger.upgrading import LedgerOutdated
from bot.starting import CannotStart, check_disk, ledger_path, read_instance


@click.command()
def serve() -> None:
    """Run the bot: web and worker in one process."""
    configured = settings()
    logs.set_up(configured.log_level, configured.log_format)
    try:
        check_disk(configured, os.environ)
        bot = Bot(configured, read_instance(configured), os.environ)
        asyncio.run(_serve(bot))
    except (CannotStart, LedgerInUse, LedgerOutdated, StoreUnavailable) as error:
        stop(str(error), 2)


async def _serve(bot: Bot) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await bot.start()
    try:
        await ended.wait()
    finally:
        await bot.stop()


@click.command()
@click.option("--script", is_flag=True, help="Play one story, print it as a transcript, and exit 0 or 1.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    help="Where the page to play on is; 0 takes a free one.  [default: as before, else 8090]",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Where everything is kept.  [default: ~/.local/state/pointsman/demo]",
)
@click.option("--fresh", is_flag=True, help="Forget what was kept in the folder and begin anew.")
@click.option("--open", "open_browser", is_flag=True, help="Open the page in a browser.")
def demo(script: bool, port: int | None, folder: Path | None, fresh: bool, open_browser: bool) -> None:
    """Run the whole product on this machine, with a simulated GitHub and Slack.

    It goes on where it was when it ended. The story of --script begins anew each time and keeps nothing.
    """
    from bot.sandbox.demo import demonstrate
    from bot.sandbox.demo_play import DemoOptions

    if script and (port is not None or folder is not None or fresh or open_browser):
        raise click.UsageError("--script keeps nothing and shows no page: leave the other options out.")
    options = DemoOptions(
        version=__version__, script=script, port=port, folder=folder, fresh=fresh, open_browser=open_browser
    )
    sys.exit(asyncio.run(demonstrate(options)))


@click.command()
def migrate() -> None:
    """Bring the ledger's tables up to date."""
    configured = settings()
    try:
        ledger = open_sqlite(ledger_path(configured), exclusive=True)
    except (CannotStart, LedgerInUse, LedgerOutdated, StoreUnavailable) as error:
        stop(str(error), 2)
    asyncio.run(ledger.close())
    click.echo(f"The ledger {ledger_path(configured)} is up to date.")
