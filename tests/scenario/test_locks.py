"""Keeping others out for a while: who gets a lock, who waits, how it is passed on, and how it ends."""

from pathlib import Path

from bot.sandbox.github.seed import SHOP
from tests.scenario.play import Play, playing, with_environment

SRE_OVER = with_environment("emergency: [acme/sre]")


async def is_locked_by(play: Play, who: str) -> None:
    async def look() -> bool:
        holds = await play.bot.ledger.state(f"holds:{SHOP}")
        return bool(holds and [each.person.login for each in holds.locks] == [who])

    await play.eventually(f"a lock of {who} alone", look)


async def nothing_is_locked(play: Play) -> None:
    async def look() -> bool:
        holds = await play.bot.ledger.state(f"holds:{SHOP}")
        return bool(holds is not None and not holds.locks)

    await play.eventually("no lock", look)


async def test_others_are_refused_with_who_why_and_how_to_ask(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/lock production for 2h because a migration runs")
        await play.answer("locked", "production", "a migration runs")
        play.clock.advance(2)
        play.says("grace", "/deploy api production")
        await play.answer("not deployed", "lock", "ada", "a migration runs", "/ask")
        assert play.deployer.orders == []
        play.says("grace", "/deploy api staging")  # not locked
        await play.runs(play.pull.head_sha, "staging")
        play.says("ada", "/deploy api production")  # one's own lock is not in one's way
        await play.runs(play.pull.head_sha)


async def test_a_lock_holds_in_slack_as_on_github_and_stops_automation_and_rollbacks(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("auto: merge")) as play:
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        play.types("U0ADA", "/pointsman", "lock api because look first")
        await play.told("locked", "look first")
        play.clock.advance(2)
        play.types("U0GRACE", "/rollback", "api production")
        await play.whispered("U0GRACE", "nothing to go back to")
        play.github.merge("grace", SHOP, play.pull.number)
        await play.answer("refused", "somebody else has locked it")
        await play.settled()
        assert len(play.deployer.orders) == 1


async def test_two_people_lock_at_the_same_moment_and_one_of_them_has_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.webhooks_wait()
        play.says("ada", "/lock api production")
        play.says("grace", "/lock production")
        play.webhooks_go_out()
        await play.answer("not locked", "you stand in line, place 1")
        await is_locked_by(play, "ada")
        play.says("ada", "/unlock api production")
        await is_locked_by(play, "grace")
        await play.told("is yours now", "you stood in line")


async def test_a_lock_ends_by_itself_after_a_reminder_and_is_passed_on(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/lock production for 1h")
        await is_locked_by(play, "ada")
        play.says("grace", "/lock production for 30m")
        await play.answer("you stand in line")
        play.clock.advance(51 * 60)
        await play.told("you hold", "ends by itself")
        play.clock.advance(10 * 60)
        await is_locked_by(play, "grace")
        play.clock.advance(31 * 60)
        await nothing_is_locked(play)


async def test_a_reminder_can_be_answered_by_keeping_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/lock production for 1h")
        await is_locked_by(play, "ada")
        play.clock.advance(51 * 60)
        await play.presses("ada", "Keep for 1 h more")
        await play.settled()
        play.clock.advance(15 * 60)
        await play.settled()
        await is_locked_by(play, "ada")
        play.clock.advance(60 * 60)
        await nothing_is_locked(play)


async def test_an_expired_lock_stands_in_nobodys_way_although_the_bot_was_down_at_its_end(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/lock production for 1h")
        await is_locked_by(play, "ada")
        await play.settled()
        await play.stop_bot()
        play.clock.advance(2 * 3600)
        await play.start_bot()
        play.says("grace", "/deploy api production")
        await play.runs(play.pull.head_sha)


async def test_a_lock_does_not_outlive_the_pull_request_that_it_was_taken_on(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/lock production")
        await is_locked_by(play, "ada")
        play.github.close("ada", SHOP, play.pull.number)
        await nothing_is_locked(play)
        await play.answer("free", "its pull request was closed")


async def test_unless_it_says_how_long_it_lasts(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/lock production for 2h")
        await is_locked_by(play, "ada")
        play.github.close("ada", SHOP, play.pull.number)
        await play.settled()
        await is_locked_by(play, "ada")


async def test_only_its_holder_ends_a_lock_or_somebody_named_with_a_reason(tmp_path: Path) -> None:
    async with playing(tmp_path, SRE_OVER) as play:
        play.says("ada", "/lock production")
        await is_locked_by(play, "ada")
        play.says("grace", "/unlock production")
        await play.answer("not unlocked", "somebody else")
        play.says("lin", "/unlock production")
        await play.answer("say why")
        play.says("lin", "/unlock production because it is an incident")
        await nothing_is_locked(play)
        await play.answer("free", "taken away", "lin", "it is an incident")


async def test_unlocking_never_hits_a_newer_lock_of_somebody_else(tmp_path: Path) -> None:
    async with playing(tmp_path, SRE_OVER) as play:
        play.says("ada", "/lock production")
        await is_locked_by(play, "ada")
        play.webhooks_wait()
        play.says("ada", "/unlock production")
        play.says("grace", "/lock production")
        play.says("ada", "/unlock production")  # decided when there is nothing of hers any more
        play.webhooks_go_out()
        await play.settled()
        await is_locked_by(play, "grace")


async def test_the_holder_is_asked_and_whoever_asked_is_told(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/lock production")
        await is_locked_by(play, "ada")
        play.types("U0GRACE", "/pointsman", "ask production because a fix waits")
        await play.told("asks for", "U0GRACE")
        play.says("ada", "/unlock production")
        await play.whispered("U0GRACE", "is free again")
        await nothing_is_locked(play)


async def test_what_is_locked_is_told_on_a_question(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/pointsman lock")
        await play.answer("nothing is locked")
        play.says("ada", "/lock all because we move house")
        await is_locked_by(play, "ada")
        play.says("grace", "/pointsman unlock")
        await play.answer("locked and frozen", "everything", "we move house")


async def test_who_may_not_deploy_locks_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("deployers: [acme/sre]")) as play:
        play.says("ada", "/lock production")
        await play.answer("not allowed", "acme/sre")
        play.says("ada", "/lock staging")
        await is_locked_by(play, "ada")
