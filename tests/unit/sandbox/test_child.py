"""The bot as a child process: ended, killed and started again, when people want it and when it dies."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import child
from bot.sandbox.child import BotDied, BotProcess
from bot.sandbox.stage import HOST, free_port

PROGRAM = '''
"""A bot that is ready at once; with a file `broken` beside it, it gives up."""

import http.server, os, pathlib, signal, sys


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


if pathlib.Path("broken").exists():
    print("no ledger", flush=True)
    sys.exit(2)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
'''


class Bot(BotProcess):
    """A bot of which the test sees what is told of it."""

    def __init__(self, folder: Path, hold: int | None = None) -> None:
        port = free_port()
        super().__init__({"PORT": str(port)}, f"http://{HOST}:{port}", folder / "bot.log", hold)
        self.told: list[bool] = []
        self.words = ""
        self._changed = asyncio.Event()
        self.on_restart = self._restarted
        self.on_given_up = self._given_up

    def _restarted(self, asked: bool) -> None:
        self.told.append(asked)
        self._changed.set()

    def _given_up(self, words: str) -> None:
        self.words = words
        self._changed.set()

    async def changed(self) -> None:
        """Wait until something is told."""
        async with asyncio.timeout(20):
            await self._changed.wait()
        self._changed.clear()

    def dies(self) -> None:
        assert self.pid is not None
        os.kill(self.pid, signal.SIGKILL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "__init__.py").touch()
    (tmp_path / "bot" / "__main__.py").write_text(PROGRAM)
    return tmp_path


@pytest.fixture
async def bot(folder: Path) -> AsyncIterator[Bot]:
    bot = Bot(folder)
    yield bot
    await bot.end()


async def test_a_restart_ends_it_in_order_and_waits_until_it_is_there_again(bot: Bot) -> None:
    await bot.start()
    first = bot.pid
    await bot.restart()
    assert bot.pid != first
    assert (bot.told, bot.restarts) == ([True], 1)
    assert await bot.end() == 0


async def test_two_people_who_restart_it_at_once_restart_it_once(bot: Bot) -> None:
    await bot.start()
    await asyncio.gather(bot.restart(), bot.restart())
    assert bot.restarts == 1


async def test_one_that_was_killed_is_started_again_by_itself(bot: Bot) -> None:
    await bot.start()
    first = bot.pid
    await bot.kill()
    await bot.changed()
    await bot.restart()  # it is just starting: that is waited for
    assert bot.pid != first
    assert bot.told == [True]


async def test_one_that_dies_is_started_again(bot: Bot) -> None:
    await bot.start()
    bot.dies()
    await bot.changed()
    assert bot.told == [False]


async def test_it_is_given_up_once_it_died_too_often_but_not_because_people_killed_it(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "RESTARTS_MAX", 1)
    await bot.start()
    for _ in range(3):
        await bot.restart()
    bot.dies()
    while bot.restarts < 4:
        await bot.changed()
    await bot.restart()
    bot.dies()
    while not bot.words:
        await bot.changed()
    assert "It died 2 times, one after the other" in bot.words
    assert bot.told == [True, True, True, False]


async def test_one_that_cannot_start_any_more_is_given_up_with_its_last_words(bot: Bot, folder: Path) -> None:
    await bot.start()
    (folder / "broken").touch()
    with pytest.raises(BotDied, match="no ledger"):
        await bot.restart()
    assert "no ledger" in bot.words


async def test_one_that_was_given_up_can_be_restarted(bot: Bot, folder: Path) -> None:
    (folder / "broken").touch()
    with pytest.raises(BotDied, match="no ledger"):
        await bot.start()
    (folder / "broken").unlink()
    await bot.restart()
    assert await bot.end() == 0


async def test_whoever_has_no_patience_kills_it(bot: Bot) -> None:
    await bot.start()
    bot.hurry()
    assert await bot.end() == -signal.SIGKILL


async def test_it_inherits_what_it_is_to_hold_and_leaves_its_number_there(folder: Path) -> None:
    lock = folder / "lock"
    number = os.open(lock, os.O_RDWR | os.O_CREAT)
    bot = Bot(folder, number)
    try:
        await bot.start()
        assert lock.read_text() == f"{bot.pid}\n"
        await bot.restart()
        assert lock.read_text() == f"{bot.pid}\n"
    finally:
        await bot.end()
        os.close(number)
