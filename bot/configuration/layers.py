"""Lays configuration files over one another: maps merge by key, lists replace, `null` unsets.

Every value keeps the position in the file that it came from. Must never mix two lists, and never let a
farther file win over a nearer one.
"""

from collections.abc import Sequence
from functools import reduce

from bot.domain.findings import Located


def merge(layers: Sequence[Located]) -> Located:
    """Merge maps, the nearest first. What is null in the result was unset, and counts as absent.

    The keys of the nearest map that has any come first, in its order; the farther ones' others follow.
    """
    return reduce(lambda far, near: _over(near, far), reversed(layers))


def is_unset(node: Located) -> bool:
    """Whether an entry of a map says nothing but that it unsets."""
    return node.value is None and not node.broken


def _over(near: Located, far: Located) -> Located:
    if not isinstance(near.value, dict) or not isinstance(far.value, dict):
        return near
    merged = dict(near.value)
    for name, entry in far.value.items():
        merged[name] = _over(merged[name], entry) if name in merged else entry
    return Located(merged, near.position, near.key)


def child(node: Located | None, *names: str) -> Located | None:
    """Follow keys into a tree; None where there is no such thing."""
    for name in names:
        node = entries(node).get(name)
    return node


def entries(node: Located | None) -> dict[str, Located]:
    """Give a map's entries that say something; nothing where it is no map."""
    if node is None or not isinstance(node.value, dict):
        return {}
    return {name: entry for name, entry in node.value.items() if not is_unset(entry)}


def unset_entries(node: Located | None) -> dict[str, Located]:
    """Give a map's entries that only unset."""
    if node is None or not isinstance(node.value, dict):
        return {}
    return {name: entry for name, entry in node.value.items() if is_unset(entry)}


def items(node: Located | None) -> tuple[Located, ...]:
    """Give a list's items; nothing where it is no list."""
    return node.value if node is not None and isinstance(node.value, tuple) else ()


def text(node: Located | None) -> str | None:
    """Give a scalar's text; None where it is no text."""
    return node.value if node is not None and isinstance(node.value, str) else None


def texts(node: Located | None) -> tuple[tuple[str, Located], ...]:
    """Give those items of a list that are text, with where they stand."""
    return tuple((item.value, item) for item in items(node) if isinstance(item.value, str))
