"""Judges which of a sender's deliveries have to be asked for again. Pure: lists and rows in, a verdict out.

How often something was asked for stands in the sender's own log, so that a restart forgets nothing. Must
never ask for what is stored and done here, for what an earlier ledger answered for, or without end.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from bot.domain.values import Seconds
from bot.ports import DeliveryRow, Sent

ASKED_AGAIN_MAX = 4
SPACING_SECONDS: tuple[Seconds, ...] = (0.0, 20.0, 120.0, 600.0)
"""How long after the newest attempt it is asked for the first, second, third and last time.

The first ones are close to each other: a command that met a crash twice must not expire over it.
"""
COMMAND_EVENT = "issue_comment"
COMMAND_SECONDS: Seconds = 600.0
"""For so long a command is run; then it is only answered (CONTRACT 7)."""
UNTRANSLATED = ("translation_failed", "unstorable")
"""How the reasons of those begin that failed before anybody could be told."""


class Asking(Struct, frozen=True):
    """How often this process asked for a delivery, and when last. It may not be in the sender's log yet."""

    times: int = 0
    at: Seconds = 0.0


class Known(Struct, frozen=True, kw_only=True):
    """What is known here: rows by delivery, what was asked for already, since when this ledger answers.

    `answers_since` None = the ledger is new: what arrived elsewhere before is not its business.
    """

    rows: Mapping[str, DeliveryRow]
    asked: Mapping[str, Asking] = {}
    answers_since: Seconds | None = None


class Verdict(Struct, frozen=True, kw_only=True):
    """What to ask for now, the most urgent first; until when what else waits; what never came.

    `unsettled_since` is when the oldest of those was sent that are not done with; None = there are none.
    """

    ask: tuple[Sent, ...] = ()
    again_at: Seconds | None = None
    unsettled_since: Seconds | None = None
    never_came: tuple[str, ...] = ()


def judge(attempts: Sequence[Sent], known: Known, now: Seconds) -> Verdict:
    """Judge attempts, the newest first."""
    ask: list[Sent] = []
    due: list[Seconds] = []
    unsettled: list[Seconds] = []
    never_came: list[str] = []
    for delivery, tries in _by_delivery(attempts).items():
        if not _is_wanted(tries, known):
            continue
        asked = known.asked.get(delivery, Asking())
        times = max(asked.times, sum(attempt.again for attempt in tries))
        if times >= ASKED_AGAIN_MAX:
            never_came.append(delivery)
            continue
        unsettled.append(tries[-1].at)
        at = max(tries[0].at, asked.at) + SPACING_SECONDS[times]
        if at > now:
            due.append(at)
        else:
            ask.append(tries[0])
    return Verdict(
        ask=tuple(sorted(ask, key=lambda sent: _urgency(sent, now))),
        again_at=min(due, default=None),
        unsettled_since=min(unsettled, default=None),
        never_came=tuple(never_came),
    )


def ours(attempts: Sequence[Sent], known: Known) -> list[Sent]:
    """Leave out what arrived before this ledger began: another one answers for it."""
    begun = float("inf") if known.answers_since is None else known.answers_since
    others = {
        delivery
        for delivery, tries in _by_delivery(attempts).items()
        if delivery not in known.rows and any(attempt.arrived for attempt in tries) and tries[-1].at < begun
    }
    return [attempt for attempt in attempts if attempt.delivery not in others]


def _by_delivery(attempts: Iterable[Sent]) -> dict[str, list[Sent]]:
    grouped: dict[str, list[Sent]] = {}
    for attempt in attempts:
        grouped.setdefault(attempt.delivery, []).append(attempt)
    return grouped


def _is_wanted(tries: Sequence[Sent], known: Known) -> bool:
    """Whether it is missing, or here and in need of another try."""
    row = known.rows.get(tries[0].delivery)
    if row is not None:
        return row.state == "failed" and not _is_for_people(row)
    if not any(attempt.arrived for attempt in tries):
        return True
    # We said that it was stored and it is not: a backup was restored, which begins before it.
    return known.answers_since is not None and tries[-1].at >= known.answers_since


def _is_for_people(row: DeliveryRow) -> bool:
    """A command's author was told that it failed; to run it later, unasked, would be a surprise."""
    return row.event == COMMAND_EVENT and not (row.reason or "").startswith(UNTRANSLATED)


def _urgency(sent: Sent, now: Seconds) -> tuple[bool, Seconds]:
    """Comments first that may hold a command which still counts, then in the order of what happened."""
    is_pressing = sent.event == COMMAND_EVENT and now - sent.at < COMMAND_SECONDS
    return not is_pressing, sent.at
