"""Leads stored events of earlier versions up to what today's structs mean.

An event that was stored is never rewritten. Where its struct had to change in a way that old records do not
fit, the struct's `VERSION` goes up by one and a row here says what an old record means now: a pure function
of the record as plain values. Rows follow each other, so that a record of version 1 is led to 2, then to 3.
A row stays for good. `tests/golden` holds what earlier releases stored, and fails when a row is missing.
"""

from collections.abc import Callable, Mapping
from typing import Any

Record = Mapping[str, Any]
Upcaster = Callable[[Record], Record]

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""From (type, version) to the record of the next version. Nothing had to change so far."""


class NoWayUp(Exception):
    """A record cannot be led to the version that this program knows; the text says why."""


def upcast(
    type_name: str, versions: tuple[int, int], record: Record, table: Mapping[tuple[str, int], Upcaster]
) -> Record:
    """Lead a record from the first of two versions up to the second. Raises NoWayUp."""
    stored, known = versions
    for version in range(stored, known):
        step = table.get((type_name, version))
        if step is None:
            raise NoWayUp(f"{type_name} cannot be led from version {version} to {version + 1}: no upcaster")
        record = step(record)
    return record


def too_new(type_name: str, stored: int, known: int) -> str:
    """Say why a record of a later version is not read: nobody here knows what it means."""
    return (
        f"{type_name} was stored in version {stored} by a newer Pointsman; this one knows {known}. "
        "After the upgrade `pointsman dead retry` takes it up again."
    )
