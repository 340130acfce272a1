"""The dashboard of a bot at work: people follow a deployment from the comment to its end, live."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientSession, web

from bot.ports import Output
from bot.sandbox.github.faults import Fault
from bot.sandbox.github.seed import SHOP
from bot.web.dashboard import Access, Changes, Dashboard, Look
from bot.web.server import Server
from tests.scenario.play import Play, playing

DEPLOYMENT = re.compile(r"/deployments/(d-[0-9a-z]{10})")
REQUEST = re.compile(r"/requests/(r-[0-9a-z]{10})")
WRITTEN = "step 1\nstep <2>\n"
TOKEN = "a-token-for-this-test"


class Visitor:
    """Somebody who looks at a dashboard with its token."""

    def __init__(self, client: ClientSession, url: str, token: str) -> None:
        self._client = client
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}

    async def sees(self, path: str, status: int = 200) -> str:
        """Give the text of a page."""
        async with self._client.get(self._url + path, headers=self._headers) as response:
            assert response.status == status
            return await response.text()


@asynccontextmanager
async def visiting(play: Play) -> AsyncIterator[Visitor]:
    """Visit the bot's own dashboard."""
    token = play.bot.settings.dashboard_token
    assert token is not None
    async with ClientSession() as client:
        yield Visitor(client, play.bot_url, token.reveal())


async def deploys(play: Play, *, fails: bool = False) -> None:
    """Ada deploys api to production, and the story is told to its end."""
    if fails:
        play.deployer.play_next("fail")
    play.says("ada", "/deploy api production because it is time")
    await play.ended("failed" if fails else "succeeded")
    await play.settled()


def steps(text: str) -> list[str]:
    return re.findall(
        r'<details id="step-[^"]*">\n<summary><time [^>]*>[^<]*</time> .* <span class="said">(.*)</span>',
        text,
    )


async def test_a_deployment_is_told_from_the_comment_to_its_end(tmp_path: Path) -> None:
    async with playing(tmp_path) as play, visiting(play) as visitor:
        await deploys(play)
        text = await visitor.sees("/story?limit=1")
        assert f"ada commented “/deploy api production because it is time” on {SHOP}#1" in text
        assert f"{SHOP}: api → production" in text
        told = steps(text.partition('id="story-e-')[2].partition('id="story-')[0])
        assert told[0] == f"GitHub sent issue_comment, created, about {SHOP}#1"
        for beginning in ("Request r-", "The deployer took d-", "The deployer says: succeeded"):
            assert any(each.startswith(beginning) for each in told)
        commit = play.pull.head_sha[:7]
        end = rf"api in production at {commit} \(d-[0-9a-z]{{10}}\): succeeded"
        assert any(re.fullmatch(end, each) for each in told[-2:])
        for effect in ("comment on the pull request", "asks the deployer", "Slack message"):
            assert effect in text
        assert "given up" not in text


async def test_a_request_and_its_deployment_have_pages(tmp_path: Path) -> None:
    async with playing(tmp_path) as play, visiting(play) as visitor:
        await deploys(play, fails=True)
        text = await visitor.sees("/story?limit=1")
        request, deployment = REQUEST.search(text), DEPLOYMENT.search(text)
        assert request is not None
        assert deployment is not None
        page = await visitor.sees(f"/requests/{request[1]}")
        assert "<h1>Deploy api to production</h1>" in page
        assert f"/deployments/{deployment[1]}" in page
        assert "retry, or keep it. Nobody decided yet." in page
        assert "it is time" in page
        page = await visitor.sees(f"/deployments/{deployment[1]}")
        assert "<h1>Deployment of api to production</h1>" in page
        assert f'<a href="/requests/{request[1]}">' in page
        assert "The deployer reported a failure." in page
        assert '<h2 id="log-title">' not in page
        for subject in (request[1], deployment[1], play.pull.head_sha, f"{SHOP}%23{play.pull.number}"):
            found = await visitor.sees(f"/story?subject={subject}")
            assert "ada commented “/deploy api production because it is time”" in found


async def test_who_answered_the_question_is_shown_where_it_was_asked(tmp_path: Path) -> None:
    async with playing(tmp_path) as play, visiting(play) as visitor:
        await deploys(play)
        play.pushes("ada")
        await deploys(play, fails=True)
        failed = DEPLOYMENT.search(await visitor.sees("/story?limit=1"))
        assert failed is not None
        await play.presses("lin", "Roll back")
        await play.ended("succeeded", 2)
        await play.settled()
        page = await visitor.sees(f"/deployments/{failed[1]}")
        assert "Decided: lin chose to roll back" in page
        text = await visitor.sees("/story")
        assert "lin pressed a button in #deploys: rollback" in text
        assert f"{SHOP}: api → production" in text


async def test_a_deployment_that_its_slot_forgot_is_still_known_by_its_request(tmp_path: Path) -> None:
    async with playing(tmp_path) as play, visiting(play) as visitor:
        play.deployer.play_next("late")
        play.says("ada", "/deploy api production")
        await play.is_now("running")
        play.says("ada", "/deploy api production")
        second = await play.eventually("a second one that waits", lambda: _waiting(play))
        play.says("ada", f"/cancel {second}")
        await play.eventually("nobody who waits", lambda: _nobody_waits(play))
        await play.settled()
        page = await visitor.sees(f"/deployments/{second}")
        assert "cancelled" in page
        play.deployer.release_late()
        await play.ended("succeeded")


async def _waiting(play: Play) -> str | None:
    queue = (await play.slot()).queue
    return queue[0].id if queue else None


async def _nobody_waits(play: Play) -> bool:
    return not (await play.slot()).queue


async def test_an_open_page_is_told_of_every_step_and_ends_with_the_bot(tmp_path: Path) -> None:
    async with playing(tmp_path) as play, ClientSession() as client:
        token = play.bot.settings.dashboard_token
        assert token is not None
        bearer = {"Authorization": f"Bearer {token.reveal()}"}
        async with client.get(f"{play.bot_url}/story/changes", headers=bearer) as stream:
            await deploys(play)
            await play.stop_bot()
            lines = (await stream.content.read()).decode().splitlines()
        assert lines.count("data: changed") > 5
        await play.start_bot()


async def test_while_github_limits_us_the_story_says_why_and_when_it_goes_on(tmp_path: Path) -> None:
    async with playing(tmp_path) as play, visiting(play) as visitor:
        await play.settled()
        play.github.faults.add(Fault("rate_limit_primary", path=".*/permission", times=1, seconds=20.0))
        play.says("ada", "/deploy api production")
        waits = re.compile(
            r'<span class="waits">GitHub&#39;s rate limit [^;]* is used up\. It is tried again at'
        )

        async def shown() -> bool:
            return waits.search(await visitor.sees("/story?limit=1")) is not None

        await play.eventually("the reason on the card", shown)
        await play.ended("succeeded")
        await play.settled()
        assert waits.search(await visitor.sees("/story?limit=1")) is None


class Kept:
    """Keeps what one deployment wrote."""

    async def output(self, deployment: str) -> Output | None:
        return Output(WRITTEN, truncated=True, live=True)


async def test_what_a_deployer_wrote_is_shown_on_its_deployments_page(tmp_path: Path) -> None:
    async with playing(tmp_path) as play, ClientSession() as client:
        await deploys(play)
        look = Look(
            ledger=play.bot.ledger,
            clock=play.clock,
            changes=Changes(),
            login_of=lambda slack: None,
            web_url="https://github.example",
            public_url="http://127.0.0.1",
            logs=Kept(),
        )
        app = web.Application()
        Dashboard(look, Access(TOKEN, "http://127.0.0.1", play.clock)).add_to(app)
        server = Server(app, "127.0.0.1", 0)
        visitor = Visitor(client, f"http://127.0.0.1:{await server.start()}", TOKEN)
        deployment = (await play.slot()).history[-1].id
        page = await visitor.sees(f"/deployments/{deployment}")
        assert "step 1\nstep &lt;2&gt;" in page
        assert "It still writes. The beginning is left out." in page
        assert await visitor.sees(f"/deployments/{deployment}/output") == WRITTEN
        await server.stop()
