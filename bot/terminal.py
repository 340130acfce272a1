"""What the reading commands print: tables and stories for people. `--json` prints data instead.

Text that came from outside is never taken for markup or control sequences.
"""

import os
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bot.domain.events import Event
from bot.explaining import telling, views
from bot.explaining.audit import Entry
from bot.explaining.gathering import Found
from bot.explaining.notes import Note
from bot.explaining.people import known_in
from bot.explaining.stories import Plot
from bot.explaining.telling import stamp
from bot.ports import DeliveryRow

_COLUMNS_UNBOUNDED = 10_000
_TABLE_COLUMNS_MIN = 130


def show_deliveries(rows: Sequence[DeliveryRow]) -> None:
    """List deliveries, the newest first: in a narrow terminal two lines each, elsewhere a table."""
    console = _console()
    if console.width < _TABLE_COLUMNS_MIN:
        for row in rows:
            _print(console, _line(stamp(row.received_at), row.outcome or row.state, _sent(row), row.subject))
            _print(console, "    " + _line(row.reason, row.source, row.id))
        return
    table = _table("received (UTC)", "source", "event", "subject", "state", "outcome", "reason", "id")
    for row in rows:
        table.add_row(
            stamp(row.received_at),
            row.source,
            _safe(_sent(row)),
            _safe(row.subject),
            row.state,
            row.outcome or "",
            _safe(row.reason),
            _safe(row.id),
        )
    console.print(table)


def _sent(row: DeliveryRow) -> str:
    return f"{row.event}.{row.action}" if row.action else row.event


def _line(*pieces: str | None) -> str:
    return "  ".join(piece for piece in pieces if piece)


def show_events(events: Iterable[Event]) -> None:
    """List events in their order: in a narrow terminal two lines each, elsewhere a table."""
    console = _console()
    if console.width < _TABLE_COLUMNS_MIN:
        for event in events:
            _print(console, f"{event.sequence}  {stamp(event.time)}  {event.data.TYPE}  {event.id}")
            _print(console, f"    {event.key}  caused by {event.causation or event.delivery or 'nothing'}")
        return
    table = _table("#", "time (UTC)", "type", "key", "id", "caused by")
    for event in events:
        table.add_row(
            str(event.sequence),
            stamp(event.time),
            event.data.TYPE,
            _safe(event.key),
            event.id,
            event.causation or _safe(event.delivery),
        )
    console.print(table)


def show_audit(entries: Iterable[Entry]) -> None:
    """List who did what, when, from where, and by which rule."""
    console = _console()
    for each in entries:
        rule = f"  [{each.outcome}: {each.rule}]" if each.outcome else ""
        where = f"  ({each.where})" if each.where else ""
        _print(console, f"{stamp(each.at)}  {each.who}: {each.what}{where}{rule}")


def show_record(record: Any) -> None:
    """Print one record whole."""
    _console().print_json(msgspec.json.encode(record).decode())


def show_explanation(found: Found, *, verbose: bool = False) -> None:
    """Tell the stories, the oldest first, in the dashboard's words; `verbose` adds ids, keys and bookkeeping.

    What is only due later is no event yet: without `verbose` nothing stands here that has not happened.
    """
    console, who = _console(), known_in([*found.plots, *found.led_to])
    for entry in reversed(found.entries):
        told = views.story(entry, who) if isinstance(entry, Plot) else views.quiet(entry)
        for line in telling.story_lines(told, verbose=verbose):
            _print(console, line)
        if isinstance(entry, Plot) and entry.cut:
            _print(console, "  The oldest events are left out: there are too many.")
    for plot in reversed(found.led_to):
        story = views.story(plot, who)
        links = f" ({telling.about(story)})" if telling.about(story) else ""
        _print(console, f"What it led to: {telling.heading(story)}{links}")
    if found.unreadable:
        _print(console, f"{found.unreadable} events of it cannot be read by this version of Pointsman.")


def show_notes(title: str, notes: Iterable[Note]) -> None:
    """Print what stands beside the stories, with what to do next; nothing where there are none."""
    console = _console()
    for number, note in enumerate(notes):
        if not number:
            _print(console, f"{title}:")
        _print(console, f"  {note.said}")
        if note.next:
            _print(console, f"    what to do: {note.next}")


def _print(console: Console, line: str) -> None:
    """One line, of which nothing is taken for markup, a control sequence or an emoji's name."""
    console.print(Text("".join(c for c in line if c.isprintable())), soft_wrap=True)


def _console() -> Console:
    """On a terminal as wide as it is; into a pipe or file one line for each row, so that `grep` finds all."""
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _COLUMNS_UNBOUNDED
    return console


def _safe(text: object) -> str:
    return escape("".join(c for c in str(text or "") if c.isprintable()))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
