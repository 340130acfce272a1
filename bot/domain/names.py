"""The names of services and environments, and what was probably meant by a name that nobody knows.

The same rules hold in files and in commands, so that what a file may declare can also be said.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches

NAME_PATTERN = "[a-z0-9][a-z0-9-]{0,62}"
NOT_NAMES = ("all", "to", "for", "because", "with")
"""Words of the command grammar; a service of that name could not be spoken of."""

_NAME = re.compile(NAME_PATTERN)
_LENGTH_COMPARED_MAX = 100


def check_name(name: str) -> str | None:
    """Say what is wrong with a service's or environment's name; None = nothing."""
    if name in NOT_NAMES:
        return f"`{name}` is a word of the commands and cannot be a name"
    if not _NAME.fullmatch(name):
        return "a name has 1 to 63 lower-case letters, digits and hyphens, and does not begin with a hyphen"
    return None


def nearest(name: str, candidates: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """Give those of `candidates` that look like a misspelt `name`, the likeliest first."""
    known = {candidate.lower(): candidate for candidate in candidates}
    close = get_close_matches(name[:_LENGTH_COMPARED_MAX].lower(), known, n=most)
    return tuple(known[match] for match in close)
