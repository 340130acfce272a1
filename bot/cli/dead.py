"""What was given up: lists it with the reason and what to do, tries it again, or discards it.

It works beside the running bot, which takes up what is retried within a second, and while the bot is down.
Must never discard anything without asking, nor make it vanish: who discarded what stays on record.
"""

import asyncio
import functools
import getpass
import os
import shlex
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import click
from msgspec.structs import asdict

from bot.cli.asking import as_json_option, print_json, read, settings, stop
from bot.domain.errors import StoreUnavailable
from bot.explaining.documents import rfc3339
from bot.explaining.telling import stamp
from bot.ledger.sqlite import open_beside
from bot.ledger.store import SqlLedger
from bot.ledger.upgrading import LedgerOutdated
from bot.ports import Choice, ParkedRow
from bot.starting import CannotStart, ledger_path

_SHOWN_IDS_MAX = 10

Command = Callable[..., None]


@click.group()
def dead() -> None:
    """What was given up, and what to do about it."""


@dead.command("list")
@click.option("--discarded", is_flag=True, help="List what somebody discarded instead.")
@as_json_option
def list_parked(discarded: bool, as_json: bool) -> None:
    """List what was given up, with the reason, what to do, and the command to try it again."""
    rows: Sequence[ParkedRow] = read(lambda ledger: ledger.parked(discarded=discarded))
    if as_json:
        print_json([_document(row) for row in rows])
        return
    if not rows:
        click.echo("Nothing was discarded." if discarded else "Nothing was given up.")
    for row in rows:
        for line in _lines(row):
            click.echo(line)


def _choosing(command: Command) -> Command:
    """Add the ways to say what is meant; the command gets them as one `choice`."""

    @functools.wraps(command)
    def chosen(
        ids: tuple[str, ...], kind: str | None, lane: str | None, everything: bool, **options: Any
    ) -> None:
        if everything and ids:
            raise click.UsageError("Name either ids or --all, not both.")
        if not (ids or everything or kind or lane):
            raise click.UsageError("Say what is meant: ids (`pointsman dead list`), --kind, --lane or --all.")
        choice = Choice(ids=frozenset(ids), lane=lane, what=kind, everything=everything)
        command(choice=choice, **options)

    for option in (
        click.option("--all", "everything", is_flag=True, help="All of it."),
        click.option("--lane", help="Only effects of this lane, such as github:7."),
        click.option("--kind", help="Only this kind, such as slack.message or command.given."),
        click.argument("ids", nargs=-1),
    ):
        chosen = option(chosen)
    return chosen


@dead.command()
@_choosing
@as_json_option
def retry(choice: Choice, as_json: bool) -> None:
    """Try again what was given up. It is decided anew, and what may have been done is looked for first."""
    rows = _change(lambda ledger: ledger.retry_parked(choice, time.time()))
    _tell(rows, choice, "will be tried again, by a running bot within a second", as_json)


@dead.command()
@_choosing
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--by", help="Who discards it.  [default: the user who runs this]")
@as_json_option
def discard(choice: Choice, yes: bool, by: str | None, as_json: bool) -> None:
    """Give up for good what was given up. It is kept on record with your name, and is never done."""
    if as_json and not yes:
        raise click.UsageError("With --json nobody can be asked: add --yes.")
    if not yes:
        _ask(choice)
    name = by or who()
    rows = _change(lambda ledger: ledger.discard_parked(choice, name, time.time()))
    _tell(rows, choice, f"discarded in the name of {name}", as_json)


def _ask(choice: Choice) -> None:
    rows = [row for row in read(lambda ledger: ledger.parked()) if choice.means(row)]
    if not rows:
        stop(_nothing_found(choice), 1)
    for row in rows:
        for line in _lines(row):
            click.echo(line)
    what = "it" if len(rows) == 1 else f"these {len(rows)}"
    click.confirm(f"Discard {what}, and what waits for it? It will never be done", abort=True)


def _change(change: Callable[[SqlLedger], Awaitable[Sequence[ParkedRow]]]) -> Sequence[ParkedRow]:
    """Change the ledger in one short transaction, or end with what is wrong with it."""

    async def changing() -> Sequence[ParkedRow]:
        ledger = open_beside(ledger_path(settings()))
        try:
            return await change(ledger)
        finally:
            await ledger.close()

    try:
        return asyncio.run(changing())
    except (CannotStart, StoreUnavailable, LedgerOutdated) as error:
        stop(str(error), 2)


def _tell(rows: Sequence[ParkedRow], choice: Choice, what: str, as_json: bool) -> None:
    """Say what was changed; 1 where nothing was, or where an id is unknown."""
    unknown = sorted(choice.ids - {row.id for row in rows} - {row.id.partition("/")[0] for row in rows})
    if as_json:
        print_json([_document(row) for row in rows])
    elif rows:
        for row in rows[:_SHOWN_IDS_MAX]:
            click.echo(f"{row.id}: {what}.")
        if len(rows) > _SHOWN_IDS_MAX:
            click.echo(f"… and {len(rows) - _SHOWN_IDS_MAX} more.")
    if unknown or not rows:
        stop(_nothing_found(choice, unknown), 1)


def _nothing_found(choice: Choice, unknown: Sequence[str] = ()) -> str:
    named = ", ".join(unknown or sorted(choice.ids))
    what = f"Nothing that was given up has the id {named}." if named else "Nothing of that kind was given up."
    return f"{what} See `pointsman dead list`."


def _lines(row: ParkedRow) -> list[str]:
    lines = [f"{stamp(row.since)} UTC  {row.type} {row.what}, for {row.subject}  ({row.id})"]
    lines.append(f"    why: {row.reason}")
    if row.cause:
        lines.append(f"    follows from: {row.cause}")
    if row.discarded_by is not None:
        return [_printable(line) for line in (*lines, f"    discarded by: {row.discarded_by}", "")]
    if row.uncertain:
        lines.append("    note: it may have been done; it is looked for before it is done again")
    if row.hint:
        lines.append(f"    what to do: {row.hint}")
    lines.append(f"    then: {_command(row)}")
    return [_printable(line) for line in (*lines, "")]


def _printable(line: str) -> str:
    """Text that came from outside must not steer the terminal."""
    return "".join(character for character in line if character.isprintable())


def _command(row: ParkedRow) -> str:
    return f"pointsman dead retry {shlex.quote(row.id)}"


def _document(row: ParkedRow) -> dict[str, Any]:
    command = None if row.discarded_by else _command(row)
    return {**asdict(row), "since": rfc3339(row.since), "command": command}


def who() -> str:
    """The user who runs this command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return f"user {os.getuid()}" if sys.platform != "win32" else "somebody"
