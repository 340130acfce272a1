"""Alerts of other products: what concerns a deployment, and what follows."""

from pathlib import Path

import pytest

from bot.domain.automation_events import AutomationPaused
from bot.runtime.own_deliveries import delivery_of
from bot.sandbox import alerting
from tests.scenario.play import CHANNEL, Play, playing, with_environment

HOUR = 3_600.0
AUTO = "rollback: {mode: auto}"
WATCHED = "verify:\n  for: 10m\n  alerts: true\n"


async def two_deployments(play: Play) -> tuple[str, str]:
    """Something good, and something newer; gives both commits."""
    good = play.pull.head_sha
    play.says("ada", "/deploy api production")
    await play.runs(good)
    newer = play.pushes("ada")
    play.clock.advance(2)
    play.says("ada", "/deploy api production")
    await play.runs(newer)
    await play.answer("succeeded", newer[:7])
    return good, newer


@pytest.mark.parametrize("product", ["alertmanager", "cloudevents", "datadog", "sentry"])
async def test_an_alert_an_hour_later_asks_whether_to_go_back(tmp_path: Path, product: str) -> None:
    async with playing(tmp_path) as play:
        good, newer = await two_deployments(play)
        play.clock.advance(HOUR)
        assert await play.alarms("5xx above 2 %", by=product) == 202
        prompt = await play.told("is it still good", "5xx above 2 %", good[:7], product)
        assert prompt.buttons == ["Roll back", "Keep"]
        await play.presses("lin", "Roll back")
        await play.runs(good)
        await play.settled()
        assert newer in (await play.slot()).bad


async def test_pagerduty_knows_services_only_and_is_matched_as_configured(tmp_path: Path) -> None:
    configuration = with_environment("alerts: {match: {urgency: high}}")
    async with playing(tmp_path, configuration) as play:
        await two_deployments(play)
        assert await play.alarms("Checkout fails", by="pagerduty", labels={"service": "api"}) == 202
        await play.told("is it still good", "Checkout fails", "pagerduty")


async def test_a_storm_is_one_question(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await two_deployments(play)
        for number in range(30):
            await play.alarms(f"Alert {number}", name=f"a{number}")
        await play.told("is it still good", "Alert 29", "15 more alerts")
        await play.settled()
        asked = [each for each in play.slack.messages(CHANNEL) if "is it still good" in each.spoken.lower()]
        assert len(asked) == 1
        assert len((await play.slot()).prompts) == 1


async def test_an_alert_that_is_over_by_itself_is_noted_and_nothing_is_rolled_back(tmp_path: Path) -> None:
    timed = with_environment("rollback: {mode: prompt, auto_after: 10m}")
    async with playing(tmp_path, timed) as play:
        _, newer = await two_deployments(play)
        await play.alarms("5xx above 2 %")
        await play.told("nobody decides: it is rolled back by itself at")
        play.clock.advance(60)
        await play.alarms("5xx above 2 %", over=True)
        over = await play.told("5xx above 2 %", "over since")
        await play.until("no moment any more", lambda: "by itself at" not in over.spoken)
        play.clock.advance(900)
        await play.settled()
        assert play.deployer.live["api", "production"].sha == newer


async def test_who_signs_may_have_it_rolled_back(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment(AUTO)) as play:
        good, _ = await two_deployments(play)
        await play.alarms("5xx above 2 %", by="cloudevents")
        await play.runs(good)


async def test_while_automation_is_paused_people_are_asked(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment(AUTO)) as play:
        _, newer = await two_deployments(play)
        now = play.clock.now()
        paused = AutomationPaused(by="olive", at=now, because="stocktaking")
        await play.bot.ledger.accept(delivery_of(paused, "paused", now))
        await play.settled()
        await play.alarms("5xx above 2 %")
        prompt = await play.told("is it still good", "5xx above 2 %")
        await play.settled()
        assert play.deployer.live["api", "production"].sha == newer
        assert prompt.buttons == ["Roll back", "Keep"]


async def test_who_only_has_a_token_can_have_people_asked(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment(AUTO)) as play:
        _, newer = await two_deployments(play)
        await play.alarms("5xx above 2 %", by="alertmanager")
        await play.told("is it still good", "5xx above 2 %")
        play.clock.advance(HOUR)
        await play.settled()
        assert play.deployer.live["api", "production"].sha == newer


async def test_while_it_is_verified_an_alert_is_a_failure(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment(WATCHED + AUTO)) as play:
        good = play.pull.head_sha
        play.says("ada", "/deploy api production")
        await play.answer("verifying")
        play.clock.advance(620)
        await play.runs(good)
        bad = play.pushes("ada")
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await play.answer("verifying", bad[:7])
        await play.alarms("5xx above 2 %")
        await play.answer("failed", "then an alert came", "5xx above 2 %")
        back = await play.told("rolling back", "verifying", good[:7])
        play.clock.advance(620)
        await play.until("its end", lambda: "succeeded" in back.spoken)
        assert bad in (await play.slot()).bad


async def test_while_it_is_verified_a_token_makes_it_inconclusive(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment(WATCHED + AUTO)) as play:
        play.says("ada", "/deploy api production")
        await play.answer("verifying")
        await play.alarms("5xx above 2 %", by="alertmanager")
        await play.told("nobody can tell", "5xx above 2 %")
        await play.presses("grace", "Keep")
        await play.answer("succeeded")


async def test_what_began_before_the_deployment_is_not_held_against_it(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment(AUTO)) as play:
        before = play.clock.now() - HOUR
        _, newer = await two_deployments(play)
        await play.alarms("Disk almost full", began_at=before)
        await play.settled()
        assert (await play.slot()).prompts == ()
        assert play.deployer.live["api", "production"].sha == newer


@pytest.mark.parametrize(
    "labels",
    [
        {"service": "web", "environment": "production"},
        {"service": "api"},
        {"service": "api", "environment": "production", "repository": "acme/other"},
    ],
    ids=["another service", "no environment", "another repository"],
)
async def test_what_concerns_nothing_here_changes_nothing(tmp_path: Path, labels: dict[str, str]) -> None:
    async with playing(tmp_path) as play:
        await two_deployments(play)
        assert await play.alarms("5xx", labels=labels) == 202
        await play.settled()
        slot = await play.slot()
        assert (slot.prompts, slot.history[-1].alerts) == ((), ())


async def test_days_later_nobody_is_asked(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await two_deployments(play)
        play.clock.advance(48 * HOUR)
        await play.alarms("5xx above 2 %")
        await play.settled()
        slot = await play.slot()
        assert slot.prompts == ()
        assert [each.title for each in slot.history[-1].alerts] == ["5xx above 2 %"]


async def test_kept_means_kept(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await two_deployments(play)
        await play.alarms("5xx above 2 %")
        prompt = await play.presses("grace", "Keep")
        await play.until("who decided", lambda: not prompt.buttons)
        await play.alarms("Latency", name="a2")
        await play.settled()
        assert len((await play.slot()).prompts) == 1


@pytest.mark.parametrize("product", list(alerting.SENDERS))
async def test_who_cannot_prove_it_is_not_heard(tmp_path: Path, product: str) -> None:
    async with playing(tmp_path) as play:
        now = play.clock.now()
        alarm = alerting.Alarm("5xx", {"service": "api", "environment": "production"}, now, now)
        message = alerting.SENDERS[product](alarm)
        forged = alerting.Message(message.path, dict(message.headers), message.body)
        for name in forged.headers:
            if name != "Content-Type":
                forged.headers[name] = forged.headers[name][:-3] + "xyz"
        assert await play.posts(forged) == 401
        plain = {"Content-Type": message.headers["Content-Type"]}
        assert await play.posts(alerting.Message(message.path, plain, message.body)) == 401
        assert await play.posts(message) == 202
        assert await play.posts(message) == 202  # the same again changes nothing
