"""The first page and its switches."""

from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from bot.sandbox.pages import Worlds
from tests.unit.sandbox.deployer import orders
from tests.unit.sandbox.pages.html import problems, read

Browser = TestClient[Any, Any]


async def text_of(browser: Browser) -> str:
    reply = await browser.get("/")
    assert reply.status == 200
    page = await reply.text()
    assert problems(page) == []
    return read(page).text


async def turn(browser: Browser, **form: str) -> int:
    reply = await browser.post("/controls", data=form, allow_redirects=False)
    return reply.status


async def test_the_first_page_leads_to_everything(browser: Browser) -> None:
    shown = await text_of(browser)
    for words in ("#1 Free shipping", "Slack: #deploys", "Nothing was deployed yet", "Everything works"):
        assert words in shown


async def test_what_runs_where_is_shown(worlds: Worlds, browser: Browser) -> None:
    worlds.deployer.secret = orders.SECRET
    worlds.deployer.play_next("succeed", "late")
    orders.order(worlds.deployer)
    orders.play(worlds.deployer)
    orders.order(worlds.deployer, "msg_2", deployment="d-9876543210")
    orders.play(worlds.deployer)
    shown = await text_of(browser)
    for words in ("d-0123456789", "aaaaaaa", "active", "(held)", "in progress"):
        assert words in shown
    assert await turn(browser, deed="release") == 303
    assert "(held)" not in await text_of(browser)


async def test_faults_are_switched_on_and_off(worlds: Worlds, browser: Browser) -> None:
    assert await turn(browser, what="github", name="github_502") == 303
    assert await turn(browser, what="slack", name="slack_down") == 303
    shown = await text_of(browser)
    assert "GitHub: status" in shown
    assert "Slack: api 503" in shown
    assert await turn(browser, deed="clear") == 303
    assert (worlds.github.faults.rules, worlds.slack.faults.active) == ([], [])


async def test_the_deployers_next_and_usual_behaviour_are_chosen(worlds: Worlds, browser: Browser) -> None:
    await turn(browser, what="next", name="fail")
    await turn(browser, what="always", name="silent")
    await turn(browser, what="trouble", name="unavailable")
    worlds.deployer.secret = orders.SECRET
    assert orders.order(worlds.deployer).status == 503
    orders.order(worlds.deployer)
    orders.order(worlds.deployer, "msg_2", deployment="d-9876543210")
    assert [run.behaviour for run in worlds.deployer.runs] == ["fail", "silent"]
    assert "Deployments silent, as a rule" in await text_of(browser)


@pytest.mark.parametrize(
    "what, name",
    [
        ("github", "x"),
        ("slack", "x"),
        ("next", "x"),
        ("always", "x"),
        ("trouble", "x"),
        ("moon", "x"),
        ("", ""),
    ],
)
async def test_a_switch_that_is_not_there_is_refused(browser: Browser, what: str, name: str) -> None:
    assert await turn(browser, what=what, name=name) == 400


async def test_what_the_services_found_wrong_is_shown(worlds: Worlds, browser: Browser) -> None:
    worlds.deployer.violations.append("data.sha: missing")
    worlds.slack.unknown_requests.append("chat.shout")
    worlds.github.violations.append("POST /x: y")
    shown = await text_of(browser)
    for words in ("Deployer: data.sha: missing", "Slack: unknown request chat.shout", "GitHub: POST /x: y"):
        assert words in shown
