"""What the commands share: settings, the ledger beside a running bot, and how a command ends.

Must never decide anything about the product.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec

from bot.app import open_to_read
from bot.domain.errors import StoreUnavailable
from bot.ledger.store import SqlLedger
from bot.ledger.upgrading import LedgerOutdated
from bot.settings import Settings, SettingsError, load_environment, near_misses
from bot.starting import CannotStart

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def stop(message: str, code: int) -> NoReturn:
    """End with a message for people and this exit code."""
    click.echo(message, err=True)
    sys.exit(code)


def settings() -> Settings:
    """Read the settings, or end with everything that is wrong with them."""
    environ = load_environment(Path(".env"))
    os.environ.update({name: value for name, value in environ.items() if name not in os.environ})
    for warning in near_misses(environ):
        click.echo(f"warning: {warning}", err=True)
    try:
        return Settings.from_environment(environ)
    except SettingsError as error:
        stop(str(error), 2)


def print_json(document: Any) -> None:
    """Print one JSON document."""
    click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


def read(ask: Callable[[SqlLedger], Awaitable[Any]]) -> Any:
    """Ask the ledger beside a running bot, or end with what is wrong with it."""

    async def asking() -> Any:
        ledger = open_to_read(settings())
        try:
            return await ask(ledger)
        finally:
            await ledger.close()

    try:
        return asyncio.run(asking())
    except (CannotStart, StoreUnavailable, LedgerOutdated) as error:
        stop(str(error), 2)
