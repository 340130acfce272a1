"""The simulated deployer over real HTTP, with a bot that listens for reports."""

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, ServerDisconnectedError, web

from bot.sandbox.deployer import DeployerServer, DeployerWorld, signature_problem
from tests.unit.sandbox.deployer.orders import SECRET, Clock, data, event, signed


class Bot:
    """The bot's callback address: it remembers reports, and answers with these statuses first."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.reports: list[dict[str, Any]] = []
        self.problems: list[str] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.problems.append(signature_problem(SECRET, headers, body, Clock()()))
        self.reports.append(json.loads(body))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 202)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator["Bot"]:
        application = web.Application()
        application.router.add_post("/callbacks/deployments/{deployment}", self.take)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/callbacks/deployments/d-0123456789"
        yield self
        await runner.cleanup()


async def no_pause(_: float) -> None:
    return


@pytest.fixture
async def server(world: DeployerWorld) -> AsyncIterator[DeployerServer]:
    serving = DeployerServer(world, sleep=no_pause)
    await serving.start()
    yield serving
    await serving.close()


async def send(server: DeployerServer, callback_url: str) -> int:
    asked = signed(event(data=data(callback_url=callback_url)))
    async with ClientSession() as session:
        reply = await session.post(server.hook_url, data=asked.body, headers=dict(asked.headers))
        await reply.read()
        return reply.status


async def test_an_order_is_played_and_reported_with_good_signatures(server: DeployerServer) -> None:
    async with Bot().listening() as bot:
        assert await send(server, bot.url) == 202
        await server.wait_until(lambda: not server.world.pending())
    assert [report["state"] for report in bot.reports][-1] == "succeeded"
    assert set(bot.problems) == {""}


async def test_reports_reach_a_bot_that_was_away_for_a_while(server: DeployerServer) -> None:
    async with Bot(503, 503, 500).listening() as bot:
        await send(server, bot.url)
        await server.wait_until(lambda: not server.world.pending())
    assert [report["sequence"] for report in bot.reports] == [1, 1, 1, 1, 2, 3, 4]


async def test_a_bot_that_is_not_there_costs_ten_tries_a_report(server: DeployerServer) -> None:
    async with Bot().listening() as bot:
        pass
    await send(server, bot.url)
    await server.wait_until(lambda: not server.world.pending())
    assert server.world.runs[0].statuses == [None] * 40


async def test_a_late_end_is_reported_when_it_is_let_go(server: DeployerServer) -> None:
    server.world.play_next("late")
    async with Bot().listening() as bot:
        await send(server, bot.url)
        await server.wait_until(lambda: server.world.runs and server.world.runs[0].held)
        assert [report["state"] for report in bot.reports][-1] == "in_progress"
        server.world.release_late()
        await server.wait_until(lambda: not server.world.pending())
    assert [report["state"] for report in bot.reports][-1] == "succeeded"


async def test_a_lost_reply_leaves_the_order_taken(server: DeployerServer) -> None:
    server.world.break_next("lost_reply")
    async with Bot().listening() as bot:
        with pytest.raises(ServerDisconnectedError):
            await send(server, bot.url)
        assert await send(server, bot.url) == 202
        await server.wait_until(lambda: not server.world.pending())
    assert (len(server.world.runs), server.world.repeats) == (1, 1)


async def test_a_slow_answer_comes_in_the_end(server: DeployerServer) -> None:
    server.world.break_next("slow")
    async with Bot().listening() as bot:
        assert await send(server, bot.url) == 202
        await server.wait_until(lambda: not server.world.pending())


async def test_the_log_of_a_deployment_is_an_address(server: DeployerServer) -> None:
    async with Bot().listening() as bot, ClientSession() as session:
        await send(server, bot.url)
        await server.wait_until(lambda: not server.world.pending())
        there = await session.get(bot.reports[0]["log_url"])
        assert "5 of 5 pods ready" in await there.text()
        assert (await session.get(f"{server.url}/logs/d-0000000000-1")).status == 404


async def test_waiting_in_vain_shows_the_runs(server: DeployerServer) -> None:
    with pytest.raises(TimeoutError, match="not so after"):
        await server.wait_until(lambda: False, timeout_seconds=0.01)


async def test_a_silent_deployment_that_is_let_go_reports_its_end(
    server: DeployerServer, world: DeployerWorld
) -> None:
    async with Bot().listening() as bot:
        world.play_next("silent")
        await send(server, bot.url)
        world.release_late()
        await server.wait_until(lambda: world.runs[0].statuses)
        assert [report["state"] for report in bot.reports] == ["succeeded"]
