"""What the ledger's contract is told with: deliveries, commands, decisions as a worker makes them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from bot.domain.effects import AddReaction, Effect, KeepMessage, SayInThread, Wanted
from bot.domain.events import CommandAnswered, CommandGiven, EventData, New, TimerDue
from bot.domain.state import apply
from bot.domain.values import Person, PullRequestPlace, Repository
from bot.ledger.store import SqlLedger
from bot.ports import Decision, Incoming, Lease, Meant, OutcomeName, Recorded, Translated, Work
from tests.contract.ledgers import Kind

SHOP = Repository("acme", "shop", 1, 7)
PULL = "pr:acme/shop#12"
OTHER_PULL = "pr:acme/shop#13"
REACTORS: Mapping[str, tuple[str, ...]] = {
    "command.given": ("commands",),
    "command.answered": ("answers",),
    "change.opened": ("checks", "changes"),
    "timer.due": ("timers",),
    "effect.parked": ("requests",),
    "message.posted": ("requests",),
    "request.made": ("requests",),
}
LEASE_SECONDS = 60.0
HEADERS = {"x-github-event": "issue_comment"}


class Bench:
    """A ledger that can be closed and opened again, as a restart does."""

    def __init__(self, kind: Kind, directory: Path) -> None:
        self._kind = kind
        self._directory = directory
        self.ledger = kind.open(directory)

    async def restart(self) -> SqlLedger:
        await self.ledger.close()
        self.ledger = self._kind.open(self._directory)
        return self.ledger

    async def fill_disk(self) -> None:
        await self.ledger._executor.write(self._kind.fill)

    async def make_room(self) -> None:
        await self.ledger._executor.write(self._kind.make_room)


def incoming(id: str = "g-1", body: bytes = b'{"comment": "/deploy"}', at: float = 100.0) -> Incoming:
    return Incoming(source="github", id=id, event="issue_comment", headers=HEADERS, body=body, received_at=at)


def given(text: str = "deploy api production") -> CommandGiven:
    return CommandGiven(
        text=text,
        place=PullRequestPlace(SHOP, 12, 99),
        person=Person("octocat"),
        given_at=99.0,
        to_us=True,
    )


def meant(text: str = "deploy", key: str = PULL, natural: str | None = None) -> Meant:
    return Meant(key=key, time=99.0, data=given(text), natural=natural)


def answered(command: str) -> CommandAnswered:
    """An event that shows in a pull request's state."""
    return CommandAnswered(command=command, answer="answered", reason="test")


def timer(name: str = "d-1") -> TimerDue:
    return TimerDue(name="timeout", deployment=name, attempt=1)


async def deliver(ledger: SqlLedger, id: str, *events: Meant, at: float = 100.0) -> None:
    """Accept a delivery and store what it means."""
    delivery = incoming(id, at=at)
    await ledger.accept(delivery)
    await ledger.record_translations([(delivery, Translated(events=events, action="created"))], REACTORS, at)


async def give(ledger: SqlLedger, *texts: str, key: str = PULL, at: float = 100.0) -> None:
    """Deliver one command after the other."""
    for text in texts:
        await deliver(ledger, f"{key} {text}", meant(text, key), at=at)


async def lease_all(ledger: SqlLedger, now: float = 100.0, limit: int = 10) -> list[Lease]:
    return list(await ledger.lease(limit, now, LEASE_SECONDS, frozenset()))


async def lease_one(ledger: SqlLedger, now: float = 100.0) -> Lease:
    (lease,) = await lease_all(ledger, now, 1)
    return lease


def texts(lease: Lease) -> list[str]:
    return [work.event.data.text for work in lease.work if isinstance(work.event.data, CommandGiven)]


def decided(
    lease: Lease,
    *events: New,
    work: Work | None = None,
    outcome: OutcomeName = "acted",
    reason: str = "done",
    effects: tuple[Wanted, ...] = (),
    facts: Any = None,
    at: float = 100.0,
) -> Recorded:
    """Decide the first work of a lease, as a worker does."""
    work = work or lease.work[0]
    state = lease.state if work.applied else apply(lease.key, lease.state, work.event.data)
    own = tuple(new for new in events if new.key == lease.key and new.due is None)
    for new in own:
        state = apply(lease.key, state, new.data)
    return Recorded(
        lease=lease,
        work=work,
        state=state,
        decision=Decision(outcome=outcome, reason=reason, events=events, effects=effects, values={"n": 1}),
        facts=facts,
        own=own,
        others=tuple(new for new in events if new.key != lease.key or new.due is not None),
        reactors=REACTORS,
        decided_at=at,
    )


async def decide(ledger: SqlLedger, lease: Lease, *events: New, **how: Any) -> Lease:
    """Record a decision; gives the lease to go on with."""
    recorded = decided(lease, *events, **how)
    version = await ledger.record(recorded)
    rest = tuple(work for work in lease.work if work.id != recorded.work.id)
    return replace(lease, state=recorded.state, version=version, work=rest)


async def order(ledger: SqlLedger, *effects: Wanted, at: float = 100.0, name: str = "deploy") -> str:
    """Let a decision want effects; gives the id of the event that was decided."""
    await give(ledger, name, at=at)
    lease = await lease_one(ledger, at)
    await ledger.record(decided(lease, effects=effects, at=at), release=True)
    return lease.work[0].event.id


async def lease_effects(
    ledger: SqlLedger, now: float = 100.0, limit: int = 10, share: int = 4
) -> list[Effect]:
    return list(await ledger.lease_effects(limit, now, LEASE_SECONDS, {}, lambda lane: share))


def reaction(comment: int = 1, installation: int = 7) -> Wanted:
    repository = replace(SHOP, installation=installation)
    return Wanted(body=AddReaction(repository=repository, comment=comment, content="eyes"))


def message(text: str, target: str = "message:r-1", owner: str | None = None) -> Wanted:
    return Wanted(body=KeepMessage(channel="C1", text=text), target=target, owner=owner)


def reply(text: str, after: str = "message:r-1", owner: str | None = None) -> Wanted:
    return Wanted(body=SayInThread(channel="C1", text=text), after=after, owner=owner)


def said(effects: list[Effect]) -> list[str]:
    return [effect.body.text for effect in effects if isinstance(effect.body, (KeepMessage, SayInThread))]


def new(data: EventData, key: str = PULL, due: float | None = None) -> New:
    return New(key=key, data=data, due=due)
