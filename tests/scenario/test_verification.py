"""After the deployer said "done": what is watched, and what follows when it is not well."""

from pathlib import Path

from bot.sandbox.github.seed import SHOP
from tests.scenario.play import Play, playing, with_environment

HTTP = 'http: [{url: "{hook}/health/api/production", every: 5s, failures: 3}]'
QUERY = 'prometheus: [{url: "{hook}/prometheus", query: errors, max: 0.01}]'


def verified(*probes: str, then: str = "", duration: str = "1m") -> str:
    lines = "\n".join(f"  {each}" for each in probes)
    return with_environment(f"verify:\n  for: {duration}\n{lines}\n{then}".rstrip())


async def first_good(play: Play) -> str:
    """Deploy something that is good; gives its commit."""
    sha = play.pull.head_sha
    play.says("ada", "/deploy api production")
    await play.runs(sha)
    return sha


async def then_sick(play: Play) -> str:
    """Deploy a commit that does not work; gives it."""
    sha = play.pushes("ada")
    play.deployer.sick.add(sha)
    play.clock.advance(2)
    play.says("ada", "/deploy api production")
    return sha


async def test_it_is_finished_when_it_is_known_to_be_good(tmp_path: Path) -> None:
    async with playing(tmp_path, verified(HTTP)) as play:
        play.says("ada", "/deploy api production")
        await play.answer("verifying", "answered 200", "watched until")
        assert play.deployments()[-1].statuses[-1].state == "in_progress"
        await play.runs(play.pull.head_sha)
        await play.answer("succeeded")
        assert (await play.slot()).history[-1].reason == "verified"
        await play.settled()
        assert play.deployments()[-1].statuses[-1].state == "success"


async def test_a_failed_probe_is_a_failure_with_its_evidence_and_the_way_back(tmp_path: Path) -> None:
    async with playing(tmp_path, verified(HTTP)) as play:
        good = await first_good(play)
        bad = await then_sick(play)
        await play.answer("failed", "answered 503 (3 times in a row)")
        await play.told("a probe failed", "answered 503", "last good", good[:7])
        await play.settled()
        states = [each.statuses[-1].state for each in play.deployments()]
        assert states == ["inactive", "failure"]  # what was live before is not any more
        slot = await play.slot()
        assert (slot.live.sha, slot.live.known, slot.bad) == (bad, True, (bad,))
        await play.presses("lin", "Roll back")
        await play.runs(good)


async def test_a_value_over_its_limit_is_a_failure(tmp_path: Path) -> None:
    async with playing(tmp_path, verified(QUERY)) as play:
        play.deployer.metrics = {"errors": "0.001"}
        await first_good(play)
        play.deployer.metrics = {"errors": "0.25"}
        play.pushes("ada")
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await play.answer("failed", "errors ≤ 0.01", "was 0.25")


async def test_what_tells_nothing_is_inconclusive_and_a_person_decides(tmp_path: Path) -> None:
    async with playing(tmp_path, verified(QUERY)) as play:
        play.says("ada", "/deploy api production")
        await play.told("nobody can tell", "the query gave no value")
        slot = await play.slot()
        assert slot.current is not None
        assert slot.current.state == "verifying"
        play.clock.advance(3_600)
        await play.settled()
        assert (await play.slot()).current is not None  # nothing is counted as success by waiting
        await play.presses("grace", "Keep")
        await play.answer("succeeded")
        assert (await play.slot()).history[-1].reason == "kept_by"


async def test_what_is_inconclusive_can_be_rolled_back(tmp_path: Path) -> None:
    async with playing(tmp_path, verified(QUERY)) as play:
        play.deployer.metrics = {"errors": "0"}
        good = await first_good(play)
        play.deployer.metrics = None
        play.pushes("ada")
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await play.told("nobody can tell", "prometheus answered 503")
        play.deployer.metrics = {"errors": "0"}
        await play.presses("lin", "Roll back")
        await play.runs(good)


async def test_while_it_is_verified_it_can_be_kept_and_others_wait(tmp_path: Path) -> None:
    async with playing(tmp_path, verified(HTTP)) as play:
        play.says("ada", "/deploy api production")
        await play.answer("verifying")
        second = play.opens("lin", {"services/api/b.py": "b = 1\n"}, "second")
        play.says("lin", "/deploy api production", number=second.number)
        await play.answer("queued, place 1", number=second.number)
        play.says("grace", f"/keep {(await play.slot()).current.id}")  # type: ignore[union-attr]
        await play.answer("succeeded")
        await play.runs(second.head_sha)


async def test_a_probe_that_recovers_is_no_failure(tmp_path: Path) -> None:
    async with playing(tmp_path, verified(HTTP)) as play:
        sha = play.pull.head_sha
        play.deployer.sick.add(sha)
        play.says("ada", "/deploy api production")
        await play.answer("verifying", "answered 503, 1 of 3 times in a row")
        play.deployer.sick.clear()
        await play.answer("succeeded")
        assert (await play.slot()).bad == ()


async def test_a_rollback_is_verified_too_and_does_not_loop(tmp_path: Path) -> None:
    async with playing(tmp_path, verified(HTTP, then="rollback: {mode: auto}")) as play:
        good = await first_good(play)
        bad = await then_sick(play)
        play.deployer.sick.add(good)  # what was good then is not any more
        await play.told("rolled back", "a probe failed")
        await play.settled()
        assert [order.action for order in play.deployer.orders] == ["deploy", "deploy", "rollback"]
        assert bad in (await play.slot()).bad


async def test_it_rolls_back_by_itself_where_that_is_configured(tmp_path: Path) -> None:
    async with playing(tmp_path, verified(HTTP, then="rollback: {mode: auto}")) as play:
        good = await first_good(play)
        await then_sick(play)
        await play.runs(good)
        await play.told("rolled back by itself")
        await play.told("decided:", "by the configuration")


async def test_without_an_answer_it_is_rolled_back_at_the_stated_time(tmp_path: Path) -> None:
    async with playing(tmp_path, verified(HTTP, then="rollback: {mode: prompt, auto_after: 10m}")) as play:
        good = await first_good(play)
        await then_sick(play)
        await play.told("nobody decides: it is rolled back by itself at")
        assert [order.action for order in play.deployer.orders] == ["deploy", "deploy"]
        play.clock.advance(601)
        await play.runs(good)


async def test_who_decides_in_time_is_not_overruled(tmp_path: Path) -> None:
    async with playing(tmp_path, verified(HTTP, then="rollback: {mode: prompt, auto_after: 10m}")) as play:
        await first_good(play)
        bad = await then_sick(play)
        prompt = await play.presses("lin", "Keep")
        await play.until("who decided", lambda: not prompt.buttons)
        play.clock.advance(601)
        await play.settled()
        assert play.deployer.live["api", "production"].sha == bad


async def test_a_value_is_compared_with_the_time_before(tmp_path: Path) -> None:
    growth = 'prometheus: [{url: "{hook}/prometheus", query: latency, growth: 1.5, every: 10s, failures: 2}]'
    async with playing(tmp_path, verified(growth)) as play:
        play.deployer.metrics = {"latency": "0.2"}
        play.deployer.metrics_before = {"latency": "0.15"}
        await first_good(play)
        play.deployer.metrics = {"latency": "0.3"}
        play.pushes("ada")
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await play.answer("failed", "was 0.3, and 0.15 before the deployment (2 times in a row)")


async def test_a_check_has_to_be_green_after_the_deployment(tmp_path: Path) -> None:
    async with playing(tmp_path, verified("checks: [smoke]", duration="30m")) as play:
        sha = play.pull.head_sha
        before = play.github.post_check_run("github-actions", SHOP, sha, "smoke", conclusion="success")
        play.clock.advance(5)
        play.says("ada", "/deploy api production")
        await play.answer("verifying", "did not run after the deployment")
        play.github.post_check_run("github-actions", SHOP, sha, "smoke", conclusion="failure")
        await play.answer("failed", "check smoke", "ended as failure")
        assert before.conclusion == "success"


async def test_what_is_done_cannot_be_cancelled(tmp_path: Path) -> None:
    async with playing(tmp_path, verified(HTTP, duration="30m")) as play:
        play.says("ada", "/deploy api production")
        await play.answer("verifying")
        play.says("ada", f"/cancel {(await play.slot()).current.id}")  # type: ignore[union-attr]
        await play.answer("nothing to stop", "/keep", "/rollback")
        assert (await play.slot()).current is not None


async def test_a_bot_that_is_restarted_goes_on_watching(tmp_path: Path) -> None:
    async with playing(tmp_path, verified(HTTP)) as play:
        await first_good(play)
        await then_sick(play)
        await play.answer("verifying", "1 of 3 times in a row")
        await play.stop_bot()
        await play.start_bot()
        await play.answer("failed", "3 times in a row")


async def test_an_address_that_the_guard_refuses_tells_nothing(tmp_path: Path) -> None:
    private = 'http: [{url: "https://10.0.0.7/healthz", every: 5s, failures: 3}]'
    async with playing(tmp_path, verified(private)) as play:
        play.says("ada", "/deploy api production")
        await play.told("nobody can tell", "no public address")
        await play.presses("grace", "Keep")
        await play.answer("succeeded")
