"""Reads what is recorded: deliveries, events, and why something happened or did not."""

import sys
import time
from collections.abc import Mapping
from typing import Any

import click
import msgspec
from msgspec.structs import asdict

from bot import terminal
from bot.cli.asking import as_json_option, print_json, read, settings, stop
from bot.cli.senders_log import asked_of_github
from bot.cli.since import SINCE, SINCE_HELP
from bot.domain.events import CommandAnswered, Event
from bot.domain.people import PEOPLE_KEY, People
from bot.explaining import absences
from bot.explaining.audit import AUDITED, Entry, entries
from bot.explaining.documents import delivery_json, event_json, explanation_json, rfc3339
from bot.explaining.explained import Explained, explain, is_in_senders_log
from bot.explaining.notes import Note
from bot.ports import DeliveryFilter, EventFilter, Ledger
from bot.starting import CannotStart, read_instance

STORIES_MAX = 100
"""So many stories are told about a subject, the newest ones."""


@click.group()
def deliveries() -> None:
    """What came in."""


@deliveries.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=0), help="0 = all.")
@click.option("--state", type=click.Choice(["received", "done", "failed"]), help="Only in this state.")
@click.option("--event", help="Only of this event, such as issue_comment.")
@click.option("--source", help="Only of this sender: github, slack, deployer, reconciler or pointsman.")
@click.option("--about", help="Only about owner/repo#12, owner/repo@branch or a SHA.")
@click.option("--since", type=SINCE, help=SINCE_HELP)
@as_json_option
def list_deliveries(limit: int, as_json: bool, **wanted: Any) -> None:
    """List deliveries, the newest first."""
    rows = read(lambda ledger: ledger.deliveries(limit, DeliveryFilter(**wanted)))
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
@click.option("--type", help="Only of this type, such as command.given.")
@click.option("--since", type=SINCE, help=SINCE_HELP)
@click.option("--delivery", help="Only what this delivery meant.")
@click.option("--correlation", help="Only of the chain that began with this event.")
@click.option("--audit", is_flag=True, help="Who did what, when, from where, and by which rule.")
@click.option("--lines", is_flag=True, help="With --audit: one JSON document a line, for other programs.")
@as_json_option
def list_events(limit: int, as_json: bool, audit: bool, lines: bool, **wanted: Any) -> None:
    """List events in their order, the newest at the end."""
    if lines and not audit:
        raise click.UsageError("--lines goes with --audit.")
    if audit:
        _show_audit(read(lambda ledger: _audited(ledger, wanted, limit)), as_json, lines)
        return
    kind = (wanted.pop("type") or "").removeprefix("pointsman.") or None
    rows = read(lambda ledger: ledger.events_like(EventFilter(type=kind, **wanted), limit))
    if as_json:
        print_json([event_json(event) for event in rows])
    else:
        terminal.show_events(rows)


async def _audited(ledger: Ledger, wanted: dict[str, Any], limit: int) -> list[Entry]:
    """Read what people did, type by type: each is found by an index, and the rest is not read."""
    filters = {name: value for name, value in wanted.items() if name != "type"}
    recorded: list[Event] = []
    for kind in AUDITED:
        recorded += await ledger.events_like(EventFilter(type=kind.TYPE, **filters), limit)
    oldest = min((each.time for each in recorded), default=None)
    answers = await ledger.events_like(EventFilter(type=CommandAnswered.TYPE, since=oldest), 0)
    found = entries(recorded, answers, await _names(ledger))
    return found[-limit:] if limit else found


async def _names(ledger: Ledger) -> Mapping[str, str]:
    """GitHub logins by Slack user: what people linked, and the instance file where it can be read."""
    state = await ledger.state(PEOPLE_KEY)
    linked = {each.slack: each.login for each in state.links} if isinstance(state, People) else {}
    try:
        configured = read_instance(settings()).people
    except CannotStart as error:
        click.echo(f"warning: people are named by their Slack ids: {error}", err=True)
        configured = {}
    return linked | {slack: login for login, slack in configured.items()}


def _show_audit(found: list[Entry], as_json: bool, lines: bool) -> None:
    documents = [asdict(each) | {"at": rfc3339(each.at)} for each in found]
    if as_json:
        print_json(documents)
    elif lines:
        for document in documents:
            click.echo(msgspec.json.encode(document).decode())
    else:
        terminal.show_audit(found)


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
@click.option("--offline", is_flag=True, help="Do not ask GitHub what it sent and never arrived.")
@as_json_option
def why(subject: str, verbose: bool, offline: bool, as_json: bool) -> None:
    """Explain a deployment, a request, owner/repo#12, owner/repo@branch, a SHA or a delivery id.

    Also what did not happen: what was ignored and why, what is waited for, and (asked of GitHub) what was
    sent and never arrived. Exit code 1: nothing is stored about it.
    """
    told, missing = read(lambda ledger: _explained(ledger, subject, offline=offline))
    if as_json:
        print_json(explanation_json(told, missing))
    else:
        terminal.show_explanation(told.found, verbose=verbose)
        if len(told.found.entries) >= STORIES_MAX:
            click.echo(f"Only the newest {STORIES_MAX} stories are told.")
        terminal.show_notes("Stored, and nothing came of it", told.ignored)
        terminal.show_notes("Now", told.now)
        terminal.show_notes("Nothing is recorded", told.absent)
        terminal.show_notes("What GitHub says that it sent", missing)
    sys.exit(0 if told.found.known else 1)


async def _explained(ledger: Ledger, subject: str, *, offline: bool) -> tuple[Explained, list[Note]]:
    now = time.time()
    told = await explain(ledger, subject, STORIES_MAX, now)
    if offline or not is_in_senders_log(subject):
        return told, []
    asked = await asked_of_github(ledger, subject, now, known=told.found.known)
    if asked.problem and told.found.known:  # what happened is told; that GitHub was not asked is no news then
        return told, []
    return told, absences.heard(asked)
