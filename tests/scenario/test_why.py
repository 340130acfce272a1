"""Somebody asks the ledger why, in a terminal, after a failure and a rollback."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli.reading import STORIES_MAX
from bot.explaining.gathering import about
from bot.sandbox.github.seed import SHOP
from bot.terminal import show_explanation
from tests.scenario.play import Play, playing

Why = Callable[..., Awaitable[str]]


@pytest.fixture
def why(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Why:
    """What `pointsman why` prints about a subject, without the process around it."""
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("NO_COLOR", "1")

    async def ask(play: Play, subject: str, *, verbose: bool = False) -> str:
        found = await about(play.bot.ledger, subject, STORIES_MAX)
        capsys.readouterr()
        show_explanation(found, verbose=verbose)
        return capsys.readouterr().out

    return ask


async def a_failure_and_a_rollback(play: Play) -> tuple[str, str, str]:
    """The first commit is live, the second one fails, lin goes back. Gives the three deployments."""
    play.says("ada", "/deploy api production")
    await play.runs(play.pull.head_sha)
    play.pushes("ada")
    play.deployer.play_next("fail")
    play.says("ada", "/deploy api production")
    await play.ended("failed")
    await play.presses("lin", "Roll back")
    await play.ended("succeeded", 2)
    await play.settled()
    first, failed, back = (each.id for each in (await play.slot()).history)
    return first, failed, back


def in_this_order(text: str, *words: str) -> bool:
    return re.search(".*".join(map(re.escape, words)), text, re.DOTALL) is not None


def times(text: str) -> list[list[float]]:
    """The times of each story's lines, its heading's first; steps are of the day of their heading."""
    day = ""
    found: list[list[float]] = []
    for line in text.splitlines():
        match = re.match(r"(?:What it led to: )?(\d{4}-\d\d-\d\d) (\S+) UTC|  (\d\d:\d\d:\d\d) ", line)
        if match is not None:
            day = match[1] or day
            moment = datetime.fromisoformat(f"{day}T{match[2] or match[3]}").replace(tzinfo=UTC)
            if match[1]:
                found.append([])
            found[-1].append(moment.timestamp())
    return found


async def test_a_pull_requests_whole_story_is_told_to_the_rollback(tmp_path: Path, why: Why) -> None:
    async with playing(tmp_path) as play:
        await a_failure_and_a_rollback(play)
        text = await why(play, f"{SHOP}#1")
        assert in_this_order(
            text,
            "ada opened",
            "succeeded: ada commented “/deploy api production”",
            "failed: ada commented “/deploy api production”",
            "The deployer says: failed, 60 %: “health check failed: 3 of 5 pods not ready”",
            "People are asked what to do",
            "lin chose to roll back",
            "succeeded: lin pressed a button in #deploys: rollback acme/shop api production",
            "The deployer says: succeeded",
        )


async def test_nothing_is_told_as_if_it_had_happened_that_is_only_due(tmp_path: Path, why: Why) -> None:
    async with playing(tmp_path) as play:
        await a_failure_and_a_rollback(play)
        text = await why(play, f"{SHOP}#1")
        stories = times(text)  # they may overlap: a question is still open when its answer begins the next
        assert sum(map(len, stories)) > 30
        assert max(map(max, stories)) <= play.clock.now()
        assert all(story == sorted(story) for story in stories)
        assert stories == sorted(stories)
        assert "Reminder" not in text
        assert "should have" not in text
        assert re.search("[0-9a-f]{40}", text) is None


async def test_a_deployments_story_leaves_out_those_of_its_slot(tmp_path: Path, why: Why) -> None:
    async with playing(tmp_path) as play:
        first, failed, back = await a_failure_and_a_rollback(play)
        text = await why(play, failed)
        assert text.count("commented “/deploy api production”") == 2  # the heading and its step
        assert "succeeded, 100 %" not in text
        assert f"d-{first} ordered" not in text
        assert in_this_order(
            text, "pods not ready", "lin chose to roll back", "What it led to: ", "lin pressed", back
        )
        assert len(text.splitlines()) < 40
        text = await why(play, back)
        assert in_this_order(text, "lin pressed a button", "lin chose to roll back", "succeeded, 100 %")
        assert "pods not ready" not in text
        assert "What it led to" not in text


async def test_a_request_a_commit_and_a_delivery_lead_to_their_stories(tmp_path: Path, why: Why) -> None:
    async with playing(tmp_path) as play:
        good = play.pull.head_sha
        _, failed, _ = await a_failure_and_a_rollback(play)
        request = (await play.slot()).history[1].order.request
        text = await why(play, request)
        assert in_this_order(
            text, "failed: ada commented", request, "lin chose to roll back", "What it led to"
        )
        text = await why(play, good)
        assert in_this_order(text, "succeeded: ada commented", "succeeded: lin pressed a button")
        assert "pods not ready" not in text
        rows = await play.bot.ledger.deliveries(0)
        report = next(row for row in rows if row.source == "deployer" and row.subject == failed)
        text = await why(play, report.id)
        assert in_this_order(text, "failed: The deployer says: failed", f"{failed} ended", "People are asked")
        assert "in progress" not in text


async def test_asked_for_more_it_names_ids_keys_and_reactors(tmp_path: Path, why: Why) -> None:
    async with playing(tmp_path) as play:
        _, failed, _ = await a_failure_and_a_rollback(play)
        text = await why(play, failed, verbose=True)
        assert f"command.given pr:{SHOP}#1 e-" in text
        assert "slot.reported: acted, deployer_failed." in text
        assert f"{failed}:msg_{failed}-1_1 (event: deployer: report" in text
        assert "Reminder for " in text
