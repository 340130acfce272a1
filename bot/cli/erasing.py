"""Erases one person's names and words from the ledger, beside the running bot or while none runs.

Must never erase anything without asking, and says what it left and what it cannot reach.
"""

import asyncio
import secrets
import time

import click

from bot.cli.asking import as_json_option, print_json, settings, stop
from bot.cli.dead import who
from bot.domain.erasure import Erased
from bot.domain.errors import StoreUnavailable
from bot.domain.identity import crockford
from bot.ledger.sqlite import open_beside
from bot.ledger.store import SqlLedger
from bot.ledger.upgrading import LedgerOutdated
from bot.starting import CannotStart, ledger_path


@click.command("erase")
@click.argument("login")
@click.option("--slack", help="The person's Slack user id, such as U0123ABCD.")
@click.option("--as", "other", help="Go on with the name that an interrupted run printed.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json_option
def erase(login: str, slack: str | None, other: str | None, yes: bool, as_json: bool) -> None:
    """Erase one person's names and words (docs/retention.md says what that reaches)."""
    if as_json and not yes:
        raise click.UsageError("With --json nobody can be asked: add --yes.")
    name = other or f"erased-{crockford(secrets.randbits(40), 8)}"
    erased = Erased(
        login=login, slack=slack, other=name, other_slack=f"U0{name.removeprefix('erased-').upper()}"
    )
    if not yes:
        click.confirm(f"Erase {login} from the ledger for good, as {name}?", abort=True)
    if not as_json:
        click.echo(f"{login} becomes {name}. If this is interrupted, repeat it with --as {name}.")
    counts = _run(erased, who())
    if as_json:
        print_json({"erased": name, **counts})
        return
    click.echo(f"{counts['changed']} rows changed.")
    if counts["left"]:
        click.echo(f"{counts['left']} rows are not done yet and were left: repeat it with --as {name}.")
    click.echo(
        "The file keeps freed pages until `sqlite3 pointsman.db VACUUM`; GitHub and Slack keep theirs."
    )


def _run(erased: Erased, by: str) -> dict[str, int]:
    async def running() -> dict[str, int]:
        ledger = open_beside(ledger_path(settings()))
        try:
            return await _erase(ledger, erased, by)
        finally:
            await ledger.close()

    try:
        return asyncio.run(running())
    except (CannotStart, StoreUnavailable, LedgerOutdated) as error:
        stop(str(error), 2)


async def _erase(ledger: SqlLedger, erased: Erased, by: str) -> dict[str, int]:
    return await ledger.erase(erased, by, time.time())
