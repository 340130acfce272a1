"""Who did what, when, from where and by which rule: the audit on the command line, beside a running bot."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.clock import quiet_loop
from tests.scenario.play import Play, playing, with_environment

GRACE = with_environment("deployers: [grace]")


async def audit(play: Play, *options: str) -> str:
    """Run the command as an operator beside the bot does."""
    environ = os.environ | play.stage.environment(8080)
    arguments = ("-m", "bot", "events", "list", "--audit", *options)
    pipe = asyncio.subprocess.PIPE
    with quiet_loop().something_under_way():
        program = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdout=pipe, stderr=pipe, env=environ
        )
        said, complaints = await program.communicate()
    assert program.returncode == 0, complaints.decode()
    return said.decode()


def told(lines: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.splitlines()]


async def a_day(play: Play) -> None:
    play.says("ada", "/deploy api production")
    await play.answer("not allowed")
    play.says("grace", "/deploy api production")
    await play.runs(play.pull.head_sha)
    play.types("U0LIN", "/pointsman", "lock web staging for 1h because stocktaking")
    await play.told("locked", "stocktaking")
    await play.settled()


async def test_everything_that_people_did_is_in_it_what_was_refused_too(tmp_path: Path) -> None:
    async with playing(tmp_path, GRACE) as play:
        await a_day(play)
        entries = told(await audit(play, "--lines"))
        by = {(each["who"], each["outcome"], each["rule"]) for each in entries}
        assert {
            ("ada", "refused", "not_allowed"),
            ("grace", "accepted", "requested"),
            ("lin", "accepted", "lock_asked"),
        } <= by
        assert {"acme/shop#1", "Slack #deploys"} <= {each["where"] for each in entries}
        refused = next(each for each in entries if each["rule"] == "not_allowed")
        assert refused["values"]["deployers"] == ["grace"]
        rules = [each["rule"] for each in entries if each["rule"]]
        assert rules == ["not_allowed", "requested", "lock_asked"]


async def test_it_is_read_by_people_and_by_programs(tmp_path: Path) -> None:
    async with playing(tmp_path, GRACE) as play:
        await a_day(play)
        table = await audit(play)
        assert "ada" in table
        assert "not_allowed" in table
        documents = json.loads(await audit(play, "--json", "--key", "pr:acme/shop#1"))
        assert {each["who"] for each in documents} == {"ada", "grace"}
        assert all(each["outcome"] for each in documents)
