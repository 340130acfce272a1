"""A workflow's run on a page of its own, and what people can do with it."""

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.sandbox.github import WorkflowRun
from bot.sandbox.github.actions.records import RunBehaviour
from bot.sandbox.pages import Worlds, pages_application
from tests.unit.sandbox.github.actions.deploying import dispatch, finish, shop_with_workflow
from tests.unit.sandbox.github.client import Shop
from tests.unit.sandbox.pages.browsing import Browser, page, send, send_by_script, words


@pytest.fixture
def shop() -> Shop:
    return shop_with_workflow()


@pytest.fixture
def run(shop: Shop) -> WorkflowRun:
    return dispatch(shop)


@pytest.fixture
async def browser(shop: Shop, worlds: Worlds) -> AsyncIterator[Browser]:
    mixed = Worlds(shop.world, worlds.slack, worlds.deployer, worlds.watcher)
    async with TestClient(TestServer(pages_application(mixed))) as client:
        yield client


def address(run: WorkflowRun) -> str:
    return f"/github/acme/shop/actions/runs/{run.id}"


async def test_a_run_shows_its_inputs_jobs_and_steps(shop: Shop, run: WorkflowRun, browser: Browser) -> None:
    shown = await words(browser, address(run))
    for expected in (run.title, "d-0123456789", "queued", "Cancel workflow"):
        assert expected in shown
    finish(shop)
    shown = await words(browser, address(run))
    assert "✓ success" in shown
    assert run.current[0].steps[0].name in shown
    assert run.title in await words(browser, "/github/acme/shop")


async def test_a_run_is_cancelled_and_run_again(shop: Shop, run: WorkflowRun, browser: Browser) -> None:
    reply = await send(browser, address(run), address(run), deed="cancel")
    assert (reply.status, reply.headers["location"]) == (303, address(run))
    finish(shop)
    assert run.conclusion == "cancelled"
    await send(browser, address(run), address(run), deed="rerun")
    finish(shop)
    assert (run.attempt, run.conclusion) == (2, "success")
    assert "attempt 2" in await words(browser, address(run))
    shop.world.actions.play_next("fail")
    await send(browser, address(run), address(run), deed="rerun")
    finish(shop)
    await send(browser, address(run), address(run), deed="rerun_failed")
    finish(shop)
    assert (run.attempt, run.conclusion) == (4, "success")


@pytest.mark.parametrize("behaviour, button", [("waiting", "Approve and deploy"), ("held", "Let it go on")])
async def test_a_job_that_waits_is_approved_and_one_that_hangs_goes_on(
    shop: Shop, browser: Browser, behaviour: RunBehaviour, button: str
) -> None:
    shop.world.actions.play_next(behaviour)
    run = dispatch(shop)
    assert button not in await words(browser, address(run))
    finish(shop)
    assert f"{button} Cancel workflow" in await words(browser, address(run))
    await send(browser, address(run), address(run), deed="release")
    finish(shop)
    assert run.conclusion == "success"


async def test_the_commit_that_is_shipped_is_a_link(shop: Shop, browser: Browser) -> None:
    run = dispatch(shop, sha=shop.head)
    assert f'<a href="/github/acme/shop/commit/{shop.head}">' in await page(browser, address(run))


@pytest.mark.parametrize("deed", ["cancel", "release"])
async def test_a_stranger_cancels_nothing_and_approves_nothing(
    run: WorkflowRun, browser: Browser, deed: str
) -> None:
    look = f"{address(run)}?as=mallory"
    status, answer = await send_by_script(browser, address(run), look, deed=deed)
    assert (status, answer["pane"]) == (409, "run")
    assert "needs write" in answer["trouble"]


async def test_a_jobs_address_leads_to_its_run(run: WorkflowRun, browser: Browser) -> None:
    reply = await browser.get(f"{address(run)}/job/1", allow_redirects=False)
    assert reply.headers["location"] == address(run)


async def test_a_run_that_is_not_there_is_not_found(run: WorkflowRun, browser: Browser) -> None:
    await page(browser, "/github/acme/shop/actions/runs/99", 404)
    assert (await send(browser, address(run), address(run), deed="explode")).status == 400
