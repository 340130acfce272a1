"""What a pull request's checks say: is the configuration valid, and what would be deployed where."""

import html
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.__main__ import main
from bot.sandbox.github.records import CheckRun, PullRequest
from bot.sandbox.github.seed import CONFIGURATION_PATH, SHOP
from bot.sandbox.stage import CONFIGURATION
from tests.scenario.play import Play, playing, with_environment

CONFIG, PLAN = "pointsman/config", "pointsman/plan"


def configuration_of(play: Play) -> str:
    """The configuration as it stands in the repository."""
    return CONFIGURATION.replace("{hook}", play.stage.deployer_server.hook_url)


def proposes(play: Play, who: str, text: str | None, branch: str = "settings") -> PullRequest:
    """Open a pull request that gives the configuration this text; None removes it."""
    files = {CONFIGURATION_PATH: text}
    return play.github.open_pull_request(who, SHOP, branch, "Other settings", files)


def merges_into_main(play: Play, text: str) -> None:
    """The owner changes the configuration that holds."""
    play.github.push("olive", SHOP, "main", {CONFIGURATION_PATH: text}, "Other settings")


def checks_of(play: Play, sha: str) -> set[str]:
    """The names of our checks on a commit."""
    runs = play.shop.check_runs.values()
    return {run.name for run in runs if run.head_sha == sha and run.name.startswith("pointsman/")}


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


async def test_an_opened_pull_request_gets_both_checks_and_the_plan_names_what_it_concerns(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        head = play.pull.head_sha
        config, plan = await play.checked(CONFIG, head), await play.checked(PLAN, head)
        assert (config.conclusion, plan.conclusion) == ("success", "success")
        shown = reading(plan)
        assert "/deploy api staging" in shown
        assert "/deploy api production" in shown
        assert "web" not in shown
        assert checks_of(play, head) == {CONFIG, PLAN}


async def test_the_plan_of_a_shared_library_names_every_service_that_uses_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        files = {"libs/money.py": "CURRENCY = 'USD'\n"}
        pull = play.github.open_pull_request("grace", SHOP, "dollars", "Dollars", files)
        plan = reading(await play.checked(PLAN, pull.head_sha))
        for service in ("api", "web"):
            for environment in ("staging", "production"):
                assert f"/deploy {service} {environment}" in plan


async def test_a_file_that_leaves_a_service_concerns_it_too(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        files = {"services/web/style.css": None}
        pull = play.github.open_pull_request("grace", SHOP, "plain", "No style", files)
        plan = await play.checked(PLAN, pull.head_sha)
        assert plan.conclusion == "success"
        assert "/deploy web production" in reading(plan)
        assert "/deploy api" not in reading(plan)


async def test_a_change_that_concerns_no_service_is_neutral(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        pull = play.github.open_pull_request("ada", SHOP, "words", "Words", {"README.md": "# The shop\n"})
        assert (await play.checked(PLAN, pull.head_sha)).conclusion == "neutral"
        assert (await play.checked(CONFIG, pull.head_sha)).conclusion == "success"


async def test_a_new_head_is_checked_and_the_old_ones_checks_stay_as_they_were(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        first = play.pull.head_sha
        before = reading(await play.checked(PLAN, first))
        files = {"services/web/index.html": "<button>Now</button>\n"}
        second = play.github.push("ada", SHOP, play.pull.head_ref, files).sha
        after = reading(await play.checked(PLAN, second))
        await play.checked(CONFIG, second)
        assert "/deploy web staging" in after
        assert "/deploy api staging" in after
        assert "/deploy web staging" not in before
        assert reading(await play.checked(PLAN, first)) == before


async def test_a_reopened_pull_request_is_checked_again_with_the_configuration_of_now(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        head = play.pull.head_sha
        await play.checked(PLAN, head)
        play.github.close("ada", SHOP, play.pull.number)
        await play.settled()
        merges_into_main(play, configuration_of(play).replace("  staging:\n", "  testing: {}\n  staging:\n"))
        play.clock.advance(60)
        play.github.reopen("ada", SHOP, play.pull.number)
        await reads(play, PLAN, head, "/deploy api testing")


async def test_a_head_that_came_while_it_was_closed_is_checked_when_it_is_reopened(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.github.close("ada", SHOP, play.pull.number)
        await play.settled()
        head = play.pushes("ada")
        await play.settled()
        assert checks_of(play, head) == set()
        play.github.reopen("ada", SHOP, play.pull.number)
        await play.checked(CONFIG, head)
        await play.checked(PLAN, head)


# --- asked for again -------------------------------------------------------------------------------------


async def test_re_run_of_one_check_makes_that_one_anew(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        head = play.pull.head_sha
        config = reading(await play.checked(CONFIG, head))
        plan = await play.checked(PLAN, head)
        merges_into_main(play, configuration_of(play) + "checks: {}\n" + "params: {slow: {type: nothing}}\n")
        play.clock.advance(60)
        play.github.rerequest_check("ada", plan.id)
        again = await reads(play, PLAN, head, "No plan", "slow", "`nothing`")
        assert again.conclusion == "neutral"
        await play.settled()
        assert reading(await play.checked(CONFIG, head)) == config


async def test_re_run_all_makes_both_anew(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        head = play.pull.head_sha
        await play.checked(CONFIG, head)
        plan = await play.checked(PLAN, head)
        await play.settled()
        merges_into_main(play, configuration_of(play) + "nonsense: 1\n")
        play.clock.advance(60)
        play.github.rerequest_suite("grace", plan.suite.id)
        await reads(play, PLAN, head, "nonsense")
        # The head's own file is untouched, but merged it would be the default branch's.
        await play.until("an end of the suite", lambda: plan.suite.status == "completed")
        assert checks_of(play, head) == {CONFIG, PLAN}


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
    return result.exit_code, result.output.replace(str(file), CONFIGURATION_PATH)


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
async def test_a_mistake_fails_the_check_with_line_column_and_a_way_out_and_validate_says_the_same(
    tmp_path: Path, mistake: Mistake
) -> None:
    async with playing(tmp_path) as play:
        text = configuration_of(play).replace(mistake.old, mistake.new, 1)
        line, column = line_and_column(text, mistake.at)
        pull = proposes(play, "ada", text)

        run = await play.checked(CONFIG, pull.head_sha)
        assert run.conclusion == "failure"
        code, output = validated(play, text)
        finding = next(each for each in output.splitlines() if each.startswith(CONFIGURATION_PATH))
        assert finding.startswith(f"{CONFIGURATION_PATH}:{line}:{column}: ")
        assert all(word in finding for word in mistake.words)
        assert finding in reading(run)
        assert code == 1


async def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        text = configuration_of(play).replace("driver: http,", "driver: htpp,").replace("  staging:", "  Stage:")
        pull = proposes(play, "ada", text)
        shown = reading(await play.checked(CONFIG, pull.head_sha))
        _, output = validated(play, text)
        findings = [each for each in output.splitlines() if each.startswith(CONFIGURATION_PATH)]
        assert len(findings) >= 3
        assert all(each in shown for each in findings)


async def test_a_broken_proposal_does_not_touch_the_plan_since_main_decides(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        files = {CONFIGURATION_PATH: "version: 1\nservices: 7\n", "services/api/app.py": "x = 1\n"}
        pull = play.github.open_pull_request("ada", SHOP, "both", "Both", files)
        assert (await play.checked(CONFIG, pull.head_sha)).conclusion == "failure"
        plan = await play.checked(PLAN, pull.head_sha)
        assert plan.conclusion == "success"
        assert "/deploy api production" in reading(plan)


async def test_a_mended_file_turns_the_check_green(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        text = configuration_of(play)
        pull = proposes(play, "ada", text + "oops: 1\n")
        assert (await play.checked(CONFIG, pull.head_sha)).conclusion == "failure"
        mended = play.github.push("ada", SHOP, pull.head_ref, {CONFIGURATION_PATH: text + "checks: {}\n"}).sha
        assert (await play.checked(CONFIG, mended)).conclusion == "success"


async def test_while_main_is_broken_there_is_no_plan_and_a_deployment_is_refused_with_the_line(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path, CONFIGURATION + "oops: 1\n") as play:
        plan = await play.checked(PLAN, play.pull.head_sha)
        assert plan.conclusion == "neutral"
        assert f"{CONFIGURATION_PATH}:15:1" in reading(plan)
        play.says("ada", "/deploy api production")
        answer = await play.answer("errors", "oops")
        assert f"{CONFIGURATION_PATH}:15:1" in html.unescape(answer.body).replace("\\", "")
        assert play.deployer.orders == []


# --- a configuration that comes and goes -----------------------------------------------------------------


async def test_the_first_configuration_of_a_repository_is_checked_and_not_planned_by(tmp_path: Path) -> None:
    async with playing(tmp_path, None) as play:
        pull = proposes(play, "ada", configuration_of(play))
        run = await play.checked(CONFIG, pull.head_sha)
        assert run.conclusion == "success"
        await play.settled()
        assert checks_of(play, pull.head_sha) == {CONFIG}


async def test_a_first_configuration_with_a_mistake_fails(tmp_path: Path) -> None:
    async with playing(tmp_path, None) as play:
        pull = proposes(play, "ada", configuration_of(play) + "oops: 1\n")
        assert (await play.checked(CONFIG, pull.head_sha)).conclusion == "failure"
        await play.settled()
        assert checks_of(play, pull.head_sha) == {CONFIG}


async def test_a_repository_without_a_configuration_gets_no_checks(tmp_path: Path) -> None:
    async with playing(tmp_path, None) as play:
        head = play.pushes("ada")
        await play.settled()
        assert checks_of(play, head) == set()
        assert checks_of(play, play.pull.head_sha) == set()


async def test_removal_of_the_configuration_is_told_and_blocks_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        pull = proposes(play, "ada", None)
        config = await play.checked(CONFIG, pull.head_sha)
        assert config.conclusion == "neutral"
        assert "removes" in reading(config)
        assert (await play.checked(PLAN, pull.head_sha)).conclusion == "neutral"


async def test_a_change_cannot_grant_itself_an_environment_in_its_own_plan(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        text = configuration_of(play).replace("  staging:\n", "  playground: {}\n  staging:\n")
        files = {CONFIGURATION_PATH: text, "services/api/app.py": "x = 1\n"}
        pull = play.github.open_pull_request("ada", SHOP, "both", "Both", files)
        assert (await play.checked(CONFIG, pull.head_sha)).conclusion == "success"
        assert "playground" not in reading(await play.checked(PLAN, pull.head_sha))


# --- what stands in the way ------------------------------------------------------------------------------

GATES = {
    "requires.approvals": "requires: {checks: [], approvals: 1}",
    "requires.review": "requires: {checks: [], review: true}",
    "requires.up_to_date": "requires: {checks: [], up_to_date: true}",
    "requires.checks": "requires: {checks: [{name: ci/test, app: github-actions}]}",
    "after": "after: [staging]",
    "freeze": 'freeze: [{from: "2020-01-01", to: "2099-01-01", reason: "long holidays"}]',
}


@pytest.mark.parametrize(("gate", "text"), GATES.items(), ids=GATES.keys())
async def test_a_gate_that_is_not_active_stands_in_the_plan_and_refuses_with_its_name(
    tmp_path: Path, gate: str, text: str
) -> None:
    async with playing(tmp_path, with_environment(text)) as play:
        plan = await play.checked(PLAN, play.pull.head_sha)
        assert plan.conclusion == "success"
        rows = {row.split("|")[2].strip(" `"): row for row in (plan.text or "").splitlines()[2:]}
        assert f"`{gate}`" in rows["production"]
        assert gate not in rows["staging"]

        play.says("ada", "/deploy api production")
        answer = await play.answer("not deployed", f"`{gate}`")
        assert "production" in answer.body
        await play.settled()
        assert play.deployer.orders == []
        assert play.deployments() == []


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


async def test_a_broken_configuration_from_a_fork_fails_too(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        pull = from_a_fork(play, {CONFIGURATION_PATH: configuration_of(play) + "oops: 1\n"})
        run = await play.checked(CONFIG, pull.head_sha)
        assert run.conclusion == "failure"
        assert f"{CONFIGURATION_PATH}:15:1" in reading(run)


async def test_re_run_of_a_forks_plan_still_says_that_it_is_a_fork(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        pull = from_a_fork(play, {"services/api/app.py": "x = 3\n"})
        plan = await play.checked(PLAN, pull.head_sha)
        merges_into_main(play, configuration_of(play).replace("  staging:\n", "  testing: {}\n  staging:\n"))
        play.clock.advance(60)
        play.github.rerequest_check("ada", plan.id)
        await reads(play, PLAN, pull.head_sha, "/deploy api testing", "fork")
