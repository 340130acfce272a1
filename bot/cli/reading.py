"""Reads what is recorded: deliveries, events, and why something happened or did not."""

import sys

import click

from bot import terminal
from bot.cli.asking import as_json_option, print_json, read, stop
from bot.explaining.documents import delivery_json, event_json, explanation_json
from bot.explaining.gathering import about

STORIES_MAX = 100
"""So many stories are told about a subject, the newest ones."""


@click.group()
def deliveries() -> None:
    """What came in."""


@deliveries.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=0), help="0 = all.")
@as_json_option
def list_deliveries(limit: int, as_json: bool) -> None:
    """List deliveries, the newest first."""
    rows = read(lambda ledger: ledger.deliveries(limit))
    if as_json:
        print_json([delivery_json(row) for row in rows])
    else:
        terminal.show_deliveries(rows)


@deliveries.command("show")
@click.argument("delivery")
@as_json_option
def show_delivery(delivery: str, as_json: bool) -> None:
    """Show one delivery with its body."""
    found = read(lambda ledger: ledger.delivery(delivery))
    if found is None:
        stop(f"There is no delivery {delivery}.", 1)
    row, incoming = found
    document = {**delivery_json(row), "body": incoming.body.decode("utf-8", "replace")}
    if as_json:
        print_json(document)
    else:
        terminal.show_record(document)


@click.group()
def events() -> None:
    """What it led to."""


@events.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=0), help="0 = all.")
@click.option("--key", help="Only events of this key, such as pr:acme/shop#12.")
@as_json_option
def list_events(limit: int, key: str | None, as_json: bool) -> None:
    """List events in their order, the newest at the end."""
    rows = read(lambda ledger: ledger.events(limit=limit, key=key))
    if as_json:
        print_json([event_json(event) for event in rows])
    else:
        terminal.show_events(rows)


@events.command("show")
@click.argument("event")
@as_json_option
def show_event(event: str, as_json: bool) -> None:
    """Show one event."""
    found = read(lambda ledger: ledger.event(event))
    if found is None:
        stop(f"There is no event {event}.", 1)
    if as_json:
        print_json(event_json(found))
    else:
        terminal.show_record(event_json(found))


@click.command()
@click.argument("subject")
@click.option("--verbose", is_flag=True, help="Also tell ids, keys, attempts and bookkeeping.")
@as_json_option
def why(subject: str, verbose: bool, as_json: bool) -> None:
    """Explain a deployment, a request, owner/repo#12, a SHA or a delivery id."""
    found = read(lambda ledger: about(ledger, subject, STORIES_MAX))
    if as_json:
        print_json(explanation_json(subject, found))
    elif found.known:
        terminal.show_explanation(found, verbose=verbose)
        if len(found.entries) >= STORIES_MAX:
            click.echo(f"Only the newest {STORIES_MAX} stories are told.")
    else:
        click.echo(f"Nothing is recorded about {subject}: no delivery, request or deployment has this name.")
    sys.exit(0 if found.known else 1)
