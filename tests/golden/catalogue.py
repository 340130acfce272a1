"""The catalogues: one folder for each version, one file for each family of records.

A record is kept as the very bytes that the ledger holds. Nothing that stands in a catalogue is ever changed.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from bot import __version__
from bot.domain import effects, event_types, state
from bot.ledger import codec
from bot.ports import Unreadable
from tests.golden.examples import Examples

FOLDER = Path(__file__).parent
SEALED = FOLDER / "SEALED"
"""Digests of the catalogues of released versions, as `sha256sum` writes them."""

Read = Callable[[str, int, bytes], Any]


class Golden(NamedTuple):
    """A stored record: where it stands, what it is, and its bytes."""

    release: str
    family: str
    name: str
    version: int
    stored: bytes

    @property
    def record(self) -> Any:
        """What was stored, as plain values."""
        return codec.unpack(self.stored)


class Counterexample(NamedTuple):
    """A stored record that no longer means what it meant, and how one sees it."""

    golden: Golden
    problem: str

    def __str__(self) -> str:
        golden = self.golden
        stored = json.dumps(golden.record, indent=2, default=repr)
        return (
            f"{golden.family[:-1]} {golden.name} (version {golden.version}), as release {golden.release} "
            f"stored it: {self.problem}\n{stored}"
        )


def _read_event(name: str, version: int, stored: bytes) -> Any:
    return codec.read_data(name, version, stored)


def _read_effect(name: str, _version: int, stored: bytes) -> Any:
    return codec.read_effect(name, stored)


def _read_state(name: str, _version: int, stored: bytes) -> Any:
    return state.decode(f"{name}:any", codec.decompress(stored))


READERS: Mapping[str, Read] = {"events": _read_event, "effects": _read_effect, "states": _read_state}


def kinds(family: str) -> Iterator[tuple[str, int, type]]:
    """Everything of a family that this version writes: name, version, struct."""
    if family == "events":
        yield from ((kind.TYPE, kind.VERSION, kind) for kind in event_types.ALL_TYPES)
    elif family == "effects":
        yield from ((kind.KIND, 1, kind) for kind in effects.ALL_KINDS)
    else:
        yield from ((name, 1, kind) for name, kind in state.TYPES.items())


def releases() -> list[str]:
    """The versions that have a catalogue, the oldest first."""
    found = [folder.name for folder in FOLDER.iterdir() if (folder / "events.json").exists()]
    return sorted(found, key=lambda name: [int(part) for part in name.split(".")])


def golden(release: str, family: str) -> list[Golden]:
    """Read one catalogue."""
    rows = json.loads((FOLDER / release / f"{family}.json").read_text())
    return [
        Golden(release, family, name, int(version), base64.b64decode(stored))
        for key, records in rows.items()
        for name, _, version in [key.rpartition("/")]
        for stored in records
    ]


def every_golden() -> list[Golden]:
    """Read all catalogues."""
    return [each for release in releases() for family in READERS for each in golden(release, family)]


def counterexamples(records: Sequence[Golden], readers: Mapping[str, Read] = READERS) -> list[Counterexample]:
    """Find what no longer reads, or reads as something else; the first of each name is enough."""
    found: dict[tuple[str, str, int], Counterexample] = {}
    for each in records:
        problem = _problem(each, readers[each.family])
        if problem is not None:
            found.setdefault((each.family, each.name, each.version), Counterexample(each, problem))
    return list(found.values())


def _problem(record: Golden, read: Read) -> str | None:
    try:
        value = read(record.name, record.version, record.stored)
    except (Unreadable, msgspec.DecodeError) as error:
        return f"it cannot be read: {error}"
    if value is None:
        return "nobody knows what it is"
    if getattr(type(value), "VERSION", record.version) != record.version:
        return None  # an upcaster gave it its new meaning, which its own test judges
    return lost(record.record, msgspec.to_builtins(value, builtin_types=(bytes,)), "$")


def lost(before: Any, after: Any, place: str) -> str | None:
    """Say what of `before` is not in `after`; fields that came later may be there."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            if name not in after:
                return f"{place}.{name} would be lost"
            deeper = lost(value, after[name], f"{place}.{name}")
            if deeper is not None:
                return deeper
        return None
    if isinstance(before, list) and isinstance(after, (list, tuple)) and len(before) == len(after):
        found = (lost(one, after[place_], f"{place}[{place_}]") for place_, one in enumerate(before))
        return next((each for each in found if each is not None), None)
    return None if before == after else f"{place} was {before!r} and would be read as {after!r}"


def today(family: str) -> dict[str, list[str]]:
    """What this version writes: examples of everything, as bytes in base64."""
    examples = Examples()
    return {
        f"{name}/{version}": [_encoded(family, kind, record) for record in examples.of(kind)]
        for name, version, kind in kinds(family)
    }


def _encoded(family: str, kind: type, record: Any) -> str:
    value: Any = msgspec.convert(record, kind)
    # States lie uncompressed in the ledger; here they would be nine tenths of all.
    stored = codec.compress(state.encode(value)) if family == "states" else codec.pack(value)
    return base64.b64encode(stored).decode()


def missing(family: str) -> dict[str, list[str]]:
    """What this version can write and its catalogue does not hold."""
    held = _held(family)
    fresh = {
        key: [record for record in records if record not in held.get(key, [])]
        for key, records in today(family).items()
    }
    return {key: records for key, records in fresh.items() if records}


def add_missing() -> int:
    """Add to the current version's catalogue what it lacks; gives how many records."""
    added = 0
    for family in READERS:
        held = _held(family)
        for key, records in missing(family).items():
            held.setdefault(key, []).extend(records)
            added += len(records)
        path = FOLDER / __version__ / f"{family}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(held, indent=1) + "\n")
    return added


def _held(family: str) -> dict[str, list[str]]:
    path = FOLDER / __version__ / f"{family}.json"
    held: dict[str, list[str]] = json.loads(path.read_text()) if path.exists() else {}
    return held


def broken_seals() -> list[str]:
    """The files of released versions that are not what they were."""
    lines = [line.split("  ", 1) for line in SEALED.read_text().splitlines()] if SEALED.exists() else []
    return [name for digest, name in lines if _digest(FOLDER / name) != digest]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "gone"
