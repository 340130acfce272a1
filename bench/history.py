"""A ledger with a long history, written straight into the tables: what years of work leave, in a minute.

Two kinds of stories, as a busy team has them: pushes, each with its two check runs, and deployments with a
request, a slot, a comment and a message. Sizes are those of the sandbox's own stories. What is written
is what the bot reads: states, names, and keys that people may ask for.
"""

import asyncio
import random
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from bot.domain.deployment import Deployment, DriverCall, Order
from bot.domain.effects import KeepMessage, PublishCheck, WriteComment
from bot.domain.events import (
    ChangeUpdated,
    CommandAnswered,
    CommandGiven,
    DeployerReported,
    DeploymentEnded,
    DeploymentRequested,
    DeploymentStarted,
    EventData,
    RequestMade,
    RequestProgressed,
)
from bot.domain.state import apply, encode, pull_request_key, request_key, slot_key
from bot.domain.values import Change, Person, PullRequestPlace, Report, Repository
from bot.ledger import codec, schema
from bot.ledger.sqlite import open_sqlite

DAY_SECONDS = 86_400.0
DAYS = 400
DELIVERIES_DAYS = 30
PUSHES_PER_DEPLOYMENT = 3
BODY_BYTES = 22_000
REPOSITORIES = 20
SERVICES = ("api", "web", "worker")
ENVIRONMENTS = ("staging", "production")
PUSHES_OF_A_PULL_REQUEST = 8
ROWS_AT_ONCE = 20_000
ADA = Person("ada")


@dataclass
class Written:
    """What the history holds that may be asked for: the newest of each."""

    events: int = 0
    deployment: str = ""
    old_deployment: str = ""
    sha: str = ""
    pull: str = ""


class _Cause(NamedTuple):
    """What an event follows from, and who decided it."""

    chain: str | None
    reactors: tuple[str, ...] = ()
    delivery: str | None = None


class History:
    """Writes stories until there are so many events."""

    def __init__(self, connection: sqlite3.Connection, now: float, seed: int = 1) -> None:
        self._connection = connection
        self._now = now
        self._chance = random.Random(seed)
        self._rows: dict[str, list[tuple[Any, ...]]] = {}
        self._states: dict[str, tuple[int, Any]] = {}
        self._body = codec.compress(self._chance.randbytes(BODY_BYTES // 12) + b"x" * BODY_BYTES)
        self._headers = codec.pack({"x-github-event": "pull_request", "x-github-delivery": "0" * 36})
        self.written = Written()

    def write(self, events: int) -> Written:
        """Write so many events, or a few more."""
        number = 0
        while self.written.events < events:
            at = self._now - DAYS * DAY_SECONDS * (1.0 - self.written.events / events)
            if number % (PUSHES_PER_DEPLOYMENT + 1):
                self._push(number, at)
            else:
                self._deployment(number, at)
            number += 1
            if len(self._rows["events"]) > ROWS_AT_ONCE:
                self._flush()
        for key, (version, state) in self._states.items():
            self._row("state", (key, version, encode(state), self._now))
        self._flush()
        return self.written

    def _push(self, number: int, at: float) -> None:
        repository, pull = self._place(number)
        sha = self._hex()
        change = Change(
            repository=repository,
            number=pull,
            title="Faster checkout for everybody",
            author="ada",
            head_sha=sha,
            head_ref=f"feature/{pull}",
            head_repository=repository.full_name,
            base_ref="main",
            updated_at=at,
        )
        key = pull_request_key(repository, pull)
        chain = self._delivered(key, ChangeUpdated(change=change, before=None), at, ("checks", "changes"))
        for name in ("pointsman/config", "pointsman/plan"):
            check = PublishCheck(
                repository=repository,
                head_sha=sha,
                name=name,
                conclusion="success",
                title="Nothing to complain about",
                summary="All of `.github/pointsman.yml` can be read. " * 8,
            )
            self._effect(chain, f"check:{repository.full_name}@{sha}:{name}", check, at)
        self.written.pull = key.removeprefix("pr:")

    def _deployment(self, number: int, at: float) -> None:
        repository, pull = self._place(number)
        order = self._order(number, repository, pull, at)
        keys = slot_key(order), request_key(order.request)
        place = PullRequestPlace(repository, pull, number)
        given = CommandGiven(text=f"deploy {order.service}", place=place, person=ADA, given_at=at, to_us=True)
        chain = self._delivered(pull_request_key(repository, pull), given, at, ("commands",))
        made = self._made(order, place)
        running = Deployment(order=order, state="running", started_at=at, accepted_at=at)
        ended = replace(running, state="succeeded", ended_at=at + 60)
        told = [RequestProgressed(deployment=each) for each in (running, running, ended)]
        answer = CommandAnswered(command=chain, answer="accepted", reason="deploying", request=order.request)
        started = DeploymentStarted(deployment=order.id, at=at, previous_sha=self._hex())
        self._event(pull_request_key(repository, pull), answer, at, _Cause(chain))
        for key, data in (
            (keys[1], made),
            (keys[0], DeploymentRequested(order=order)),
            (keys[0], started),
            (keys[1], told[0]),
            (keys[1], told[1]),
        ):
            self._event(key, data, at + 1, _Cause(chain, ("requests",)))
        report = DeployerReported(report=Report(deployment=order.id, state="succeeded", description="done"))
        later = self._delivered(keys[0], report, at + 60, ("slots",))
        over = DeploymentEnded(deployment=order.id, state="succeeded", at=at + 60, reason="reported")
        self._event(keys[0], over, at + 60, _Cause(later))
        self._event(keys[1], told[2], at + 60, _Cause(later, ("requests",)))
        self._tell(chain, later, order, at)
        for name, key in (
            (order.id, keys[0]),
            (order.sha, keys[0]),
            (order.request, keys[1]),
            (order.sha, keys[1]),
        ):
            self._row("aliases", (name, key, at))
        self.written.deployment, self.written.sha = order.id, order.sha
        self.written.old_deployment = self.written.old_deployment or order.id

    def _tell(self, chain: str, later: str, order: Order, at: float) -> None:
        text = "| service | state | since |\n|---|---|---|\n| api | running | now |\n" * 6
        comment = WriteComment(repository=order.repository, number=1, marker=order.request, text=text)
        message = KeepMessage(channel="C1", text=text, blocks=({"type": "section", "text": text},))
        self._effect(later, f"comment:{order.request}", comment, at)
        self._effect(later, f"slack:{order.request}", message, at)
        for _ in range(3):
            self._effect(chain, f"x-{self._id(16)}", message, at)

    def _order(self, number: int, repository: Repository, pull: int, at: float) -> Order:
        return Order(
            id=f"d-{self._id(10)}",
            request=f"r-{self._id(10)}",
            action="deploy",
            repository=repository,
            service=SERVICES[number % len(SERVICES)],
            environment=ENVIRONMENTS[number // 3 % len(ENVIRONMENTS)],
            sha=self._hex(),
            ref=f"feature/{pull}",
            call=DriverCall("http", {"url": "https://deployer.example.com/hook", "secret": "web-deployer"}),
            asker=ADA,
            requested_at=at,
            channel="C1",
        )

    def _made(self, order: Order, place: PullRequestPlace) -> RequestMade:
        return RequestMade(
            id=order.request,
            action="deploy",
            place=place,
            asker=ADA,
            automatic=False,
            repository=order.repository,
            number=place.number,
            title="Faster checkout for everybody",
            environment=order.environment,
            sha=order.sha,
            ref=order.ref,
            orders=(order,),
            channel="C1",
        )

    def _place(self, number: int) -> tuple[Repository, int]:
        which = number // 4 % REPOSITORIES
        return Repository("acme", f"shop-{which}", which, 7), number // (4 * PUSHES_OF_A_PULL_REQUEST) + 1

    def _delivered(self, key: str, data: EventData, at: float, reactors: tuple[str, ...]) -> str:
        delivery = f"{self._id(8)}-{self._id(4)}-{self._id(4)}-{self._id(12)}"
        if at > self._now - DELIVERIES_DAYS * DAY_SECONDS:
            hashed = self._chance.randbytes(16)
            row = ("github", delivery, "pull_request", "synchronize", self._headers, self._body, hashed)
            self._row("deliveries", (*row, at, "done", at, "acted", "published", key, self._hex(), None))
        return self._event(key, data, at, _Cause(None, reactors, delivery))

    def _event(self, key: str, data: EventData, at: float, cause: "_Cause") -> str:
        id = f"e-{self._id(16)}"
        source = "pointsman" if cause.delivery is None else "github"
        self.written.events += 1
        row = (id, data.TYPE, data.VERSION, source, key, at, at, cause.chain or id, cause.chain, None)
        version, state = self._states.get(key, (0, None))
        self._states[key] = (version + 1, apply(key, state, data))
        self._row("events", (*row, cause.delivery, codec.pack(data), version + 1))
        for name in cause.reactors:
            facts = codec.pack(
                {"permission": "write", "configuration": self._hex(), "checks": [self._hex()] * 6}
            )
            self._row("outcomes", (id, name, "acted", "published", codec.pack({"n": 1}), facts, at))
        return id

    def _effect(self, chain: str, key: str, body: Any, at: float) -> None:
        handle = codec.pack({"id": 1_234_567_890, "url": "https://github.com/acme/shop/pull/1"})
        lane = body.lane
        row = (key, body.KIND, body.MODE, lane, codec.pack(body), 1, 1, handle, None, False, None, "done")
        self._row("effects", (*row, 0, None, False, at, None, None, None, chain, chain, at, at))

    def _row(self, table: str, row: tuple[Any, ...]) -> None:
        self._rows.setdefault(table, []).append(row)

    def _flush(self) -> None:
        for name, rows in self._rows.items():
            columns = [column.name for column in schema.metadata.tables[name].columns]
            columns = [column for column in columns if (name, column) not in _NUMBERS]
            named, marks = ", ".join(columns), ", ".join("?" * len(columns))
            self._connection.executemany(f"INSERT OR REPLACE INTO {name} ({named}) VALUES ({marks})", rows)  # noqa: S608
            rows.clear()

    def _id(self, length: int) -> str:
        return f"{self._chance.getrandbits(4 * length):0{length}x}"

    def _hex(self) -> str:
        return f"{self._chance.getrandbits(160):040x}"


_NUMBERS = {("deliveries", "seq"), ("events", "seq"), ("effects", "seq")}


def write(path: Path, events: int, now: float) -> Written:
    """Make a ledger with such a history. It is as the bot itself would leave it, and nothing waits."""
    asyncio.run(open_sqlite(path, exclusive=True).close())
    connection = sqlite3.connect(path)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    made = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in made:
        connection.execute(f"DROP INDEX {name}")
    written = History(connection, now).write(events)
    for _, statement in made:
        connection.execute(statement)
    connection.commit()
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    return written
