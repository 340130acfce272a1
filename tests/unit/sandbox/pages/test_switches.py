"""The switches for what goes wrong, and that nobody forgets them."""

from typing import get_args

import pytest

from bot.sandbox.deployer import BEHAVIOURS
from bot.sandbox.github import PRESETS as GITHUB_PRESETS
from bot.sandbox.github import Fault
from bot.sandbox.github.actions.records import RunBehaviour
from bot.sandbox.pages import Worlds
from bot.sandbox.pages.switches import SWITCHES, find_switch, mend
from bot.sandbox.slack import PRESETS as SLACK_PRESETS
from bot.sandbox.slack.faults import Fault as SlackFault
from tests.unit.sandbox.deployer import orders
from tests.unit.sandbox.pages.browsing import Browser, pane, send, send_by_script, words
from tests.unit.sandbox.pages.workflows import played

NAMES = [switch.name for switch in SWITCHES]


async def turn(browser: Browser, name: str, to: str) -> int:
    return (await send(browser, "/controls/switch", switch=name, turn=to)).status


def test_every_preset_of_github_and_slack_has_a_switch() -> None:
    assert set(NAMES) >= {*GITHUB_PRESETS, *SLACK_PRESETS}
    assert len(set(NAMES)) == len(NAMES)


def test_every_behaviour_of_the_deployer_that_people_notice_has_a_switch() -> None:
    assert {f"deployer_{one}" for one in BEHAVIOURS} - set(NAMES) == {
        "deployer_succeed",
        "deployer_synchronous",
    }


def test_every_way_of_a_run_to_go_wrong_has_a_switch() -> None:
    assert {f"run_{one}" for one in get_args(RunBehaviour)} - set(NAMES) == {"run_succeed"}


@pytest.mark.parametrize("name", NAMES)
async def test_a_switch_is_turned_on_and_off_and_says_where_it_stands(
    site: Worlds, browser: Browser, name: str
) -> None:
    worlds = site
    switch = find_switch(name)
    button = f'id="switch-{name}" aria-pressed='
    assert f'{button}"false"' in await pane(browser, "switches")
    assert await turn(browser, name, "on") == 303
    assert switch.is_on(worlds)
    assert f'{button}"true"' in await pane(browser, "switches")
    shown = await words(browser)
    assert "Broken on purpose" in shown
    assert switch.label in shown
    assert await turn(browser, name, "on") == 303
    assert await turn(browser, name, "off") == 303
    assert not switch.is_on(worlds)
    assert "Broken on purpose" not in await words(browser)


async def test_one_button_mends_everything(worlds: Worlds, browser: Browser) -> None:
    for name in NAMES:
        await turn(browser, name, "on")
    assert "Everything works again" in await words(browser)
    assert (await send(browser, "/controls/switch", deed="mend")).status == 303
    assert not any(switch.is_on(worlds) for switch in SWITCHES)
    assert "Everything works again" not in await words(browser)


async def test_the_next_deployment_fails_and_the_one_after_it_does_not(
    worlds: Worlds, browser: Browser
) -> None:
    await turn(browser, "next_fails", "on")
    orders.order(worlds.deployer)
    orders.order(worlds.deployer, "msg_2", deployment="d-9876543210")
    assert [run.behaviour for run in worlds.deployer.runs] == ["fail", "succeed"]
    assert "Broken on purpose" not in await words(browser)


async def test_one_thing_that_was_to_come_is_called_off_alone(worlds: Worlds, browser: Browser) -> None:
    for name in ("next_fails", "order_unavailable", "order_lost_reply"):
        await turn(browser, name, "on")
    await turn(browser, "order_unavailable", "off")
    assert worlds.deployer.upcoming == ("lost_reply", "fail")


async def test_where_no_repository_has_a_workflow_no_run_can_be_broken(browser: Browser) -> None:
    assert "The next workflow run fails" not in await words(browser)


async def test_the_next_run_goes_wrong_as_it_was_told_to_and_the_one_after_it_does_not(
    site: Worlds, browser: Browser
) -> None:
    for name in ("run_fail", "run_held", "run_waiting"):
        await turn(browser, name, "on")
    await turn(browser, "run_held", "off")
    assert [played(site).behaviour for _ in range(3)] == ["fail", "waiting", "succeed"]
    assert "Broken on purpose" not in await words(browser)


@pytest.mark.parametrize("behaviour", ["held", "waiting", "silent"])
async def test_a_run_that_is_stuck_is_let_go(site: Worlds, browser: Browser, behaviour: RunBehaviour) -> None:
    button = "Let stuck workflow runs go on"
    assert button not in await words(browser)
    run = played(site, behaviour)
    assert button in await words(browser)
    shown = await words(browser, "/?side=running")
    assert shown.count(button) == 2
    assert "Deploy site to production (d-0123456789) stuck" in shown
    assert await send_by_script(browser, "/controls/release", what="runs") == (200, {"go": "/"})
    site.github.play_due()
    assert run.conclusion == "success"
    assert button not in await words(browser)


async def test_what_somebody_else_broke_is_said_too(worlds: Worlds, browser: Browser) -> None:
    worlds.github.faults.add(Fault("lose", event="issue_comment", times=1))
    worlds.slack.faults.add(SlackFault("slow", "views.*"))
    shown = await words(browser)
    assert "GitHub: lose, event issue_comment, times 1" in shown
    assert "Slack: slow, match views.*" in shown
    mend(worlds)
    assert "Broken on purpose" not in await words(browser)


@pytest.mark.parametrize(
    "form, status",
    [
        ({"look": "/", "switch": "moon", "turn": "on"}, 409),
        ({"look": "/", "switch": "slack_down"}, 400),
        ({"look": "/"}, 400),
        ({"switch": "slack_down", "turn": "on"}, 400),
    ],
)
async def test_a_switch_that_is_not_there_is_refused(
    browser: Browser, form: dict[str, str], status: int
) -> None:
    assert (await browser.post("/controls/switch", data=form)).status == status


async def test_late_deployments_are_let_go(worlds: Worlds, browser: Browser) -> None:
    worlds.deployer.play_next("late")
    orders.order(worlds.deployer)
    orders.play(worlds.deployer)
    assert "Let late deployments end" in await words(browser)
    assert await send_by_script(browser, "/controls/release", "/?as=lin") == (200, {"go": "/?as=lin"})
    assert "Let late deployments end" not in await words(browser)


async def test_when_everything_works_again_nothing_stays_blocked(site: Worlds, browser: Browser) -> None:
    worlds = site
    await turn(browser, "deployer_silent", "on")
    orders.order(worlds.deployer)
    worlds.deployer.play_next("late")
    orders.order(worlds.deployer, "msg_2", deployment="d-9876543210", environment="staging")
    orders.play(worlds.deployer)
    run = played(site, "held")
    assert "Let late deployments end" in await words(browser)
    await send(browser, "/controls/switch", deed="mend")
    orders.play(worlds.deployer)
    site.github.play_due()
    assert [one.told[-1].state for one in worlds.deployer.runs] == ["succeeded", "succeeded"]
    assert run.conclusion == "success"
    assert "Let late deployments end" not in await words(browser)


async def test_what_to_expect_is_said_as_long_as_a_switch_is_on(browser: Browser) -> None:
    assert "What to expect is said here" in await words(browser)
    await turn(browser, "deployer_silent", "on")
    shown = await words(browser)
    assert "After a minute the bot gives up waiting, and asks what to do." in shown
    assert "What to expect is said here" not in shown


async def test_the_bot_is_killed_and_restarted_where_the_demo_can(worlds: Worlds, browser: Browser) -> None:
    assert "Kill the bot" not in await words(browser)
    done = []

    async def kill() -> None:
        done.append("killed")

    async def restart() -> None:
        done.append("restarted")

    worlds.kill_bot, worlds.restart_bot = kill, restart
    assert "Kill the bot" in await words(browser)
    for deed in ("kill", "restart"):
        assert (await send(browser, "/controls/bot", deed=deed)).status == 303
    assert done == ["killed", "restarted"]
    assert (await send(browser, "/controls/bot", deed="explode")).status == 409
