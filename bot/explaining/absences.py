"""What did not happen: what was stored and ignored, and what the sender says that it sent and is not here.

GitHub's own log of deliveries tells what never arrived. It reaches back three days, and only so much of it is
read. Must never say that nothing was sent where it could not be asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from bot.domain.errors import LastingFault, PassingFault
from bot.domain.values import Seconds
from bot.explaining import reasons, wording
from bot.explaining.facts import facts_of
from bot.explaining.moments import moment
from bot.explaining.notes import Note
from bot.messages.escaping import plain
from bot.ports import DeliveryRow, Ledger, Sent, SentList

ATTEMPTS_READ_MAX = 2_000
CONTENTS_READ_MAX = 20
IGNORED_SHOWN_MAX = 12
UNHEARD_SHOWN_MAX = 5
SENDER = "github"
ECHOES = frozenset({"own_comment", "own_message", "own_status", "own_check"})
"""What we did ourselves comes back as a delivery; nobody looks for it."""


class SenderLog(Protocol):
    """What GitHub says it sent us. Raises PassingFault, LastingFault."""

    async def sent_since(self, since: Seconds, most: int) -> SentList:
        """List the attempts since then, the newest first."""
        ...

    async def about(self, attempt: int) -> tuple[str | None, str | None]:
        """Read what an attempt was about: its subject and its commit."""
        ...


class Asked(Struct, frozen=True, kw_only=True):
    """What GitHub's log answered: how much was sent since then, and what of it about the subject is not here.

    `unread` counts missing deliveries that were not looked into; `problem` says why it could not be asked.
    """

    since: Seconds
    sent: int = 0
    missing: int = 0
    unheard: tuple[Sent, ...] = ()
    unread: int = 0
    problem: str = ""


async def ask(log: SenderLog, ledger: Ledger, subject: str, since: Seconds) -> Asked:
    """Look in GitHub's log for what is about the subject and not stored here."""
    try:
        listed = await log.sent_since(since, ATTEMPTS_READ_MAX)
        missing = await _missing(ledger, listed.attempts)
        named = [attempt for attempt in missing if attempt.delivery == subject]
        looked_into = missing[:CONTENTS_READ_MAX] if not named else []
        named += [each for each in looked_into if is_about(subject, *await log.about(each.attempt))]
    except (PassingFault, LastingFault) as fault:
        return Asked(since=since, problem=fault.reason)
    oldest = listed.attempts[-1].at if listed.attempts and not listed.complete else since
    return Asked(
        since=oldest,
        sent=len({attempt.delivery for attempt in listed.attempts}),
        missing=len(missing),
        unheard=tuple(named),
        unread=len(missing) - len(looked_into) if looked_into else 0,
    )


async def _missing(ledger: Ledger, attempts: Sequence[Sent]) -> list[Sent]:
    """The newest attempt of each delivery that is not stored here."""
    newest: dict[str, Sent] = {}
    for attempt in attempts:
        newest.setdefault(attempt.delivery, attempt)
    known = await ledger.known_deliveries(SENDER, list(newest))
    return [attempt for delivery, attempt in newest.items() if delivery not in known]


def is_about(subject: str, named: str | None, sha: str | None) -> bool:
    """Whether what was sent is about what somebody looks for."""
    wanted = subject.lower()
    if sha is not None and len(wanted) >= 7 and sha.startswith(wanted):
        return True
    return named is not None and named.lower() == wanted


# --- words ------------------------------------------------------------------------------------------------


def heard(asked: Asked) -> list[Note]:
    """Say what GitHub's log has that is not here."""
    if asked.problem:
        why = plain(asked.problem, 300).rstrip(". ")
        again = "`pointsman doctor` says what is wrong; then ask again."
        return [Note(f"GitHub's log of deliveries could not be asked: {why}.", again)]
    found = [_unheard(attempt) for attempt in asked.unheard[:UNHEARD_SHOWN_MAX]]
    since = moment(asked.since)
    if not found:
        here = "all of them are stored here" if not asked.missing else f"{asked.missing} are not stored here"
        said = f"{asked.sent} were sent since {since}, {here}."
        found.append(Note(f"GitHub's log has no delivery about it that is missing here: {said}"))
    if asked.unread:
        more = "`pointsman doctor` shows how many deliveries are missing."
        found.append(Note(f"{asked.unread} older missing deliveries were not looked into.", more))
    return found


def _unheard(attempt: Sent) -> Note:
    what = f"{attempt.event}.{attempt.action}" if attempt.action else attempt.event
    code = f"{attempt.status_code} " if attempt.status_code else ""
    ended = f"{code}{attempt.status}".strip() or "no answer"
    sent = f"GitHub sent {what} about it at {moment(attempt.at)}, and it never arrived"
    again = f"A running bot asks for it again at its next sweep. The delivery is {attempt.delivery}."
    return Note(f"{sent}: GitHub's log says “{plain(ended, 100)}”.", again)


def ignored(rows: Iterable[DeliveryRow]) -> list[Note]:
    """Say of deliveries that led to nothing why; those that are alike count together, the newest first."""
    groups: dict[tuple[str | None, ...], list[DeliveryRow]] = {}
    for row in (each for each in rows if each.reason not in ECHOES):
        kind = (row.event, row.action, row.reason, compared(row.values))
        groups.setdefault(kind, []).append(row)
    told = [_ignored(each) for each in groups.values()]
    more = len(told) - IGNORED_SHOWN_MAX
    rest = [Note(f"And {more} other kinds of deliveries.", "`pointsman deliveries list --about SUBJECT`")]
    return told[:IGNORED_SHOWN_MAX] + (rest if more > 0 else [])


def _ignored(rows: Sequence[DeliveryRow]) -> Note:
    newest = rows[0]
    times = f" ({len(rows)} times, this is the newest)" if len(rows) > 1 else ""
    values = compared(newest.values)
    why = f"{reasons.reason(newest.reason, newest.values)}{f' ({values})' if values else ''}"
    verb = "failed" if newest.state == "failed" else "ignored"
    said = f"{moment(newest.received_at)}, {verb}: {wording.delivery(newest)}{times}. {why}"
    step = reasons.next_step(newest.reason)
    if newest.state == "failed":
        step = f"{step} `pointsman dead retry {newest.id}`".strip()
    return Note(said, step)


def compared(values: Mapping[str, object]) -> str:
    """The values that a rule compared, as `label: value`."""
    return ", ".join(f"{each.label}: {each.text}" for each in facts_of(values))


def nothing_stored(subject: str, kept_since: Seconds | None) -> Note:
    """Say that nothing is recorded about a subject, and since when it would be."""
    since = f" since {moment(kept_since)}, from when on deliveries are kept here" if kept_since else ""
    return Note(f"Nothing about {plain(subject)} is stored here{since}.")
