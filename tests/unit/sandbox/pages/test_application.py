"""What holds for all pages: nothing from outside, nothing for other sites, news as they happen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientResponse, ClientSession
from aiohttp.test_utils import TestClient, TestServer

from bot.sandbox.pages import PagesServer, Worlds, pages_application
from tests.unit.sandbox.pages.browsing import Browser, page, send

PAGES = ["/", "/github/acme/shop/pull/1", "/github/acme/shop", "/slack/deploys", "/slack/home"]


@pytest.mark.parametrize("path", [*PAGES, "/panes/github", "/assets/play.js", "/assets/base.css"])
async def test_a_page_may_load_and_run_nothing_from_elsewhere(browser: Browser, path: str) -> None:
    reply = await browser.get(path)
    assert reply.status == 200
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", [f"{path}?as={name}" for path in PAGES for name in ("ada", "sam", "olive")])
async def test_everybody_can_use_every_page_by_keyboard_and_ear(browser: Browser, path: str) -> None:
    assert "Pointsman" in await page(browser, path)


@pytest.mark.parametrize(
    "headers, status",
    [
        ({}, 303),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_a_form_from_another_site_is_refused(
    browser: Browser, headers: dict[str, str], status: int
) -> None:
    form = {"look": "/", "switch": "slack_down", "turn": "on"}
    reply = await browser.post("/controls/switch", data=form, headers=headers, allow_redirects=False)
    assert reply.status == status


async def test_our_own_origin_may_send_forms(browser: Browser) -> None:
    headers = {"Origin": str(browser.make_url("/")).rstrip("/")}
    form = {"look": "/", "switch": "slack_down", "turn": "on"}
    reply = await browser.post("/controls/switch", data=form, headers=headers, allow_redirects=False)
    assert reply.status == 303


@pytest.mark.parametrize(
    "host, status",
    [
        ("localhost:80", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:80", 200),
        ("evil.example", 403),
        ("a:b:c", 403),
        ("10.0.0.1", 403),
    ],
)
async def test_a_name_that_somebody_pointed_at_this_machine_is_refused(
    browser: Browser, host: str, status: int
) -> None:
    reply = await browser.get("/", headers={"Host": host})
    assert reply.status == status


@asynccontextmanager
async def listening(browser: Browser) -> AsyncIterator[ClientResponse]:
    """An open page's stream, once the server knows of it."""
    async with browser.get("/changes") as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        assert await reply.content.readuntil(b"\n\n") == b": hello\n\n"
        yield reply


async def test_the_stream_names_what_changed(worlds: Worlds, browser: Browser) -> None:
    async with listening(browser) as reply:
        worlds.slack.post("ada", "deploys", "hello")
        assert await reply.content.readuntil(b"\n\n") == b"data: slack\n\n"
        worlds.github.comment("ada", "acme/shop", 1, "/deploy production")
        assert await reply.content.readuntil(b"\n\n") == b"data: github tour\n\n"
        await send(browser, "/controls/switch", switch="next_fails", turn="on")
        assert await reply.content.readuntil(b"\n\n") == b"data: switches\n\n"


async def test_changes_that_come_together_are_told_together(worlds: Worlds) -> None:
    gathered = asyncio.Event()

    async def sleep(seconds: float) -> None:
        assert seconds <= 0.1
        await gathered.wait()

    async with (
        TestClient(TestServer(pages_application(worlds, sleep))) as browser,
        listening(browser) as reply,
    ):
        for _ in range(500):
            worlds.slack.post("ada", "deploys", "hello")
            worlds.github.comment("ada", "acme/shop", 1, "hello")
        gathered.set()
        assert await reply.content.readuntil(b"\n\n") == b"data: slack github\n\n"


async def test_a_page_that_was_closed_is_forgotten(worlds: Worlds, browser: Browser) -> None:
    async with listening(browser):
        pass
    async with listening(browser) as reply:
        worlds.slack.post("ada", "deploys", "hello")
        assert await reply.content.readuntil(b"\n\n") == b"data: slack\n\n"


async def test_the_server_stops_while_a_page_listens(worlds: Worlds) -> None:
    server = PagesServer(worlds)
    address = await server.start()
    async with ClientSession() as session, session.get(f"{address}/changes") as reply:
        await reply.content.readuntil(b"\n\n")
        await server.close()
        assert await reply.content.read() == b""
    assert worlds.listeners == ([], [], [])


async def test_links_of_the_services_lead_to_the_pages(worlds: Worlds) -> None:
    server = PagesServer(worlds)
    address = await server.start()
    await server.close()
    assert worlds.github.web_url == f"{address}/github"
    assert worlds.slack.space.web_url == f"{address}/slack"
