"""Two repositories on one page: each with its pull requests, its channel and its runs."""

import pytest

from bot.sandbox.github.site import SITE
from bot.sandbox.pages import Worlds
from bot.sandbox.pages.look import Look, look_at
from bot.sandbox.pages.places import channel_of, repository_at, shelves, towards, ways_out
from tests.unit.sandbox.pages.browsing import Browser, page, pane, send, send_by_script, words
from tests.unit.sandbox.pages.workflows import played

LINK = "/?repository=acme%2Fsite&amp;pull=1&amp;channel=site"


async def test_the_menu_lists_the_pull_requests_of_each_repository(site: Worlds, browser: Browser) -> None:
    shown = await words(browser)
    assert "Pull requests 3" in shown
    menu = shown[: shown.index("Open another one in acme/shop")]
    assert menu.index("#1 Free shipping") < menu.index("acme/site") < menu.index("#1 Opening hours")


async def test_with_one_repository_there_is_nothing_to_group(browser: Browser) -> None:
    shown = await pane(browser, "github")
    assert '<p class="headline"><a' not in shown
    assert "Open another one as ada" in shown


async def test_another_repositorys_pull_request_comes_with_its_channel(
    site: Worlds, browser: Browser
) -> None:
    assert f'<a href="{LINK}" data-look' in await page(browser)
    shown = await words(browser, LINK.replace("&amp;", "&"))
    for expected in ("GitHub acme/site", "Opening hours on the front page #1"):
        assert expected in shown
    there = await page(browser, LINK.replace("&amp;", "&"))
    assert "Message #site as ada" in there
    assert 'href="/?pull=2" data-look' in there


async def test_who_stays_with_a_repository_keeps_the_channel_that_they_chose(
    site: Worlds, browser: Browser
) -> None:
    assert 'href="/?pull=2&amp;channel=general" data-look' in await page(browser, "/?channel=general")


async def test_on_its_own_page_a_pull_request_leads_to_those_of_all_repositories(
    site: Worlds, browser: Browser
) -> None:
    shown = await page(browser, "/github/acme/site/pull/1")
    assert 'href="/github/acme/shop/pull/2"' in shown
    assert f'href="{LINK}">Open on the play page' in shown
    assert '<a href="/github/acme/site">acme/site</a> <a href="/slack/site">#site</a>' in shown


@pytest.mark.parametrize(
    "path, beside",
    [
        ("/github/acme/site", ("acme/site", "site")),
        ("/github/acme/shop", ("acme/shop", "deploys")),
        ("/slack/general", ("acme/shop", "general")),
    ],
)
async def test_a_single_page_leads_to_what_belongs_to_it(
    site: Worlds, browser: Browser, path: str, beside: tuple[str, str]
) -> None:
    repository, channel = beside
    expected = f'<a href="/github/{repository}">{repository}</a> <a href="/slack/{channel}">#{channel}</a>'
    assert expected in await page(browser, path)


async def test_a_pull_request_is_opened_in_the_repository_that_is_looked_at(
    site: Worlds, browser: Browser
) -> None:
    look = "/?as=grace&repository=acme%2Fsite&channel=site"
    assert "<option>content</option><option>theme</option>" in await page(browser, look)
    form = {"title": "Shorter", "directory": "content"}
    status, answer = await send_by_script(browser, "/github/acme/site/pulls", look, **form)
    assert status == 200
    assert answer == {"go": "/?as=grace&repository=acme%2Fsite&pull=2&channel=site"}
    assert site.github.repository(SITE).pulls[1].title == "Shorter"


async def test_a_fork_is_no_place_of_its_own(site: Worlds, browser: Browser) -> None:
    form = {"title": "Let me in", "directory": "content"}
    reply = await send(browser, "/github/acme/site/pulls", "/?as=mallory&repository=acme%2Fsite", **form)
    assert reply.status == 303
    assert [one.repository.full_name for one in shelves(site, Look())] == ["acme/shop", SITE]


async def test_the_runs_of_a_repository_are_listed_beside_its_pull_request(
    site: Worlds, browser: Browser
) -> None:
    assert "Workflow runs" not in await words(browser, "/?repository=acme/site")
    run = played(site, "fail")
    shown = await page(browser, "/?as=grace&repository=acme/site&pull=1&channel=site")
    address = f"/github/acme/site/actions/runs/{run.id}?as=grace&amp;pull=1&amp;channel=site"
    assert f'<a href="{address}">Deploy site to production (d-0123456789)</a>' in shown
    assert "Workflow runs ✗ failure" in await words(browser, "/?repository=acme/site")
    own = await page(browser, address.replace("&amp;", "&"))
    assert "You are <strong>Grace Reviewer</strong>" in own
    back = "/?as=grace&amp;repository=acme%2Fsite&amp;pull=1&amp;channel=site"
    assert f'href="{back}">Open on the play page' in own
    assert "Workflow runs" not in await words(browser)


def test_without_a_channel_of_its_name_a_repository_is_told_of_in_the_usual_one(site: Worlds) -> None:
    shop, pages = (site.github.repository(name) for name in ("acme/shop", SITE))
    assert (channel_of(site.slack, shop), channel_of(site.slack, pages)) == ("deploys", "site")


def test_a_thread_is_left_with_its_channel(site: Worlds) -> None:
    look = look_at("/", {"thread": "1.000001"})
    there = towards(site, look, site.github.repository(SITE))
    assert there == {"repository": SITE, "pull": "", "channel": "site", "thread": ""}
    assert towards(site, look, site.github.repository("acme/shop")) == {"repository": "", "pull": ""}


def test_what_is_not_there_leads_nowhere(site: Worlds) -> None:
    with pytest.raises(LookupError, match="There is no repository acme/moon"):
        repository_at(site.github, Look(repository="acme/moon"))
    with pytest.raises(LookupError):
        ways_out(site, Look(repository="acme/moon"))
