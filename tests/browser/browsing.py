"""A browser on this machine, and the demo to look at in it.

Time is real here, since a browser has its own; so nothing asserts how long anything takes, and everything
that is awaited has a bound.
"""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

from bot.sandbox.child import BotProcess
from bot.sandbox.stage import HOST, Stage, StageSettings, free_port
from tests.scenario.play import APP_KEY

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)
AXE = Path(__file__).parents[2] / "build" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT_MILLISECONDS = 20_000
STEP_SECONDS = 0.15
SERIOUS = ("serious", "critical")


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """The system's Chromium, ended at the end."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


class Demo:
    """The stage and the bot as a program of its own, as `pointsman demo` has them."""

    def __init__(self, folder: Path, configuration: str) -> None:
        settings = StageSettings(
            configuration=configuration, step_seconds=STEP_SECONDS, app_key=APP_KEY, site=True
        )
        self.stage = Stage(folder, settings)
        self._port = free_port()
        self.bot_url = f"http://{HOST}:{self._port}"
        self._log = folder / "bot.log"
        self.bot: BotProcess

    @property
    def url(self) -> str:
        """The page to play on."""
        return f"{self.stage.pages_url}/"

    async def open(self) -> None:
        """Open the stage and start the bot."""
        await self.stage.open(self.bot_url)
        self.bot = BotProcess(self.stage.environment(self._port), self.bot_url, self._log)
        await self.bot.start()

    async def close(self) -> None:
        """End the bot, then the stage."""
        await self.bot.end()
        await self.stage.close()


@asynccontextmanager
async def demonstrated(folder: Path, configuration: str) -> AsyncIterator[Demo]:
    """The demo, until the end."""
    demo = Demo(folder, configuration)
    await demo.open()
    try:
        yield demo
    finally:
        await demo.close()


class Window:
    """One page in the browser, with everything that went wrong in it."""

    def __init__(self, page: Page, home: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        self._home = home
        page.set_default_timeout(WAIT_MILLISECONDS)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self._home, "data:", "blob:")):
            self.complaints.append(f"asked elsewhere: {request.url}")

    async def problems(self) -> list[str]:
        """What axe-core finds on the page as it is now that is serious or worse, one line each."""
        await self.page.evaluate(AXE.read_text())
        found: dict[str, Any] = await self.page.evaluate(
            "async () => await axe.run(document, {resultTypes: ['violations']})"
        )
        return [
            f"{each['id']} ({each['impact']}): {each['help']} at {json.dumps(each['nodes'][0]['target'])}"
            for each in found["violations"]
            if each["impact"] in SERIOUS
        ]


@asynccontextmanager
async def window(browser: Browser, url: str, **options: Any) -> AsyncIterator[Window]:
    """A fresh window on an address. `options` are the context's: `color_scheme`, `viewport`, …"""
    context = await browser.new_context(**options)
    try:
        page = await context.new_page()
        opened = Window(page, "/".join(url.split("/", 3)[:3]))
        await page.goto(url)
        yield opened
    finally:
        await context.close()
