"""Names that people read out and programs compare: `r-…`, `d-…`, and the ids of events.

Every id is derived from what caused it, never drawn: deciding the same event again gives the same
ids, so a decision that was rolled back and repeated cannot leave two requests behind.
"""

import hashlib

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 10
# Events and effects are many, and nobody reads them out: 80 bits keep collisions out of reach.
_LONG = {"e": 16, "x": 16}


def derive(prefix: str, *parts: str | int) -> str:
    """Give the id of what `parts` cause: the prefix and 10 Crockford base32 characters (`e-`, `x-`: 16)."""
    length = _LONG.get(prefix, _LENGTH)
    seed = "\x1f".join(str(part) for part in parts).encode()
    number = int.from_bytes(hashlib.blake2b(seed, digest_size=10).digest()) >> (80 - 5 * length)
    return f"{prefix}-{crockford(number, length)}"


def crockford(number: int, length: int) -> str:
    """Write a number in Crockford's base32, lower case, padded to `length` characters."""
    characters = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        characters.append(_CROCKFORD[digit])
    return "".join(reversed(characters))
