"""Lays configuration files over one another: maps merge by key, lists replace, `null` unsets.

Every value keeps the position in the file that it came from. Must never mix two lists, and never let a
farther file win over a nearer one.
"""

from collections.abc import Sequence

from bot.domain.findings import Located


def merge(layers: Sequence[Located]) -> Located:
    """Merge maps, the nearest first, into one tree without nulls in maps.

    The keys of the nearest map that has any come first, in its order; the farther ones' others follow.
    """
    *nearer, farthest = layers
    merged = _over(farthest, None)
    for layer in reversed(nearer):
        merged = _over(layer, merged)
    return merged


def _over(near: Located, far: Located | None) -> Located:
    value = near.value
    if isinstance(value, tuple):
        return Located(tuple(_over(item, None) for item in value), near.position, near.key, near.broken)
    if not isinstance(value, dict):
        return near
    below = far.value if far is not None and isinstance(far.value, dict) else {}
    entries = {
        name: _over(entry, below.get(name))
        for name, entry in value.items()
        if entry.value is not None or entry.broken
    }
    entries |= {name: entry for name, entry in below.items() if name not in value}
    return Located(entries, near.position, near.key, near.broken)


def child(node: Located | None, *names: str) -> Located | None:
    """Follow keys into a tree; None where there is no such thing."""
    for name in names:
        node = entries(node).get(name)
    return node


def entries(node: Located | None) -> dict[str, Located]:
    """Give a map's entries; nothing where it is no map."""
    return node.value if node is not None and isinstance(node.value, dict) else {}


def items(node: Located | None) -> tuple[Located, ...]:
    """Give a list's items; nothing where it is no list."""
    return node.value if node is not None and isinstance(node.value, tuple) else ()


def text(node: Located | None) -> str | None:
    """Give a scalar's text; None where it is no text."""
    return node.value if node is not None and isinstance(node.value, str) else None


def texts(node: Located | None) -> tuple[tuple[str, Located], ...]:
    """Give those items of a list that are text, with where they stand."""
    return tuple((item.value, item) for item in items(node) if isinstance(item.value, str))
