"""How a browser without a script uses the pages: it looks at one, and sends its forms."""

from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient

from tests.unit.sandbox.pages.html import problems, read

Browser = TestClient[Any, Any]


async def page(browser: Browser, path: str = "/", status: int = 200) -> str:
    """The page at an address; nobody may be kept from using it."""
    reply = await browser.get(path)
    text = await reply.text()
    assert reply.status == status, text
    if status == 200:
        assert problems(text) == []
    return text


async def pane(browser: Browser, name: str, query: str = "") -> str:
    """A part of the page, as the script fetches it."""
    reply = await browser.get(f"/panes/{name}{query}")
    assert reply.status == 200
    return await reply.text()


async def words(browser: Browser, path: str = "/") -> str:
    """What there is to read on a page."""
    return " ".join(read(await page(browser, path)).text.split())


async def send(browser: Browser, address: str, look: str = "/", **fields: str) -> ClientResponse:
    """Send a form from a view; the answer is not followed."""
    return await browser.post(address, data={"look": look, **fields}, allow_redirects=False)


async def send_by_script(
    browser: Browser, address: str, look: str = "/", **fields: str
) -> tuple[int, dict[str, Any]]:
    """The same as the script does; status and answer."""
    reply = await browser.post(address, data={"look": look, **fields}, headers={"x-by-script": "yes"})
    return reply.status, await reply.json()
