"""Checks of a pull request: on which heads, how often, and what they say."""

from pathlib import Path

import pytest

from bot.sandbox.github import Fault
from bot.sandbox.github.records import CheckRun
from bot.sandbox.github.seed import SHOP
from bot.sandbox.stage import CONFIGURATION
from tests.scenario.play import Play, playing, with_environment

OURS = ("pointsman/config", "pointsman/plan")
FILE = ".github/pointsman.yml"


def runs_of(play: Play, sha: str) -> list[CheckRun]:
    """Our check runs of a commit."""
    return [run for run in play.shop.check_runs.values() if run.head_sha == sha and run.name in OURS]


def publishings(play: Play) -> int:
    """How often a check run was written."""
    return sum(
        each.request.method in ("POST", "PATCH") and "/check-runs" in (each.template or "")
        for each in play.github.requests
    )


async def both_checked(play: Play, sha: str) -> dict[str, CheckRun]:
    return {name: await play.checked(name, sha) for name in OURS}


async def test_an_opened_pull_request_gets_both_checks(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        pull = play.opens("ada", {"services/api/app.py": "x = 1\n"})
        found = await both_checked(play, pull.head_sha)
        assert {run.conclusion for run in found.values()} == {"success"}
        plan = found["pointsman/plan"]
        assert "api" in (plan.title or "")
        assert "/deploy api staging" in (plan.text or "")
        assert "/deploy api production" in (plan.text or "")
        assert "web" not in (plan.title or "")


async def test_a_change_of_what_all_services_share_plans_them_all(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        pull = play.opens("ada", {"libs/money.py": "CURRENCY = 'CHF'\n"})
        plan = await play.checked("pointsman/plan", pull.head_sha)
        assert "api" in (plan.title or "")
        assert "web" in (plan.title or "")


async def test_a_change_that_concerns_no_service_is_neutral_and_blocks_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        pull = play.opens("ada", {"README.md": "# The shop\n"})
        plan = await play.checked("pointsman/plan", pull.head_sha)
        assert plan.conclusion == "neutral"


async def test_a_gate_is_named_where_it_stands_in_the_way(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("requires: {approvals: 1}")) as play:
        plan = await play.checked("pointsman/plan", play.pull.head_sha)
        assert "approvals" in (plan.text or "")
        assert plan.conclusion in ("success", "neutral")


async def test_a_push_has_the_new_head_checked_and_the_old_one_left_alone(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        old = play.pull.head_sha
        await both_checked(play, old)
        await play.settled()
        before = [(run.id, run.completed_at) for run in runs_of(play, old)]
        written = publishings(play)
        new = play.pushes("ada")
        await both_checked(play, new)
        await play.settled()
        assert [(run.id, run.completed_at) for run in runs_of(play, old)] == before
        assert len(runs_of(play, new)) == 2
        assert publishings(play) == written + 2


async def test_a_head_that_is_no_longer_the_newest_is_not_checked(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.stage.github_server.deliver_to(None)
        overtaken = play.pushes("ada", "x = 1\n")
        play.clock.advance(5)
        newest = play.pushes("ada", "x = 2\n")
        play.github.outbox.waiting.reverse()
        play.stage.github_server.deliver_to(f"{play.bot.settings.public_url}/webhooks/github")
        await both_checked(play, newest)
        await play.settled()
        assert runs_of(play, overtaken) == []


async def test_one_check_can_be_run_again(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        runs = await both_checked(play, play.pull.head_sha)
        await play.settled()
        written = publishings(play)
        play.github.rerequest_check("ada", runs["pointsman/plan"].id)
        await play.until("the check again", lambda: publishings(play) > written)
        await play.checked("pointsman/plan", play.pull.head_sha)
        await play.settled()
        assert publishings(play) == written + 1
        assert all(run.status == "completed" for run in runs_of(play, play.pull.head_sha))


async def test_all_checks_can_be_run_again(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        runs = await both_checked(play, play.pull.head_sha)
        await play.settled()
        written = publishings(play)
        play.github.rerequest_suite("ada", runs["pointsman/plan"].suite.id)
        await play.until("both checks again", lambda: publishings(play) >= written + 2)
        await play.settled()
        assert publishings(play) == written + 2
        assert {run.conclusion for run in runs_of(play, play.pull.head_sha)} == {"success"}


async def test_a_check_of_another_app_is_not_ours_to_run_again(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await both_checked(play, play.pull.head_sha)
        await play.settled()
        written = publishings(play)
        theirs = next(run for run in play.shop.check_runs.values() if run.name == "ci/test")
        play.github.rerequest_check("ada", theirs.id)
        await play.settled()
        assert publishings(play) == written


async def test_a_pull_request_from_a_fork_is_checked_by_the_configuration_that_holds(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        pull = play.github.open_pull_request(
            "mallory", "mallory/shop", "gift", "A gift", {"services/api/app.py": "x = 1\n"}, fork_of=SHOP
        )
        found = await both_checked(play, pull.head_sha)
        assert found["pointsman/config"].conclusion == "success"
        assert "fork" in (found["pointsman/plan"].summary or "")
        play.github.rerequest_check("ada", found["pointsman/plan"].id)
        await play.settled()
        assert {run.conclusion for run in runs_of(play, pull.head_sha)} == {"success"}


# --- what is wrong with a configuration ----------------------------------------------------------------

WRONG: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "an unknown key": ("    url: https://shop", "    ulr: https://shop", ("ulr", "url")),
    "a wrong type": ("    url: https://shop", "    timeout: [1]\n    url: https://shop", ("timeout",)),
    "a duplicate key": (
        "    url: https://shop",
        "    url: https://a.example\n    url: https://shop",
        ("url",),
    ),
    "an unknown driver": ("driver: http", "driver: htpp", ("htpp", "http")),
    "a secret that the instance does not know": ("secret: shop-deployer", "secret: shop-deploye", ("shop-deploye",)),
    "broken YAML": ("environments:", "environments: [", ()),
    "an unknown service": ("environments:", "    after: [wob]\nenvironments:", ("wob", "web")),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_an_error_in_the_configuration_fails_its_check_with_its_place(tmp_path: Path, wrong: str) -> None:
    right, broken, words = WRONG[wrong]
    async with playing(tmp_path) as play:
        text = play.configured()
        changed = text.replace(right, broken, 1)
        assert changed != text
        pull = play.opens("ada", {FILE: changed})
        run = await play.checked("pointsman/config", pull.head_sha)
        assert run.conclusion == "failure"
        said = (run.summary or "").replace("\\", "")
        line = next(
            number
            for number, (old, new) in enumerate(
                zip(text.splitlines(), changed.splitlines(), strict=False), start=1
            )
            if old != new
        )
        numbers = {number for number in range(line, line + 3) if f"pointsman.yml:{number}:" in said}
        assert numbers, said
        assert all(word in said for word in words), said
        assert (await play.checked("pointsman/plan", pull.head_sha)).conclusion in ("success", "neutral")


async def test_a_change_that_mends_a_broken_configuration_says_so_before_it_is_merged(tmp_path: Path) -> None:
    broken = CONFIGURATION.replace("driver: http", "driver: htpp", 1)
    async with playing(tmp_path, broken) as play:
        assert (await play.checked("pointsman/config", play.pull.head_sha)).conclusion == "failure"
        assert (await play.checked("pointsman/plan", play.pull.head_sha)).conclusion == "neutral"
        play.says("ada", "/deploy api production")
        await play.answer("htpp")
        text = play.configured()
        pull = play.opens("ada", {FILE: text}, "mend")
        assert (await play.checked("pointsman/config", pull.head_sha)).conclusion == "success"
        assert play.deployer.orders == []
        merged = play.github.merge("ada", SHOP, pull.number)
        play.clock.advance(60)
        play.says("ada", "/deploy api production", pull.number)
        await play.runs(merged)


async def test_a_change_cannot_grant_itself_anything(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("deployers: [lin]")) as play:
        text = play.configured()
        pull = play.opens("ada", {FILE: text})
        assert (await play.checked("pointsman/config", pull.head_sha)).conclusion == "success"
        play.says("ada", "/deploy api production", pull.number)
        await play.answer("lin", number=pull.number)
        await play.settled()
        assert play.deployer.orders == []


async def test_a_change_that_removes_the_configuration_is_told_what_that_means(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.github.push("ada", SHOP, play.pull.head_ref, {FILE: None}, "No more Pointsman")
        run = await play.checked("pointsman/config", play.pull.head_sha)
        assert run.conclusion == "neutral"


async def test_a_change_that_brings_the_first_configuration_is_checked(tmp_path: Path) -> None:
    async with playing(tmp_path, None) as play:
        await play.settled()
        pull = play.opens("ada", {FILE: CONFIGURATION.replace("driver: http", "driver: htpp")})
        run = await play.checked("pointsman/config", pull.head_sha)
        assert run.conclusion == "failure"
        await play.settled()
        assert [each.name for each in runs_of(play, pull.head_sha)] == ["pointsman/config"]


async def test_a_check_is_published_once_github_answers_again(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.github.faults.add(Fault("status", path=".*", times=6, status=502))
        head = play.pushes("ada")
        await both_checked(play, head)
        await play.settled()
        assert len(runs_of(play, head)) == 2
