"""The demo to play with: what it shows, that everything is still there the next time, and how it ends."""

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import aiohttp
import pytest

from bot.sandbox.demo import CONFIGURATION
from bot.sandbox.demo_folder import DemoFolder
from bot.sandbox.demo_play import DemoOptions, Play
from bot.sandbox.github.records import PullRequest
from bot.sandbox.github.seed import SHOP
from bot.sandbox.stage import HOST, StageSettings
from tests.scenario.demo_program import PROC, ROOT, STORY_SECONDS, Demo, processes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PROC.is_dir(), reason="children are found by /proc"),
]

WAIT_SECONDS = 60.0
END_SECONDS = 20.0
SLOT = ("api", "production")

T = TypeVar("T")


class Player:
    """A demo in this process, its bot beside it; people act on it as on its page."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.stage = play.stage
        self.shop = play.stage.github.repository(SHOP)

    @property
    def pid(self) -> int:
        assert self.play.bot is not None
        assert self.play.bot.pid is not None
        return self.play.bot.pid

    async def until(self, what: str, predicate: Callable[[], T]) -> T:
        changed = asyncio.Event()
        self.stage.worlds.listen(changed.set)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while not (found := predicate()):
                    changed.clear()
                    await changed.wait()
                return found
        except TimeoutError:
            raise AssertionError(f"{what} did not come: {self.stage.slack.transcript()}") from None
        finally:
            self.stage.worlds.unlisten(changed.set)

    def deploys(self, pull: PullRequest) -> None:
        self.stage.github.comment("ada", SHOP, pull.number, "/deploy production")

    async def runs(self, head: str) -> None:
        await self.until("what is live", lambda: self.live() == head)

    async def told(self, pull: PullRequest, words: str) -> None:
        """Until a comment of the bot's on this pull request says so."""
        await self.until(words, lambda: [body for body in self.comments_by_us(pull) if words in body])

    def live(self) -> str | None:
        live = self.stage.deployer.live.get(SLOT)
        return live.sha if live and live.healthy else None

    def comments_by_us(self, pull: PullRequest) -> list[str]:
        return [comment.body for comment in pull.comments if comment.by_app]


@asynccontextmanager
async def playing(path: Path, *, port: int | None = None, fresh: bool = False) -> AsyncIterator[Player]:
    """The demo in this folder until the end of the block, then ended in order."""
    folder = DemoFolder(path)
    settings = StageSettings(configuration=CONFIGURATION, step_seconds=0.1)
    play = Play(folder, DemoOptions(version="1", folder=path, port=port, fresh=fresh), settings)
    running, ready = asyncio.create_task(play.play()), asyncio.create_task(play.ready.wait())
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        assert ready.done(), running.result()
        yield Player(play)
    finally:
        ready.cancel()
        play.end()
        async with asyncio.timeout(END_SECONDS):
            assert await running == 0
        folder.release()


def lives(pid: int) -> bool:
    return any(number == pid and state != "Z" for number, _, state in processes())


# --- goes on where it was --------------------------------------------------------------------------------


async def test_a_deployment_that_is_under_way_goes_on_after_a_restart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with playing(tmp_path, port=0) as before:
        (pull, _) = before.shop.pulls
        before.stage.deployer.play_next("late")
        before.deploys(pull)
        await before.until("a run under way", lambda: any(run.held for run in before.stage.deployer.runs))
        address, environment = before.stage.pages_url, before.stage.environment(1)
    async with playing(tmp_path) as after:
        assert (after.stage.pages_url, after.stage.environment(1)) == (address, environment)
        (pull, _) = after.shop.pulls
        assert after.live() is None
        after.stage.deployer.release_late()
        await after.runs(pull.head_sha)
        await after.told(pull, "succeeded")
        assert len(after.comments_by_us(pull)) == len(after.stage.deployer.runs) == 1
    (deployment,) = after.shop.deployments.values()
    assert deployment.state == "success"
    said = capsys.readouterr()
    assert "It goes on where it was at" in said.out
    assert said.err == ""


async def test_what_is_due_goes_on_by_itself(tmp_path: Path) -> None:
    async with playing(tmp_path, port=0) as before:
        (pull, _) = before.shop.pulls
        before.deploys(pull)
        await before.until("a run", lambda: before.stage.deployer.runs)
    async with playing(tmp_path) as after:
        (pull, _) = after.shop.pulls
        await after.runs(pull.head_sha)
        await after.told(pull, "succeeded")


async def test_to_begin_anew_forgets_everything(tmp_path: Path) -> None:
    async with playing(tmp_path, port=0) as before:
        before.stage.github.open_pull_request("ada", SHOP, "more", "More", {"README.md": "More\n"})
    async with playing(tmp_path, port=0, fresh=True) as after:
        assert len(after.shop.pulls) == 2
        assert after.stage.github.app.webhook_secret != before.stage.github.app.webhook_secret
        (pull, _) = after.shop.pulls
        after.deploys(pull)
        await after.runs(pull.head_sha)


# --- GitHub and the bot do not remember the same ---------------------------------------------------------


async def deployed_twice(tmp_path: Path, kept: Path) -> None:
    """Deploy the first pull request, keep a copy of everything, deploy the second one."""
    async with playing(tmp_path, port=0) as first:
        (pull, _) = first.shop.pulls
        first.deploys(pull)
        await first.told(pull, "succeeded")
    shutil.copytree(tmp_path, kept)
    async with playing(tmp_path) as second:
        (_, pull) = second.shop.pulls
        second.deploys(pull)
        await second.told(pull, "succeeded")


@pytest.mark.parametrize("forgetful", ["stage.state", "bot"])
async def test_it_goes_on_although_github_or_the_bot_forgot_the_last_deployment(
    tmp_path: Path, forgetful: str
) -> None:
    """So much more than two seconds can be missing only where somebody mixes two copies."""
    folder, kept = tmp_path / "demo", tmp_path / "kept"
    await deployed_twice(folder, kept)
    if forgetful == "bot":
        shutil.rmtree(folder / "bot")
        shutil.copytree(kept / "bot", folder / "bot")
    else:
        shutil.copy(kept / "stage.state", folder / "stage.state")
    async with playing(folder) as again:
        pull = again.stage.github.open_pull_request("ada", SHOP, "more", "More", {"README.md": "More\n"})
        again.stage.github.run_ci(SHOP, pull.head_sha)
        again.deploys(pull)
        await again.runs(pull.head_sha)
        await again.told(pull, "succeeded")
    log = (folder / "bot" / "bot.log").read_text()
    assert "Traceback" not in log


# --- the bot is restarted and killed from the page -------------------------------------------------------


async def test_the_bot_can_be_restarted_and_killed_and_does_its_work_afterwards(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with playing(tmp_path, port=0) as player:
        worlds = player.stage.worlds
        assert worlds.restart_bot is not None
        assert worlds.kill_bot is not None
        first = player.pid
        await worlds.restart_bot()
        second = player.pid
        await worlds.kill_bot()
        await worlds.restart_bot()  # it is started again by itself, and that is waited for
        third = player.pid
        assert len({first, second, third}) == 3
        (pull, _) = player.shop.pulls
        player.deploys(pull)
        await player.runs(pull.head_sha)
    assert not any(lives(pid) for pid in (first, second, third))
    assert capsys.readouterr().out.count("  (the bot is started again)") == 2


# --- the program -----------------------------------------------------------------------------------------


async def test_the_demo_shows_its_page_first_and_ends_with_its_bot(tmp_path: Path) -> None:
    async with asyncio.timeout(STORY_SECONDS), Demo(tmp_path, "--port", "0") as demo:
        page = (await demo.line_with("http://")).split()[0]
        dashboard = (await demo.line_with("its own dashboard")).split()[0]
        own = (await demo.line_with("the bot itself")).split()[0]
        why = (await demo.line_with(f"-m bot why {SHOP}#1")).split()
        folder = tmp_path / "pointsman" / "demo"
        await demo.line_with(f"Everything is kept in {folder}.")
        await demo.line_with("Begin anew: make demo ARGS=--fresh")
        assert "/?token=" in dashboard
        assert why[:3] == ["cd", str(ROOT), "&&"]
        assert why[3].startswith("DATABASE_URL=sqlite:///")
        async with aiohttp.ClientSession() as session:
            for address, words in ((page, "acme/shop"), (own, "ok")):
                async with session.get(address) as answer:
                    assert (answer.status, words in await answer.text()) == (200, True), address
        bots = demo.bots()
        assert await asyncio.wait_for(demo.ended(signal.SIGINT), END_SECONDS) == 0
        assert demo.lines[-1] == f"Everything is kept in {folder}. Go on from here: make demo"
        assert not any(lives(pid) for pid in bots)
        assert demo.complaints == ""


async def test_a_demo_that_was_killed_goes_on_says_so_and_waits_for_its_bot(tmp_path: Path) -> None:
    async with asyncio.timeout(STORY_SECONDS), Demo(tmp_path, "--port", "0") as demo:
        page = (await demo.line_with("http://")).split()[0]
        await demo.line_with("Begin anew")
        left = demo.bots()
        assert await demo.ended(signal.SIGKILL) == -signal.SIGKILL
        async with Demo(tmp_path) as again:
            assert (await again.line_with("http://")).split()[0] == page
            await again.line_with("was not ended in order")
            assert not any(lives(pid) for pid in left)
            assert await asyncio.wait_for(again.ended(signal.SIGTERM), END_SECONDS) == 0
            assert again.complaints == ""


async def test_a_second_demo_in_the_same_folder_is_told_where_the_first_is(tmp_path: Path) -> None:
    async with asyncio.timeout(STORY_SECONDS), Demo(tmp_path, "--port", "0") as first:
        page = (await first.line_with("http://")).split()[0]
        async with Demo(tmp_path) as second:
            assert await second.ended() == 2
            assert second.lines == []
            (sentence,) = second.complaints.splitlines()
            assert f"its page is {page}" in sentence
            assert "--folder" in sentence


async def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    async with asyncio.timeout(STORY_SECONDS):
        other = await asyncio.start_server(lambda reader, writer: writer.close(), HOST, 0)
        async with other, Demo(tmp_path, "--port", str(other.sockets[0].getsockname()[1])) as demo:
            assert await demo.ended() == 2
            assert demo.lines == []
            (sentence,) = demo.complaints.splitlines()
            assert "another program does" in sentence
            assert "--port" in sentence


async def test_a_folder_that_others_can_write_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    async with asyncio.timeout(STORY_SECONDS), Demo(tmp_path, "--folder", str(folder)) as demo:
        assert await demo.ended() == 2
        assert "Others can write into" in demo.complaints
    assert list(folder.iterdir()) == []
