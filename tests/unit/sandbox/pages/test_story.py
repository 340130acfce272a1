"""The bot's story in the page: handed on from the bot, and honest while there is none."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from bot.sandbox.pages import Worlds, pages_application
from bot.sandbox.pages.worlds import Dashboard
from tests.unit.sandbox.pages.browsing import Browser, pane, words

TOKEN = "s3cret"
AWAY = "The bot is not running. It is started again by itself."


class BotPages:
    """What the bot serves: a story, its style, a page of a step, and a stream that the test feeds."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.listeners: list[asyncio.Queue[bytes]] = []
        self.came = asyncio.Event()
        self.status = 200
        self._server: TestServer | None = None

    async def start(self) -> Dashboard:
        application = web.Application()
        application.router.add_get("/story", self._story)
        application.router.add_get("/story/changes", self._changes)
        application.router.add_get("/{rest:.*}", self._other)
        self._server = TestServer(application)
        await self._server.start_server()
        return Dashboard(str(self._server.make_url("")).rstrip("/"), TOKEN)

    async def stop(self) -> None:
        for listener in self.listeners:
            listener.put_nowait(b"")
        if self._server is not None:
            await self._server.close()

    def tell(self, line: bytes = b"data: changed\n\n") -> None:
        for listener in self.listeners:
            listener.put_nowait(line)

    def _check(self, request: web.Request) -> None:
        self.asked.append(request.path_qs)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            raise web.HTTPUnauthorized
        if self.status != 200:
            raise web.HTTPNotFound

    async def _story(self, request: web.Request) -> web.Response:
        self._check(request)
        html = f'<section class="story" aria-label="Story">about {request.query.get("subject")}</section>'
        return web.Response(text=html, content_type="text/html")

    async def _changes(self, request: web.Request) -> web.StreamResponse:
        self._check(request)
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        self.listeners.append(queue)
        self.came.set()
        while line := await queue.get():
            await response.write(line)
        return response

    async def _other(self, request: web.Request) -> web.Response:
        self._check(request)
        if request.path == "/static/story.css":
            return web.Response(text=".story { color: red }", content_type="text/css")
        if request.path == "/events/e-1":
            return web.Response(text="<p>one step</p>", content_type="text/html")
        if request.path == "/deployments/d-1/output":
            return web.Response(body=b"log", content_type="application/octet-stream")
        if request.path == "/events/broken":
            raise web.HTTPInternalServerError
        raise web.HTTPNotFound(text="no such thing")


@pytest.fixture
async def bot_pages(worlds: Worlds) -> AsyncIterator[BotPages]:
    pages = BotPages()
    worlds.dashboard = await pages.start()
    yield pages
    await pages.stop()


async def test_the_story_is_the_bots_about_the_subject_that_is_looked_at(
    bot_pages: BotPages, browser: Browser
) -> None:
    assert "about None" in await words(browser)
    assert "about acme/shop#1" in await words(browser, "/?subject=acme/shop%231")
    assert bot_pages.asked == ["/story?quiet=0&switch=0", "/story?quiet=0&switch=0&subject=acme/shop%231"]


async def test_while_the_bot_is_away_the_page_says_so(bot_pages: BotPages, browser: Browser) -> None:
    assert 'data-bot="there"' in await pane(browser, "side")
    await bot_pages.stop()
    assert AWAY in await words(browser)
    assert 'data-bot="away"' in await pane(browser, "side")


async def test_without_a_bot_the_page_says_so(browser: Browser) -> None:
    assert "No bot takes part in this simulation" in await words(browser)


async def test_a_bot_that_has_no_story_is_not_called_dead(
    worlds: Worlds, bot_pages: BotPages, browser: Browser
) -> None:
    bot_pages.status = 404
    assert "The bot runs, and has no story about d-1" in await words(browser, "/?subject=d-1")
    worlds.dashboard = Dashboard(worlds.dashboard.url if worlds.dashboard else "", "wrong")
    assert "answered HTTP 401" in await words(browser)


async def test_pages_and_style_of_the_bot_are_handed_on(bot_pages: BotPages, browser: Browser) -> None:
    step = await browser.get("/events/e-1")
    assert (step.status, step.content_type, await step.text()) == (200, "text/html", "<p>one step</p>")
    assert "default-src 'none'" in step.headers["content-security-policy"]
    output = await browser.get("/deployments/d-1/output")
    assert (output.content_type, await output.text()) == ("text/plain", "log")
    missing = await browser.get("/requests/r-1")
    assert (missing.status, await missing.text()) == (404, "no such thing")
    assert (await browser.get("/events/broken")).status == 502
    await bot_pages.stop()
    gone = await browser.get("/events/e-1")
    assert (gone.status, await gone.text()) == (503, AWAY)


async def test_the_style_is_remembered_while_the_bot_is_away(bot_pages: BotPages, browser: Browser) -> None:
    before = await browser.get("/static/story.css")
    await bot_pages.stop()
    after = await browser.get("/static/story.css")
    assert await before.text() == await after.text() == ".story { color: red }"
    other = await browser.get("/static/other.css")
    assert (other.status, other.content_type) == (200, "text/css")


@pytest.mark.parametrize("path", ["/events/%2e%2e/metrics", "/static/..%2fmetrics", "/events/a%20b"])
async def test_nothing_else_of_the_bots_is_handed_on(
    bot_pages: BotPages, browser: Browser, path: str
) -> None:
    reply = await browser.get(URL(path, encoded=True))
    assert (reply.status, bot_pages.asked) == (404, [])
    assert (await browser.post("/events/e-1")).status == 405


async def test_the_page_hears_of_the_story_by_one_connection(bot_pages: BotPages, browser: Browser) -> None:
    async with browser.get("/changes") as one, browser.get("/changes") as other:
        for page in (one, other):
            await page.content.readuntil(b"\n\n")
        await bot_pages.came.wait()
        for page in (one, other):
            assert await page.content.readuntil(b"\n\n") == b"data: story\n\n"
        bot_pages.tell(b": still here\n\n")
        bot_pages.tell()
        for page in (one, other):
            assert await page.content.readuntil(b"\n\n") == b"data: story\n\n"
        assert len(bot_pages.listeners) == 1


async def test_the_bots_own_pages_hear_of_the_story_only(
    worlds: Worlds, bot_pages: BotPages, browser: Browser
) -> None:
    async with browser.get("/story/changes") as page:
        await page.content.readuntil(b"\n\n")
        assert await page.content.readuntil(b"\n\n") == b"data: story\n\n"
        worlds.slack.post("ada", "deploys", "hello")
        bot_pages.tell()
        assert await page.content.readuntil(b"\n\n") == b"data: story\n\n"


async def test_a_bot_that_comes_back_is_heard_again(worlds: Worlds) -> None:
    pauses: asyncio.Queue[float] = asyncio.Queue()
    go_on = asyncio.Event()

    async def sleep(seconds: float) -> None:
        if seconds < 0.1:
            return
        pauses.put_nowait(seconds)
        await go_on.wait()

    first, second = BotPages(), BotPages()
    worlds.dashboard = await first.start()
    async with TestClient(TestServer(pages_application(worlds, sleep))) as browser:
        async with browser.get("/changes") as page:
            await page.content.readuntil(b"\n\n")
            assert await page.content.readuntil(b"\n\n") == b"data: story\n\n"
            await first.stop()
            assert await page.content.readuntil(b"\n\n") == b"data: story\n\n"
            assert await pauses.get() == 0.5
            worlds.dashboard = await second.start()
            go_on.set()
            assert await page.content.readuntil(b"\n\n") == b"data: story\n\n"
        await second.stop()


async def test_a_bot_without_a_stream_is_asked_again_later(worlds: Worlds, bot_pages: BotPages) -> None:
    pauses = 0

    async def sleep(seconds: float) -> None:
        nonlocal pauses
        if seconds >= 0.1:
            pauses += 1
            bot_pages.status = 404 if pauses < 3 else 200

    bot_pages.status = 404
    server = TestServer(pages_application(worlds, sleep))
    async with TestClient(server) as browser, browser.get("/changes") as page:
        await page.content.readuntil(b"\n\n")
        assert await page.content.readuntil(b"\n\n") == b"data: story\n\n"
    assert bot_pages.asked == ["/story/changes"] * 4


async def test_nobody_asks_the_bot_before_a_page_is_open(worlds: Worlds, bot_pages: BotPages) -> None:
    async with TestClient(TestServer(pages_application(worlds))):
        worlds.slack.post("ada", "deploys", "hello")
    assert bot_pages.asked == []
