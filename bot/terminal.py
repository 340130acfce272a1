"""What the reading commands print: tables and chains for people. `--json` prints data instead.

Text that came from outside is never taken for markup or control sequences.
"""

import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from bot.domain.events import Event
from bot.explaining import Explanation, Told
from bot.ports import DeliveryRow

_SYMBOLS = {"acted": "✓", "ignored": "·", "deferred": "…", "superseded": "↷", "failed": "✗"}
_VALUE_CHARS_MAX = 200
_COLUMNS_UNBOUNDED = 10_000


def show_deliveries(rows: Sequence[DeliveryRow]) -> None:
    """List deliveries, the newest first."""
    table = _table("received (UTC)", "source", "event", "subject", "state", "outcome", "reason", "id")
    for row in rows:
        event = f"{row.event}.{row.action}" if row.action else row.event
        table.add_row(
            moment(row.received_at),
            row.source,
            _safe(event),
            _safe(row.subject),
            row.state,
            row.outcome or "",
            _safe(row.reason),
            _safe(row.id),
        )
    _console().print(table)


def show_events(events: Iterable[Event]) -> None:
    """List events in their order."""
    table = _table("#", "time (UTC)", "type", "key", "id", "caused by")
    for event in events:
        table.add_row(
            str(event.sequence),
            moment(event.time),
            event.data.TYPE,
            _safe(event.key),
            event.id,
            event.causation or _safe(event.delivery),
        )
    _console().print(table)


def show_record(record: Any) -> None:
    """Print one record whole."""
    _console().print_json(msgspec.json.encode(record).decode())


def show_explanation(explanation: Explanation) -> None:
    """Print the chain: deliveries, then events, each with its decisions and effects."""
    tree = Tree(f"[bold]{_safe(explanation.subject)}[/bold]")
    for row in explanation.deliveries:
        event = f"{row.event}.{row.action}" if row.action else row.event
        outcome = f"{row.state}: {row.outcome or 'not decided yet'} {row.reason or ''}".strip()
        tree.add(f"{moment(row.received_at)}  delivery {_safe(event)} {_safe(row.id)} → {_safe(outcome)}")
    for told in explanation.events:
        _add_event(tree, told)
    _console().print(tree)


def _add_event(tree: Tree, told: Told) -> None:
    event = told.event
    branch = tree.add(f"{moment(event.time)}  [bold]{event.data.TYPE}[/bold] {_safe(event.key)} ({event.id})")
    for row in told.outcomes:
        values = ", ".join(f"{name}={_short(value)}" for name, value in row.values.items())
        symbol = _SYMBOLS.get(row.outcome, "?")
        branch.add(f"{symbol} {row.reactor}: {row.outcome}, {_safe(row.reason)}" + _in_brackets(values))
    for effect in told.effects:
        note = f" after {effect.attempts} attempts" if effect.attempts > 1 else ""
        trouble = f": {_safe(effect.reason)} {_safe(effect.hint)}" if effect.reason else ""
        branch.add(f"→ {effect.kind} {_safe(effect.key)} {effect.state}{note}{trouble}")


def _console() -> Console:
    """On a terminal as wide as it is; into a pipe or file one line for each row, so that `grep` finds all."""
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _COLUMNS_UNBOUNDED
    return console


def _in_brackets(values: str) -> str:
    return f" ({_safe(values)})" if values else ""


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _VALUE_CHARS_MAX else text[:_VALUE_CHARS_MAX] + "…"


def _safe(text: object) -> str:
    return escape("".join(c for c in str(text or "") if c.isprintable()))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def moment(seconds: float) -> str:
    """Write a time for people: UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
