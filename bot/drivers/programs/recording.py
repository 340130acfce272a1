"""Reads the output that a watcher keeps: its beginning and its end, also while it is being written.

The watcher overwrites the oldest part of the end; whoever reads looks at the count before and after, and must
never give bytes that may have been overwritten in between.
"""

import os
from pathlib import Path

from msgspec import Struct

from bot.drivers.programs.watcher import CHUNK_BYTES

TAIL_BYTES = 256 * 1024


class Recorded(Struct, frozen=True):
    """What is kept of an output. `left_out` is how many bytes are missing between its two parts."""

    head: bytes
    left_out: int
    tail: bytes


class Layout(Struct, frozen=True):
    """How long the two parts are; the watcher says it, since it may be of another version of the bot."""

    head: int
    ring: int


def written(folder: Path) -> int:
    """How many bytes the program has written until now."""
    try:
        return int((folder / "written").read_bytes()[:21])
    except (FileNotFoundError, ValueError):  # not yet there, or not yet whole
        return 0


def read_recorded(folder: Path, layout: Layout) -> Recorded:
    """Read all that is kept. Raises OSError."""
    count = written(folder)
    with (folder / "output").open("rb") as file:
        head = os.pread(file.fileno(), min(count, layout.head), 0)
        tail = _read_ring(file.fileno(), layout, count - layout.head, TAIL_BYTES)
    tail = tail[_overwritten(folder, layout, count, len(tail)) :]
    return Recorded(head, count - len(head) - len(tail), tail)


def read_end(folder: Path, layout: Layout, length: int) -> bytes:
    """Read the last `length` bytes (at most TAIL_BYTES), or what there is. Raises OSError."""
    count = written(folder)
    beyond = max(count - layout.head, 0)
    with (folder / "output").open("rb") as file:
        start = max(count - length, 0)
        part = os.pread(file.fileno(), max(min(count, layout.head) - start, 0), start)
        part += _read_ring(file.fileno(), layout, beyond, length)
    return part[_overwritten(folder, layout, count, len(part)) :]


def _read_ring(file: int, layout: Layout, beyond: int, length: int) -> bytes:
    """The last `length` of the `beyond` bytes that were written past the head."""
    length = min(length, beyond)
    if length <= 0:
        return b""
    start, end = (beyond - length) % layout.ring, beyond % layout.ring
    if start < end:
        return os.pread(file, length, layout.head + start)
    return os.pread(file, layout.ring - start, layout.head + start) + os.pread(file, end, layout.head)


def _overwritten(folder: Path, layout: Layout, count: int, length: int) -> int:
    """How many of the last `length` bytes may be newer than they should: one chunk is not yet counted."""
    since = written(folder) - count
    return min(max(since + CHUNK_BYTES + length - layout.ring, 0), length)
