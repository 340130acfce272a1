"""The proof that nothing was lost: what the sender says it sent, beside what is stored and finished here."""

from msgspec import Struct

from bot.domain.values import Seconds


class Tally(Struct, frozen=True):
    """How many deliveries were sent in a stretch of time, and how far they came here.

    `finished` ones ended in a stated outcome, `failed` ones in the one that somebody has to look at.
    """

    sent: int = 0
    stored: int = 0
    finished: int = 0
    failed: int = 0


class DeliveryProof(Struct, frozen=True, kw_only=True):
    """What was sent from `since` until `until`, and what came of it; `hours` are (their beginning, tally).

    `missing` are the ids that are not stored, `unfinished` those that are stored and still wait, `failed`
    those whose work was given up. `complete` False = the sender's list was too long to be read to its end.
    """

    since: Seconds
    until: Seconds
    total: Tally = Tally()
    hours: tuple[tuple[Seconds, Tally], ...] = ()
    missing: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    complete: bool = True


class Recovery(Struct, frozen=True, kw_only=True):
    """How the search for what never arrived goes: for `/metrics` and people."""

    swept_at: Seconds | None = None
    compared_at: Seconds | None = None
    failures: int = 0
    fault: str | None = None
    asked_again: int = 0
    never_came: int = 0
    found: int = 0
    proof: DeliveryProof | None = None
