"""The play page as a whole, its parts, and what a look is."""

import pytest

from bot.sandbox.pages import Worlds
from bot.sandbox.pages.look import look_at, read_look
from tests.unit.sandbox.pages.browsing import Browser, page, pane, send, send_by_script, words


async def test_the_play_page_shows_github_slack_and_what_is_behind_side_by_side(browser: Browser) -> None:
    shown = await words(browser)
    for expected in (
        "GitHub acme/shop",
        "Free shipping from 50 euros",
        "Slack",
        "#deploys",
        "Behind it",
        "You are",
        "Deploy. Comment /deploy production",
    ):
        assert expected in shown


async def test_one_person_is_played_on_both_sides(browser: Browser) -> None:
    shown = await page(browser, "/?as=grace")
    assert "Comment as grace" in shown
    assert "Message #deploys as grace" in shown
    assert '<option value="grace" selected>' in shown


@pytest.mark.parametrize(
    "name, missing", [("sam", "sam has no account on GitHub"), ("olive", "olive is not in this Slack")]
)
async def test_who_has_no_account_cannot_act_there(browser: Browser, name: str, missing: str) -> None:
    assert missing in await words(browser, f"/?as={name}")
    pull, say = "/github/acme/shop/pull/1", "/slack/deploys/say"
    address = pull if name == "sam" else say
    status, answer = await send_by_script(browser, address, f"/?as={name}", deed="comment", text="hello")
    assert (status, missing in answer["trouble"]) == (409, True)


async def test_a_pane_that_did_not_change_is_not_sent_again(browser: Browser) -> None:
    first = await browser.get("/panes/github?as=ada")
    again = await browser.get("/panes/github?as=ada", headers={"if-none-match": first.headers["etag"]})
    assert (again.status, await again.text()) == (304, "")
    await send(browser, "/github/acme/shop/pull/1", deed="comment", text="hello")
    news = await browser.get("/panes/github?as=ada", headers={"if-none-match": first.headers["etag"]})
    assert news.status == 200


@pytest.mark.parametrize("name", ["switches", "tour", "github", "slack", "sides", "side"])
async def test_a_pane_is_the_same_by_itself_and_on_the_page(browser: Browser, name: str) -> None:
    assert await pane(browser, name) in await page(browser, "/")


@pytest.mark.parametrize(
    "path",
    [
        "/panes/moon",
        "/panes/github?as=nobody",
        "/panes/github?pull=99",
        "/panes/github?repository=acme/nothing",
        "/panes/slack?channel=nowhere",
        "/panes/side?side=dark",
        "/?as=nobody",
        "/?pull=99",
        "/?side=dark",
    ],
)
async def test_what_is_not_there_is_not_found(browser: Browser, path: str) -> None:
    await page(browser, path, 404)


async def test_what_went_wrong_is_said_beside_what_was_tried(browser: Browser) -> None:
    reply = await send(browser, "/github/acme/shop/pull/1", "/?as=mallory", deed="merge")
    shown = await reply.text()
    assert reply.status == 409
    assert '<div class="trouble" id="github-trouble" role="alert" data-keep><p>mallory has read' in shown
    assert '<div class="trouble" id="slack-trouble" role="alert" data-keep></div>' in shown


async def test_trouble_of_a_pane_that_is_not_on_the_page_is_shown_on_the_play_page(browser: Browser) -> None:
    reply = await send(browser, "/controls/bot", "/slack/deploys", deed="restart")
    assert reply.status == 409
    assert "was not started from here" in await reply.text()


async def test_a_form_leads_back_to_where_one_was(browser: Browser) -> None:
    look = "/?as=grace&side=running"
    reply = await send(browser, "/slack/deploys/say", look, text="hello")
    assert (reply.status, reply.headers["location"]) == (303, look)
    assert await send_by_script(browser, "/slack/deploys/say", look, text="x") == (200, {"go": look})


async def test_a_theme_may_be_asked_for_in_the_address(browser: Browser) -> None:
    assert '<html lang="en" data-theme="dark">' in await page(browser, "/?theme=dark")
    assert '<html lang="en">' in await page(browser, "/?theme=%22%3E")


@pytest.mark.parametrize(
    "address, expected",
    [
        ("/?as=grace&pull=2", "/?as=grace&pull=2"),
        ("/github/acme/shop/pull/2?as=lin", "/github/acme/shop/pull/2?as=lin"),
        ("/slack/general", "/slack/general"),
        ("https://evil.example/?as=lin", "/?as=lin"),
        ("//evil.example/slack/deploys", "/"),
        ("/nowhere?as=lin", "/?as=lin"),
        ("/\\evil.example", "/"),
        ("", "/"),
    ],
)
def test_a_look_is_an_address_of_ours(address: str, expected: str) -> None:
    assert read_look(address).address == expected


def test_a_page_of_one_pane_knows_what_it_shows() -> None:
    assert look_at("/github/acme/shop/pull/7", {}).pull == "7"
    assert look_at("/slack/general", {}).channel == "general"


async def test_without_any_pull_request_one_is_invited_to_open_one(worlds: Worlds, browser: Browser) -> None:
    worlds.github.repository("acme/shop").issues.clear()
    assert "There is no pull request yet" in await words(browser)
