"""How something stands, as a symbol and a word that never stand alone, and a tone for who sees colours.

Pure tables. What is not known is not shown as good.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from bot.domain.deployment import WENT_WRONG, State
from bot.explaining.wording import words
from bot.messages.states import SYMBOLS, WORDS
from bot.ports import DeliveryRow, EffectRow

Tone = Literal["good", "bad", "busy", "quiet"]


class Mark(Struct, frozen=True):
    """How something stands."""

    symbol: str
    word: str
    tone: Tone


OUTCOMES: Mapping[str, Mark] = {
    "acted": Mark("✓", "acted", "good"),
    "ignored": Mark("·", "ignored", "quiet"),
    "deferred": Mark("…", "deferred", "busy"),
    "superseded": Mark("↷", "superseded", "quiet"),
    "failed": Mark("✗", "failed", "bad"),
}
ANSWERS: Mapping[str, Mark] = {
    "accepted": Mark("✅", "accepted", "good"),
    "refused": Mark("⛔", "refused", "bad"),
    "answered": Mark("💬", "answered", "good"),
    "ignored": Mark("·", "ignored", "quiet"),
}
UNDER_WAY = Mark("…", "under way", "busy")
HELD_UP = Mark("⏳", "waits", "busy")
DONE = Mark("✓", "done", "good")
_URGENCY: tuple[State, ...] = (
    "failed",
    "timed_out",
    "unknown",
    "paused",
    "verifying",
    "running",
    "starting",
    "waiting",
    "queued",
    "requested",
    "cancelled",
    "refused",
    "superseded",
    "succeeded",
)


def most_telling(states: Iterable[State]) -> State:
    """What went wrong comes first, then what goes on, then success."""
    return min(states, key=lambda state: _URGENCY.index(state) if state in _URGENCY else 0)


def state_mark(state: State) -> Mark:
    """The mark of a deployment's or request's state."""
    return Mark(SYMBOLS.get(state, "❔"), WORDS.get(state, words(state)), _tone(state))


def _tone(state: State) -> Tone:
    if state == "succeeded":
        return "good"
    if state in WENT_WRONG or state == "refused":
        return "bad"
    return "quiet" if state in ("cancelled", "superseded") else "busy"


def delivery_mark(row: DeliveryRow) -> Mark:
    """The mark of a delivery."""
    if row.state == "received":
        return Mark("📥", "stored", "busy")
    if row.state == "failed":
        return OUTCOMES["failed"]
    return Mark("📥", "ignored" if row.outcome == "ignored" else "received", "quiet")


def effect_mark(row: EffectRow) -> Mark:
    """The mark of an effect."""
    if row.state == "done":
        return DONE
    if row.state == "parked":
        return Mark("✗", "given up", "bad")
    if row.state == "discarded":
        return Mark("·", "discarded", "quiet")
    if row.state == "leased":
        return UNDER_WAY
    times = "tried once" if row.attempts == 1 else f"tried {row.attempts} times"
    return Mark("…", times if row.attempts else "waits", "busy")
