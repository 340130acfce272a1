"""Bugs that deploy bots have had, played here: each begins as it did there, and ends as it should.

docs/coordination.md lists them with where they were reported. What other tests play already is named there.
"""

from pathlib import Path

from bot.sandbox.github.faults import Fault
from bot.sandbox.github.seed import SHOP
from tests.scenario.play import Play, playing, with_environment

ONE = with_environment("requires: {checks: [], approvals: 1}")
ANY_CHECK = with_environment("requires: {}")
UP_TO_DATE = with_environment("requires: {checks: [], up_to_date: true}")
PARAMETERS = "params:\n  size: {type: choice, options: [small, large], default: small}\n"


async def is_waiting(play: Play, *words: str) -> None:
    await play.answer("waiting", *words)
    await play.settled()
    assert play.deployer.orders == []


async def test_a_force_push_after_the_approval_takes_the_approval_away(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("requires: {checks: [], approvals: 2}")) as play:
        play.says("ada", "/deploy api production")
        await is_waiting(play, "approvals")
        play.says("grace", "/approve")
        await play.answer("waiting", "grace")
        branch = play.pull.head_ref
        forced = play.github.push("ada", SHOP, branch, {"services/api/app.py": "evil\n"}, force=True).sha
        play.says("lin", "/approve")
        await play.answer("superseded")
        await play.settled()
        assert forced not in [order.sha for order in play.deployer.orders]
        assert play.deployer.orders == []


async def test_two_that_wait_for_approvals_never_run_beside_each_other(tmp_path: Path) -> None:
    async with playing(tmp_path, ONE) as play:
        play.deployer.behaviour = "silent"
        play.says("ada", "/deploy api production")
        await is_waiting(play, "approvals")
        other = play.opens("lin", {"services/api/b.py": "b = 1\n"}, "second")
        play.clock.advance(2)
        play.says("lin", "/deploy api production", number=other.number)
        await play.answer("waiting", "approvals", number=other.number)
        play.says("grace", "/approve")
        play.says("grace", "/approve", number=other.number)
        await play.eventually("the other one in line", lambda: _in_line(play))
        assert len(play.deployer.orders) == 1
        play.deployer.behaviour = "succeed"
        play.says("ada", "/cancel")
        await play.until("both orders", lambda: len(play.deployer.orders) == 2)


async def _in_line(play: Play) -> bool:
    slot = await play.slot()
    return slot.current is not None and [each.state for each in slot.queue] == ["queued"]


async def test_who_waits_for_an_approval_holds_up_nobody(tmp_path: Path) -> None:
    async with playing(tmp_path, ONE) as play:
        play.says("ada", "/deploy api production")
        await is_waiting(play, "approvals")
        other = play.opens("lin", {"services/api/b.py": "b = 1\n"}, "second")
        play.clock.advance(2)
        play.says("lin", "/deploy api production", number=other.number)
        await play.answer("waiting", "approvals", number=other.number)
        play.says("grace", "/approve", number=other.number)
        await play.runs(other.head_sha)
        assert [order.sha for order in play.deployer.orders] == [other.head_sha]


async def test_an_approval_is_of_one_request_with_its_parameters(tmp_path: Path) -> None:
    async with playing(tmp_path, PARAMETERS + ONE) as play:
        play.says("ada", "/deploy api production size=small")
        await is_waiting(play, "approvals")
        play.says("grace", "/approve")
        await play.runs(play.pull.head_sha)
        play.clock.advance(2)
        play.says("ada", "/deploy api production size=large")
        await play.eventually("the second one waiting", lambda: _waits(play))
        await play.settled()
        assert [order.params for order in play.deployer.orders] == [{"size": "small"}]


async def _waits(play: Play) -> bool:
    return any(each.state == "waiting" for each in (await play.slot()).queue)


async def test_out_of_date_until_github_shows_otherwise(tmp_path: Path) -> None:
    async with playing(tmp_path, UP_TO_DATE) as play:
        broken = play.github.faults.add(Fault("status", path=".*/compare/.*", status=502))
        play.says("ada", "/deploy api production")
        await play.answer("waiting", "could not be asked")
        assert play.deployer.orders == []
        play.github.faults.rules.remove(broken)
        play.clock.advance(30)
        await play.runs(play.pull.head_sha)


async def test_an_older_run_that_ends_after_its_repetition_does_not_turn_it_green(tmp_path: Path) -> None:
    async with playing(tmp_path, ANY_CHECK) as play:
        sha = play.pushes("ada")
        play.clock.advance(2)
        older = play.github.post_check_run("scanner", SHOP, sha, "scan")
        play.clock.advance(5)
        play.github.post_check_run("scanner", SHOP, sha, "scan", conclusion="failure")
        play.clock.advance(5)
        play.github.finish_check_run(SHOP, older.id, "success")
        play.says("ada", "/deploy api production")
        await play.answer("not deployed", "scan")
        assert play.deployer.orders == []


async def test_news_of_an_older_commit_starts_nothing_that_waits_for_a_newer_one(tmp_path: Path) -> None:
    async with playing(tmp_path, ANY_CHECK) as play:
        older = play.pull.head_sha
        newer = play.pushes("ada")
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await is_waiting(play, "no check has reported")
        play.github.post_status("olive", SHOP, older, "ci/late", "success")
        await play.settled()
        assert play.deployer.orders == []
        play.github.run_ci(SHOP, newer)
        await play.runs(newer)


async def test_a_locks_reason_is_inert_wherever_it_is_shown(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("lin", "/lock production because ``` <!channel> @acme/sre [x](https://evil.example)")
        comment = await play.answer("locked")
        assert "@acme/sre" not in comment.body.replace("`", "").replace("@\u200bacme/sre", "")
        message = await play.told("locked")
        assert "<!channel>" not in message.spoken + str(message.blocks)
