"""One deployment at a time in a slot: who waits, in which order, and what is looked at again at the start."""

from pathlib import Path

from bot.sandbox.github.seed import SHOP
from tests.scenario.play import Play, playing, with_environment


async def one_under_way(play: Play) -> str:
    """A deployment of the first pull request that waits for the deployer; gives its SHA."""
    play.deployer.play_next("late")
    play.says("ada", "/deploy api production")
    await play.until("a deployment under way", lambda: play.deployer.runs and play.deployer.runs[-1].held)
    await play.is_now("running")
    return play.pull.head_sha


async def waiting(play: Play, count: int) -> list[str]:
    """Wait until so many wait; gives their SHAs in order."""

    async def look() -> bool:
        return len((await play.slot()).queue) == count

    await play.eventually(f"{count} in the queue", look)
    return [each.order.sha for each in (await play.slot()).queue]


def another(play: Play, branch: str) -> tuple[int, str]:
    """Another pull request about the same service: its number and head."""
    pull = play.opens("ada", {f"services/api/{branch}.py": "x = 1\n"}, branch)
    return pull.number, pull.head_sha


async def test_who_waits_is_told_the_place_and_started_in_order(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        first = await one_under_way(play)
        (two, second), (three, third) = another(play, "second"), another(play, "third")
        play.says("ada", "/deploy api production", two)
        assert await waiting(play, 1) == [second]
        play.says("grace", "/deploy api production", three)
        assert await waiting(play, 2) == [second, third]
        await play.answer("queued", "place 1", number=two)
        await play.answer("queued", "place 2", number=three)
        play.deployer.release_late()
        await play.runs(third)
        assert [order.sha for order in play.deployer.orders] == [first, second, third]
        await play.answer("succeeded", number=two)
        await play.answer("succeeded", number=three)


async def test_the_other_service_and_the_other_environment_do_not_wait(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await one_under_way(play)
        play.says("ada", "/deploy web production")
        play.says("ada", "/deploy api staging")
        await play.runs(play.pull.head_sha, "production", "web")
        await play.runs(play.pull.head_sha, "staging", "api")
        play.deployer.release_late()
        await play.runs(play.pull.head_sha)


async def test_with_supersede_the_newest_replaces_those_that_wait_but_not_what_runs(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("on_busy: supersede")) as play:
        first = await one_under_way(play)
        (two, second), (three, third) = another(play, "second"), another(play, "third")
        play.says("ada", "/deploy api production", two)
        assert await waiting(play, 1) == [second]
        play.says("grace", "/deploy api production", three)
        await play.answer("superseded", number=two)
        assert await waiting(play, 1) == [third]
        play.deployer.release_late()
        await play.runs(third)
        assert [order.sha for order in play.deployer.orders] == [first, third]


async def test_with_reject_who_comes_later_is_refused_with_what_is_in_the_way(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("on_busy: reject")) as play:
        await one_under_way(play)
        running = play.deployer.orders[0].deployment
        two, _ = another(play, "second")
        play.says("grace", "/deploy api production", two)
        await play.answer("refused", running, "ada", number=two)
        play.deployer.release_late()
        await play.runs(play.pull.head_sha)
        assert len(play.deployer.orders) == 1


async def test_a_head_that_moved_while_it_waited_is_superseded(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await one_under_way(play)
        pull = play.opens("ada", {"services/api/second.py": "x = 1\n"}, "second")
        play.says("ada", "/deploy api production", pull.number)
        await waiting(play, 1)
        newer = play.pushes("ada", "x = 9\n", pull)
        await play.checked("pointsman/plan", newer)
        play.deployer.release_late()
        await play.answer("superseded", newer[:7], number=pull.number)
        await play.settled()
        assert len(play.deployer.orders) == 1


async def test_a_pull_request_that_was_closed_while_it_waited_is_refused(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await one_under_way(play)
        two, _ = another(play, "second")
        play.says("ada", "/deploy api production", two)
        await waiting(play, 1)
        play.github.close("ada", SHOP, two)
        play.deployer.release_late()
        await play.answer("refused", "closed", number=two)
        await play.settled()
        assert len(play.deployer.orders) == 1


async def test_somebody_who_lost_the_right_while_it_waited_is_refused(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await one_under_way(play)
        two, _ = another(play, "second")
        play.says("grace", "/deploy api production", two)
        await waiting(play, 1)
        play.github.remove_team_member("acme", "backend", "grace")
        play.deployer.release_late()
        await play.answer("refused", number=two)
        await play.settled()
        assert len(play.deployer.orders) == 1


async def test_a_gate_that_was_configured_while_it_waited_refuses_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await one_under_way(play)
        two, _ = another(play, "second")
        play.says("ada", "/deploy api production", two)
        await waiting(play, 1)
        gated = play.configured(with_environment("requires: {review: true}"))
        play.github.push("olive", SHOP, "main", {".github/pointsman.yml": gated}, "A review first")
        play.deployer.release_late()
        await play.answer("refused", "requires.review", number=two)
        await play.settled()
        assert len(play.deployer.orders) == 1


async def test_an_older_commit_of_the_default_branch_does_not_replace_a_newer_one(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        older = play.shop.branches["main"]
        newer = play.github.push("olive", SHOP, "main", {"services/api/app.py": "x = 1\n"}, "Newer").sha
        play.types("U0ADA", "/deploy", "api production")
        await play.runs(newer)
        play.types("U0ADA", "/deploy", f"api@{older} production")
        await play.told("superseded", newer[:7])
        await play.settled()
        assert [order.sha for order in play.deployer.orders] == [newer]
        play.types("U0ADA", "/deploy", "api production")
        await play.until("the same one again", lambda: len(play.deployer.orders) == 2)
        await play.runs(newer)


async def test_a_failure_in_front_does_not_hold_who_waits(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.step_seconds = 20.0
        play.deployer.play_next("fail")
        play.says("ada", "/deploy api production")
        await play.until("a deployment under way", lambda: play.deployer.runs)
        two, second = another(play, "second")
        play.says("ada", "/deploy api production", two)
        await waiting(play, 1)
        play.deployer.step_seconds = 0.0
        await play.runs(second)
        states = [each.state for each in (await play.slot()).history]
        assert states == ["failed", "succeeded"]
