"""What holds for all pages: nothing from outside, nothing for other sites, news as they happen."""

from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient

from bot.sandbox.pages import PagesServer, Worlds

Browser = TestClient[Any, Any]


@pytest.mark.parametrize("path", ["/", "/github/acme/shop/pull/1", "/slack/deploys", "/static/refresh.js"])
async def test_a_page_may_load_and_run_nothing_from_elsewhere(browser: Browser, path: str) -> None:
    reply = await browser.get(path)
    assert reply.status == 200
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("site, status", [("cross-site", 403), ("same-site", 403), ("same-origin", 303)])
async def test_a_form_from_another_site_is_refused(browser: Browser, site: str, status: int) -> None:
    form = {"what": "slack", "name": "slack_down"}
    headers = {"Sec-Fetch-Site": site}
    reply = await browser.post("/controls", data=form, headers=headers, allow_redirects=False)
    assert reply.status == status


async def test_the_stream_tells_of_every_change(worlds: Worlds, browser: Browser) -> None:
    reply = await browser.get("/changes")
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert await reply.content.readuntil(b"\n\n") == b"data: changed\n\n"
    worlds.slack.post("ada", "deploys", "hello")
    assert await reply.content.readuntil(b"\n\n") == b"data: changed\n\n"
    worlds.github.comment("ada", "acme/shop", 1, "hello")
    assert await reply.content.readuntil(b"\n\n") == b"data: changed\n\n"
    reply.close()


async def test_the_server_stops_while_a_page_listens(worlds: Worlds) -> None:
    server = PagesServer(worlds)
    address = await server.start()
    async with ClientSession() as session:
        reply = await session.get(f"{address}/changes")
        await reply.content.readuntil(b"\n\n")
        await server.close()
        assert await reply.content.read() == b""
    assert worlds.slack.space.listeners == []


async def test_links_of_the_services_lead_to_the_pages(worlds: Worlds) -> None:
    server = PagesServer(worlds)
    address = await server.start()
    await server.close()
    assert worlds.github.web_url == f"{address}/github"
    assert worlds.slack.space.web_url == f"{address}/slack"
