"""The demo's story as a newcomer sees it, and the same one with the bot killed again and again."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest

import bot
from bot.sandbox.github.seed import SHOP

pytestmark = pytest.mark.slow

ROOT = Path(bot.__file__).parents[1]
STORY_SECONDS = 100.0
END_SECONDS = 20.0
PROC = Path("/proc")

TOLD = (
    r"ada opens acme/shop#1: ",
    r"  check pointsman/config: success\.",
    r"  check pointsman/plan: success\.",
    r"ada comments on #1: /deploy production",
    r"  👀",
    r"  deployment of (?P<good>[0-9a-f]{7}) to production: succeeded",
    r"  the bot's comment:",
    r"    \| .*succeeded",
    r"  Slack, #deploys:",
    r"  in its thread:",
    r"    \| @ada asked on acme/shop#1 .* to deploy ",
    r"  in its thread:",
    r"    \| .*succeeded",
    r"ada comments on #1: /deploy production",
    r"  👀",
    r"  the prompt in Slack:",
    r"    \| .*failed",
    r"    \| .*Good last: .*{good}",
    r"  buttons: Roll back, Retry, Keep",
    r"lin presses Roll back",
    r"  deployment of {good} to production: rolled back",
    r"  the prompt now:",
    r"    \| .*Decided:.*@lin chose to roll back",
    r"  the bot's comment:",
    r"    \| .*Rolled back .* to {good}: succeeded",
    r"    \| Asked for by @lin ",
    r"production runs {good} again",
    r"grace types in #deploys: /deploy api staging",
    r"  staging runs [0-9a-f]{{7}}, the head of main",
    r"sam types in #deploys: /deploy api staging",
    r"  only sam sees:",
    r"    \| .*no GitHub login is linked to your Slack account",
    r"    \| .*`U0SAM`",
    r"The end\.",
)
"""What is told, in this order; `{good}` is the commit that was deployed first."""

KILLED_AT = ("  check pointsman/plan", "  👀", "the prompt in Slack", "to production: rolled back")
DIED = "  (the bot died; it is started again)"


class Demo:
    """`python -m bot demo` as a child process."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._folder = folder
        self._arguments = arguments
        self.lines: list[str] = []
        self.complaints = ""

    async def __aenter__(self) -> "Demo":
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "demo",
            *self._arguments,
            env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(self._folder)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Whatever happened, neither the demo nor its bot stays."""
        bots = self.bots()
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        for pid in bots:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def bots(self) -> list[int]:
        """The demo's own child processes that are not dead already."""
        return [pid for pid, parent, state in _processes() if parent == self._process.pid and state != "Z"]

    async def line(self) -> str | None:
        """The next line of the transcript; None at its end."""
        assert self._process.stdout is not None
        written = (await self._process.stdout.readline()).decode()
        if written:
            self.lines.append(written.rstrip("\n"))
        return written.rstrip("\n") if written else None

    async def line_with(self, words: str) -> str:
        while (line := await self.line()) is not None:
            if words in line:
                return line
        raise AssertionError(f"{words!r} is not in {self.lines}, {self.complaints}")

    async def ended(self, number: signal.Signals | None = None) -> int:
        assert self._process.stderr is not None
        if number is not None:
            self._process.send_signal(number)
        while await self.line() is not None:
            pass
        self.complaints = (await self._process.stderr.read()).decode()
        return await self._process.wait()


def _processes() -> Iterator[tuple[int, int, str]]:
    """Each process of this machine: its number, its parent's, and its state."""
    for path in PROC.glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            yield int(path.parent.name), int(parent), state


def told(lines: Sequence[str], complaints: str) -> None:
    """Assert that the transcript has everything of TOLD in its order."""
    rest, known = iter(lines), {"good": ""}
    for pattern in TOLD:
        wanted = re.compile(pattern if "(?P<good>" in pattern else pattern.format(**known))
        found = next((match for line in rest if (match := wanted.match(line))), None)
        assert found, f"{wanted.pattern!r} did not come:\n" + "\n".join(lines) + complaints
        known |= found.groupdict()


def ending(lines: Sequence[str]) -> list[str]:
    """The story from the rollback on, without what differs from one telling to the next."""
    plain = [line for line in lines if line != DIED and not line.startswith("  (Slack: nothing answered")]
    text = "\n".join(plain[plain.index("Roll back is pressed") :])
    for pattern, word in (
        (r"http://127\.0\.0\.1:\d+", "URL"),
        (r"\b([dr])-[0-9a-z]{10}", r"\1-ID"),
        (r"\b[0-9a-f]{7,40}\b", "SHA"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME"),
        (r"date\^\d+", "date^TIME"),
    ):
        text = re.sub(pattern, word, text)
    return text.splitlines()


async def play(folder: Path) -> list[str]:
    async with asyncio.timeout(STORY_SECONDS), Demo(folder, "--script") as demo:
        assert await demo.ended() == 0, (demo.lines, demo.complaints)
        told(demo.lines, demo.complaints)
        assert re.fullmatch(r"bot: process \d+ on http://127\.0\.0\.1:\d+\n", demo.complaints)
        return demo.lines


async def play_with_kills(folder: Path, *moments: str) -> list[str]:
    """Kill the bot as soon as each of KILLED_AT is told, one after the other."""
    async with asyncio.timeout(STORY_SECONDS), Demo(folder, "--script") as demo:
        for words in moments:
            await demo.line_with(words)
            (pid,) = demo.bots()
            os.kill(pid, signal.SIGKILL)
        assert await demo.ended() == 0, (demo.lines, demo.complaints)
        told([line for line in demo.lines if line != DIED], demo.complaints)
        assert demo.lines.count(DIED) == len(moments)
        return demo.lines


@pytest.mark.skipif(not PROC.is_dir(), reason="children are found by /proc")
async def test_the_story_ends_the_same_however_often_the_bot_is_killed(tmp_path: Path) -> None:
    calm, troubled = await asyncio.gather(play(tmp_path), play_with_kills(tmp_path, *KILLED_AT))
    assert ending(calm) == ending(troubled)


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_the_demo_to_play_with_shows_its_pages_and_takes_its_bot_with_it(tmp_path: Path) -> None:
    async with asyncio.timeout(STORY_SECONDS), Demo(tmp_path, "--port", "0") as demo:
        page = (await demo.line_with("the page to play on")).split()[0]
        own = (await demo.line_with("the bot itself")).split()[0]
        why = (await demo.line_with(f"-m bot why {SHOP}#1")).split()
        assert why[0].startswith("DATABASE_URL=sqlite:///")
        async with aiohttp.ClientSession() as session:
            for address, words in ((page, "acme/shop"), (own, "ok")):
                async with session.get(address) as answer:
                    assert (answer.status, words in await answer.text()) == (200, True), address
        bots = demo.bots()
        assert await asyncio.wait_for(demo.ended(signal.SIGINT), END_SECONDS) == 0
        assert left_in(tmp_path) == []
        assert not set(bots) & {pid for pid, _, state in _processes() if state != "Z"}
        assert demo.complaints.startswith("bot: process ")
        assert len(demo.complaints.splitlines()) == 1


async def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    async with asyncio.timeout(STORY_SECONDS), Demo(tmp_path, "--port", "0") as first:
        page = (await first.line_with("the page to play on")).split()[0]
        port = page.rstrip("/").rpartition(":")[2]
        async with Demo(tmp_path, "--port", port) as second:
            assert await second.ended() == 2
            assert second.lines == []
            (sentence,) = second.complaints.splitlines()
            assert port in sentence
            assert "--port" in sentence
