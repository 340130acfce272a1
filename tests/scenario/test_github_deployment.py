"""Deployments that another system ships: it follows those of our App and answers by statuses of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.sandbox.github.actions.records import FollowerBehaviour
from bot.sandbox.github.records import Deployment
from bot.sandbox.github.seed import SHOP
from tests.scenario.play import Play, playing

CONFIGURATION = """\
version: 1
slack: {channel: C0DEPLOYS}
services:
  api: {deploy: {driver: github_deployment, reporter: acme-cd, payload: {region: eu}}}
environments:
  staging: {}
  production: {}
"""
STEP_SECONDS = 4.0


@asynccontextmanager
async def followed(tmp_path: Path, behaviour: FollowerBehaviour = "succeed") -> AsyncIterator[Play]:
    """A play in which the App acme-cd ships what our App orders, each report some seconds after the last."""
    async with playing(tmp_path, CONFIGURATION) as play:
        play.github.actions.step_seconds = STEP_SECONDS
        play.github.follow_deployments("acme-cd", behaviour)
        yield play


async def ordered(play: Play, command: str = "/deploy api production") -> Deployment:
    """Ask for a deployment; gives what stands at GitHub then."""
    known = len(play.deployments())
    play.says("ada", command)
    made = await play.until("a deployment", lambda: play.deployments()[known:])
    return made[0]


def states(deployment: Deployment) -> list[tuple[str, str]]:
    """Its statuses, with who wrote them."""
    return [(each.state, each.creator.login) for each in deployment.statuses]


async def reason_of(play: Play, subject: Deployment) -> list[str | None]:
    """What became of the deliveries about a deployment, the oldest first."""
    rows = await play.bot.ledger.deliveries(0)
    return [row.reason for row in reversed(rows) if row.subject == f"{SHOP} deployment {subject.id}"]


async def test_another_system_ships_and_reports(tmp_path: Path) -> None:
    async with followed(tmp_path) as play:
        deployment = await ordered(play)
        await play.ended("succeeded")
        await play.told("The deployer reported success", "5 of 5 pods ready")
        assert deployment.sha == play.pull.head_sha
        assert (deployment.payload["service"], deployment.payload["region"]) == ("api", "eu")
        theirs = "acme-cd[bot]"
        assert states(deployment) == [("pending", theirs), ("in_progress", theirs), ("success", theirs)]
        assert f"https://acme-cd.example/deployments/{deployment.id}" in (await play.answer("succeeded")).body


async def test_what_is_replaced_becomes_inactive_by_us(tmp_path: Path) -> None:
    async with followed(tmp_path) as play:
        first = await ordered(play)
        await play.ended("succeeded")
        play.pushes("ada")
        second = await ordered(play)
        await play.ended("succeeded", 2)
        await play.until("an inactive deployment", lambda: first.state == "inactive")
        assert states(first)[-1] == ("inactive", "pointsman[bot]")
        assert second.state == "success"
        assert len(play.deployments()) == 2


async def test_a_system_that_never_answers_is_noticed_by_its_start_timeout(tmp_path: Path) -> None:
    async with followed(tmp_path, "silent") as play:
        deployment = await ordered(play)
        await play.settled()
        play.clock.advance(310)
        await play.ended("timed_out")
        await play.answer("The deployer accepted nothing within 5 min")
        play.github.report_deployment("acme-cd", SHOP, deployment.id, "success")

        async def live() -> str | None:
            return (await play.slot()).live.deployment

        assert await play.eventually("a late success", live) == (await play.slot()).history[-1].id


async def test_its_failure_asks_what_to_do(tmp_path: Path) -> None:
    async with followed(tmp_path, "fail") as play:
        await ordered(play)
        await play.ended("failed")
        await play.answer("failed", "health check failed: 3 of 5 pods not ready")
        assert play.message_with_button("Retry") is not None


async def test_only_the_named_app_is_believed(tmp_path: Path) -> None:
    async with followed(tmp_path, "silent") as play:
        deployment = await ordered(play)
        play.github.add_app("evil-cd")
        play.github.report_deployment("evil-cd", SHOP, deployment.id, "success", "all is well")
        await play.settled()
        assert (await play.slot()).current is not None
        play.github.report_deployment("acme-cd", SHOP, deployment.id, "failure", "no such image")
        await play.ended("failed")
        await play.answer("failed", "no such image")


async def test_a_report_that_gets_lost_is_seen_by_looking(tmp_path: Path) -> None:
    async with followed(tmp_path) as play:
        play.says("ada", "/deploy api production")
        await play.is_now("running")
        play.webhooks_wait()
        await play.ended("succeeded")
        play.webhooks_go_out()
        await play.settled()
        slot = await play.slot()
        assert [each.state for each in slot.history] == ["succeeded"]


async def test_what_cannot_be_stopped_says_so_and_goes_on(tmp_path: Path) -> None:
    async with followed(tmp_path, "late") as play:
        deployment = await ordered(play)
        await play.is_now("running")
        play.says("ada", "/cancel")
        await play.answer("GitHub has nothing that stops a deployment; stop it in acme-cd")
        await play.until("progress", lambda: deployment.state == "in_progress")
        assert [state for state, _ in states(deployment)] == ["pending", "in_progress"]
        play.github.release_late()
        await play.ended("succeeded")
        await play.settled()


async def test_somebody_elses_deployments_mean_nothing(tmp_path: Path) -> None:
    async with followed(tmp_path, "silent") as play:
        ours = await ordered(play)
        await play.is_now("starting")
        play.github.report_deployment("acme-cd", SHOP, ours.id, "inactive")
        await play.settled()
        assert await reason_of(play, ours) == ["state_not_used"]
        assert (await play.slot()).current is not None
        play.github.report_deployment("acme-cd", SHOP, ours.id, "success")
        await play.ended("succeeded")
