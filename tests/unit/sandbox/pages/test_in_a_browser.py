"""The page in a real browser: it stays fresh, and disturbs nobody who uses it."""

from collections.abc import AsyncIterator

import pytest

from bot.sandbox.pages import PagesServer, Worlds
from bot.sandbox.slack import Fault
from tests.unit.sandbox.pages import chromium
from tests.unit.sandbox.pages.chromium import Tab

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.PROGRAM is None, reason="there is no Chromium on this machine"),
]
LIVE = "document.getElementById('live-state')?.textContent === 'Live'"
CONTRASTS = """
(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, index) => sum + one * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (colour.startsWith("rgb(")) return channels(colour);
    }
    return [255, 255, 255];
  };
  const found = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest(".unseen, .skip, svg")) continue;
    const [one, other] = [channels(getComputedStyle(element).color), behind(element)].map(light);
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) found.add(`${element.tagName}.${element.className}: ${ratio.toFixed(2)}`);
  }
  return [...found];
})()
"""
TOO_WIDE = """
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
async def tab(address: str) -> AsyncIterator[Tab]:
    async with chromium.open_tab() as tab:
        await tab.resize(1440, 900)
        await tab.go(f"{address}/")
        await tab.until(LIVE)
        await tab.run("window.sameAsBefore = true")
        yield tab
        assert [one for one in tab.troubles if "409 (Conflict)" not in one] == []


async def test_what_happens_appears_by_itself_and_disturbs_nobody(worlds: Worlds, tab: Tab) -> None:
    await tab.run(
        "const field = document.getElementById('github-text'); field.focus(); field.value = 'half typed';"
        "field.setSelectionRange(2, 5); document.getElementById('github-files').open = true;"
        "document.getElementById('slack-text').value = '/dep'"
    )
    worlds.github.comment("grace", "acme/shop", 1, "Looks **good** to me")
    worlds.slack.post("lin", "deploys", "who deploys?")
    await tab.until("document.getElementById('pane-github').textContent.includes('Looks good to me')")
    await tab.until("document.getElementById('pane-slack').textContent.includes('who deploys?')")
    kept = await tab.run(
        "[document.activeElement.id, document.activeElement.value, document.activeElement.selectionStart, "
        "document.activeElement.selectionEnd, document.getElementById('github-files').open, "
        "document.getElementById('slack-text').value]"
    )
    assert kept == ["github-text", "half typed", 2, 5, True, "/dep"]
    await tab.until("document.getElementById('news').textContent.includes('grace commented')")
    assert await tab.run("sameAsBefore")


async def test_a_comment_is_sent_without_reloading_the_page(worlds: Worlds, tab: Tab) -> None:
    await tab.run(
        "document.getElementById('github-text').value = '/deploy production';"
        "document.querySelector('#github-composer button.primary').click()"
    )
    await tab.until("document.querySelector('.timeline').textContent.includes('/deploy production')")
    await tab.until("document.getElementById('github-text').value === ''")
    assert await tab.run("sameAsBefore")
    [comment] = worlds.github.repository("acme/shop").issues[1].comments
    assert (comment.user.login, comment.body) == ("ada", "/deploy production")


async def test_what_cannot_be_done_is_said_beside_it_and_stays_there(worlds: Worlds, tab: Tab) -> None:
    await tab.run("document.querySelector('#github-composer button[value=approve]').click()")
    await tab.until("document.getElementById('github-trouble').textContent.includes('cannot review')")
    worlds.github.comment("grace", "acme/shop", 1, "never mind")
    await tab.until("document.getElementById('pane-github').textContent.includes('never mind')")
    assert "cannot review" in await tab.run("document.getElementById('github-trouble').textContent")


async def test_another_person_another_pull_request_and_back(tab: Tab) -> None:
    await tab.run(
        "const who = document.getElementById('person'); who.value = 'lin';"
        "who.dispatchEvent(new Event('change', {bubbles: true}))"
    )
    await tab.until("document.getElementById('github-text').placeholder.startsWith('Comment as lin')")
    await tab.run("document.querySelector('#pull-2 a').click()")
    await tab.until("document.querySelector('.title h3').textContent.includes('A button that says')")
    assert await tab.run("location.search") == "?as=lin&pull=2"
    await tab.run("history.back()")
    await tab.until("document.querySelector('.title h3').textContent.includes('Free shipping')")
    assert await tab.run("sameAsBefore")


async def test_a_switch_shows_that_something_is_broken(worlds: Worlds, tab: Tab) -> None:
    await tab.run("document.getElementById('switch-webhooks_lost').click()")
    await tab.until("document.querySelector('.head.broken') !== null")
    assert await tab.run("document.getElementById('switch-webhooks_lost').ariaPressed") == "true"
    await tab.run("document.getElementById('mend').click()")
    await tab.until("document.querySelector('.head.broken') === null")
    assert worlds.github.faults.rules == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_everything_can_be_read(worlds: Worlds, address: str, tab: Tab, theme: str) -> None:
    worlds.github.run_ci("acme/shop", worlds.github.repository("acme/shop").branches["buy-now"], "failure")
    worlds.github.review("lin", "acme/shop", 2, "CHANGES_REQUESTED", "No `way`.")
    worlds.slack.post("lin", "deploys", "who `deploys`?")
    worlds.deployer.play_next("fail")
    worlds.slack.faults.add(Fault("slow"))
    for side in ("story", "deliveries", "running"):
        await tab.go(f"{address}/?theme={theme}&pull=2&side={side}")
        await tab.until(LIVE)
        await tab.run("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        assert await tab.run(CONTRASTS) == []


async def test_on_a_phone_nothing_is_wider_than_the_screen(worlds: Worlds, address: str, tab: Tab) -> None:
    worlds.github.comment("ada", "acme/shop", 1, "| a | b |\n|---|---|\n| " + "long " * 40 + " | x |")
    worlds.slack.post("lin", "deploys", "x" * 200)
    await tab.resize(360, 740)
    await tab.go(f"{address}/?as=grace")
    await tab.until(LIVE)
    for pane in ("github", "slack", "side"):
        await tab.run(f"document.querySelector('.jumps [data-show={pane}]').click()")
        shown = await tab.run(
            "['pane-github', 'pane-slack', 'side']"
            ".filter((one) => document.getElementById(one).checkVisibility())"
        )
        assert shown == ["side" if pane == "side" else f"pane-{pane}"]
        assert await tab.run("document.documentElement.scrollWidth") == 360
        assert await tab.run(TOO_WIDE) == []
