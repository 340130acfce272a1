"""Why something has not happened yet, and when it is tried again, in one sentence each.

Pure: rows in, words out. The words hold no "in 59 s", which would stand still on a page that does not. Must
never say that something waits which nobody holds up.
"""

import re
from collections.abc import Iterable, Sequence

from bot.domain.values import Seconds
from bot.explaining import wording
from bot.explaining.masking import masked
from bot.explaining.moments import clock
from bot.messages.escaping import plain
from bot.ports import EffectRow, WaitRow

SENTENCES_SHOWN = 2
REASON_CHARS_MAX = 200
_COUNTDOWN = re.compile(r"[;,] it may be asked again in [0-9]+ s\b")


def held_up(waits: Sequence[WaitRow]) -> str:
    """Why an event is not decided; its own reason comes before that of its place in line."""
    known = next((row for row in waits if row.reason), None)
    if known is not None:
        return _sentence(known.reason or "", known.again_at)
    first = next(iter(waits), None)
    if first is None:
        return ""
    return (
        f"It waits for what came before it for `{first.key}`, which is tried again at {_at(first.again_at)}."
    )


def postponed(row: EffectRow) -> str:
    """Why an effect was not performed yet; empty where it was, is just being performed, or was given up."""
    if row.state != "pending" or not row.attempts or not row.reason:
        return ""
    return _sentence(row.reason, row.not_before)


def of_story(waits: Iterable[Sequence[WaitRow]], effects: Iterable[EffectRow]) -> str:
    """What a whole story waits for: decisions first; the same reason once, the rest counted."""
    said: dict[str, str] = {}
    for rows in waits:
        for row in rows[:1]:
            said.setdefault(row.reason or "", held_up(rows))
    for effect in effects:
        sentence = postponed(effect)
        if sentence:
            name = wording.effect(effect.kind, effect.key)
            said.setdefault(effect.reason or "", f"{name[:1].upper()}{name[1:]}: {sentence}")
    shown = list(said.values())[:SENTENCES_SHOWN]
    more = len(said) - len(shown)
    rest = "1 more waits." if more == 1 else f"{more} more wait."
    return " ".join([*shown, *([rest] if more else [])])


def _sentence(reason: str, again_at: Seconds) -> str:
    words = _COUNTDOWN.sub("", plain(str(masked(reason)), REASON_CHARS_MAX)).rstrip(". ")
    return f"{words}. It is tried again at {_at(again_at)}."


def _at(moment: Seconds) -> str:
    return f"{clock(moment)} UTC"
