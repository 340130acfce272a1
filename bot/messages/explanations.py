"""Why something happened or did not, told where it was asked: the story in short, and what to do next.

The lines come from `bot.explaining`, in the words of the command line and the dashboard. They hold what came
from outside: here all of it is made inert, and what stands between backticks is shown as code.
"""

import re
from collections.abc import Iterable

from msgspec import Struct

from bot.messages.blocks import told
from bot.messages.dialects import Dialect
from bot.messages.message import Message

LINES_MAX = 10
LINE_CHARS_MAX = 400
NEXT_MAX = 3
_CODE = re.compile(r"`([^`]{1,200})`")


class Explanation(Struct, frozen=True, kw_only=True):
    """`title` says what is explained and how it stands, `lines` tell it, `next` what a person can do.

    `url` is where the whole story is told; None = nowhere.
    """

    title: str
    lines: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    url: str | None = None


def explanation(explained: Explanation) -> Message:
    """Answer `/why`."""
    return told(lambda dialect: _paragraphs(dialect, explained))


def _paragraphs(dialect: Dialect, explained: Explanation) -> Iterable[str]:
    yield dialect.heading(_written(dialect, explained.title))
    lines = [_written(dialect, line) for line in explained.lines[:LINES_MAX]]
    if len(explained.lines) > LINES_MAX:
        lines.append(f"… and {len(explained.lines) - LINES_MAX} more.")
    yield dialect.bullets(lines) if lines else ""
    steps = [_written(dialect, f"{step.rstrip('. ')}.") for step in explained.next[:NEXT_MAX]]
    yield f"What to do: {' '.join(steps)}" if steps else ""
    yield dialect.link(explained.url, "The whole story") if explained.url else ""


def _written(dialect: Dialect, text: str) -> str:
    """Make a line inert; between backticks it is code."""
    cut = text if len(text) <= LINE_CHARS_MAX else text[: LINE_CHARS_MAX - 1] + "…"
    pieces = _CODE.split(cut)
    return "".join(
        dialect.code(piece) if number % 2 else _text(dialect, piece) for number, piece in enumerate(pieces)
    )


def _text(dialect: Dialect, piece: str) -> str:
    """Inert text that keeps the spaces at its ends, which stand between it and code."""
    if not piece.strip():
        return " " if piece else ""
    before, after = piece[:1].isspace(), piece[-1:].isspace()
    return f"{' ' * before}{dialect.text(piece, LINE_CHARS_MAX)}{' ' * after}"
