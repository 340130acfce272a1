"""What a long history costs: a ledger of ten thousand events beside one of a million.

Starting, storing, deciding and reading must not get slower with what is remembered. Each ledger is measured
in a process of its own, so that memory is its own, too.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bench import history
from bot.domain.events import CommandAnswered, CommandGiven, New
from bot.domain.state import apply
from bot.domain.values import Person, PullRequestPlace, Repository
from bot.explaining import gathering
from bot.ledger.sqlite import open_sqlite
from bot.ledger.store import SqlLedger
from bot.ports import Decision, Incoming, Lease, Meant, Recorded, Translated

FEW = 10_000
MANY = 1_000_000
WRITES = 300
READS = 30
SHOP = Repository("acme", "shop-1", 1, 7)
REACTORS = {"command.given": ("commands",)}
Figures = dict[str, float]


def measure(events: int) -> tuple[Figures, Figures]:
    """Make both ledgers and measure them; times in milliseconds, sizes in MB."""
    few, many = (_in_own_process(count) for count in (min(FEW, events), events))
    return few, many


def rows(few: Figures, many: Figures) -> list[tuple[str, str, str]]:
    """Give the figures of both as lines of the table: name, values with their ratio, aim."""
    return [(name, _beside(few[name], many[name]), AIMS.get(name, "")) for name in few]


AIMS = {"start until the first lease (ms)": "< 5000 ms"}


def _beside(one: float, other: float) -> str:
    return f"{one:.1f} -> {other:.1f} ({other / one if one else 0:.1f}x)"


def _in_own_process(events: int) -> Figures:
    with tempfile.TemporaryDirectory(prefix="pointsman-bench-", dir=Path.cwd()) as folder:
        path = Path(folder) / "ledger.db"
        now = time.time()
        began = time.perf_counter()
        # Written by another process than the measured one: its memory is not the ledger's.
        _run("write", str(path), str(events), str(now))
        wrote = time.perf_counter() - began
        size = path.stat().st_size
        found: Figures = json.loads(_run("measure", str(path), (Path(folder) / "asked.json").as_posix()))
        return found | {"size (MB)": size / 1e6, "bytes for an event": size / events, "written in (s)": wrote}


def _run(*arguments: str) -> str:
    command = [sys.executable, "-m", "bench.ledger", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _write(path: Path, events: int, now: float) -> None:
    written = history.write(path, events, now)
    asked = {name: getattr(written, name) for name in ("deployment", "old_deployment", "sha", "pull")}
    (path.parent / "asked.json").write_text(json.dumps(asked), "utf-8")


async def _measure(path: Path, asked: dict[str, str]) -> Figures:
    began = time.perf_counter()
    ledger = open_sqlite(path, exclusive=True)
    await ledger.recover(time.time())
    await ledger.lease(10, time.time(), 60.0, frozenset())
    figures = {"start until the first lease (ms)": (time.perf_counter() - began) * 1000}
    figures |= await _writing(ledger)
    figures |= await _reading(ledger, asked)
    figures |= await _forgetting(ledger)
    await ledger.close()
    return figures | {"memory, most (MB)": _megabytes()}


def _megabytes() -> float:
    """The most that this process ever had; what the system counts for a child has its parent's in it."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


async def _writing(ledger: SqlLedger) -> Figures:
    took: dict[str, list[float]] = {}
    for number in range(WRITES):
        for name, milliseconds in (await _one_command(ledger, number)).items():
            took.setdefault(name, []).append(milliseconds)
    figures: Figures = {}
    for name, values in took.items():
        figures |= _times(name, values)
    return figures


async def _one_command(ledger: SqlLedger, number: int) -> Figures:
    """Store a delivery, say what it means, lease its key, and record the decision."""
    delivery = _delivery(number)
    meant = [(delivery, Translated(events=(_command(number),)))]
    figures = {
        "accept": await _timed(lambda: ledger.accept(delivery)),
        "record translations": await _timed(lambda: ledger.record_translations(meant, REACTORS, time.time())),
    }
    began = time.perf_counter()
    (lease,) = await ledger.lease(1, time.time() + 1, 60.0, frozenset())
    figures["lease"] = (time.perf_counter() - began) * 1000
    decided = _decided(lease)
    figures["record a decision"] = await _timed(lambda: ledger.record(decided, release=True))
    return figures


def _delivery(number: int) -> Incoming:
    body = json.dumps({"number": number, "filler": os.urandom(1_000).hex() + "x" * 19_000}).encode()
    return Incoming(
        source="github",
        id=f"bench-{number}-{os.urandom(8).hex()}",
        event="issue_comment",
        headers={"x-github-event": "issue_comment"},
        body=body,
        received_at=time.time(),
    )


def _command(number: int) -> Meant:
    given = CommandGiven(
        text="deploy api production",
        place=PullRequestPlace(SHOP, 12, number),
        person=Person("octocat"),
        given_at=time.time(),
        to_us=True,
    )
    return Meant(key=f"pr:acme/shop-1#{number % 50 + 1}", time=time.time(), data=given)


def _decided(lease: Lease) -> Recorded:
    work = lease.work[0]
    answer = New(key=lease.key, data=CommandAnswered(command="c", answer="answered", reason="bench"))
    state = apply(lease.key, apply(lease.key, lease.state, work.event.data), answer.data)
    return Recorded(
        lease=lease,
        work=work,
        state=state,
        decision=Decision(outcome="acted", reason="bench", events=(answer,)),
        facts={"permission": "write"},
        own=(answer,),
        others=(),
        reactors=REACTORS,
        decided_at=time.time(),
    )


async def _reading(ledger: SqlLedger, asked: dict[str, str]) -> Figures:
    now = time.time()
    questions: dict[str, Callable[[], Awaitable[Any]]] = {
        "next due": lambda: ledger.next_due(now),
        "backlog": ledger.backlog,
        "deliveries list": lambda: ledger.deliveries(50),
        "marks": lambda: ledger.marks(300),
        "the dashboard's newest": lambda: gathering.newest(ledger, 30),
        "why a deployment": lambda: gathering.about(ledger, asked["deployment"], 30),
        "why an old deployment": lambda: gathering.about(ledger, asked["old_deployment"], 30),
        "why a pull request": lambda: gathering.about(ledger, asked["pull"], 30),
        "why a SHA": lambda: gathering.about(ledger, asked["sha"][:10], 30),
        "states of all slots": lambda: ledger.states("slot:"),
        "parked effects": lambda: ledger.effects(state="parked"),
        "a key compared with its events": lambda: ledger.difference(f"pr:{asked['pull']}"),
    }
    figures: Figures = {}
    for name, question in questions.items():
        figures[f"{name} (ms)"] = statistics.median([await _timed(question) for _ in range(READS)])
    return figures


async def _forgetting(ledger: SqlLedger) -> Figures:
    """Let the oldest go, and measure for how long a step keeps the one who writes."""
    now, after, steps = time.time(), 0, []
    for _ in range(READS):
        began = time.perf_counter()
        swept = await ledger.compact_events(after, now - (history.DAYS - 5) * history.DAY_SECONDS, now)
        steps.append((time.perf_counter() - began) * 1000)
        after = swept.after
        if swept.ended:
            break
    return _times("a step of compaction", steps)


async def _timed(question: Callable[[], Awaitable[Any]]) -> float:
    began = time.perf_counter()
    await question()
    return (time.perf_counter() - began) * 1000


def _times(name: str, values: list[float]) -> Figures:
    ordered = sorted(values)
    return {
        f"{name}, p50 (ms)": statistics.median(ordered),
        f"{name}, p99 (ms)": ordered[int(0.99 * len(ordered))],
    }


def main(arguments: list[str]) -> None:
    """Do one half of the work in a process of its own: `write PATH EVENTS NOW` or `measure PATH ASKED`."""
    if arguments[0] == "write":
        _write(Path(arguments[1]), int(arguments[2]), float(arguments[3]))
        return
    asked = json.loads(Path(arguments[2]).read_text("utf-8"))
    print(json.dumps(asyncio.run(_measure(Path(arguments[1]), asked))))


if __name__ == "__main__":
    main(sys.argv[1:])
