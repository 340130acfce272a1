"""What people see, from the comment to the rollback, with the real bot: in light and in dark."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Page, expect

from bot.sandbox.demo import CONFIGURATION
from tests.browser.browsing import Window, browsing, demonstrated, window

WITH_APPROVAL = CONFIGURATION.replace(
    "  production:\n", "  production:\n    requires: {checks: [], approvals: 1}\n"
)
SEEN_WITHIN_MS = 30_000  # a deployment to production is verified for some seconds
DESK = {"width": 1440, "height": 900}


async def comment(page: Page, text: str) -> None:
    await page.locator("#github-text").fill(text)
    await page.get_by_role("button", name="Comment", exact=True).click()


async def become(page: Page, who: str) -> None:
    await page.locator("#person").select_option(who)
    await expect(page.get_by_label(f"Comment as {who}")).to_be_visible()


async def told(page: Page, pane: str, *words: str) -> None:
    for each in words:
        await expect(page.locator(pane)).to_contain_text(each, timeout=SEEN_WITHIN_MS)


async def nothing_serious(opened: Window) -> None:
    """As it is, and with everything opened."""
    assert await opened.problems() == []
    await opened.page.evaluate(
        "() => document.querySelectorAll('#side details').forEach((one) => (one.open = true))"
    )
    assert await opened.problems() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_and_people_see_a_deployment_its_failure_and_the_way_back(
    tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    async with (
        demonstrated(tmp_path, CONFIGURATION) as demo,
        browsing() as browser,
        window(browser, demo.url, color_scheme=scheme, viewport=DESK) as opened,
    ):
        page = opened.page
        await told(page, "#github-checks", "pointsman/config", "pointsman/plan")
        await comment(page, "/deploy production")
        await told(page, "#pane-github", "verifying", "answered 200")
        await nothing_serious(opened)
        await told(page, "#pane-github", "Deployed api", "✅ succeeded")
        await told(page, "#pane-slack", "Deployed", "succeeded")
        await told(page, "#side", "/deploy production")
        await nothing_serious(opened)

        await page.locator("#switch-next_fails").click()
        await page.get_by_role("button", name="Push").click()
        await comment(page, "/deploy production")
        await told(page, "#pane-github", "❌", "health check failed")
        await expect(page.locator("summary", has_text="Roll back…")).to_be_visible()
        await nothing_serious(opened)

        await become(page, "lin")
        await page.locator("summary", has_text="Roll back…").click()
        await page.locator("details.sure[open] button.danger, details.sure[open] button.primary").click()
        await told(page, "#pane-github", "Rolled back api")
        await told(page, "#pane-slack", "Rolled back", "lin")
        await expect(page.locator("summary", has_text="Roll back…")).to_have_count(0)
        await nothing_serious(opened)
        assert opened.complaints == []


async def test_axe_and_people_see_an_alert_and_that_it_is_over(tmp_path: Path) -> None:
    async with (
        demonstrated(tmp_path, CONFIGURATION) as demo,
        browsing() as browser,
        window(browser, demo.url, viewport=DESK) as opened,
    ):
        page = opened.page
        good = page.locator("#pane-slack").get_by_text("Every probe was good")
        for deployments in (1, 2):
            await comment(page, "/deploy production")
            await expect(good).to_have_count(deployments, timeout=SEEN_WITHIN_MS)
            await page.get_by_role("button", name="Push").click()
        await page.locator("#switch-alert_fires").click()
        await told(page, "#pane-slack", "is it still good?", "5xx answers above 2 %")
        await nothing_serious(opened)
        await page.locator("#switch-alert_fires").click()
        await told(page, "#pane-slack", "over since")
        assert opened.complaints == []


async def test_axe_and_people_find_out_why_on_the_bots_own_dashboard(tmp_path: Path) -> None:
    async with demonstrated(tmp_path, CONFIGURATION) as demo, browsing() as browser:
        async with window(browser, demo.url, viewport=DESK) as opened:
            await comment(opened.page, "/deploy production")
            await told(opened.page, "#pane-github", "✅ succeeded")
        address = f"{demo.bot_url}/?token={demo.stage.environment(0)['DASHBOARD_TOKEN']}"
        async with window(browser, address, viewport=DESK) as opened:
            page = opened.page
            assert "token" not in page.url
            story = page.locator("details", has_text="/deploy production").first
            await story.locator("summary").first.click()
            await told(page, "main", "asks the deployer", "issue_comment")
            assert await opened.problems() == []
            assert opened.complaints == []


async def test_without_the_token_the_dashboard_shows_nothing_but_a_door(tmp_path: Path) -> None:
    async with (
        demonstrated(tmp_path, CONFIGURATION) as demo,
        browsing() as browser,
        window(browser, f"{demo.bot_url}/requests/r-0000000000", viewport=DESK) as opened,
    ):
        await expect(opened.page.get_by_label("Token")).to_be_visible()
        await opened.page.get_by_label("Token").fill("a-wrong-token-of-some-length")
        await opened.page.get_by_role("button").first.click()
        await expect(opened.page.get_by_label("Token")).to_be_visible()
        assert "acme" not in await opened.page.content()


async def test_axe_and_people_see_a_workflow_run_ship_another_repository(tmp_path: Path) -> None:
    async with (
        demonstrated(tmp_path, CONFIGURATION) as demo,
        browsing() as browser,
        window(browser, demo.url, viewport=DESK) as opened,
    ):
        page = opened.page
        await become(page, "grace")
        await page.locator("#github-pulls > summary").click()
        await page.get_by_role("link", name="Opening hours").click()
        await expect(page.locator(".title h3")).to_contain_text("Opening hours")
        await comment(page, "/deploy production")
        await told(page, "#pane-github", "Deployed site", "✅ succeeded")
        await page.locator("#pane-github").get_by_role("link", name="log").first.click()
        await expect(page.locator("main")).to_contain_text("Deploy site to production")
        assert await opened.problems() == []
        assert opened.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_and_people_see_what_is_in_the_way_and_approve_on_the_dashboard(
    tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    async with demonstrated(tmp_path, WITH_APPROVAL) as demo, browsing() as browser:
        async with window(browser, demo.url, viewport=DESK) as opened:
            await comment(opened.page, "/lock staging for 1h because migration")
            await told(opened.page, "#pane-github", "Locked")
            await comment(opened.page, "/deploy production")
            await told(opened.page, "#pane-github", "waiting", "approvals")
        address = f"{demo.bot_url}/?token={demo.stage.environment(0)['DASHBOARD_TOKEN']}"
        how = {
            "viewport": DESK,
            "color_scheme": scheme,
            "reduced_motion": "reduce",
        }  # nothing fades while axe looks
        async with window(browser, address, **how) as opened:
            page = opened.page
            await page.get_by_role("link", name="Now").click()
            await told(page, "main", "🔒", "Because: migration", "approvals waiting", "lock closed")
            assert await opened.problems() == []
            await page.set_viewport_size({"width": 390, "height": 844})
            assert await opened.problems() == []
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 390
            await page.get_by_role("link", name="d-").first.click()
            await told(page, "main", "Gates", "approvals")
            assert await opened.problems() == []
            await page.get_by_role("link", name="r-").first.click()
            await page.get_by_role("button", name="Approve…").click()
            await page.get_by_role("link", name="grace").click()
            await told(page, "main", "succeeded")
            await expect(page.get_by_role("button", name="Approve…")).to_have_count(0)
            assert await opened.problems() == []
