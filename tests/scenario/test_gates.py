"""What stands between a command and its start: checks, reviews, order, forks, emergencies."""

from pathlib import Path

from bot.sandbox.github.records import BranchRules
from bot.sandbox.github.seed import SHOP
from tests.scenario.play import Play, playing, with_environment

ANY_CHECK = with_environment("requires: {}")
NAMED = with_environment("requires: {checks: [{name: ci/test, app: github-actions}]}")
REVIEW = with_environment("requires: {checks: [], review: true}")
UP_TO_DATE = with_environment("requires: {checks: [], up_to_date: true}")
AFTER = with_environment("after: [staging]")


async def waits(play: Play, *words: str) -> None:
    """It waits, and nothing was started."""
    await play.answer("waiting", *words)
    await play.settled()
    assert play.deployer.orders == []


# --- checks ----------------------------------------------------------------------------------------------


async def test_no_check_at_all_is_not_taken_for_green(tmp_path: Path) -> None:
    async with playing(tmp_path, ANY_CHECK) as play:
        sha = play.pushes("ada")
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await waits(play, "no check has reported")
        play.github.run_ci(SHOP, sha)
        play.clock.advance(30)
        await play.runs(sha)


async def test_a_check_that_is_required_and_did_not_report_is_waited_for(tmp_path: Path) -> None:
    async with playing(tmp_path, ANY_CHECK) as play:
        play.github.protect_branch(SHOP, "main", BranchRules([("security", None)]))
        sha = play.pushes("ada")
        play.github.run_ci(SHOP, sha)
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await waits(play, "security")
        play.github.post_check_run("scanner", SHOP, sha, "security", conclusion="success")
        play.clock.advance(30)
        await play.runs(sha)


async def test_a_failed_check_refuses_by_its_name(tmp_path: Path) -> None:
    async with playing(tmp_path, NAMED) as play:
        sha = play.pushes("ada")
        play.github.run_ci(SHOP, sha, "failure")
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await play.answer("not deployed", "checks", "ci/test")
        assert play.deployer.orders == []


async def test_a_status_of_the_same_name_by_somebody_else_is_not_that_check(tmp_path: Path) -> None:
    async with playing(tmp_path, NAMED) as play:
        sha = play.pushes("ada")
        play.github.post_status("ada", SHOP, sha, "ci/test", "success")
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await waits(play, "ci/test")


async def test_a_pending_check_is_not_passed_and_a_cancelled_one_refuses(tmp_path: Path) -> None:
    async with playing(tmp_path, NAMED) as play:
        sha = play.pushes("ada")
        run = play.github.post_check_run("github-actions", SHOP, sha, "ci/test", status="in_progress")
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await waits(play, "ci/test")
        play.github.finish_check_run(SHOP, run.id, "cancelled")
        play.clock.advance(30)
        await play.answer("refused", "failed or was cancelled")
        assert play.deployer.orders == []


async def test_a_check_that_is_skipped_does_not_block_as_on_github(tmp_path: Path) -> None:
    async with playing(tmp_path, NAMED) as play:
        sha = play.pushes("ada")
        play.github.run_ci(SHOP, sha, "skipped")
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await play.runs(sha)


# --- reviews and branches ----------------------------------------------------------------------------------


async def test_a_review_of_an_older_head_does_not_count(tmp_path: Path) -> None:
    async with playing(tmp_path, REVIEW) as play:
        play.github.review("grace", SHOP, play.pull.number)
        sha = play.pushes("ada")
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await waits(play, "older commit")
        play.github.review("grace", SHOP, play.pull.number)
        play.clock.advance(30)
        await play.runs(sha)


async def test_who_cannot_write_approves_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path, REVIEW) as play:
        play.github.review("mallory", SHOP, play.pull.number)
        play.says("ada", "/deploy api production")
        await waits(play, "nobody with write access has approved")


async def test_requested_changes_refuse_whoever_else_approved(tmp_path: Path) -> None:
    async with playing(tmp_path, REVIEW) as play:
        play.github.review("lin", SHOP, play.pull.number)
        play.github.review("grace", SHOP, play.pull.number, "CHANGES_REQUESTED")
        play.says("ada", "/deploy api production")
        await play.answer("not deployed", "asked for changes", "grace")
        assert play.deployer.orders == []


async def test_a_commit_that_no_pull_request_brought_has_no_review(tmp_path: Path) -> None:
    async with playing(tmp_path, REVIEW) as play:
        play.types("U0ADA", "/deploy", "api production")
        await play.whispered("U0ADA", "not deployed", "no pull request brought this commit")
        assert play.deployer.orders == []


async def test_a_merge_counts_as_reviewed_when_its_last_head_was(tmp_path: Path) -> None:
    async with playing(tmp_path, REVIEW) as play:
        play.github.review("grace", SHOP, play.pull.number)
        merged = play.github.merge("grace", SHOP, play.pull.number)
        play.clock.advance(2)
        play.types("U0ADA", "/deploy", "api production")
        await play.runs(merged)


async def test_a_branch_that_lacks_the_newest_of_main_is_refused(tmp_path: Path) -> None:
    async with playing(tmp_path, UP_TO_DATE) as play:
        play.github.push("olive", SHOP, "main", {"README.md": "Newer\n"}, "Newer")
        play.says("ada", "/deploy api production")
        await play.answer("not deployed", "up_to_date", "merge or rebase")
        assert play.deployer.orders == []


# --- the order of environments and services ----------------------------------------------------------------


async def test_production_comes_after_staging(tmp_path: Path) -> None:
    async with playing(tmp_path, AFTER) as play:
        play.says("ada", "/deploy api production")
        await play.answer("not deployed", "after", "deploy it there first")
        play.says("ada", "/deploy api staging")
        await play.runs(play.pull.head_sha, "staging")
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)


async def test_what_is_on_its_way_to_staging_is_waited_for(tmp_path: Path) -> None:
    async with playing(tmp_path, AFTER) as play:
        play.deployer.play_next("late")
        play.says("ada", "/deploy api staging")
        await play.until("it under way", lambda: play.deployer.runs and play.deployer.runs[-1].held)
        play.says("ada", "/deploy api production")
        await play.answer("waiting", "on its way")
        play.deployer.release_late()
        play.clock.advance(60)
        await play.runs(play.pull.head_sha)


async def test_a_commit_that_changes_nothing_of_the_service_is_as_good_as_its_ancestor(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path, AFTER) as play:
        play.says("ada", "/deploy api staging")
        await play.runs(play.pull.head_sha, "staging")
        sha = play.github.push("ada", SHOP, play.pull.head_ref, {"docs/notes.md": "n\n"}, "Notes").sha
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await play.runs(sha)


async def test_services_follow_each_other_within_one_request(tmp_path: Path) -> None:
    async with playing(tmp_path, None) as play:
        ordered = play.configured().replace("  web:\n", "  web:\n    after: [api]\n")
        play.github.push("olive", SHOP, "main", {".github/pointsman.yml": ordered}, "In order")
        play.deployer.play_next("late")
        play.says("ada", "/deploy api web production")
        await play.until("api under way", lambda: play.deployer.runs and play.deployer.runs[-1].held)
        await play.answer("waiting", "follows")
        assert [each.service for each in play.deployer.orders] == ["api"]
        play.deployer.release_late()
        play.clock.advance(60)
        await play.runs(play.pull.head_sha, service="web")


async def test_who_follows_what_failed_is_not_started(tmp_path: Path) -> None:
    async with playing(tmp_path, None) as play:
        ordered = play.configured().replace("  web:\n", "  web:\n    after: [api]\n")
        play.github.push("olive", SHOP, "main", {".github/pointsman.yml": ordered}, "In order")
        play.deployer.play_next("fail")
        play.says("ada", "/deploy api web production")
        await play.answer("failed")
        play.clock.advance(60)
        await play.answer("refused", "did not succeed")
        await play.settled()
        assert [each.service for each in play.deployer.orders] == ["api"]


# --- GitHub's own protection, forks, emergencies -----------------------------------------------------------


async def test_githubs_own_reviewers_are_asked(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.github.protect_environment(SHOP, "production/api", ["acme/sre"])
        play.says("ada", "/deploy api production")
        await waits(play, "required reviewers")
        play.says("grace", "/approve")  # may deploy, but is not in acme/sre
        await play.settled()
        assert play.deployer.orders == []
        play.says("lin", "/approve")
        await play.runs(play.pull.head_sha)


async def test_a_branch_that_githubs_environment_does_not_take_is_refused(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.github.protect_environment(SHOP, "production/api", branches=["main"])
        play.says("ada", "/deploy api production")
        await play.answer("not deployed", "does not take this branch")
        assert play.deployer.orders == []


async def test_an_emergency_passes_checks_and_is_announced_first(tmp_path: Path) -> None:
    urgent = with_environment("requires: {approvals: 1}\nemergency: [acme/sre]")
    async with playing(tmp_path, urgent) as play:
        play.says("ada", "/deploy api production --emergency because it burns")
        await play.answer("not for you to call an emergency")
        play.says("lin", "/deploy api production --emergency because it burns")
        await play.told("emergency", "it burns", "approvals")
        await play.runs(play.pull.head_sha)


async def test_a_fork_is_refused_unless_its_commit_is_approved_where_that_is_allowed(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("forks: approved")) as play:
        fork = play.github.open_pull_request(
            "mallory", "mallory/shop", "sly", "A gift", {"services/api/app.py": "x = 9\n"}, fork_of=SHOP
        )
        play.says("grace", "/deploy api staging", fork.number)
        await play.answer("not deployed", "fork", number=fork.number)
        play.says("grace", "/deploy api production --emergency because now", fork.number)
        await play.answer("emergency", number=fork.number)
        play.says("grace", "/deploy api production", fork.number)
        await play.answer("waiting", "fork", number=fork.number)
        await play.settled()
        assert play.deployer.orders == []
        play.says("ada", "/approve", fork.number)
        await play.runs(fork.head_sha)


# --- shown before anyone tries -----------------------------------------------------------------------------


async def test_status_on_a_pull_request_tells_what_stands_in_the_way_of_its_head(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("after: [staging]")) as play:
        play.says("lin", "/freeze production for 2h because stocktaking")
        await play.answer("frozen")
        play.says("ada", "/status production")
        shown = await play.answer("what is live", "stands in the way")
        assert "`after` closed" in shown.body
        assert "`freeze` closed" in shown.body
        assert "stocktaking" in shown.body
        assert play.pull.head_sha[:7] in shown.body


async def test_status_in_slack_tells_of_locks_and_of_who_waits_for_what(tmp_path: Path) -> None:
    async with playing(tmp_path, ANY_CHECK) as play:
        sha = play.pushes("ada")
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await play.answer("waiting", "no check has reported")
        play.types("U0LIN", "/pointsman", "lock web production for 1h because migration")
        await play.told("locked", "migration")
        play.types("U0GRACE", "/pointsman", "status")
        await play.whispered("U0GRACE", "what is live", "waits:", "no check has reported", "`lock` closed")
        play.github.run_ci(SHOP, sha)
