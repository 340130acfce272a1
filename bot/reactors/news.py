"""News that makes us look again at who waits, at once and not at the next look.

A commit's checks and reviews, a pull request that moved or ended, and rights that changed.
"""

from msgspec import Struct

from bot.domain.automation_events import AccessChanged, CommitReported
from bot.domain.change import ChangeState
from bot.domain.events import Event, New, TurnCame, data_of
from bot.domain.request import Request
from bot.domain.slot import Slot
from bot.domain.state import request_key, slot_key
from bot.domain.values import Seconds
from bot.ports import Decision, Sources

REQUESTS_LOOKED_AT = 20


class WaitingFacts(Struct, frozen=True):
    """The slots in which somebody waits whom the news may concern."""

    slots: tuple[str, ...] = ()


async def read_of_commit(sources: Sources, event: Event) -> WaitingFacts:
    """Find every slot in which this commit waits."""
    data = data_of(event, CommitReported)
    found = []
    for key in await sources.ledger.locate(data.sha):
        slot = await sources.ledger.state(key) if key.startswith("slot:") else None
        if isinstance(slot, Slot) and any(
            each.state == "waiting" and each.order.sha == data.sha for each in slot.queue
        ):
            found.append(key)
    return WaitingFacts(tuple(found))


async def read_of_change(sources: Sources, event: Event, change: ChangeState | None) -> WaitingFacts:
    """Find the slots in which a request of this pull request has not started."""
    found: list[str] = []
    for request_id in (change.requests if change else ())[-REQUESTS_LOOKED_AT:]:
        request = await sources.ledger.state(request_key(request_id))
        if isinstance(request, Request):
            parts = [part.deployment for part in request.parts]
            found += [slot_key(each.order) for each in parts if each.state in ("waiting", "queued")]
    return WaitingFacts(tuple(dict.fromkeys(found)))


def looked_at(_event: Event, _state: object, facts: WaitingFacts, _now: Seconds) -> Decision:
    """Have them looked at."""
    if not facts.slots:
        return Decision(outcome="ignored", reason="nobody_waits_for_it")
    looks = tuple(New(key=key, data=TurnCame(look=True)) for key in facts.slots)
    return Decision(
        outcome="acted", reason="looked_at_again", values={"slots": list(facts.slots)}, events=looks
    )


async def read_of_access(sources: Sources, event: Event) -> WaitingFacts:
    """Drop what was kept of the owner's people: their rights are asked anew when they matter."""
    sources.github.forget_rights(data_of(event, AccessChanged).owner)
    return WaitingFacts()


def access_changed(event: Event, _state: object, _facts: WaitingFacts, _now: Seconds) -> Decision:
    """What was kept is dropped; rights are read again at every approval and start anyway."""
    data = data_of(event, AccessChanged)
    return Decision(outcome="acted", reason="rights_forgotten", values={"owner": data.owner})
