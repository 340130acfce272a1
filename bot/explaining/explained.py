"""Everything about a subject at once: its stories, what they wait for now, what of it led to nothing."""

from collections.abc import Sequence

from msgspec import Struct

from bot.domain.values import Seconds
from bot.explaining import absences, gathering, standing
from bot.explaining.gathering import Found
from bot.explaining.notes import Note
from bot.ports import Ledger


class Explained(Struct, frozen=True, kw_only=True):
    """What is recorded about a subject. `now` is what is waited for; `ignored` what led to nothing, and why.

    `absent` says that nothing is stored about it, where that is so.
    """

    subject: str
    found: Found
    now: Sequence[Note] = ()
    ignored: Sequence[Note] = ()
    absent: Sequence[Note] = ()


async def explain(ledger: Ledger, subject: str, limit: int, now: Seconds) -> Explained:
    """Read what is recorded about a subject. Raises Unreadable, StoreUnavailable."""
    found = await gathering.about(ledger, subject, limit)
    absent: list[Note] = []
    if not found.known:
        absent = [absences.nothing_stored(subject, await ledger.oldest_delivery(absences.SENDER))]
    return Explained(
        subject=subject,
        found=found,
        now=await standing.notes(ledger, found.plots, now),
        ignored=absences.ignored(found.ignored),
        absent=absent,
    )


def is_in_senders_log(subject: str) -> bool:
    """Whether GitHub's log could have something about it: not about what only Pointsman names."""
    return not any(
        shape.fullmatch(subject)
        for shape in (gathering.REQUEST_ID, gathering.DEPLOYMENT_ID, gathering.EVENT_ID)
    )
