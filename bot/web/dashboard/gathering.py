"""Reads what a page shows: the newest stories, or those about a subject, in few and bounded reads.

Must never read a table whole: whoever looks on must not slow down those who work.
"""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from bot.domain.change import ChangeState
from bot.domain.deployment import Deployment
from bot.domain.events import DeploymentRequested, Live, Prompt
from bot.domain.request import Part, Request
from bot.domain.slot import Slot
from bot.domain.state import request_key, slot_key
from bot.ports import DeliveryRow, Ledger
from bot.web.dashboard.stories import REQUEST, Entry, Plot, plots, with_quiet

MARKS_READ = 300
PAGES_READ_MAX = 5
EVENTS_READ_MAX = 3_000
DELIVERIES_READ = 100
SUBJECT_CHARS_MAX = 200

REQUEST_ID = re.compile(r"r-[0-9a-z]{10}")
DEPLOYMENT_ID = re.compile(r"d-[0-9a-z]{10}")
EVENT_ID = re.compile(r"e-[0-9a-z]{16}")
DELIVERY_ID = re.compile(r"[\x21-\x7e]{1,200}")
_PULL_REQUEST = re.compile(r"[\w.-]+/[\w.-]+#\d{1,10}")
_SHA = re.compile(r"[0-9a-fA-F]{7,64}")


class Found(Struct, frozen=True):
    """What is to be shown. `unreadable` counts events that this version cannot read."""

    entries: Sequence[Entry]
    unreadable: int = 0


class _Aim(Struct, frozen=True):
    """Which chains and requests a subject means, and a delivery that may stand alone."""

    correlations: Sequence[str] = ()
    keys: Sequence[str] = ()
    delivery: DeliveryRow | None = None


class Whereabouts(Struct, frozen=True):
    """A deployment with the slot that it was ordered for."""

    key: str
    deployment: Deployment
    prompt: Prompt | None
    live: Live | None
    position: int | None


async def newest(ledger: Ledger, limit: int) -> Found:
    """Give the stories in which something happened last, with the deliveries between them."""
    deliveries = await ledger.deliveries(DELIVERIES_READ)
    aim = await _newest_aim(ledger, limit)
    found, unreadable = await _plots(ledger, aim)
    kept = sorted(found, key=lambda plot: plot.events[-1].sequence)[-limit:]
    shown = [plot for plot in found if plot in kept]
    return Found(with_quiet(shown, deliveries), unreadable)


async def about(ledger: Ledger, subject: str, limit: int) -> Found:
    """Give the stories about a pull request, request, deployment, SHA, event or delivery."""
    aim = await _aim(ledger, subject, limit)
    found, unreadable = await _plots(ledger, aim)
    shown = found[:limit]
    alone = [aim.delivery] if aim.delivery is not None and not shown else []
    return Found(with_quiet(shown, alone), unreadable)


async def live_now(ledger: Ledger, request: Request) -> Mapping[str, Live]:
    """Give what is live now where the deployments of a request went; its own picture may be an old one."""
    found = {}
    for part in request.parts:
        slot = await ledger.state(slot_key(part.deployment.order))
        if isinstance(slot, Slot):
            found[part.deployment.id] = slot.live
    return found


async def locate(ledger: Ledger, deployment_id: str) -> Whereabouts | None:
    """Find a deployment: in its slot, or what its request remembers of it."""
    for key in await ledger.locate(deployment_id):
        slot = await ledger.state(key)
        if not isinstance(slot, Slot):
            continue
        found = slot.find(deployment_id)
        if found is not None:
            place = slot.position(deployment_id)
            return Whereabouts(key, found, slot.prompt(deployment_id), slot.live, place)
        part = await _remembered(ledger, key, deployment_id)
        if part is not None:
            return Whereabouts(key, part.deployment, part.prompt, slot.live, None)
    return None


async def _remembered(ledger: Ledger, key: str, deployment_id: str) -> Part | None:
    """A slot forgets what ended while it waited, and what ended long ago; the request does not."""
    for event in reversed(await ledger.events(key=key, type=DeploymentRequested.TYPE)):
        data = event.data
        if isinstance(data, DeploymentRequested) and data.order.id == deployment_id:
            request = await ledger.state(request_key(data.order.request))
            parts = request.parts if isinstance(request, Request) else ()
            return next((part for part in parts if part.deployment.id == deployment_id), None)
    return None


# --- which chains -------------------------------------------------------------------------------------


async def _newest_aim(ledger: Ledger, limit: int) -> _Aim:
    """Walk back from the newest event until enough stories were met.

    Several chains are one story where they are about the same request, so each counts once by that.
    """
    requests: dict[str, str] = {}
    chains: dict[str, None] = {}
    before: int | None = None
    for _ in range(PAGES_READ_MAX):
        marks = await ledger.marks(MARKS_READ, before=before)
        for mark in marks:
            chains.setdefault(mark.correlation)
            if mark.key.startswith(REQUEST):
                requests[mark.correlation] = mark.key
        if len(marks) < MARKS_READ or len(_stories(chains, requests)) > limit:
            break
        before = marks[-1].sequence
    wanted = _stories(chains, requests)[: limit + 1]
    kept = [chain for chain in chains if requests.get(chain, chain) in wanted]
    return _Aim(kept, [key for key in wanted if key.startswith(REQUEST)])


def _stories(chains: dict[str, None], requests: dict[str, str]) -> list[str]:
    return list(dict.fromkeys(requests.get(chain, chain) for chain in chains))


async def _aim(ledger: Ledger, subject: str, limit: int) -> _Aim:
    if _PULL_REQUEST.fullmatch(subject):
        return await _aim_at_change(ledger, f"pr:{subject}", limit)
    if REQUEST_ID.fullmatch(subject):
        return _Aim(keys=[request_key(subject)])
    if DEPLOYMENT_ID.fullmatch(subject):
        found = await locate(ledger, subject)
        return _Aim(keys=[request_key(found.deployment.order.request)] if found else [])
    if EVENT_ID.fullmatch(subject):
        event = await ledger.event(subject)
        return _Aim([event.correlation] if event else [])
    if _SHA.fullmatch(subject):
        keys = [key for key in await ledger.locate(subject.lower()) if key.startswith(REQUEST)]
        return _Aim(keys=keys[:limit])
    return await _aim_at_delivery(ledger, subject)


async def _aim_at_change(ledger: Ledger, key: str, limit: int) -> _Aim:
    marks = await ledger.marks(MARKS_READ, key=key)
    chains = list(dict.fromkeys(mark.correlation for mark in marks))[:limit]
    change = await ledger.state(key)
    made = change.requests[-limit:] if isinstance(change, ChangeState) else ()
    return _Aim(chains, [request_key(id) for id in made])


async def _aim_at_delivery(ledger: Ledger, id: str) -> _Aim:
    found = await ledger.delivery(id)
    if found is None:
        return _Aim()
    events = await ledger.events(delivery=id)
    return _Aim([event.correlation for event in events], delivery=found[0])


async def _plots(ledger: Ledger, aim: _Aim) -> tuple[list[Plot], int]:
    """Read the chains, and the rest of the requests that they are about."""
    if not aim.correlations and not aim.keys:
        return [], 0
    chronicle = await ledger.chronicle(aim.correlations, aim.keys, limit=EVENTS_READ_MAX)
    wanted = set(aim.correlations)
    met = {
        event.key
        for event in chronicle.events
        if event.correlation in wanted and event.key.startswith(REQUEST)
    }
    if met - set(aim.keys):
        keys = [*aim.keys, *sorted(met - set(aim.keys))]
        chronicle = await ledger.chronicle(aim.correlations, keys, limit=EVENTS_READ_MAX)
    return plots(chronicle, aim.correlations, aim.keys), len(chronicle.unreadable)
