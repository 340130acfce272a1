"""States, times and patches as people read them: a word, a symbol and a tone, never a colour alone.

Must never guess a state that it does not know: it is shown as it is, in a neutral tone.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

_GOOD = frozenset(
    {"success", "succeeded", "active", "approved", "ok", "done", "merged", "opened", "reopened"}
)
_BAD = frozenset(
    {"failure", "failed", "error", "timed_out", "cancelled", "action_required", "changes_requested", "lost"}
)
_BUSY = frozenset({"queued", "pending", "waiting", "in_progress", "accepted", "sending", "requested"})
_SYMBOLS = {"good": "✓", "bad": "✗", "busy": "●", "still": "○"}
_LINE_KINDS = {"+": "added", "-": "removed", "@": "place"}
_EMOJI = re.compile(r":[a-z0-9_+-]+:|[\u2190-\u2bff\u3030\ufe0f\U0001f000-\U0001faff]")


def tone(word: str | None) -> str:
    """good, bad, busy or still (nothing happens, or not known)."""
    if word in _GOOD:
        return "good"
    if word in _BAD:
        return "bad"
    return "busy" if word in _BUSY else "still"


def symbol(word: str | None) -> str:
    """The sign that stands beside a state's word."""
    return _SYMBOLS[tone(word)]


def words(name: str) -> str:
    """A name from the code, as words."""
    return name.replace("_", " ").lower()


def clock_time(seconds: float) -> str:
    """A moment of today, in UTC like all times that the bot writes."""
    return f"{datetime.fromtimestamp(seconds, UTC):%H:%M:%S}"


def iso_time(seconds: float) -> str:
    """A moment as machines read it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def emoji_less(text: str) -> str:
    """A text to be spoken."""
    return " ".join(_EMOJI.sub(" ", text).split())


def patch_lines(patch: str) -> Iterator[tuple[str, str]]:
    """Each line of a patch with what it is: added, removed, place or kept."""
    for line in patch.split("\n"):
        yield _LINE_KINDS.get(line[:1], "kept"), line


def face(name: str) -> int:
    """Which of the six colours somebody's initial stands on."""
    return sum(name.encode()) % 6
