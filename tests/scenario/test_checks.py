"""Checks of a pull request: on which heads, how often, and what they say."""

import html
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.__main__ import main
from bot.sandbox.github import Fault
from bot.sandbox.github.records import CheckRun, PullRequest
from bot.sandbox.github.seed import SHOP
from bot.sandbox.stage import CONFIGURATION
from tests.scenario.play import Play, playing, with_environment

OURS = CONFIG, PLAN = ("pointsman/config", "pointsman/plan")
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


# --- a configuration that is mended, removed or new --------------------------------------------------


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


def proposes(play: Play, who: str, text: str | None, branch: str = "settings") -> PullRequest:
    """Open a pull request that gives the configuration this text; None removes it."""
    files = {FILE: text}
    return play.github.open_pull_request(who, SHOP, branch, "Other settings", files)


def merges_into_main(play: Play, text: str) -> None:
    """The owner changes the configuration that holds."""
    play.github.push("olive", SHOP, "main", {FILE: text}, "Other settings")


def reading(run: CheckRun) -> str:
    """All that a person reads of a check, as plain text."""
    shown = "\n".join(part or "" for part in (run.title, run.summary, run.text))
    return html.unescape(shown).replace("\\", "")


async def reads(play: Play, name: str, sha: str, *words: str) -> CheckRun:
    """Wait until a completed check of a commit has all these words."""
    await play.checked(name, sha)

    def look() -> CheckRun | None:
        runs = [run for run in play.shop.check_runs.values() if (run.name, run.head_sha) == (name, sha)]
        return next((run for run in runs if all(word in reading(run) for word in words)), None)

    return await play.until(f"{name} with {words}", look)


# --- when a head is checked ------------------------------------------------------------------------------


async def test_a_file_that_leaves_a_service_concerns_it_too(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        files = {"services/web/style.css": None}
        pull = play.github.open_pull_request("grace", SHOP, "plain", "No style", files)
        plan = await play.checked(PLAN, pull.head_sha)
        assert plan.conclusion == "success"
        assert "/deploy web production" in reading(plan)
        assert "/deploy api" not in reading(plan)


async def test_a_reopened_pull_request_is_checked_again_with_the_configuration_of_now(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        head = play.pull.head_sha
        await play.checked(PLAN, head)
        play.github.close("ada", SHOP, play.pull.number)
        await play.settled()
        merges_into_main(play, play.configured().replace("  staging:\n", "  testing: {}\n  staging:\n"))
        play.clock.advance(60)
        play.github.reopen("ada", SHOP, play.pull.number)
        await reads(play, PLAN, head, "/deploy api testing")


async def test_a_head_that_came_while_it_was_closed_is_checked_when_it_is_reopened(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.github.close("ada", SHOP, play.pull.number)
        await play.settled()
        head = play.pushes("ada")
        await play.settled()
        assert runs_of(play, head) == []
        play.github.reopen("ada", SHOP, play.pull.number)
        await play.checked(CONFIG, head)
        await play.checked(PLAN, head)


# --- asked for again -------------------------------------------------------------------------------------


async def test_re_run_of_one_check_makes_that_one_anew(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        head = play.pull.head_sha
        config = reading(await play.checked(CONFIG, head))
        plan = await play.checked(PLAN, head)
        merges_into_main(play, play.configured() + "nonsense: 1\n")
        play.clock.advance(60)
        play.github.rerequest_check("ada", plan.id)
        again = await reads(play, PLAN, head, "No plan", "nonsense")
        assert again.conclusion == "neutral"
        await play.settled()
        assert reading(await play.checked(CONFIG, head)) == config


async def test_re_run_all_ends_the_suite_although_nothing_changed(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        head = play.pull.head_sha
        await play.checked(CONFIG, head)
        suite = (await play.checked(PLAN, head)).suite
        await play.settled()
        play.github.rerequest_suite("grace", suite.id)
        assert suite.status == "queued"
        await play.until("an end of the suite", lambda: suite.status == "completed")
        assert suite.conclusion == "success"


# --- a configuration that is broken ----------------------------------------------------------------------


@dataclass(frozen=True)
class Mistake:
    """`old` becomes `new`; the finding is at the last `at` of the text, and says `words`."""

    old: str
    new: str
    at: str
    words: tuple[str, ...]


MISTAKES = {
    "unknown key": Mistake(
        "  staging:\n",
        "  staging:\n    on_bussy: queue\n",
        "on_bussy",
        ("unknown key `on_bussy`", "did you mean `on_busy`"),
    ),
    "wrong type": Mistake(
        "    url: https://shop.example\n",
        "    requires: {approvals: many}\n",
        "many}",
        ("whole number", "text `many`"),
    ),
    "no duration": Mistake(
        "    url: https://shop.example\n",
        "    timeout: soon\n",
        "soon",
        ("`soon` is not a duration", "`5m`"),
    ),
    "YAML error": Mistake(
        "    url: https://shop.example\n",
        "\turl: https://shop.example\n",
        "\turl",
        ("not valid YAML", "tabs"),
    ),
    "duplicate key": Mistake("  web:\n", "  api:\n", "api:\n", ("`api`", "second time", "line 4")),
    "unknown service": Mistake("environments:", "    after: [wob]\nenvironments:", "wob", ("service `wob`",)),
    "unknown driver": Mistake(
        "driver: http,", "driver: htpp,", "htpp", ("unknown driver `htpp`", "did you mean `http`")
    ),
    "unknown secret": Mistake(
        "secret: shop-deployer",
        "secret: shop-deplyer",
        "shop-deplyer",
        ("no secret `shop-deplyer`", "did you mean `shop-deployer`"),
    ),
}


def line_and_column(text: str, at: str) -> tuple[int, int]:
    """Where the last `at` of a text stands, counted from 1."""
    before = text[: text.rindex(at)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def validated(play: Play, text: str) -> tuple[int, str]:
    """The exit code and output of `pointsman validate` on this text."""
    file = play.stage.folder / "pointsman.yml"
    file.write_text(text)
    instance = str(play.stage.instance_file)
    arguments = ["validate", str(file), "--instance", instance, "--repository", SHOP]
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output.replace(str(file), FILE)


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
async def test_a_mistake_fails_the_check_with_line_column_and_a_way_out_and_validate_says_the_same(
    tmp_path: Path, mistake: Mistake
) -> None:
    async with playing(tmp_path) as play:
        text = play.configured().replace(mistake.old, mistake.new, 1)
        line, column = line_and_column(text, mistake.at)
        pull = proposes(play, "ada", text)

        run = await play.checked(CONFIG, pull.head_sha)
        assert run.conclusion == "failure"
        code, output = validated(play, text)
        finding = next(each for each in output.splitlines() if each.startswith(FILE))
        assert finding.startswith(f"{FILE}:{line}:{column}: ")
        assert all(word in finding for word in mistake.words)
        assert finding in reading(run)
        assert code == 1


async def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        text = play.configured().replace("driver: http,", "driver: htpp,").replace("  staging:", "  Stage:")
        pull = proposes(play, "ada", text)
        shown = reading(await play.checked(CONFIG, pull.head_sha))
        _, output = validated(play, text)
        findings = [each for each in output.splitlines() if each.startswith(FILE)]
        assert len(findings) >= 3
        assert all(each in shown for each in findings)


async def test_a_broken_proposal_does_not_touch_the_plan_since_main_decides(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        files = {FILE: "version: 1\nservices: 7\n", "services/api/app.py": "x = 1\n"}
        pull = play.github.open_pull_request("ada", SHOP, "both", "Both", files)
        assert (await play.checked(CONFIG, pull.head_sha)).conclusion == "failure"
        plan = await play.checked(PLAN, pull.head_sha)
        assert plan.conclusion == "success"
        assert "/deploy api production" in reading(plan)


async def test_while_main_is_broken_there_is_no_plan_and_a_deployment_is_refused_with_the_line(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path, CONFIGURATION + "oops: 1\n") as play:
        plan = await play.checked(PLAN, play.pull.head_sha)
        assert plan.conclusion == "neutral"
        assert f"{FILE}:15:1" in reading(plan)
        play.says("ada", "/deploy api production")
        answer = await play.answer("errors", "oops")
        assert f"{FILE}:15:1" in html.unescape(answer.body).replace("\\", "")
        assert play.deployer.orders == []


# --- a configuration that comes and goes -----------------------------------------------------------------


async def test_the_first_configuration_of_a_repository_is_checked_and_not_planned_by(tmp_path: Path) -> None:
    async with playing(tmp_path, None) as play:
        pull = proposes(play, "ada", play.configured())
        run = await play.checked(CONFIG, pull.head_sha)
        assert run.conclusion == "success"
        await play.settled()
        assert {run.name for run in runs_of(play, pull.head_sha)} == {CONFIG}


async def test_a_repository_without_a_configuration_gets_no_checks(tmp_path: Path) -> None:
    async with playing(tmp_path, None) as play:
        head = play.pushes("ada")
        await play.settled()
        assert runs_of(play, head) == []
        assert runs_of(play, play.pull.head_sha) == []


async def test_a_change_cannot_grant_itself_an_environment_in_its_own_plan(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        text = play.configured().replace("  staging:\n", "  playground: {}\n  staging:\n")
        files = {FILE: text, "services/api/app.py": "x = 1\n"}
        pull = play.github.open_pull_request("ada", SHOP, "both", "Both", files)
        assert (await play.checked(CONFIG, pull.head_sha)).conclusion == "success"
        assert "playground" not in reading(await play.checked(PLAN, pull.head_sha))


# --- what stands in the way ------------------------------------------------------------------------------

GATES = {
    "approvals": "requires: {checks: [], approvals: 1}",
    "review": "requires: {checks: [], review: true}",
    "checks": "requires: {checks: [{name: security, app: scanner}]}",
    "after": "after: [staging]",
}


@pytest.mark.parametrize(("gate", "text"), GATES.items(), ids=GATES.keys())
async def test_what_stands_in_the_way_is_in_the_plan_before_anyone_tries(
    tmp_path: Path, gate: str, text: str
) -> None:
    async with playing(tmp_path, with_environment(text)) as play:
        plan = await play.checked(PLAN, play.pull.head_sha)
        assert plan.conclusion == "success"
        rows = {row.split("|")[2].strip(" `"): row for row in (plan.text or "").splitlines()[2:]}
        assert f"`{gate}`" in rows["production"]
        assert gate not in rows["staging"]


async def test_where_no_gate_is_configured_a_deployment_goes_on_beside_a_gated_environment(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path, with_environment("requires: {approvals: 1}")) as play:
        play.says("ada", "/deploy api staging")
        await play.runs(play.pull.head_sha, "staging")


async def test_the_plan_says_which_environment_a_merge_goes_to_by_itself(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("auto: merge")) as play:
        plan = await play.checked(PLAN, play.pull.head_sha)
        rows = {row.split("|")[2].strip(): row for row in (plan.text or "").splitlines()[2:]}
        assert any("production" in name and "by itself" in name for name in rows)
        assert not any("staging" in name and "by itself" in name for name in rows)


# --- forks -----------------------------------------------------------------------------------------------


def from_a_fork(play: Play, files: dict[str, str | bytes | None]) -> PullRequest:
    """Mallory has no write access, so she proposes from a copy of her own."""
    where = "mallory/shop"
    return play.github.open_pull_request("mallory", where, "idea", "An idea", files, fork_of=SHOP)


async def test_a_change_from_a_fork_gets_its_checks_and_hears_that_it_cannot_be_deployed(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        pull = from_a_fork(play, {"services/api/app.py": "x = 3\n"})
        assert (await play.checked(CONFIG, pull.head_sha)).conclusion == "success"
        plan = await play.checked(PLAN, pull.head_sha)
        assert "fork" in reading(plan)
        assert "/deploy api staging" in reading(plan)
        play.says("ada", "/deploy api staging", pull.number)
        await play.answer("fork", "mallory/shop", number=pull.number)
        await play.settled()
        assert play.deployer.orders == []


async def test_re_run_of_a_forks_plan_still_says_that_it_is_a_fork(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        pull = from_a_fork(play, {"services/api/app.py": "x = 3\n"})
        plan = await play.checked(PLAN, pull.head_sha)
        merges_into_main(play, play.configured().replace("  staging:\n", "  testing: {}\n  staging:\n"))
        play.clock.advance(60)
        play.github.rerequest_check("ada", plan.id)
        await reads(play, PLAN, pull.head_sha, "/deploy api testing", "fork")
