"""Reads what is told: the newest stories, or those about a subject, in few and bounded reads.

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
from bot.explaining.stories import (
    REQUEST,
    Entry,
    Plot,
    answers_of,
    of_chains,
    of_deployment,
    plots,
    with_quiet,
)
from bot.ports import DeliveryFilter, DeliveryRow, Ledger

MARKS_READ = 300
PAGES_READ_MAX = 5
EVENTS_READ_MAX = 3_000
DELIVERIES_READ = 100
READS_MAX = 8
CHAINS_OF_A_COMMIT_MAX = 20
SUBJECT_CHARS_MAX = 200

REQUEST_ID = re.compile(r"r-[0-9a-z]{10}")
DEPLOYMENT_ID = re.compile(r"d-[0-9a-z]{10}")
EVENT_ID = re.compile(r"e-[0-9a-z]{16}")
DELIVERY_ID = re.compile(r"[\x21-\x7e]{1,200}")
PULL_REQUEST = re.compile(r"[\w.-]+/[\w.-]+#\d{1,10}")
SHA = re.compile(r"[0-9a-fA-F]{7,64}")
BRANCH = re.compile(r"[\w.-]+/[\w.-]+@\S{1,200}")


class Found(Struct, frozen=True):
    """What is to be shown, the newest first.

    `led_to` are stories of others that answered a question of these: worth a line, and not the subject.
    `ignored` are deliveries about the subject that led to nothing. `unreadable` counts events that this
    version cannot read.
    """

    entries: Sequence[Entry]
    unreadable: int = 0
    led_to: Sequence[Plot] = ()
    ignored: Sequence[DeliveryRow] = ()

    @property
    def known(self) -> bool:
        """Whether anything is recorded about the subject."""
        return bool(self.entries or self.unreadable or self.ignored)

    @property
    def plots(self) -> list[Plot]:
        """The stories, without the deliveries between them."""
        return [entry for entry in self.entries if isinstance(entry, Plot)]


class _Aim(Struct, frozen=True):
    """Which chains and requests a subject means, and a delivery that may stand alone.

    `follows` = the answers to their questions are read too; `whole` = and are told as the subject's own.
    With `deployment` or `only_chains` the stories are narrowed to what concerns it. `ignored` are deliveries
    about the subject that led to nothing.
    """

    correlations: Sequence[str] = ()
    keys: Sequence[str] = ()
    delivery: DeliveryRow | None = None
    follows: bool = True
    whole: bool = False
    deployment: str | None = None
    only_chains: bool = False
    ignored: Sequence[DeliveryRow] = ()


class _Gathered(Struct, frozen=True):
    """Stories that are the subject's own, those that answered their questions, and what cannot be read."""

    own: Sequence[Plot]
    led_to: Sequence[Plot]
    unreadable: int


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
    found = await _gathered(ledger, aim)
    kept = sorted(found.own, key=lambda plot: plot.events[-1].sequence)[-limit:]
    shown = [plot for plot in found.own if plot in kept]
    return Found(with_quiet(shown, deliveries), found.unreadable)


async def about(ledger: Ledger, subject: str, limit: int) -> Found:
    """Give the stories about a pull request, request, deployment, SHA, event or delivery."""
    aim = await _aim(ledger, subject, limit)
    found = await _gathered(ledger, aim)
    shown = [_narrowed(plot, aim) for plot in found.own[:limit]]
    alone = [aim.delivery] if aim.delivery is not None and not shown else []
    answers = set(answers_of(shown)) - {plot.id for plot in found.own}
    led_to = [plot for plot in found.led_to if any(event.correlation in answers for event in plot.events)]
    told = {name for plot in shown for name in plot.deliveries}
    ignored = [row for row in aim.ignored if (row.source, row.id) not in told]
    return Found(with_quiet(shown, alone), found.unreadable, led_to, ignored)


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
    return _Aim(kept, [key for key in wanted if key.startswith(REQUEST)], follows=False)


def _stories(chains: dict[str, None], requests: dict[str, str]) -> list[str]:
    return list(dict.fromkeys(requests.get(chain, chain) for chain in chains))


async def _aim(ledger: Ledger, subject: str, limit: int) -> _Aim:
    if PULL_REQUEST.fullmatch(subject):
        return await _aim_at_change(ledger, subject, limit)
    if REQUEST_ID.fullmatch(subject):
        return _Aim(keys=[request_key(subject)])
    if DEPLOYMENT_ID.fullmatch(subject):
        found = await locate(ledger, subject)
        keys = [request_key(found.deployment.order.request)] if found else []
        return _Aim(keys=keys, deployment=subject)
    if EVENT_ID.fullmatch(subject):
        event = await ledger.event(subject)
        return _Aim([event.correlation] if event else [])
    if SHA.fullmatch(subject):
        return await _aim_at_commit(ledger, subject.lower(), limit)
    if BRANCH.fullmatch(subject):
        return _Aim(ignored=await _about(ledger, subject))
    return await _aim_at_delivery(ledger, subject)


async def _about(ledger: Ledger, subject: str) -> Sequence[DeliveryRow]:
    return await ledger.deliveries(DELIVERIES_READ, DeliveryFilter(about=subject))


def _led_to_nothing(row: DeliveryRow) -> bool:
    return row.outcome == "ignored" or row.state == "failed"


async def _aim_at_commit(ledger: Ledger, sha: str, limit: int) -> _Aim:
    """Its requests, and what the deliveries about it led to."""
    keys = [key for key in await ledger.locate(sha) if key.startswith(REQUEST)]
    rows = await _about(ledger, sha)
    chains: list[str] = []
    for row in rows[:CHAINS_OF_A_COMMIT_MAX]:
        chains += [event.correlation for event in await ledger.events(delivery=row.id)]
    return _Aim(chains, keys[:limit], ignored=[row for row in rows if _led_to_nothing(row)])


async def _aim_at_change(ledger: Ledger, subject: str, limit: int) -> _Aim:
    key = f"pr:{subject}"
    marks = await ledger.marks(MARKS_READ, key=key)
    chains = list(dict.fromkeys(mark.correlation for mark in marks))[:limit]
    change = await ledger.state(key)
    made = change.requests[-limit:] if isinstance(change, ChangeState) else ()
    ignored = [row for row in await _about(ledger, subject) if _led_to_nothing(row)]
    return _Aim(chains, [request_key(id) for id in made], whole=True, ignored=ignored)


async def _aim_at_delivery(ledger: Ledger, id: str) -> _Aim:
    found = await ledger.delivery(id)
    if found is None:
        return _Aim()
    events = await ledger.events(delivery=id)
    chains = [event.correlation for event in events]
    return _Aim(chains, delivery=found[0], follows=False, only_chains=True)


# --- their rows ----------------------------------------------------------------------------------------


async def _gathered(ledger: Ledger, aim: _Aim) -> _Gathered:
    """Read the chains, the rest of the requests that they are about, and who answered their questions.

    Each read may name more to read: an answer makes a request, which may fail and ask again.
    """
    chains, keys = list(dict.fromkeys(aim.correlations)), list(dict.fromkeys(aim.keys))
    if not chains and not keys:
        return _Gathered((), (), 0)
    chronicle = await ledger.chronicle(chains, keys, limit=EVENTS_READ_MAX)
    for _ in range(READS_MAX - 1):
        told = plots(chronicle, chains, keys) if aim.follows else []
        answers = [id for id in answers_of(told) if id not in chains]
        chains += answers
        wanted = set(chains)
        met = {event.key for event in chronicle.events if event.correlation in wanted}
        more = sorted(key for key in met if key.startswith(REQUEST) and key not in keys)
        keys += more
        if not answers and not more:
            break
        chronicle = await ledger.chronicle(chains, keys, limit=EVENTS_READ_MAX)
    told = plots(chronicle, chains, keys)
    own = told if aim.whole else plots(chronicle, aim.correlations, aim.keys)
    names = {plot.id for plot in own}
    led_to = [plot for plot in told if plot.id not in names] if aim.follows else []
    return _Gathered(own, led_to, len(chronicle.unreadable))


def _narrowed(plot: Plot, aim: _Aim) -> Plot:
    """Leave out what the subject has no part in."""
    if aim.deployment is not None:
        return of_deployment(plot, aim.deployment)
    return of_chains(plot, aim.correlations) if aim.only_chains else plot
