"""What is looked at again when somebody's turn comes, although it was right when it was asked for."""

from pathlib import Path

from bot.sandbox.github import Fault
from bot.sandbox.github.records import PullRequest
from bot.sandbox.github.seed import SHOP
from tests.scenario.play import Play, playing, with_environment


async def one_waits(play: Play) -> PullRequest:
    """A deployment is under way, and grace's waits for its end."""
    play.deployer.play_next("late")
    play.says("ada", "/deploy api production")
    await play.until("a deployment under way", lambda: play.deployer.runs and play.deployer.runs[-1].held)
    pull = play.opens("grace", {"services/api/second.py": "x = 1\n"}, "second")
    play.says("grace", "/deploy api production", pull.number)
    await play.answer("queued", number=pull.number)
    return pull


async def test_a_gate_that_was_configured_meanwhile_refuses(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        pull = await one_waits(play)
        gated = play.configured(with_environment("requires: {checks: [], up_to_date: true}"))
        play.github.push("olive", SHOP, "main", {".github/pointsman.yml": gated}, "Up to date, please")
        play.deployer.release_late()
        await play.answer("refused", "up_to_date", number=pull.number)
        await play.settled()
        assert len(play.deployer.orders) == 1


async def test_an_environment_that_is_gone_meanwhile_refuses(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        pull = await one_waits(play)
        gone = play.configured().replace("  production:\n", "  live:\n")
        play.github.push("olive", SHOP, "main", {".github/pointsman.yml": gone}, "Another name")
        play.deployer.release_late()
        await play.answer("refused", number=pull.number)
        await play.settled()
        assert len(play.deployer.orders) == 1


async def test_a_failure_in_front_does_not_hold_who_waits(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.step_seconds = 10.0
        play.deployer.play_next("fail")
        play.says("ada", "/deploy api production")
        await play.until("a deployment under way", lambda: play.deployer.runs)
        pull = play.opens("grace", {"services/api/second.py": "x = 1\n"}, "second")
        play.says("grace", "/deploy api production", pull.number)
        await play.answer("queued", number=pull.number)
        play.deployer.step_seconds = 0.0
        await play.runs(pull.head_sha)
        assert [each.state for each in (await play.slot()).history] == ["failed", "succeeded"]


async def test_what_github_will_not_tell_is_waited_for_and_then_refused_and_the_next_one_goes_on(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        pull = await one_waits(play)
        await play.settled()
        closed = play.github.faults.add(Fault("status", path=".*/permission", status=403))
        play.deployer.release_late()
        await play.until("the refusal", lambda: any(each.status == 403 for each in play.github.requests))
        await play.answer("waits for", "GitHub could not be asked", number=pull.number)
        play.clock.advance(3601)
        await play.answer("refused", "deployers", number=pull.number)
        play.github.faults.rules.remove(closed)
        play.clock.advance(61)
        play.says("grace", "/deploy api production", pull.number)
        await play.runs(pull.head_sha)
        assert len(play.deployer.orders) == 2


async def test_what_github_tells_again_in_time_is_shipped(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        pull = await one_waits(play)
        await play.settled()
        play.github.faults.add(Fault("status", path=".*/permission", status=403, times=1))
        play.deployer.release_late()
        await play.until("the refusal", lambda: any(each.status == 403 for each in play.github.requests))
        await play.runs(pull.head_sha)
