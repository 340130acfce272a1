"""The demo's story as a newcomer sees it, and the same one with the bot killed again and again."""

import asyncio
import os
import re
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.scenario.demo_program import PROC, STORY_SECONDS, Demo

pytestmark = pytest.mark.slow

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
    r"    \| .*Last good: .*{good}",
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
