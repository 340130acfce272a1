"""What is behind it: deliveries with their redelivery, what runs where, what was found wrong."""

from bot.sandbox.github import Fault
from bot.sandbox.pages import Worlds
from bot.sandbox.pages.worlds import Dashboard
from tests.unit.sandbox.deployer import orders
from tests.unit.sandbox.pages.browsing import Browser, pane, send, send_by_script, words


def lose_a_comment(worlds: Worlds) -> str:
    worlds.github.faults.add(Fault("lose", event="issue_comment", times=1))
    worlds.github.comment("ada", "acme/shop", 1, "/deploy production")
    return str(next(reversed(worlds.github.deliveries.entries)))


async def test_a_delivery_that_got_lost_is_shown_until_it_arrives(worlds: Worlds, browser: Browser) -> None:
    assert "failed" not in await pane(browser, "sides")
    delivery = lose_a_comment(worlds)
    assert "1 failed" in await pane(browser, "sides")
    shown = await words(browser, "/?side=deliveries")
    assert "issue_comment created never arrived" in shown
    assert "failed to connect to host" in shown
    assert (await send(browser, "/controls/redeliver", "/?side=deliveries", delivery=delivery)).status == 303
    webhook = worlds.github.outbox.drain()[-1]
    assert webhook.event == "issue_comment"
    assert "on its way" in await words(browser, "/?side=deliveries")
    worlds.github.record_delivery_result(webhook.guid, 202, 0.1)
    assert "failed" not in await pane(browser, "sides")
    shown = await words(browser, "/?side=deliveries")
    assert "redelivery" in shown
    assert "never arrived" not in shown


async def test_a_delivery_that_github_forgot_cannot_be_sent_again(browser: Browser) -> None:
    for delivery in ("99", "x"):
        status, answer = await send_by_script(browser, "/controls/redeliver", delivery=delivery)
        assert (status, answer["pane"]) == (409, "side")


async def test_what_slack_sent_is_shown_with_its_sender(worlds: Worlds, browser: Browser) -> None:
    worlds.slack.slash_command("grace", "deploys", "/deploy", "api staging")
    assert "waiting command /deploy by grace" in await words(browser, "/?side=deliveries")


async def test_what_runs_where_is_shown_with_logs(worlds: Worlds, browser: Browser) -> None:
    assert "The deployer has deployed nothing yet" in await words(browser, "/?side=running")
    worlds.deployer.play_next("succeed", "fail", "silent")
    for number, name in enumerate(("d-0123456789", "d-1234567890", "d-9876543210")):
        orders.order(worlds.deployer, f"msg_{number}", deployment=name)
        orders.play(worlds.deployer)
    shown = await words(browser, "/?side=running")
    for expected in (
        "aaaaaaa",
        "✗ broken",
        "100% succeeded",
        "60% failed",
        "nothing said yet",
        "d-9876543210",
    ):
        assert expected in shown


async def test_what_the_services_found_wrong_is_shown(worlds: Worlds, browser: Browser) -> None:
    assert "The bot keeps to the rules" in await words(browser, "/?side=running")
    worlds.deployer.violations.append("data.sha: missing")
    worlds.slack.unknown_requests.append("chat.shout")
    worlds.github.violations.append("POST /x: y")
    worlds.github.unknown_requests.append("GET /moon")
    shown = await words(browser, "/?side=running")
    for expected in (
        "Deployer: data.sha: missing",
        "Slack: unknown request chat.shout",
        "GitHub: POST /x: y",
        "GitHub: unknown request GET /moon",
    ):
        assert expected in shown
    assert "4 wrong" in await pane(browser, "sides")


async def test_where_the_bot_is_is_shown_and_its_token_is_not(worlds: Worlds, browser: Browser) -> None:
    worlds.dashboard = Dashboard("http://127.0.0.1:9", "the-token")
    shown = await pane(browser, "side", "?side=running")
    assert "http://127.0.0.1:9" in shown
    assert "the-token" not in shown
    assert "the-token" not in repr(worlds.dashboard)
