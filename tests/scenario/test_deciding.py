"""Approving on the dashboard: who it was is known by GitHub's sign-in, and the rules are the same."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from tests.clock import quiet_loop
from tests.scenario.play import Play, playing, with_environment

ONE = with_environment("requires: {checks: [], approvals: 1}")


class Browser:
    """Somebody at the dashboard."""

    def __init__(self, play: Play, session: aiohttp.ClientSession) -> None:
        self._play = play
        self._session = session

    async def opens(self, address: str, status: int = 200) -> str:
        with quiet_loop().something_under_way():
            url = address if "://" in address else self._play.bot_url + address
            async with self._session.get(url) as answer:
                assert answer.status == status
                return await answer.text()

    async def presses(self, address: str) -> tuple[int, str]:
        """Send a form; gives the status and where it leads."""
        with quiet_loop().something_under_way():
            url = self._play.bot_url + address
            async with self._session.post(url, allow_redirects=False) as answer:
                return answer.status, answer.headers.get("Location", "")


@asynccontextmanager
async def browsing(play: Play) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        browser = Browser(play, session)
        await browser.opens(f"/?token={play.stage.environment(0)['DASHBOARD_TOKEN']}")
        yield browser


async def waits(play: Play) -> str:
    """Ask for a deployment that waits for an approval; gives its request."""
    play.says("ada", "/deploy api production")
    await play.answer("waiting", "approvals")
    (waiting,) = (await play.slot()).queue
    return waiting.order.request


async def test_a_second_person_approves_on_the_dashboard(tmp_path: Path) -> None:
    async with playing(tmp_path, ONE) as play, browsing(play) as browser:
        request = await waits(play)
        assert "Approve…" in await browser.opens(f"/requests/{request}")
        status, github = await browser.presses(f"/requests/{request}/approve")
        assert (status, urlsplit(github).path) == (303, "/github/login/oauth/authorize")
        page = await browser.opens(f"{github}&as=grace")
        assert request in page
        await play.runs(play.pull.head_sha)
        assert "Approve…" not in await browser.opens(f"/requests/{request}")
        await play.told("grace", "approved")


async def test_a_rejection_there_ends_it(tmp_path: Path) -> None:
    async with playing(tmp_path, ONE) as play, browsing(play) as browser:
        request = await waits(play)
        _, github = await browser.presses(f"/requests/{request}/reject")
        await browser.opens(f"{github}&as=lin")
        await play.answer("refused", "lin")
        await play.settled()
        assert play.deployer.orders == []


async def test_who_asked_is_refused_there_too_and_reads_it_on_the_pull_request(tmp_path: Path) -> None:
    async with playing(tmp_path, ONE) as play, browsing(play) as browser:
        request = await waits(play)
        _, github = await browser.presses(f"/requests/{request}/approve")
        await browser.opens(f"{github}&as=ada")
        await play.answer("somebody else has to approve")
        await play.settled()
        assert play.deployer.orders == []


async def test_a_sign_in_that_was_not_begun_here_decides_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path, ONE) as play, browsing(play) as browser, browsing(play) as other:
        request = await waits(play)
        _, github = await browser.presses(f"/requests/{request}/approve")
        assert "not begun here" in await other.opens(f"{github}&as=grace", 400)
        await play.settled()
        assert play.deployer.orders == []


async def test_without_the_dashboards_own_token_nobody_begins(tmp_path: Path) -> None:
    async with playing(tmp_path, ONE) as play, aiohttp.ClientSession() as session:
        request = await waits(play)
        status, _ = await Browser(play, session).presses(f"/requests/{request}/approve")
        assert status == 401


async def test_what_was_asked_for_in_slack_is_decided_by_who_is_linked(tmp_path: Path) -> None:
    async with playing(tmp_path, ONE) as play, browsing(play) as browser:
        play.types("U0ADA", "/deploy", "api production")
        await play.told("waiting", "approvals")
        (waiting,) = (await play.slot()).queue
        request = waiting.order.request
        _, github = await browser.presses(f"/requests/{request}/approve")
        assert "who are you in Slack" in await browser.opens(f"{github}&as=olive", 409)
        _, github = await browser.presses(f"/requests/{request}/approve")
        await browser.opens(f"{github}&as=grace")
        await play.runs(waiting.order.sha)
