"""Nothing is lost while the bot is away: what never arrived is asked for, what the log forgot is found."""

from pathlib import Path

import aiohttp
import pytest

from bot.ports import DeliveryRow
from bot.runtime.reconciler import COMPARE_AFTER_SECONDS, COMPARE_SECONDS
from bot.sandbox.github.acts import installations
from bot.sandbox.github.emission import redeliver
from bot.sandbox.github.faults import Fault
from bot.sandbox.github.outbox import HookDelivery
from bot.sandbox.github.seed import SHOP
from tests.scenario.play import Play, playing, with_environment
from tests.scenario.test_github_actions import BY_WORKFLOW, HELD

ON_MERGE = with_environment("auto: merge")
HOUR = 3600.0


async def away(play: Play) -> None:
    """Let the bot go away when all is quiet."""
    await play.settled()
    await play.stop_bot()


async def in_vain(play: Play) -> None:
    """Wait until GitHub has tried all that it has, and nobody answered."""

    def tried() -> bool:
        attempts = play.github.deliveries.entries.values()
        return any(each.status.startswith("failed") for each in attempts) and _is_idle(play)

    await play.until("deliveries in vain", tried)


def _is_idle(play: Play) -> bool:
    return play.stage.github_server.is_idle and all(
        each.delivered_at is not None for each in play.github.deliveries.entries.values()
    )


async def forgotten(play: Play) -> None:
    """Nobody answers, and by the time that the bot is back GitHub's log has nothing of it any more."""
    await in_vain(play)
    play.github.deliveries.entries.clear()


def attempts_of(play: Play, event: str) -> list[HookDelivery]:
    return [each for each in play.github.deliveries.entries.values() if each.webhook.event == event]


async def findings(play: Play) -> list[DeliveryRow]:
    """What was found by comparison, the oldest first."""
    rows = await play.bot.ledger.deliveries(0)
    return [row for row in reversed(rows) if row.source == "reconciler"]


async def compared(play: Play) -> None:
    """Let the bot compare what it knows with GitHub."""
    play.clock.advance(COMPARE_AFTER_SECONDS + 1)

    async def look() -> bool:
        return play.bot.reconciler.recovery.compared_at is not None

    await play.eventually("a comparison", look)
    await play.settled()


# --- what never arrived is asked for ---------------------------------------------------------------------


async def test_everything_that_happened_while_the_bot_was_away_is_made_up_for(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        await away(play)
        opened = play.opens("ada", {"services/web/index.html": "<h1>hi</h1>"}, "new-page")
        asking = play.says("ada", "/deploy web staging", opened.number)
        merge_sha = play.github.merge("lin", SHOP, play.pull.number)
        await in_vain(play)
        await play.start_bot()
        await play.checked("pointsman/plan", opened.head_sha)
        await play.reacted(asking, "eyes")
        await play.runs(opened.head_sha, "staging", "web")
        await play.runs(merge_sha)
        assert await findings(play) == []


async def test_a_command_is_run_as_it_was_written_although_its_comment_was_edited(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await away(play)
        asking = play.says("ada", "/deploy api staging")
        play.github.edit_comment("ada", SHOP, asking.id, "/deploy web production")
        await in_vain(play)
        await play.start_bot()
        await play.runs(play.pull.head_sha, "staging")
        await play.settled()
        assert [(order.service, order.environment) for order in play.deployer.orders] == [("api", "staging")]


async def test_a_command_of_which_only_the_edit_arrived_is_asked_for_too(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.github.faults.add(Fault("lose", event="issue_comment", times=1))
        asking = play.says("ada", "/deploy api staging")
        play.github.edit_comment("ada", SHOP, asking.id, "Never mind")
        await play.clock.sleep(1)
        play.clock.advance(300)
        await play.runs(play.pull.head_sha, "staging")


async def test_a_command_that_comes_eleven_minutes_late_is_answered_and_not_run(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await away(play)
        play.says("ada", "/deploy api production")
        await in_vain(play)
        play.clock.advance(660)
        await play.start_bot()
        await play.answer("minutes")
        await play.settled()
        assert play.deployer.orders == []


async def test_a_log_of_several_pages_is_read_to_its_end(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await away(play)
        play.says("ada", "/deploy api staging")
        for number in range(210):
            play.says("grace", f"What about {number}?")
        await in_vain(play)
        await play.start_bot()
        await play.runs(play.pull.head_sha, "staging")

        async def all_here() -> bool:
            rows = await play.bot.ledger.deliveries(0)
            return sum(row.event == "issue_comment" and row.action == "created" for row in rows) >= 211

        await play.eventually("every comment", all_here)
        pages = [each for each in play.github.requests if "cursor=" in each.request.path]
        assert len(pages) >= 2


async def test_a_list_that_github_cannot_give_is_asked_for_again(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await away(play)
        play.says("ada", "/deploy api staging")
        await in_vain(play)
        play.github.faults.add(Fault("status", path="/app/hook/deliveries", status=502, times=1))
        await play.start_bot()
        await play.runs(play.pull.head_sha, "staging")
        told = play.bot.reconciler.recovery
        assert (told.failures, told.fault) == (1, None)


async def test_a_time_out_that_the_filter_for_failures_hides_is_seen(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await away(play)
        play.says("ada", "/deploy api staging")
        await in_vain(play)
        (attempt,) = attempts_of(play, "issue_comment")
        attempt.status, attempt.status_code = "timed out", 0
        await play.start_bot()
        await play.runs(play.pull.head_sha, "staging")
        assert not any("status=" in each.request.path for each in play.github.requests)


async def test_what_arrived_although_the_answer_was_lost_is_not_asked_for(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api staging")
        await play.runs(play.pull.head_sha, "staging")
        await away(play)
        for attempt in play.github.deliveries.entries.values():
            attempt.status, attempt.status_code = "timed out", 0
        before = len(play.github.deliveries.entries)
        await play.start_bot()
        await compared(play)
        assert len(play.github.deliveries.entries) == before


async def test_a_restart_reads_only_what_is_new(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        for number in range(120):
            play.says("grace", f"What about {number}?")
        await play.settled()
        await compared(play)
        play.clock.advance(2 * HOUR)
        await play.eventually("a sweep after that", lambda: _swept_since(play, play.clock.now() - 600))
        await away(play)
        asked_before = len(play.github.requests)
        await play.start_bot()
        await play.eventually("a sweep", lambda: _swept_since(play, play.clock.now() - 60))
        asked = list(play.github.requests)[asked_before:]
        lists = [each for each in asked if each.template == "/app/hook/deliveries"]
        assert lists
        assert not any("cursor=" in each.request.path for each in lists)


async def _swept_since(play: Play, at: float) -> bool:
    swept_at = play.bot.reconciler.recovery.swept_at
    return swept_at is not None and swept_at >= at


async def test_the_proof_names_what_is_missing_until_it_has_come(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await away(play)
        play.says("ada", "/deploy api staging")
        await in_vain(play)
        (lost,) = attempts_of(play, "issue_comment")
        play.clock.advance(70)
        play.github.faults.add(Fault("status", path="/app/hook/deliveries/.*", status=404, times=1))
        await play.start_bot()

        async def named() -> bool:
            proof = play.bot.reconciler.recovery.proof
            return proof is not None and proof.missing == (lost.webhook.guid,)

        await play.eventually("the missing one's name", named)
        await play.runs(play.pull.head_sha, "staging")

        async def proven() -> bool:
            proof = play.bot.reconciler.recovery.proof
            return proof is not None and proof.missing == () and proof.total.sent == proof.total.finished

        await play.eventually("the proof", proven)


async def test_the_metrics_of_a_bot_show_the_proof_and_what_it_asked_of_github(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api staging")
        await play.runs(play.pull.head_sha, "staging")
        await play.settled()
        play.clock.advance(400)
        await play.eventually("a sweep after that", lambda: _swept_since(play, play.clock.now() - 60))
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{play.bot_url}/metrics") as response,
        ):
            text = await response.text()
        sent = len({each.webhook.guid for each in play.github.deliveries.entries.values()})
        for name in ("sent", "stored", "finished"):
            assert f'pointsman_deliveries_{name}{{window="day"}} {float(sent)}' in text
        assert "pointsman_deliveries_missing 0.0" in text
        assert 'pointsman_github_requests_total{scope="installation",status="200"}' in text
        assert "pointsman_github_rate_limit_remaining{" in text


# --- what failed here is repaired ------------------------------------------------------------------------


async def test_a_delivery_that_failed_here_is_repaired_by_a_redelivery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        translate = play.bot.composition.translate
        monkeypatch.setattr(play.bot.worker._translator, "_translate", lambda _: 1 / 0)
        head = play.pushes("ada")

        async def failed() -> bool:
            rows = await play.bot.ledger.deliveries(0)
            return any((row.state, row.event) == ("failed", "pull_request") for row in rows)

        await play.eventually("a delivery that failed", failed)
        monkeypatch.setattr(play.bot.worker._translator, "_translate", translate)
        play.clock.advance(300)
        await play.checked("pointsman/plan", head)

        async def repaired() -> bool:
            return all(row.state == "done" for row in await play.bot.ledger.deliveries(0))

        await play.eventually("everything done", repaired)


# --- what the log no longer has is found by comparison ---------------------------------------------------


async def test_a_push_that_no_redelivery_can_bring_is_found_by_comparison(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        before = play.pull.head_sha
        await away(play)
        head = play.pushes("ada")
        await forgotten(play)
        play.clock.advance(HOUR)
        await play.start_bot()
        await compared(play)
        await play.checked("pointsman/plan", head)
        (found,) = await findings(play)
        assert (found.event, found.action, found.subject) == ("comparison", "updated", f"{SHOP}#1")
        stored = await play.bot.ledger.delivery(found.id)
        assert stored is not None
        assert head in stored[1].body.decode()
        assert before in stored[1].body.decode()


async def test_what_happened_while_the_app_was_suspended_is_found_by_comparison(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        installation = next(iter(play.github.installations.values()))
        lin = play.github.account("lin")
        installations.suspend(play.github, installation, lin)
        opened = play.opens("ada", {"services/web/index.html": "<h1>hi</h1>"}, "new-page")
        play.github.close("ada", SHOP, play.pull.number)
        await play.clock.sleep(1)
        play.clock.advance(HOUR)
        installations.unsuspend(play.github, installation, lin)
        play.clock.advance(COMPARE_SECONDS)
        await play.checked("pointsman/plan", opened.head_sha)
        await play.settled()
        assert {(row.action, row.subject) for row in await findings(play)} == {
            ("opened", f"{SHOP}#{opened.number}"),
            ("closed", f"{SHOP}#{play.pull.number}"),
        }


async def test_a_merge_that_no_redelivery_can_bring_is_deployed_once_even_if_its_webhook_comes_after_all(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        await away(play)
        merge_sha = play.github.merge("lin", SHOP, play.pull.number)
        await in_vain(play)
        (told,) = [each for each in attempts_of(play, "pull_request") if each.webhook.action == "closed"]
        play.github.deliveries.entries.clear()
        play.clock.advance(HOUR)
        await play.start_bot()
        await compared(play)
        await play.runs(merge_sha)
        redeliver(play.github, told)  # somebody at GitHub found it again
        await play.clock.sleep(1)
        await play.settled()
        closings = [row for row in await play.bot.ledger.deliveries(0) if row.action == "closed"]
        assert [row.reason for row in closings] == ["duplicate_event"]
        assert len(play.deployer.orders) == 1


async def test_a_merge_of_the_day_before_deploys_nothing_and_says_how_to(tmp_path: Path) -> None:
    async with playing(tmp_path, ON_MERGE) as play:
        await away(play)
        play.github.merge("lin", SHOP, play.pull.number)
        await forgotten(play)
        play.clock.advance(20 * HOUR)
        await play.start_bot()
        await compared(play)
        await play.answer("Merged, and not deployed by itself", "/deploy api production")
        assert play.deployer.orders == []


async def test_a_quiet_repository_has_nothing_to_find_and_costs_nothing_of_the_limit(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        await compared(play)
        assert await findings(play) == []
        used = {key: bucket.used for key, bucket in play.github.limits.buckets.items() if key}
        asked = len(play.github.requests)
        await play.bot.reconciler.compare()
        again = list(play.github.requests)[asked:]
        assert {each.status for each in again if "/repos/" in each.request.path} == {304}
        assert {key: play.github.limits.buckets[key].used for key in used} == used
        assert await findings(play) == []


async def test_pull_requests_from_before_the_bot_came_are_checked(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await away(play)
        (tmp_path / "pointsman.db").unlink()
        for name in ("pointsman.db-wal", "pointsman.db-shm"):
            (tmp_path / name).unlink(missing_ok=True)
        play.github.deliveries.entries.clear()
        play.shop.check_runs.clear()
        play.shop.runs_by_sha.clear()
        await play.start_bot()
        play.clock.advance(HOUR)
        await compared(play)
        for pull in play.shop.pulls:
            await play.checked("pointsman/plan", pull.head_sha)


# --- what runs is looked at ------------------------------------------------------------------------------


async def test_a_workflow_that_ended_unheard_while_the_bot_was_away_is_looked_at(tmp_path: Path) -> None:
    async with playing(tmp_path, BY_WORKFLOW) as play:
        play.github.actions.play_next("held")
        play.says("ada", "/deploy api production")
        await play.answer(HELD)
        await play.settled()
        await play.stop_bot()
        play.github.release_runs()
        await play.until("the run's end", lambda: not play.github.is_playing)
        await forgotten(play)
        await play.start_bot()
        await play.ended("succeeded")
        assert len(play.github.actions.runs) == 1
