"""The program's own words: what its types can say without anybody having written it.

Read from the types themselves, so that a new state or outcome is known here without being listed.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import inspect

from bot.commands import TABLE
from bot.domain import state
from bot.domain.event_types import ALL_TYPES
from bot.domain.reasons import REASONS
from bot.gates import TABLE as GATES
from bot.ports import EffectRow, OutcomeRow
from bot.replaying.nobody import rows_by_name

_OUTCOMES = ("acted", "ignored", "deferred", "superseded", "failed", "received", "done")


def own_words() -> frozenset[str]:
    """Give reason codes, commands, and every word that a type allows as a value."""
    rows = rows_by_name()
    facts = [row.facts for row in rows.values() if row.facts is not None]
    facts += [row.facts for row in TABLE.values() if row.facts is not None]
    found: set[str] = {
        *REASONS,
        *TABLE,
        *GATES,
        *_OUTCOMES,
        *rows,
        *(kind.TYPE for kind in ALL_TYPES),
        "pointsman",
    }
    _collect([*ALL_TYPES, *state.TYPES.values(), *facts, EffectRow, OutcomeRow], found)
    return frozenset(found)


def _collect(types: Iterable[Any], found: set[str]) -> None:
    left: list[Any] = list(inspect.multi_type_info(types))
    seen: set[Any] = set()
    while left:
        one = left.pop()
        if isinstance(one, inspect.LiteralType):
            found.update(value for value in one.values if isinstance(value, str))
        elif isinstance(one, inspect.EnumType):
            found.update(str(each.value) for each in one.cls)
        elif isinstance(one, inspect.StructType):
            if one.cls in seen:
                continue
            seen.add(one.cls)
            found.update(tag for tag in (one.tag,) if isinstance(tag, str))
            left.extend(field.type for field in one.fields)
        else:
            left.extend(_inner(one))


def _inner(one: Any) -> list[Any]:
    """The types that a type is made of."""
    if not isinstance(one, msgspec.Struct):
        return []
    found: list[Any] = []
    for name in one.__struct_fields__:
        value = getattr(one, name)
        if isinstance(value, inspect.Type):
            found.append(value)
        elif isinstance(value, tuple):
            found.extend(each for each in value if isinstance(each, inspect.Type))
    return found
