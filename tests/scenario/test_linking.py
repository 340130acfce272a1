"""Somebody in Slack shows who they are on GitHub: the link, the sign-in, and what it counts for."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.clock import quiet_loop
from tests.scenario.play import Play, playing

NEW = "U0SAM"


@asynccontextmanager
async def browsing() -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        yield session


async def opens(session: aiohttp.ClientSession, url: str) -> tuple[str, str]:
    """Follow an address; gives where it ended and what stands there."""
    with quiet_loop().something_under_way():
        async with session.get(url) as answer:
            return str(answer.url), await answer.text()


async def sends(session: aiohttp.ClientSession, play: Play, page: str) -> str:
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    with quiet_loop().something_under_way():
        async with session.post(f"{play.bot_url}/link/confirm", data=fields) as answer:
            return await answer.text()


async def the_link(play: Play, who: str = NEW) -> str:
    play.types(who, "/pointsman", "link")
    message = await play.whispered(who, "sign in to github")
    found = re.search(r"http[^|>\s]*/link/e-\w+", str(message.blocks) + message.spoken)
    assert found is not None
    return found[0]


async def test_who_links_their_accounts_may_command_in_slack(tmp_path: Path) -> None:
    async with playing(tmp_path) as play, browsing() as browser:
        link = await the_link(play)
        where, page = await opens(browser, link)
        assert "/login/oauth/authorize" in where
        _, page = await opens(browser, f"{where}&as=olive")
        assert "olive" in page
        assert NEW in page
        assert "Linked" in await sends(browser, play, page)
        await play.settled()
        play.types(NEW, "/deploy", "api staging")
        await play.told("deploying", "staging")
        state = await play.bot.ledger.state("people:links")
        assert [(each.login, each.slack) for each in state.links] == [("olive", NEW)]


async def test_a_link_that_was_sent_on_links_nobody(tmp_path: Path) -> None:
    async with playing(tmp_path) as play, browsing() as browser, browsing() as other:
        where, _ = await opens(browser, await the_link(play))
        _, page = await opens(other, f"{where}&as=grace")
        assert "not begun here" in page
        _, page = await opens(browser, f"{where}&as=olive")
        assert "not begun here" in await sends(other, play, page)
        assert await play.bot.ledger.state("people:links") is None


async def test_a_link_ends_after_ten_minutes(tmp_path: Path) -> None:
    async with playing(tmp_path) as play, browsing() as browser:
        link = await the_link(play)
        play.clock.advance(601)
        _, page = await opens(browser, link)
        assert "This link has ended" in page


async def test_the_instance_file_goes_before_what_people_link(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types("U0ADA", "/pointsman", "link")
        await play.whispered("U0ADA", "linked already", "instance file")


async def test_on_a_pull_request_it_says_where_it_begins(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/pointsman link")
        await play.answer("linking begins in slack")
