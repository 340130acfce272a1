"""The HTTP shell lets runs and other systems play, on the clock that it was given."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import ClientSession

from bot.sandbox.github import GitHubServer
from tests.clock import ManualClock
from tests.unit.sandbox.github.actions.deploying import INPUTS, NAME, STEP_SECONDS, WORKFLOW, dispatch
from tests.unit.sandbox.github.client import Shop

Sleep = Callable[[float], Awaitable[None]]


class Pace:
    """A sleep that ends when the test moves the world's clock."""

    def __init__(self, shop: Shop) -> None:
        self.time = ManualClock(shop.clock.now)
        self.shop = shop
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self.time.sleep(seconds)

    async def go_on(self, seconds: float) -> None:
        """So much time passes, and whoever waited for it gets his turn."""
        self.shop.clock.now += seconds
        self.time.advance(seconds)
        await turns()


async def turns() -> None:
    """Lets all tasks go as far as they get without time."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_run_is_played_as_time_passes(shop: Shop) -> None:
    pace = Pace(shop)
    server = GitHubServer(shop.world, sleep=pace.sleep)
    await server.start()
    run = dispatch(shop)
    await turns()
    for _ in range(8):
        assert run.status != "completed"
        await pace.go_on(STEP_SECONDS)
    assert run.conclusion == "success"
    assert set(pace.slept) == {STEP_SECONDS}
    await server.close()


async def test_an_earlier_move_is_not_waited_for_too_long(shop: Shop) -> None:
    pace = Pace(shop)
    server = GitHubServer(shop.world, sleep=pace.sleep)
    await server.start()
    shop.world.actions.step_seconds = 100.0
    slow = dispatch(shop)
    await turns()
    shop.world.actions.step_seconds = 1.0
    quick = dispatch(shop)
    await turns()
    await pace.go_on(1.0)
    assert (slow.status, quick.status) == ("queued", "in_progress")
    await server.close()


async def test_a_run_without_pauses_is_over_by_itself_and_then_the_server_is_idle(shop: Shop) -> None:
    shop.world.actions.step_seconds = 0.0
    server = GitHubServer(shop.world)
    base_url = await server.start()
    headers = {"Authorization": f"Bearer {shop.api.token}", "User-Agent": "tests"}
    body = {"ref": "main", "inputs": INPUTS}
    async with ClientSession() as session:
        url = f"{base_url}/api/v3{WORKFLOW}/dispatches"
        async with session.post(url, json=body, headers=headers) as answer:
            assert answer.status == 204
    (run,) = shop.world.actions.runs.values()
    await server.changed.wait_until(lambda: run.is_over)
    assert run.conclusion == "success"
    await server.close()


async def test_the_server_is_not_idle_while_a_move_is_due(shop: Shop) -> None:
    server = GitHubServer(shop.world, sleep=Pace(shop).sleep)
    await server.start()
    server.deliver_to("http://127.0.0.1:1/nobody")
    await server.changed.wait_until(lambda: server.is_idle)
    shop.world.actions.step_seconds = 0.0
    run = dispatch(shop)
    assert not server.is_idle
    await server.changed.wait_until(lambda: server.is_idle)
    assert run.is_over
    await server.close()


async def test_a_held_run_goes_on_when_it_is_released(shop: Shop) -> None:
    shop.world.actions.step_seconds = 0.0
    shop.world.actions.play_next("held")
    server = GitHubServer(shop.world)
    await server.start()
    run = dispatch(shop)
    await turns()
    assert run.status == "in_progress"
    shop.world.release_runs(run.id)
    await server.changed.wait_until(lambda: run.is_over)
    assert shop.world.run(NAME, run.id).conclusion == "success"
    await server.close()


async def test_what_goes_wrong_in_the_play_is_raised_when_it_ends(shop: Shop) -> None:
    async def broken(seconds: float) -> None:
        raise RuntimeError(f"no {seconds}")

    server = GitHubServer(shop.world, sleep=broken)
    await server.start()
    dispatch(shop)
    await turns()
    with pytest.raises(RuntimeError, match="no 5"):
        await server.close()
