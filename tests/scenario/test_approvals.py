"""Second people: what waits for somebody's word, who may say it, and what it counts for."""

from pathlib import Path

from bot.sandbox.github.seed import SHOP
from tests.scenario.play import playing, with_environment

ONE = with_environment("requires: {checks: [], approvals: 1}")
TWO_OF_SRE = with_environment("requires: {checks: [], approvals: 2, approvers: [acme/sre, olive]}")


async def test_nothing_is_deployed_until_a_second_person_agrees(tmp_path: Path) -> None:
    async with playing(tmp_path, ONE) as play:
        play.says("ada", "/deploy api production")
        await play.answer("waiting", "approvals", "/approve")
        assert play.deployer.orders == []
        play.says("grace", "/approve")
        await play.runs(play.pull.head_sha)


async def test_who_asked_never_approves(tmp_path: Path) -> None:
    async with playing(tmp_path, ONE) as play:
        play.says("grace", "/deploy api production")
        await play.answer("waiting", "approvals")
        play.says("grace", "/approve")
        await play.answer("somebody else has to approve")
        play.says("ada", "/approve")  # who wrote the change does not, either
        await play.until(
            "both refusals",
            lambda: sum("somebody else has to approve" in each.body for each in play.bots_comments()) == 2,
        )
        assert play.deployer.orders == []
        play.says("lin", "/approve")
        await play.runs(play.pull.head_sha)


async def test_in_slack_it_is_a_button(tmp_path: Path) -> None:
    async with playing(tmp_path, ONE) as play:
        play.says("ada", "/deploy api production")
        await play.presses("grace", "Approve")
        await play.runs(play.pull.head_sha)
        await play.told("approved")


async def test_one_person_counts_once(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("requires: {checks: [], approvals: 2}")) as play:
        play.says("ada", "/deploy api production")
        await play.answer("waiting", "approvals")
        play.says("grace", "/approve")
        await play.answer("waiting", "grace")
        await play.presses("grace", "Approve")
        await play.whispered("U0GRACE", "approved it already")
        assert play.deployer.orders == []
        play.says("lin", "/approve")
        await play.runs(play.pull.head_sha)


async def test_a_rejection_ends_it_with_its_reason(tmp_path: Path) -> None:
    async with playing(tmp_path, ONE) as play:
        play.says("ada", "/deploy api production")
        await play.answer("waiting", "approvals")
        play.says("grace", "/reject because the migration is missing")
        await play.answer("refused", "grace", "the migration is missing")
        await play.settled()
        assert play.deployer.orders == []


async def test_who_approved_may_take_it_back_before_the_start(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("requires: {checks: [], approvals: 2}")) as play:
        play.says("ada", "/deploy api production")
        await play.answer("waiting", "approvals")
        play.says("grace", "/approve")
        await play.answer("waiting", "grace")
        play.says("grace", "/reject")
        await play.told("took their approval back")
        play.says("lin", "/approve")
        await play.answer("waiting", "lin")
        await play.settled()
        assert play.deployer.orders == []


async def test_an_approval_of_another_commit_does_not_count(tmp_path: Path) -> None:
    async with playing(tmp_path, ONE) as play:
        play.says("ada", "/deploy api production")
        await play.answer("waiting", "approvals")
        moved = play.pushes("ada")
        play.clock.advance(30)
        await play.answer("superseded")
        play.clock.advance(2)
        play.says("grace", "/approve")
        play.says("ada", "/deploy api production")
        await play.answer("waiting", moved[:7])
        assert play.deployer.orders == []


async def test_nobody_answers_and_it_ends_by_itself_after_a_reminder(tmp_path: Path) -> None:
    waits = with_environment("requires: {checks: [], approvals: 1, wait: 20m}")
    async with playing(tmp_path, waits) as play:
        play.says("ada", "/deploy api production")
        await play.answer("waiting", "approvals")
        play.clock.advance(11 * 60)
        await play.told("still waiting")
        play.clock.advance(10 * 60)
        await play.answer("refused", "did not come in time")
        await play.settled()
        assert play.deployer.orders == []


async def test_who_lost_the_right_meanwhile_does_not_count(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("requires: {checks: [], approvals: 2}")) as play:
        play.says("ada", "/deploy api production")
        await play.answer("waiting", "approvals")
        play.github.set_permission(SHOP, "mallory", "write")
        play.says("mallory", "/approve")
        await play.answer("waiting", "mallory")
        play.github.set_permission(SHOP, "mallory", "none")
        play.says("lin", "/approve")
        await play.settled()
        assert play.deployer.orders == []
        play.says("grace", "/approve")
        await play.runs(play.pull.head_sha)
