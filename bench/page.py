"""How soon the play page shows what happens, while much happens.

People comment on a pull request and write in Slack, so many times a minute; a browser has the page open. Its
own clock says when each comment stood there. Needs a Chromium.
"""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page

from bot.sandbox.github.seed import SHOP
from tests.browser.browsing import CHROMIUM, Demo, browsing, demonstrated, window

EVENTS_PER_MINUTE = 500
SECONDS = 30
CHANNEL = "C0DEPLOYS"
SETTLE_SECONDS_MAX = 20.0
CONFIGURATION = """\
version: 1
slack: {channel: C0DEPLOYS}
services: {api: {deploy: {driver: http, url: "{hook}", secret: shop-deployer}}}
environments: {production: {}}
"""
WATCH = """() => {
  window.seen = {};
  const look = () => {
    for (const one of document.querySelectorAll('[id^="issuecomment-"]')) window.seen[one.id] ??= Date.now();
  };
  new MutationObserver(look).observe(document.documentElement, {childList: true, subtree: true});
  look();
}"""


@dataclass(frozen=True)
class Seen:
    """How long each comment took to be seen, in milliseconds, and what was never shown or does not belong."""

    after: list[float]
    missing: int
    stories: int


def can_be_measured() -> bool:
    """Whether there is a browser on this machine."""
    return CHROMIUM is not None


async def measure() -> Seen:
    """Run it once."""
    with tempfile.TemporaryDirectory(prefix="pointsman-bench-", dir=Path.cwd()) as folder:
        async with (
            demonstrated(Path(folder), CONFIGURATION) as demo,
            browsing() as browser,
            window(browser, demo.url, viewport={"width": 1440, "height": 900}) as opened,
        ):
            await opened.page.evaluate(WATCH)
            sent = await _speak(demo)
            seen = await _settled(opened.page, list(sent))
            stories = await opened.page.locator('details[id^="story-"]').count()
    waited = [seen[id] - sent[id] for id in sent if id in seen]
    return Seen(waited, len(sent) - len(waited), stories)


async def _speak(demo: Demo) -> dict[str, float]:
    """Comment and write in turn; every second event is a comment, a few are commands."""
    sent: dict[str, float] = {}
    began = time.perf_counter()
    for number in range(EVENTS_PER_MINUTE * SECONDS // 60):
        await asyncio.sleep(max(0.0, began + number * 60 / EVENTS_PER_MINUTE - time.perf_counter()))
        if number % 2:
            demo.stage.slack.post("ada", CHANNEL, f"Message {number}")
            continue
        text = "/pointsman status" if number % 40 == 0 else f"Comment {number}"
        at = time.time() * 1000
        comment = demo.stage.github.comment("ada", SHOP, 1, text)
        sent[f"issuecomment-{comment.id}"] = at
    return sent


async def _settled(page: Page, ids: list[str]) -> dict[str, float]:
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    seen: dict[str, float] = {}
    while time.monotonic() < deadline and not set(ids) <= set(seen):
        seen = await page.evaluate("() => window.seen")
        await asyncio.sleep(0.1)
    return seen
