"""The play page by itself: it stays fresh, disturbs nobody who uses it, and can be read by everybody."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from bot.sandbox.pages import PagesServer, Worlds
from bot.sandbox.slack import Fault
from tests.browser.browsing import Window, browsing, window
from tests.unit.sandbox.deployer import orders

PHONE = {"width": 360, "height": 740}
TOO_WIDE = """() =>
  [...document.querySelectorAll("main *, header *, nav *")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1)
    .filter((one) => !one.closest(".bar, .row, .chips, .wide, pre, table, .unseen"))
    .map((one) => `${one.tagName}.${one.className}`)
"""


@pytest.fixture
async def address(worlds: Worlds) -> AsyncIterator[str]:
    server = PagesServer(worlds)
    yield await server.start()
    await server.close()


@pytest.fixture
async def opened(address: str) -> AsyncIterator[Window]:
    async with browsing() as browser, window(browser, f"{address}/") as opened:
        await expect(opened.page.locator("#live-state")).to_have_text("Live")
        await opened.page.evaluate("window.sameAsBefore = true")
        yield opened
        assert [one for one in opened.complaints if "409 (Conflict)" not in one] == []


async def is_same_page(opened: Window) -> bool:
    return bool(await opened.page.evaluate("window.sameAsBefore === true"))


async def test_what_happens_appears_by_itself_and_disturbs_nobody(worlds: Worlds, opened: Window) -> None:
    page, text = opened.page, opened.page.locator("#github-text")
    await page.locator("#slack-text").fill("/dep")
    await page.locator("#github-files > summary").click()
    await text.fill("half typed")
    await text.evaluate("(field) => field.setSelectionRange(2, 5)")
    worlds.github.comment("grace", "acme/shop", 1, "Looks **good** to me")
    worlds.slack.post("lin", "deploys", "who deploys?")
    await expect(page.locator("#pane-github")).to_contain_text("Looks good to me")
    await expect(page.locator("#pane-slack")).to_contain_text("who deploys?")
    await expect(text).to_be_focused()
    await expect(text).to_have_value("half typed")
    assert await text.evaluate("(field) => [field.selectionStart, field.selectionEnd]") == [2, 5]
    assert await page.locator("#github-files").evaluate("(one) => one.open")
    await expect(page.locator("#slack-text")).to_have_value("/dep")
    await expect(page.locator("#news")).to_contain_text("grace commented")
    assert await is_same_page(opened)


async def test_a_comment_is_sent_without_reloading_the_page(worlds: Worlds, opened: Window) -> None:
    await opened.page.get_by_label("Comment as ada").fill("/deploy production")
    await opened.page.get_by_role("button", name="Comment", exact=True).click()
    await expect(opened.page.locator(".timeline")).to_contain_text("/deploy production")
    await expect(opened.page.get_by_label("Comment as ada")).to_have_value("")
    assert await is_same_page(opened)
    [comment] = worlds.github.repository("acme/shop").issues[1].comments
    assert (comment.user.login, comment.body) == ("ada", "/deploy production")


async def test_what_cannot_be_done_is_said_beside_it_and_stays_there(worlds: Worlds, opened: Window) -> None:
    await opened.page.get_by_role("button", name="Approve").click()
    trouble = opened.page.locator("#github-trouble")
    await expect(trouble).to_contain_text("cannot review")
    worlds.github.comment("grace", "acme/shop", 1, "never mind")
    await expect(opened.page.locator("#pane-github")).to_contain_text("never mind")
    await expect(trouble).to_contain_text("cannot review")


async def test_another_person_another_pull_request_and_back(opened: Window) -> None:
    page = opened.page
    await page.locator("#person").select_option("lin")
    await expect(page.get_by_label("Comment as lin")).to_be_visible()
    await page.locator("#github-pulls > summary").click()
    await page.get_by_role("link", name="A button that says").click()
    await expect(page.locator(".title h3")).to_contain_text("A button that says")
    assert "as=lin" in page.url
    assert "pull=2" in page.url
    await page.go_back()
    await expect(page.locator(".title h3")).to_contain_text("Free shipping")
    assert await is_same_page(opened)


async def test_a_switch_shows_that_something_is_broken(worlds: Worlds, opened: Window) -> None:
    lost = opened.page.locator("#switch-webhooks_lost")
    await lost.click()
    await expect(opened.page.locator(".head.broken")).to_be_visible()
    await expect(lost).to_have_attribute("aria-pressed", "true")
    await opened.page.locator("#mend").click()
    await expect(opened.page.locator(".head.broken")).to_have_count(0)
    assert worlds.github.faults.rules == []


def fill_the_channel(worlds: Worlds) -> None:
    for number in range(40):
        worlds.slack.post("lin", "deploys", f"message {number}")


async def test_whoever_reads_the_newest_message_still_does_when_the_banner_takes_room(
    worlds: Worlds, opened: Window
) -> None:
    page, body = opened.page, opened.page.locator("#slack-body-deploys")
    fill_the_channel(worlds)
    await expect(body).to_contain_text("message 39")
    height = await page.locator(".head").evaluate("(head) => head.offsetHeight")
    await page.locator("#switch-slack_slow").click()
    await expect(page.locator("#expected")).to_contain_text("Every answer takes two seconds more.")
    assert await page.locator(".head").evaluate("(head) => head.offsetHeight") == height
    await page.set_viewport_size({"width": 1280, "height": 500})
    await expect(body.get_by_text("message 39")).to_be_in_viewport()
    worlds.slack.post("lin", "deploys", "one more")
    await expect(body.get_by_text("one more")).to_be_in_viewport()
    await expect(page.locator("#slack-newer")).to_be_hidden()


async def test_whoever_went_up_is_told_of_new_messages_and_led_there(worlds: Worlds, opened: Window) -> None:
    page, body = opened.page, opened.page.locator("#slack-body-deploys")
    fill_the_channel(worlds)
    await expect(body).to_contain_text("message 39")
    await body.hover()
    await page.mouse.wheel(0, -5000)
    await expect(body.get_by_text("message 0", exact=True)).to_be_in_viewport()
    worlds.slack.post("lin", "deploys", "one more")
    await expect(page.locator("#slack-newer")).to_be_visible()
    await expect(body.get_by_text("message 0", exact=True)).to_be_in_viewport()
    await page.locator("#slack-newer").click()
    await expect(body.get_by_text("one more")).to_be_in_viewport()
    await expect(page.locator("#slack-newer")).to_be_hidden()


async def test_what_was_opened_behind_it_is_open_on_coming_back(worlds: Worlds, opened: Window) -> None:
    page = opened.page
    orders.order(worlds.deployer)
    orders.play(worlds.deployer)
    await page.get_by_role("link", name="What runs").click()
    log = page.locator("#run-d-0123456789-1-log")
    await log.locator("summary").click()
    await expect(log).to_have_attribute("open", "")
    await page.get_by_role("link", name="Deliveries").click()
    await expect(log).to_have_count(0)
    await page.get_by_role("link", name="What runs").click()
    await expect(log).to_have_attribute("open", "")


async def test_a_click_on_the_home_tab_tells_the_app(worlds: Worlds, opened: Window) -> None:
    await opened.page.get_by_role("button", name="App Home").click()
    await expect(opened.page.locator("#pane-slack")).to_contain_text("has drawn no Home tab for ada yet")
    assert [one.name for one in worlds.slack.space.outbox.sent] == ["app_home_opened"]
    assert "channel=home" in opened.page.url


async def test_by_keyboard_alone_a_comment_is_written(worlds: Worlds, opened: Window) -> None:
    page = opened.page
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == "github-text":
            break
    await page.keyboard.type("Nice")
    for _ in range(10):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.value") == "comment":
            break
    await page.keyboard.press("Enter")
    await expect(page.locator(".timeline")).to_contain_text("Nice")
    assert [one.body for one in worlds.github.repository("acme/shop").issues[1].comments] == ["Nice"]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_serious_in_any_pane(
    worlds: Worlds, address: str, opened: Window, theme: str
) -> None:
    worlds.github.run_ci("acme/shop", worlds.github.repository("acme/shop").branches["buy-now"], "failure")
    worlds.github.review("lin", "acme/shop", 2, "CHANGES_REQUESTED", "No `way`.")
    worlds.slack.post("lin", "deploys", "who `deploys`?")
    worlds.deployer.play_next("fail")
    worlds.slack.faults.add(Fault("slow"))
    for side in ("story", "deliveries", "running"):
        await opened.page.goto(f"{address}/?theme={theme}&pull=2&side={side}")
        await expect(opened.page.locator("#live-state")).to_have_text("Live")
        await opened.page.evaluate(
            "() => document.querySelectorAll('details').forEach((one) => (one.open = true))"
        )
        assert await opened.problems() == []


async def test_on_a_phone_nothing_is_wider_than_the_screen(
    worlds: Worlds, address: str, opened: Window
) -> None:
    page = opened.page
    worlds.github.comment("ada", "acme/shop", 1, "| a | b |\n|---|---|\n| " + "long " * 40 + " | x |")
    worlds.slack.post("lin", "deploys", "x" * 200)
    await page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    await page.goto(f"{address}/?as=grace")
    await expect(page.locator("#live-state")).to_have_text("Live")
    await expect(page.locator("[id^=issuecomment-]").last).to_be_in_viewport()
    await expect(page.locator("#tour-do")).to_be_hidden()
    await page.locator("#tour-fold").click()
    await expect(page.locator("#tour-do")).to_be_visible()
    panes = {"github": "#pane-github", "slack": "#pane-slack", "side": "#side"}
    for name, pane in panes.items():
        await page.locator(f".jumps [data-show={name}]").click()
        for other in panes.values():
            await expect(page.locator(other)).to_be_visible(visible=other == pane)
        assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        assert await page.evaluate(TOO_WIDE) == []
