"""What a run did, as numbers and as lines: one sees that it exercises things, and can compare runs."""

import hashlib
from collections import Counter, deque
from collections.abc import Callable

LINES_KEPT = 4_000


class Trace:
    """All that happened, line by line. The digest is over all lines, the newest of which are kept."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._digest = hashlib.sha256()
        self._counters: Counter[str] = Counter()
        self.lines: deque[str] = deque(maxlen=LINES_KEPT)

    def say(self, what: str) -> None:
        """Add a line."""
        line = f"{self._now():9.3f} {what}"
        self.lines.append(line)
        self._digest.update(line.encode())

    def count(self, name: str, times: int = 1) -> None:
        """Count something by its name, `kind: which`."""
        self._counters[name] += times

    @property
    def counters(self) -> Counter[str]:
        """What was counted."""
        return self._counters

    def digest(self) -> str:
        """A name for the whole of what happened."""
        return self._digest.hexdigest()
