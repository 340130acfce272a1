"""What stands beside a story: what is waited for now, what was ignored, what never came."""

from msgspec import Struct


class Note(Struct, frozen=True):
    """One thing in a sentence, and what a person can do about it; empty = nothing, or nothing but wait."""

    said: str
    next: str = ""
