"""The guided tour: what each step takes for done, and what its button does."""

import json
import pickle
from collections.abc import Callable

import pytest

from bot.sandbox.github import Fault
from bot.sandbox.github.site import SITE
from bot.sandbox.pages import Worlds
from bot.sandbox.pages.side_pane import send_again
from bot.sandbox.pages.switches import find_switch
from bot.sandbox.pages.tour import STEPS, do_it, go_on, mark
from bot.sandbox.pages.tour_state import Mark, Tour
from bot.sandbox.slack import Request
from tests.unit.sandbox.deployer import orders
from tests.unit.sandbox.pages.browsing import Browser, page, pane, send, send_by_script, words
from tests.unit.sandbox.slack.calls import actions, button

DEPLOY, FAIL, ROLL_BACK, SLACK, LOST = range(5)


def run(worlds: Worlds, number: int, *behaviour: str, **data: str) -> None:
    """The bot orders something from the deployer, and it is played to its end."""
    worlds.deployer.play_next(*behaviour)  # type: ignore[arg-type]
    orders.order(worlds.deployer, f"msg_{number}", deployment=f"d-012345678{number}", **data)
    orders.play(worlds.deployer)


def ask(worlds: Worlds, channel: str = "C0DEPLOYS") -> None:
    """The bot asks in Slack whether to roll back."""
    blocks = [actions(button("Roll back", "rollback"))]
    body = {"channel": channel, "text": "failed", "blocks": blocks}
    headers = {"authorization": "Bearer xoxb-1", "content-type": "application/json"}
    raw = json.dumps(body).encode()
    assert worlds.slack.api(Request("POST", "/api/chat.postMessage", headers, raw)).document["ok"]


def at(worlds: Worlds, step: int) -> Callable[[], str]:
    """Stand at a step that begins now; gives what is seen of it."""
    worlds.tour = Tour(finished=step, mark=mark(worlds))
    return lambda: STEPS[step].progress(worlds, worlds.tour.mark).now


def finished(worlds: Worlds) -> int:
    go_on(worlds)
    return worlds.tour.finished


def test_the_first_step_is_a_deployment_that_succeeds(worlds: Worlds) -> None:
    now = at(worlds, DEPLOY)
    assert now() == ""
    do_it(worlds)
    comment = worlds.github.repository("acme/shop").issues[1].comments[-1]
    assert (comment.user.login, comment.body) == ("ada", "/deploy production")
    assert now() == "Asked for. The bot answers with 👀 and asks the deployer."
    orders.order(worlds.deployer)
    assert now() == "The deployer took the order."
    assert finished(worlds) == DEPLOY
    orders.play(worlds.deployer)
    assert finished(worlds) == DEPLOY + 1


def test_a_deployment_that_failed_does_not_finish_the_first_step(worlds: Worlds) -> None:
    now = at(worlds, DEPLOY)
    run(worlds, 1, "fail")
    assert now().startswith("That one did not work: health check failed")
    assert finished(worlds) == DEPLOY


def test_a_deployment_to_staging_is_not_the_first_step(worlds: Worlds) -> None:
    now = at(worlds, DEPLOY)
    worlds.github.comment("ada", "acme/shop", 1, "/deploy staging")
    run(worlds, 1, environment="staging")
    assert now() == ""
    assert finished(worlds) == DEPLOY


def test_what_happened_before_a_step_does_not_count(worlds: Worlds) -> None:
    run(worlds, 1)
    at(worlds, DEPLOY)
    assert finished(worlds) == DEPLOY


def test_the_second_step_is_a_failure_and_the_question_after_it(worlds: Worlds) -> None:
    now = at(worlds, FAIL)
    head = worlds.github.repository("acme/shop").branches["free-shipping"]
    do_it(worlds)
    do_it(worlds)
    assert worlds.deployer.upcoming == ("fail",)
    assert now() == "The next deployment will fail. Push a commit and comment /deploy production."
    assert worlds.github.repository("acme/shop").branches["free-shipping"] != head
    orders.order(worlds.deployer)
    assert now() == "The deployer took the order."
    orders.play(worlds.deployer)
    assert now() == "It failed. The bot writes what went wrong and what was good last."
    assert finished(worlds) == FAIL
    ask(worlds)
    assert finished(worlds) == FAIL + 1


def test_the_third_step_is_a_rollback_whoever_asks_for_it(worlds: Worlds) -> None:
    ask(worlds)
    now = at(worlds, ROLL_BACK)
    do_it(worlds)
    [press] = worlds.slack.space.outbox.sent
    assert (press.user, press.name) == ("U0LIN", "Roll back")
    assert now() == "Done as lin. Asked for. The bot asks the deployer."
    run(worlds, 1)
    assert finished(worlds) == ROLL_BACK
    run(worlds, 2, action="rollback")
    assert finished(worlds) == ROLL_BACK + 1


async def test_nobody_rolls_back_what_nobody_asks_about(worlds: Worlds, browser: Browser) -> None:
    at(worlds, ROLL_BACK)
    status, answer = await send_by_script(browser, "/controls/tour", deed="do")
    assert (status, answer["pane"]) == (409, "tour")
    assert "Nobody asks for a rollback now" in answer["trouble"]


def test_what_happens_on_another_repository_is_no_step_of_the_tour(site: Worlds) -> None:
    now = at(site, DEPLOY)
    site.github.comment("ada", SITE, 1, "/deploy production")
    assert now() == ""
    at(site, FAIL)
    run(site, 1, "fail")
    ask(site, "C0ACMESITE")
    assert finished(site) == FAIL


async def test_from_another_repository_the_tour_leads_to_its_own(site: Worlds, browser: Browser) -> None:
    at(site, DEPLOY)
    elsewhere = "/?as=lin&repository=acme%2Fsite&pull=1&channel=site"
    assert 'href="/?as=lin#pane-github" data-look data-show="github">Look there' in await page(
        browser, elsewhere
    )
    assert await send_by_script(browser, "/controls/tour", elsewhere, deed="do") == (200, {"go": "/?as=lin"})
    skipped = await send_by_script(browser, "/controls/tour", elsewhere, deed="skip")
    assert skipped == (200, {"go": elsewhere})
    at(site, ROLL_BACK)
    assert 'href="/?as=lin&amp;pull=2#pane-slack"' in await page(browser, "/?as=lin&pull=2&channel=general")


def test_the_fourth_step_has_to_be_asked_for_in_slack(worlds: Worlds) -> None:
    at(worlds, SLACK)
    run(worlds, 1, environment="staging")
    assert finished(worlds) == SLACK
    now = at(worlds, SLACK)
    do_it(worlds)
    [sent] = worlds.slack.space.outbox.sent
    assert (sent.user, sent.name) == ("U0GRACE", "/deploy")
    assert now() == "Done as grace. Asked for. The bot asks the deployer."
    run(worlds, 2, environment="staging")
    assert finished(worlds) == SLACK + 1


def test_the_fifth_step_is_a_lost_comment_that_arrives_after_all(worlds: Worlds) -> None:
    now = at(worlds, LOST)
    do_it(worlds)
    assert now().startswith("Lost: GitHub's log of deliveries shows it as failed")
    assert worlds.github.faults.rules == []
    entry = next(reversed(worlds.github.deliveries.entries.values()))
    assert finished(worlds) == LOST
    from_log = worlds.github.deliveries.entries[entry.id]
    send_again_and_arrive(worlds, from_log.id, 503)
    assert finished(worlds) == LOST
    send_again_and_arrive(worlds, from_log.id, 202)
    assert finished(worlds) == LOST
    assert now() == "Found: the bot asked GitHub for it again, and does now what the comment asks for."
    orders.order(worlds.deployer, environment="staging")
    worlds.deployer.next_report(worlds.deployer.runs[-1])
    assert now() == "Found: the bot asked GitHub for it again, and deploys: queued in the cluster."
    assert finished(worlds) == LOST
    orders.play(worlds.deployer)
    assert finished(worlds) == len(STEPS)


def test_the_fifth_step_by_hand_says_at_each_turn_what_comes_next(worlds: Worlds) -> None:
    now = at(worlds, LOST)
    switch = find_switch("webhooks_lost")
    switch.on(worlds)
    assert now() == "GitHub loses its webhooks now. Comment /deploy staging."
    worlds.github.comment("ada", "acme/shop", 1, "/deploy staging")
    assert now() == "Lost, as GitHub's log shows. Switch “Webhooks get lost” off again."
    switch.off(worlds)
    assert now().startswith("Lost: GitHub's log of deliveries shows it as failed")


def send_again_and_arrive(worlds: Worlds, delivery: int, status: int) -> None:
    send_again(worlds, str(delivery))
    guid = worlds.github.outbox.drain()[-1].guid
    worlds.github.record_delivery_result(guid, status, 0.1)


def test_another_webhook_that_got_lost_is_not_the_fifth_step(worlds: Worlds) -> None:
    now = at(worlds, LOST)
    worlds.github.faults.add(Fault("lose", event="push"))
    worlds.github.push("ada", "acme/shop", "free-shipping", {"x": "y"})
    assert now() == ""


def test_a_pull_request_is_opened_where_none_is_left(worlds: Worlds) -> None:
    worlds.github.merge("grace", "acme/shop", 1)
    worlds.github.merge("grace", "acme/shop", 2)
    at(worlds, DEPLOY)
    do_it(worlds)
    issue = worlds.github.repository("acme/shop").issues[3]
    assert (issue.title, issue.comments[-1].body) == ("Free returns", "/deploy production")


async def test_the_tour_goes_on_by_itself_when_somebody_did_what_it_says(
    worlds: Worlds, browser: Browser
) -> None:
    assert "Deploy. Comment /deploy production" in await words(browser)
    run(worlds, 1)
    assert "A deployment fails. Switch on" in await words(browser)


async def test_the_tour_is_skipped_closed_shown_and_begun_again(worlds: Worlds, browser: Browser) -> None:
    for _ in STEPS:
        await send(browser, "/controls/tour", deed="skip")
    assert "That was all." in await words(browser)
    await send(browser, "/controls/tour", deed="do")
    await send(browser, "/controls/tour", deed="hide")
    shown = await words(browser)
    assert "That was all." not in shown
    assert "Guided tour" in shown
    run(worlds, 1)
    await send(browser, "/controls/tour", deed="show")
    assert "That was all." in await words(browser)
    await send(browser, "/controls/tour", deed="again")
    assert (worlds.tour.finished, worlds.tour.mark.runs) == (0, 1)
    assert (await send(browser, "/controls/tour", deed="explode")).status == 400


async def test_a_tour_that_is_closed_does_not_go_on(worlds: Worlds, browser: Browser) -> None:
    await send(browser, "/controls/tour", deed="hide")
    run(worlds, 1)
    assert worlds.tour.finished == 0


async def test_the_lost_comment_offers_to_restart_the_bot_where_that_can_be_done(
    worlds: Worlds, browser: Browser
) -> None:
    at(worlds, LOST)
    do_it(worlds)
    assert "tour-restart" not in await pane(browser, "tour")

    async def restart() -> None:
        return None

    worlds.restart_bot = restart
    assert "tour-restart" in await pane(browser, "tour")


async def test_the_button_says_as_whom_it_acts_where_that_is_somebody_else(
    worlds: Worlds, browser: Browser
) -> None:
    at(worlds, SLACK)
    assert "Do it for me, as grace" in await words(browser)
    assert "as grace Skip" not in await words(browser, "/?as=grace")


@pytest.mark.parametrize("step", range(len(STEPS) + 1))
async def test_every_step_can_be_read_by_everybody(worlds: Worlds, browser: Browser, step: int) -> None:
    at(worlds, min(step, LOST))
    worlds.tour.finished = step
    shown = await page(browser)
    assert f'id="step-{len(STEPS)}"' in shown


def test_how_far_one_went_can_be_kept() -> None:
    tour = Tour(2, Mark(1, 2, 3, 4), shown=False)
    assert pickle.loads(pickle.dumps(tour)) == tour  # noqa: S301 - our own
