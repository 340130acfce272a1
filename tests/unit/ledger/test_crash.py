"""What was acknowledged is there after `kill -9`; a program that forgets to close still ends."""

import asyncio
import sys
from pathlib import Path

from bot.ledger.sqlite import open_sqlite

ROOT = Path(__file__).parents[3]
FORGETFUL = """
import asyncio, pathlib, sys
from bot.ledger.sqlite import open_sqlite
async def main():
    ledger = open_sqlite(pathlib.Path(sys.argv[1]), exclusive=True)
    await ledger.ping()
    await ledger.deliveries(0)
asyncio.run(main())
"""


async def test_every_acknowledged_delivery_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "pointsman.db"
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.unit.ledger.accepting",
        str(path),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert program.stdout is not None
    acknowledged = [(await program.stdout.readline()).strip() for _ in range(200)]
    program.kill()
    acknowledged += (await program.stdout.read()).split(b"\n")[:-1]
    await program.wait()
    ledger = open_sqlite(path, exclusive=True)
    stored = {row.id for row in await ledger.deliveries(0)}
    await ledger.close()
    assert len(acknowledged) >= 200
    assert {id.decode() for id in acknowledged} <= stored


async def test_a_program_that_forgets_to_close_the_ledger_ends_all_the_same(tmp_path: Path) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FORGETFUL, str(tmp_path / "pointsman.db"), cwd=ROOT
    )
    assert await asyncio.wait_for(program.wait(), timeout=30) == 0
