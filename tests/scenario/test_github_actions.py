"""Shipping by a workflow of GitHub Actions: started, followed, lost, found again, cancelled, run again."""

from pathlib import Path

from bot.sandbox.github import DEPLOY_WORKFLOW, DEPLOY_WORKFLOW_PATH, Fault, WorkflowRun
from bot.sandbox.github.seed import SHOP
from bot.sandbox.stage import CONFIGURATION
from tests.scenario.play import Play, playing

HTTP = 'deploy: {driver: http, url: "{hook}", secret: shop-deployer}'
ACTIONS = "deploy: {driver: github_actions, workflow: deploy.yml, inputs: {region: eu}}"
BY_WORKFLOW = CONFIGURATION.replace(HTTP, ACTIONS, 1)
UNTITLED = DEPLOY_WORKFLOW.replace("run-name:", "# run-name:")
DISPATCHES = ".*/dispatches"
HELD = "Deploy to production: step 3 of 3, Check their health"
WORKFLOW_EVENTS = "workflow_(run|job)"


async def the_run(play: Play, count: int = 1) -> WorkflowRun:
    """Wait for the workflow's run."""

    def look() -> WorkflowRun | None:
        runs = list(play.github.actions.runs.values())
        return runs[-1] if len(runs) >= count else None

    return await play.until("a workflow run", look)


async def deployed(play: Play, sha: str) -> None:
    """Wait until the bot knows that this commit is live."""

    async def look() -> bool:
        slot = await play.slot()
        return slot.current is None and slot.live.known and slot.live.sha == sha

    await play.eventually(f"{sha[:7]} live", look)


async def outcome(play: Play) -> tuple[str, str | None, str | None]:
    last = (await play.slot()).history[-1]
    return last.state, last.reason, last.description


async def test_a_command_ships_by_the_workflow_and_leads_to_its_log(tmp_path: Path) -> None:
    async with playing(tmp_path, BY_WORKFLOW) as play:
        play.says("ada", "/deploy api production")
        run = await the_run(play)
        await deployed(play, play.pull.head_sha)
        deployment = (await play.slot()).history[-1]
        assert run.inputs == {
            "sha": play.pull.head_sha,
            "environment": "production",
            "service": "api",
            "deployment": deployment.id,
            "region": "eu",
        }
        assert (run.head_branch, run.title) == ("main", f"Deploy api to production ({deployment.id})")
        page = f"{play.github.web_url}/acme/shop/actions/runs/{run.id}"
        assert deployment.log_url == page
        assert page in (await play.answer("succeeded")).body
        assert page in (await play.told("succeeded")).text


async def test_the_deployment_of_the_jobs_environment_is_githubs_and_not_ours(tmp_path: Path) -> None:
    async with playing(tmp_path, BY_WORKFLOW) as play:
        play.github.app.events = sorted({*play.github.app.events, "deployment", "deployment_status"})
        play.says("ada", "/deploy api production")
        await deployed(play, play.pull.head_sha)
        await play.settled()
        (theirs,) = play.github.environment_deployments(SHOP)
        ours = [each for each in play.deployments() if each is not theirs]
        assert [each.creator.login for each in ours] == [f"{play.github.app.slug}[bot]"]
        assert theirs.creator.login == "github-actions[bot]"
        assert len((await play.slot()).history) == 1
        rows = [row for row in await play.bot.ledger.deliveries(0) if row.event.startswith("deployment")]
        assert {row.outcome for row in rows} == {"ignored"}
        assert len(rows) > 2


async def test_a_failed_workflow_names_the_step_and_asks_what_to_do(tmp_path: Path) -> None:
    async with playing(tmp_path, BY_WORKFLOW) as play:
        play.github.actions.play_next("fail")
        play.says("ada", "/deploy api production")
        await play.ended("failed")
        run = await the_run(play)
        words = "Deploy to production failed at the step Check their health"
        assert await outcome(play) == ("failed", "deployer_failed", words)
        comment = await play.answer("failed at the step Check their health")
        assert f"/actions/runs/{run.id}/job/{run.current[-1].id}" in comment.body
        await play.until("a prompt", lambda: play.message_with_button("Keep"))
        assert not (await play.slot()).live.known


async def test_a_job_that_waits_for_an_approval_is_shown_as_that(tmp_path: Path) -> None:
    async with playing(tmp_path, BY_WORKFLOW) as play:
        play.github.actions.play_next("waiting")
        play.says("ada", "/deploy api production")
        await play.answer("Deploy to production waits for an approval on GitHub")
        play.github.release_runs()
        await deployed(play, play.pull.head_sha)


async def test_an_app_that_may_not_start_workflows_says_what_to_grant(tmp_path: Path) -> None:
    async with playing(tmp_path, BY_WORKFLOW) as play:
        (installation,) = play.github.installations.values()
        installation.permissions["actions"] = "read"  # as where an owner has not accepted the new permission
        play.says("ada", "/deploy api production")
        await play.ended("failed")
        state, reason, said = await outcome(play)
        assert (state, reason) == ("failed", "deployer_refused")
        assert "GitHub answered 403" in (said or "")
        await play.answer("did not take the request", "The App needs the permission actions")
        assert play.github.actions.runs == {}


async def test_a_parameter_reaches_the_workflow_that_declares_it(tmp_path: Path) -> None:
    with_params = f"{BY_WORKFLOW}params:\n  verbose: {{type: boolean, default: false}}\n"
    async with playing(tmp_path, with_params) as play:
        declared = DEPLOY_WORKFLOW.replace("region: {", "verbose: {type: boolean}\n      region: {")
        play.github.push("ada", SHOP, "main", {DEPLOY_WORKFLOW_PATH: declared}, "Say more")
        play.says("ada", "/deploy api production verbose=true")
        await deployed(play, play.pull.head_sha)
        assert (await the_run(play)).inputs["verbose"] == "true"


# --- what gets lost -------------------------------------------------------------------------------------


async def test_a_server_that_does_not_tell_the_run_has_it_found_by_its_title(tmp_path: Path) -> None:
    async with playing(tmp_path, BY_WORKFLOW) as play:
        play.github.actions.run_details = False
        play.says("ada", "/deploy api production")
        await deployed(play, play.pull.head_sha)
        assert len(play.github.actions.runs) == 1


async def test_when_every_event_of_the_workflow_is_lost_looking_brings_the_end(tmp_path: Path) -> None:
    async with playing(tmp_path, BY_WORKFLOW) as play:
        play.github.faults.add(Fault("lose", event=WORKFLOW_EVENTS))
        play.says("ada", "/deploy api production")
        await the_run(play)
        await play.settled()
        play.clock.advance(20)
        await deployed(play, play.pull.head_sha)


async def test_after_a_lost_reply_the_workflow_is_not_started_twice(tmp_path: Path) -> None:
    async with playing(tmp_path, BY_WORKFLOW) as play:
        play.github.faults.add(Fault("lost_reply", method="POST", path=DISPATCHES, times=1))
        play.says("ada", "/deploy api production")
        await the_run(play)
        await deployed(play, play.pull.head_sha)
        assert len(play.github.actions.runs) == 1


async def test_events_are_known_by_the_title_although_no_reply_ever_came(tmp_path: Path) -> None:
    async with playing(tmp_path, BY_WORKFLOW) as play:
        play.github.faults.add(Fault("lost_reply", method="POST", path=DISPATCHES, times=1))
        play.github.faults.add(Fault("status", status=503, method="GET", path=".*/runs"))
        play.says("ada", "/deploy api production")
        await the_run(play)
        await deployed(play, play.pull.head_sha)
        assert await outcome(play) == ("succeeded", "deployer_succeeded", "the workflow succeeded")
        assert len(play.github.actions.runs) == 1
        play.github.faults.clear()


async def test_where_nobody_can_tell_whether_it_started_people_are_asked(tmp_path: Path) -> None:
    async with playing(tmp_path, BY_WORKFLOW) as play:
        play.may_break.add("deployer.call")
        play.github.push("ada", SHOP, "main", {DEPLOY_WORKFLOW_PATH: UNTITLED}, "No titles")
        play.github.faults.add(Fault("lost_reply", method="POST", path=DISPATCHES, times=1))
        play.says("ada", "/deploy api production")
        await the_run(play)
        for _ in range(8):
            play.clock.advance(10)
            await play.clock.sleep(0.5)
        await play.ended("unknown")
        assert len(play.github.actions.runs) == 1
        await play.answer("not known whether the workflow deploy.yml started")
        await play.until("a prompt", lambda: play.message_with_button("Keep"))


async def test_a_restart_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path, BY_WORKFLOW) as play:
        play.github.actions.play_next("held")
        play.says("ada", "/deploy api production")
        await play.answer(HELD)
        await play.settled()
        play.webhooks_wait()
        await play.stop_bot()
        play.github.release_runs()
        await play.start_bot()
        play.webhooks_go_out()
        await deployed(play, play.pull.head_sha)
        assert len(play.github.actions.runs) == 1


# --- people at GitHub -----------------------------------------------------------------------------------


async def test_a_running_workflow_is_cancelled_on_command(tmp_path: Path) -> None:
    async with playing(tmp_path, BY_WORKFLOW) as play:
        play.github.actions.play_next("held")
        play.says("ada", "/deploy api production")
        await play.answer(HELD)
        play.says("grace", "/cancel")
        await play.ended("cancelled")
        assert (await the_run(play)).conclusion == "cancelled"
        assert not (await play.slot()).live.known


async def test_a_workflow_that_somebody_cancels_on_github_is_cancelled_here(tmp_path: Path) -> None:
    async with playing(tmp_path, BY_WORKFLOW) as play:
        play.github.actions.play_next("held")
        play.says("ada", "/deploy api production")
        run = await the_run(play)
        await play.answer(HELD)
        play.github.cancel_run("grace", SHOP, run.id)
        await play.ended("cancelled")
        await play.answer("cancelled at the deployer")


async def test_a_failed_workflow_that_somebody_runs_again_corrects_what_is_live(tmp_path: Path) -> None:
    async with playing(tmp_path, BY_WORKFLOW) as play:
        play.github.actions.play_next("fail")
        play.says("ada", "/deploy api production")
        await play.ended("failed")
        run = await the_run(play)
        await play.settled()
        play.github.rerun_failed("grace", SHOP, run.id)
        await deployed(play, play.pull.head_sha)
        assert run.attempt == 2
        state, reason, _ = await outcome(play)
        assert (state, reason) == ("failed", "deployer_failed")
        assert len(play.github.actions.runs) == 1


async def test_a_workflow_that_fails_when_it_is_run_again_is_no_longer_known_to_be_live(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path, BY_WORKFLOW) as play:
        play.says("ada", "/deploy api production")
        await deployed(play, play.pull.head_sha)
        run = await the_run(play)
        await play.settled()
        play.github.actions.play_next("fail")
        play.github.rerun_all("grace", SHOP, run.id)

        async def unknown() -> bool:
            return not (await play.slot()).live.known

        await play.eventually("doubt about what is live", unknown)
