"""The disk fails a bot that runs: what cannot be stored is refused, nothing is lost, it goes on by itself."""

import contextlib
import shutil
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox.github.outbox import HookDelivery
from bot.sandbox.github.seed import SHOP
from bot.sandbox.stage import StageSettings
from tests.crash import starving
from tests.crash.findings import findings
from tests.crash.house import APP_KEY, CHANNEL, House, house_in
from tests.crash.program import Program
from tests.crash.rounds import STEP_SECONDS, ended
from tests.crash.starving import FullDisk, SizeLimit
from tests.crash.stories import Told

pytestmark = pytest.mark.slow

NEEDS_MOUNTS = pytest.mark.skipif(
    not starving.can_mount(), reason="this machine lets nobody mount in a name space of their own"
)
Starved = tuple[House, Program, SizeLimit | FullDisk]


@asynccontextmanager
async def with_a_size_limit(folder: Path) -> AsyncIterator[Starved]:
    async with house_in(folder, StageSettings(step_seconds=STEP_SECONDS, app_key=APP_KEY)) as house:
        program = await house.ready()
        yield house, program, SizeLimit(program.pid)


@asynccontextmanager
async def on_a_small_disk(folder: Path) -> AsyncIterator[Starved]:
    async with house_in(folder, StageSettings(step_seconds=STEP_SECONDS, app_key=APP_KEY)) as house:
        disk = folder / "disk"
        disk.mkdir()
        file = disk / "pointsman.db"
        program = await house.ready(starving.on_a_small_disk(disk), DATABASE_URL=f"sqlite:///{file}")
        inside = starving.seen_by(program.pid, disk)
        house.refresh = lambda: copied_while_it_stands(program, inside, folder)
        yield house, program, FullDisk(inside)


def copied_while_it_stands(program: Program, inside: Path, outside: Path) -> None:
    """Copy a ledger that only the bot can open; it stands still meanwhile, so that the parts fit together."""
    program.signal(signal.SIGSTOP)
    try:
        for file in inside.glob("pointsman.db*"):
            if file.suffix != ".db-shm":
                shutil.copyfile(file, outside / file.name)
    finally:
        program.signal(signal.SIGCONT)


def attempts(house: House, event: str) -> list[HookDelivery]:
    """What GitHub knows of its webhooks about this that were answered, oldest first."""
    entries = house.github.deliveries.entries.values()
    return [each for each in entries if each.webhook.event == event and each.delivered_at is not None]


async def refused(house: House, event: str = "issue_comment") -> HookDelivery:
    """Wait for the answer to the newest webhook about this; it must be no 2xx."""
    count = sum(each.webhook.event == event for each in house.github.deliveries.entries.values())
    await house.until("its answer", lambda: len(attempts(house, event)) == count)
    answer = attempts(house, event)[-1]
    assert answer.status_code in (503, 0), answer
    return answer


async def deployed_once(house: House, *, threads: int = 1) -> None:
    """One deployment, told once everywhere, and nothing that waits; the bot that did it ends in peace."""
    (pull, *_) = house.shop.pulls
    await house.until("the deployment", lambda: house.live() == pull.head_sha)
    await house.until("the answer", lambda: house.answer("succeeded"))
    await house.quiet()
    told = Told(requests={(SHOP, pull.number): 1}, ends={SHOP: ["success"]}, threads={CHANNEL: threads})
    assert await findings(house, told) == []
    assert await ended(house) == 0


@pytest.mark.parametrize(
    "starved",
    [
        pytest.param(with_a_size_limit, id="a limit on the size of files"),
        pytest.param(on_a_small_disk, id="a full disk", marks=NEEDS_MOUNTS),
    ],
)
async def test_a_disk_that_takes_nothing_is_a_503_and_afterwards_everything_is_fetched(
    tmp_path: Path, starved: Callable[[Path], contextlib.AbstractAsyncContextManager[Starved]]
) -> None:
    async with starved(tmp_path) as (house, program, disk):
        await house.quiet()
        disk.take()
        house.says("ada", "/deploy api production")
        answer = await refused(house)
        assert answer.status_code == 503
        assert await house.readiness() == (503, ["The store cannot be written to."])
        assert (await house.get("/healthz"))[0] == 200
        assert house.deployer.orders == []
        disk.give_back()
        assert await house.readiness() == (200, [])
        await deployed_once(house)  # the next sweep asks for it again
        assert house.programs == [program]


async def test_a_ledger_that_another_program_locks_refuses_and_goes_on(tmp_path: Path) -> None:
    async with house_in(tmp_path, StageSettings(step_seconds=STEP_SECONDS, app_key=APP_KEY)) as house:
        program = await house.ready()
        await house.quiet()
        with contextlib.closing(sqlite3.connect(house.ledger_file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            house.says("ada", "/deploy api production")
            await refused(house)
            status, _ = await house.readiness()
            assert status == 503
            assert (await house.get("/healthz"))[0] == 200
            other.execute("ROLLBACK")
        await deployed_once(house)
        assert house.programs == [program]


async def test_a_ledger_that_is_locked_for_a_moment_only_makes_senders_wait(tmp_path: Path) -> None:
    async with house_in(tmp_path, StageSettings(step_seconds=STEP_SECONDS, app_key=APP_KEY)) as house:
        await house.ready()
        await house.quiet()
        with contextlib.closing(sqlite3.connect(house.ledger_file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            house.says("ada", "/deploy api production")
            await house.until("the webhook is on its way", lambda: not house.stage.github_server.is_idle)
            assert attempts(house, "issue_comment") == []
            other.execute("ROLLBACK")
        await deployed_once(house)
        assert attempts(house, "issue_comment")[0].status_code == 202


@pytest.mark.parametrize("replaced", [False, True], ids=["removed", "replaced by a copy"])
async def test_a_ledger_that_is_taken_away_is_noticed(tmp_path: Path, replaced: bool) -> None:
    """SQLite would go on in a file that nobody can find any more, and lose it all at the end."""
    async with house_in(tmp_path, StageSettings(step_seconds=STEP_SECONDS, app_key=APP_KEY)) as house:
        program = await house.ready()
        await house.quiet()
        kept = house.ledger_file.with_name("kept.db")
        house.ledger_file.rename(kept)
        if replaced:
            house.ledger_file.write_bytes(kept.read_bytes())
        house.says("ada", "/deploy api production")
        assert (await refused(house)).status_code == 503
        assert await house.readiness() == (503, ["The store cannot be written to."])
        await program.says("was replaced by another file" if replaced else "pointsman.db is gone")
        assert house.deployer.orders == []
        assert await ended(house) == 0
        house.ledger_file.unlink(missing_ok=True)
        kept.rename(house.ledger_file)
        await house.ready()
        await deployed_once(house)
