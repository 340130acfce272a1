"""The row that a reason code is."""

from msgspec import Struct


class Reason(Struct, frozen=True):
    """What a code means, and what a person can do next; empty = there is nothing to do.

    Both are our own words, with backticks around what is code: they never hold a value.
    """

    said: str
    next: str = ""
