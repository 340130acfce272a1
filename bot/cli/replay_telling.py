"""What going through the past printed: for people as tables and lines, for programs as one document.

Text that came from outside is never taken for markup or control sequences.
"""

import os
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.explaining.documents import rfc3339
from bot.explaining.telling import stamp
from bot.messages.escaping import plain
from bot.replaying.checking import Proof
from bot.replaying.supposing.answer import Answer, Difference

_CHARS_MAX = 500
_COLUMNS_UNBOUNDED = 10_000
_TABLE_COLUMNS_MIN = 130


# --- the proof ----------------------------------------------------------------------------------------


def proof_json(proof: Proof) -> dict[str, Any]:
    """Give a proof for programs."""
    return dict(msgspec.to_builtins(proof))


def show_proof(proof: Proof) -> None:
    """Tell what was compared, and each thing that differs."""
    for state in proof.states:
        parts = f" ({', '.join(state.fields)})" if state.fields else ""
        _line(f"{state.key}: {state.reason}{parts}")
    for decision in proof.decisions:
        _line(f"{decision.event} ({decision.type}, {decision.reactor}): {'; '.join(decision.what)}")
    hidden = proof.states_differing + proof.decisions_differing - len(proof.states) - len(proof.decisions)
    if hidden:
        _line(f"and {hidden} more")
    given_up = f" {proof.given_up} were given up, so nothing was decided." if proof.given_up else ""
    states, decisions = f"{proof.keys} states", f"{proof.decided_again} decisions"
    _line(f"{states} were made anew from their events, {decisions} from their facts.{given_up}")
    _line(_verdict(proof))


def _verdict(proof: Proof) -> str:
    if proof.agrees:
        return "All are as they are recorded."
    told = []
    if proof.states_differing:
        told.append(
            f"{proof.states_differing} states are not what their events make. Nothing was changed. "
            "Please report it, with `pointsman events export` of what they are about."
        )
    if proof.decisions_differing:
        told.append(
            f"{proof.decisions_differing} decisions come out otherwise. After an upgrade that can be meant: "
            "this version may decide or word things differently."
        )
    return " ".join(told)


# --- the supposition ----------------------------------------------------------------------------------


def answer_json(told: Answer) -> dict[str, Any]:
    """Give a supposition for programs."""
    document = dict(msgspec.to_builtins(told))
    for difference in document["differences"]:
        difference["at"] = rfc3339(difference["at"])
    return {"same": told.is_same, **document}


def show_answer(told: Answer, since: float) -> None:
    """Tell what would have been decided differently, as a table where there is room for one."""
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _COLUMNS_UNBOUNDED
    if told.differences and console.width >= _TABLE_COLUMNS_MIN:
        console.print(_table(told))
    elif told.differences:
        for difference in told.differences:
            _narrow(difference)
    for line in _summary(told, since):
        _line(line)


def _table(told: Answer) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("when (UTC)", "who", "what", "before", "after", "why"):
        table.add_column(column, overflow="fold")
    for each in told.differences:
        cells = (each.who, each.what, each.before, _after(each), "; ".join(_why(each)))
        table.add_row(stamp(each.at), *(escape(plain(cell, _CHARS_MAX)) for cell in cells))
    return table


def _narrow(each: Difference) -> None:
    _line(f"{stamp(each.at)}  {each.who}  {each.what}")
    _line(f"    {each.before} → {_after(each)}")
    for line in _why(each):
        _line(f"      {line}")


def _after(each: Difference) -> str:
    return "not recorded" if each.not_recorded is not None else each.after


def _why(each: Difference) -> list[str]:
    if each.not_recorded is not None:
        return [f"nobody read then {each.not_recorded}"]
    lines = [line for line in (each.rule, *each.changes) if line]
    if each.gone:
        later = "1 later event" if each.gone == 1 else f"{each.gone} later events"
        lines.append(f"and {later} would not have happened")
    if each.unknown:
        lines.append("what would have followed instead is not known")
    return lines


def _summary(told: Answer, since: float) -> list[str]:
    lines = [
        f"{told.decisions} decisions went by the configuration of {told.repository} since {stamp(since)} UTC."
    ]
    if told.is_same:
        lines.append("All would have been the same.")
    else:
        known = f"{told.otherwise} would have been different"
        lines.append(f"{known}, {told.not_recorded} cannot be told from what is recorded.")
    if any(each.changes for each in told.differences):
        lines.append("Where only settings differ, what followed was decided with those of then.")
    if told.without_cause:
        lines.append(f"{told.without_cause} would never have been asked for, and are not shown.")
    lines += [f"not readable: {each}" for each in told.undecidable]
    return lines


def _line(text: str) -> None:
    """Print one line; its indentation is ours."""
    indent = len(text) - len(text.lstrip(" "))
    click.echo(" " * indent + plain(text, _CHARS_MAX))
