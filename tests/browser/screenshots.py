"""The pictures for README and docs: `python -m tests.browser.screenshots [FOLDER]`, by default docs/images.

Plays the demo for real and photographs it in the system's Chromium, so that no picture shows what the product
does not do. Must never leave a browser, a bot or half a picture behind.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Literal, TypeVar

import click
from playwright.async_api import Browser, Locator, Page

from bot.sandbox.demo import CONFIGURATION
from bot.sandbox.github.seed import SHOP
from bot.sandbox.slack import Message
from bot.sandbox.slack.changes import Changes
from tests.browser.browsing import CHROMIUM, Demo, Window, browsing, demonstrated, window
from tests.browser.palette import smaller
from tests.gallery.page import all_rooms, page

IMAGES = Path(__file__).parents[2] / "docs" / "images"
BYTES_MAX = 250_000
ALL_BYTES_MAX = 1_200_000
WAIT_SECONDS = 60.0
CHANNEL = "C0DEPLOYS"
DESK, WIDE, PHONE, PAPER = (1440, 900), (1900, 1000), (390, 844), (1100, 900)
NO_BROWSER = """
NO BROWSER: no picture was taken. Chromium is needed.
Debian and Ubuntu: apt-get install chromium fonts-noto-color-emoji; then: make screenshots
"""

API = '''"""The shop's API."""


def shipping(total: float) -> float:
    """What shipping costs."""
    return COSTS


def health() -> str:
    """Whether the service is well."""
    return "ok"
'''
Scheme = Literal["light", "dark"]
T = TypeVar("T")


class Photographer:
    """Takes the pictures of one demo, each at its moment of the story."""

    def __init__(self, demo: Demo, browser: Browser, folder: Path) -> None:
        self._demo, self._browser, self._folder = demo, browser, folder
        self._changes = Changes()
        self.taken: list[Path] = []
        demo.stage.worlds.listen(self._changes.notify)

    async def play(self) -> None:
        """Play the story, from the first deployment to the rollback."""
        await self._deployed()
        await self._running()
        prompt = await self._failed()
        await self._rolled_back(prompt)

    # --- the story ----------------------------------------------------------------------------------

    async def _deployed(self) -> None:
        """A first deployment that is good to go back to."""
        self._comment("/deploy production because it is faster")
        await self._until("the first deployment", lambda: self._told("Deployed", "succeeded"))

    async def _running(self) -> None:
        stage = self._demo.stage
        stage.deployer.play_next("late")
        sha = self._push("0.0 if total >= 20 else 4.90", "Free shipping from 20 euros")
        self._comment("/deploy production because the offer starts at noon")
        await self._until("a deployment under way", lambda: self._told("running", "3 of 5 pods"))
        await self._until("what changes, in its thread", lambda: self._told("1 commit by ada"))
        await self._play_page("play-light", "light", "3 of 5 pods")
        await self._play_page("play-dark", "dark", "3 of 5 pods")
        stage.deployer.release_late()
        await self._until("its end", lambda: self._told("Deployed", "succeeded", sha[:7]))

    async def _failed(self) -> Message:
        self._demo.stage.deployer.play_next("fail")
        self._push("0.0", "Free shipping for all")
        self._comment("/deploy production")
        prompt = await self._until("the question", self._prompt)
        async with self._window("/slack/deploys", DESK, "light") as opened:
            shown = opened.page.locator(f"#m{prompt.ts}".replace(".", r"\."))
            await shown.get_by_text("Roll back").first.wait_for()
            await self._take("prompt", shown)
        async with self._window("/?channel=deploys", PHONE, "light") as opened:
            await opened.page.locator(".jumps [data-show=slack]").click()
            await opened.page.get_by_text("Roll back").first.wait_for()
            await self._take("phone", opened.page)
        return prompt

    async def _rolled_back(self, prompt: Message) -> None:
        stage = self._demo.stage
        stage.slack.press("U0LIN", prompt, "Roll back")
        await self._until("the rollback", lambda: self._told("Rolled back", "succeeded"))
        await self._until("who decided", lambda: not prompt.buttons)
        await self._dashboard()

    async def _dashboard(self) -> None:
        """The story as the bot itself tells it, and one line of it opened on the play page."""
        async with self._window("/", WIDE, "light") as opened:
            side = opened.page.locator("#side")
            line = side.locator("summary", has_text="lin pressed a button").first
            await line.click()
            await side.locator("details[open]").first.wait_for()
            await self._take("story", side)
        token = self._demo.stage.environment(0)["DASHBOARD_TOKEN"]
        address = f"{self._demo.bot_url}/?token={token}"
        async with window(self._browser, address, **_looks(DESK, "light")) as opened:
            await self._take("dashboard", opened.page)

    # --- pictures -----------------------------------------------------------------------------------

    async def gallery(self, folder: Path) -> None:
        """The first pictures of the question, out of all that there are."""
        written = folder / "index.html"
        written.write_text(page(all_rooms()), encoding="utf-8")
        async with window(self._browser, f"{written.as_uri()}#prompts", **_looks(PAPER, "light")) as opened:
            await self._take("gallery", opened.page)

    async def _play_page(self, name: str, scheme: Scheme, words: str) -> None:
        async with self._window("/", DESK, scheme) as opened:
            for pane in ("#pane-github", "#pane-slack"):
                await opened.page.locator(pane).get_by_text(words).last.wait_for()
            await opened.page.locator("#side .story").first.wait_for()
            await self._take(name, opened.page)

    def _window(
        self, path: str, size: tuple[int, int], scheme: Scheme
    ) -> AbstractAsyncContextManager[Window]:
        return window(self._browser, f"{self._demo.stage.pages_url}{path}", **_looks(size, scheme))

    async def _take(self, name: str, what: Page | Locator) -> None:
        png = await what.screenshot(animations="disabled")
        path = self._folder / f"{name}.png"
        path.write_bytes(await asyncio.to_thread(smaller, png))
        self.taken.append(path)
        click.echo(f"{path}: {path.stat().st_size:,} bytes")

    # --- people, and what they see ------------------------------------------------------------------

    def _comment(self, text: str) -> None:
        github = self._demo.stage.github
        github.comment("ada", SHOP, github.repository(SHOP).pulls[0].number, text)

    def _push(self, costs: str, title: str) -> str:
        github = self._demo.stage.github
        branch = github.repository(SHOP).pulls[0].head_ref
        text = API.replace("COSTS", costs)
        return github.push("ada", SHOP, branch, {"services/api/app.py": text}, title).sha

    def _prompt(self) -> Message | None:
        messages = self._demo.stage.slack.messages(CHANNEL)
        return next((each for each in reversed(messages) if "Roll back" in each.buttons), None)

    def _told(self, *words: str) -> Message | None:
        messages = self._demo.stage.slack.messages(CHANNEL)
        return next((each for each in messages if all(word in each.spoken for word in words)), None)

    async def _until(self, what: str, look: Callable[[], T | None]) -> T:
        try:
            found = await self._changes.wait_until(look, WAIT_SECONDS)
        except TimeoutError as error:
            raise RuntimeError(f"{what} did not come within {WAIT_SECONDS:.0f} s") from error
        if found is None:
            raise RuntimeError(f"{what} did not come")
        return found


def _looks(size: tuple[int, int], scheme: Scheme) -> dict[str, object]:
    width, height = size
    return {"viewport": {"width": width, "height": height}, "color_scheme": scheme, "device_scale_factor": 1}


async def take_all(folder: Path) -> list[Path]:
    """Take every picture; gives their files. Raises RuntimeError where the story does not go on."""
    with tempfile.TemporaryDirectory(prefix="pointsman-pictures-") as made:
        paper, stage = Path(made) / "gallery", Path(made) / "stage"
        paper.mkdir()
        stage.mkdir()
        async with demonstrated(stage, CONFIGURATION) as demo, browsing() as browser:
            photographer = Photographer(demo, browser, folder)
            await photographer.play()
            await photographer.gallery(paper)
            return photographer.taken


def main(arguments: list[str]) -> int:
    """Take the pictures; gives the exit code."""
    if len(arguments) > 1 or any(each.startswith("-") for each in arguments):
        click.echo("Usage: python -m tests.browser.screenshots [FOLDER]", err=True)
        return 2
    if CHROMIUM is None:
        click.echo(NO_BROWSER, err=True)
        return 1
    folder = Path(arguments[0]) if arguments else IMAGES
    folder.mkdir(parents=True, exist_ok=True)
    return judged(asyncio.run(take_all(folder)))


def judged(taken: list[Path]) -> int:
    """Name the pictures that are too large for a repository; gives the exit code."""
    sizes = {path.name: path.stat().st_size for path in taken}
    large = [name for name, size in sizes.items() if size > BYTES_MAX]
    for name in large:
        click.echo(f"{name} is larger than {BYTES_MAX:,} bytes.", err=True)
    if sum(sizes.values()) > ALL_BYTES_MAX:
        click.echo(f"All together are larger than {ALL_BYTES_MAX:,} bytes.", err=True)
        return 1
    return 1 if large else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
