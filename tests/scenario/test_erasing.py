"""A person asks to be forgotten: their names and words leave the ledger, and its story still agrees."""

import sqlite3
from pathlib import Path

from bot.domain.erasure import Erased
from bot.ledger import codec
from bot.replaying.checking import check
from bot.replaying.nobody import rows_by_name
from tests.scenario.play import Play, playing, with_environment

GRACE = Erased(login="grace", slack="U0GRACE", other="erased-0a1b2c3d", other_slack="U00A1B2C3D")
WORDS = "because my neighbour waits for it"


async def a_story_of_two(play: Play) -> None:
    play.says("ada", "/deploy api production because of the sale")
    await play.answer("waiting", "approvals")
    play.says("lin", "/approve")
    await play.runs(play.pull.head_sha)
    play.clock.advance(2)
    play.says("grace", f"/lock staging for 2h {WORDS}")
    await play.answer("locked", "my neighbour")
    play.types("U0GRACE", "/pointsman", f"deploy api production {WORDS}")
    await play.told("U0GRACE", "my neighbour")
    play.says("lin", "/pointsman status")
    await play.settled()


async def test_nothing_of_somebody_is_left_and_everything_still_agrees(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("requires: {checks: [], approvals: 1}")) as play:
        await a_story_of_two(play)
        ledger = play.bot.ledger
        counts = await ledger.erase(GRACE, "olive", play.clock.now())
        assert counts["changed"] > 10
        assert counts["left"] == 0
        proof = await check(ledger, rows_by_name())
        assert (proof.states, proof.decisions) == ([], [])
        again = await ledger.erase(GRACE, "olive", play.clock.now() + 1)
        assert again == {"changed": 0, "left": 0}
        assert not _found(play, "grace", "U0GRACE", "my neighbour")
        assert _found(play, "ada", "of the sale", "lin")


def _found(play: Play, *texts: str) -> bool:
    """Whether one of these stands in a copy of the ledger's file, with what is compressed unpacked."""
    path = play.stage.folder / "pointsman.db"
    found = False
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - our own tables
                for value in row:
                    raw = value if isinstance(value, bytes) else str(value).encode()
                    if raw.startswith(b"\x28\xb5\x2f\xfd"):
                        raw = codec.decompress(raw)
                    found = found or any(text.encode() in raw for text in texts)
    return found
