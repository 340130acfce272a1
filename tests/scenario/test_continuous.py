"""What is deployed without anybody asking: tags, releases, schedules, promotion; and how it is paused."""

from pathlib import Path

from bot.domain.automation_events import AutomationPaused, AutomationResumed
from bot.domain.events import TurnCame
from bot.runtime.own_deliveries import delivery_of
from bot.sandbox.github.seed import SHOP
from tests.scenario.play import Play, playing, with_environment


async def says_own(play: Play, data: AutomationPaused | AutomationResumed) -> None:
    """What `pointsman pause` and `resume` store."""
    await play.bot.ledger.accept(delivery_of(data, f"{data.TYPE}:{data.at}", data.at))
    await play.settled()


def tip(play: Play) -> str:
    return play.shop.branches["main"]


async def test_a_tag_is_deployed_and_counts_once(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("auto: tag")) as play:
        sha = play.github.create_tag("olive", SHOP, "v1.0.0")
        await play.runs(sha)
        await play.runs(sha, service="web")
        await play.told("started by itself", "tag v1.0.0")
        await play.settled()
        assert len(play.deployer.orders) == 2


async def test_only_what_changed_since_what_is_live_is_deployed(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("auto: tag")) as play:
        first = play.github.create_tag("olive", SHOP, "v1.0.0")
        await play.runs(first)
        await play.runs(first, service="web")
        play.clock.advance(2)
        play.github.push("olive", SHOP, "main", {"services/web/index.html": "<p>\n"}, "Web only")
        second = play.github.create_tag("olive", SHOP, "v1.1.0")
        await play.runs(second, service="web")
        await play.settled()
        assert [each.service for each in play.deployer.orders if each.sha == second] == ["web"]


async def test_a_release_is_deployed_and_a_pre_release_is_not(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("auto: release")) as play:
        sha = play.github.create_tag("olive", SHOP, "v1.0.0-rc1")
        play.github.publish_release("olive", SHOP, "v1.0.0-rc1", prerelease=True)
        await play.settled()
        assert play.deployer.orders == []
        play.github.create_tag("olive", SHOP, "v1.0.0")
        play.github.publish_release("olive", SHOP, "v1.0.0")
        await play.runs(sha)


async def test_what_succeeds_in_staging_goes_on_to_production_after_a_while(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("after: [staging]\nauto: {promote: 30m}")) as play:
        play.says("ada", "/deploy api staging")
        await play.runs(play.pull.head_sha, "staging")
        await play.settled()
        play.clock.advance(29 * 60)
        await play.settled()
        assert len(play.deployer.orders) == 1
        play.clock.advance(2 * 60)
        await play.runs(play.pull.head_sha)


async def test_a_newer_success_takes_the_place_of_an_older_promotion(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("after: [staging]\nauto: {promote: 30m}")) as play:
        play.says("ada", "/deploy api staging")
        await play.runs(play.pull.head_sha, "staging")
        play.clock.advance(20 * 60)
        newer = play.pushes("ada")
        play.clock.advance(2)
        play.says("ada", "/deploy api staging")
        await play.runs(newer, "staging")
        play.clock.advance(31 * 60)
        await play.runs(newer)
        await play.settled()
        assert [each.sha for each in play.deployer.orders if each.environment == "production"] == [newer]


async def test_a_schedule_deploys_and_what_was_missed_is_caught_up_once(tmp_path: Path) -> None:
    nightly = with_environment('auto: {schedule: "0 3 * * *", timezone: Europe/Berlin}')
    async with playing(tmp_path, nightly) as play:

        async def seen() -> bool:
            return await play.bot.ledger.state(f"schedule:{SHOP}/production") is not None

        await play.eventually("the schedule seen", seen)
        await play.settled()
        assert play.deployer.orders == []  # it counts from when it was seen, not from long ago
        play.clock.advance(86_400)
        await play.runs(tip(play))
        await play.settled()
        await play.stop_bot()
        play.github.push("olive", SHOP, "main", {"services/api/app.py": "x = 3\n"}, "Later")
        play.clock.advance(5 * 86_400)
        await play.start_bot()
        play.clock.advance(60)
        await play.runs(tip(play))
        play.clock.advance(60)
        await play.settled()
        api = [each.sha for each in play.deployer.orders if each.service == "api"]
        assert len(api) == 2


async def test_paused_automation_starts_nothing_and_people_go_on(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("auto: tag")) as play:
        now = play.clock.now()
        await says_own(play, AutomationPaused(by="olive", at=now, because="stocktaking"))
        sha = play.github.create_tag("olive", SHOP, "v1.0.0")
        await play.settled()
        assert play.deployer.orders == []
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        await says_own(play, AutomationResumed(by="olive", at=play.clock.now() + 1))
        play.clock.advance(2)
        play.github.push("olive", SHOP, "main", {"services/web/index.html": "<b>\n"}, "Web")
        play.github.create_tag("olive", SHOP, "v1.0.1")
        await play.runs(tip(play), service="web")
        assert sha != tip(play)


async def test_a_check_that_turns_green_starts_who_waits_at_once(tmp_path: Path) -> None:
    named = with_environment("requires: {checks: [{name: ci/test, app: github-actions}]}")
    async with playing(tmp_path, named) as play:
        sha = play.pushes("ada")
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await play.answer("waiting", "ci/test")
        await play.settled()
        play.github.run_ci(SHOP, sha)
        await play.runs(sha)
        events = await play.bot.ledger.events()
        assert TurnCame(look=True) in [each.data for each in events]  # not the next look: the news


async def test_a_review_starts_who_waits_and_a_push_ends_it(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("requires: {checks: [], review: true}")) as play:
        play.says("ada", "/deploy api production")
        await play.answer("waiting", "review")
        await play.settled()
        before = play.clock.now()
        play.pushes("ada")
        await play.answer("superseded")
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await play.answer("waiting", "review")
        play.github.review("grace", SHOP, play.pull.number)
        await play.runs(play.pull.head_sha)
        assert play.clock.now() - before < 60


async def test_automation_makes_room_for_newer_automation_and_never_for_people(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("auto: tag")) as play:
        play.deployer.play_next("late")
        play.says("ada", "/deploy api production")
        await play.until("it under way", lambda: play.deployer.runs and play.deployer.runs[-1].held)
        play.github.create_tag("olive", SHOP, "v1")
        await play.told("tag v1", "queued")
        play.clock.advance(2)
        play.github.push("olive", SHOP, "main", {"services/api/app.py": "x = 4\n"}, "Newer")
        newest = play.github.create_tag("olive", SHOP, "v2")
        await play.told("tag v1", "superseded")
        play.deployer.release_late()
        await play.runs(newest)


async def test_after_a_rollback_nothing_is_deployed_by_itself_until_a_person_deploys(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("auto: merge")) as play:
        good = play.pull.head_sha
        play.says("ada", "/deploy api production")
        await play.runs(good)
        play.pushes("ada")
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await play.answer("succeeded", play.pull.head_sha[:7])
        play.says("lin", "/rollback api production because 5xx")
        await play.runs(good)
        await play.settled()
        play.github.merge("grace", SHOP, play.pull.number)
        await play.answer("refused", "until a person deploys")
        assert play.deployer.live["api", "production"].sha == good
