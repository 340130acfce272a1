"""What a run found: the invariant that does not hold, as a sentence, and what shows it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong."""

    invariant: str
    evidence: str
