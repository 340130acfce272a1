"""Names that people read out and programs compare: `r-…`, `d-…`, and the ids of events.

Every id is derived from what caused it, never drawn: deciding the same event again gives the same
ids, so a decision that was rolled back and repeated cannot leave two requests behind.
"""

import hashlib

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 10


def derive(prefix: str, *parts: str | int) -> str:
    """Give the id of what `parts` cause: the prefix and 10 Crockford base32 characters (50 bits)."""
    seed = "\x1f".join(str(part) for part in parts).encode()
    number = int.from_bytes(hashlib.blake2b(seed, digest_size=8).digest()) >> 14
    return f"{prefix}-{crockford(number, _LENGTH)}"


def crockford(number: int, length: int) -> str:
    """Write a number in Crockford's base32, lower case, padded to `length` characters."""
    characters = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        characters.append(_CROCKFORD[digit])
    return "".join(reversed(characters))
