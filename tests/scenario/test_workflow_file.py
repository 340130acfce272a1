"""A workflow that cannot take what it will be sent is told of in the pull request, and starts nothing."""

from pathlib import Path

from bot.sandbox.github import DEPLOY_WORKFLOW, DEPLOY_WORKFLOW_PATH
from bot.sandbox.github.seed import AUTHOR, SHOP
from tests.scenario.play import Play, playing

CONFIGURATION = """\
version: 1
slack: {channel: C0DEPLOYS}
services:
  api: {deploy: {driver: github_actions, workflow: deploy.yml, inputs: {region: eu}}}
environments:
  staging: {}
  production: {}
"""
LACKING = DEPLOY_WORKFLOW.replace("      sha: {", "      commit: {")


def write_workflow(play: Play, text: str) -> None:
    play.github.push(AUTHOR, SHOP, "main", {DEPLOY_WORKFLOW_PATH: text}, "Change the workflow")


async def test_a_workflow_that_lacks_an_input_starts_nothing_until_it_is_mended(tmp_path: Path) -> None:
    async with playing(tmp_path, CONFIGURATION) as play:
        write_workflow(play, LACKING)
        play.says("ada", "/deploy api staging")
        await play.answer("deploy.yml", "does not declare the input", "sha: {type: string, required: true}")
        assert play.github.actions.runs == {}
        write_workflow(play, DEPLOY_WORKFLOW)
        await play.clock.sleep(15.0)
        play.says("ada", "/deploy api staging")
        await play.until("a run", lambda: play.github.actions.runs)
        await play.ended("succeeded", environment="staging")


async def test_a_change_is_checked_with_the_workflow_that_it_has(tmp_path: Path) -> None:
    async with playing(tmp_path, CONFIGURATION) as play:
        right = play.github.push(
            "ada", SHOP, play.pull.head_ref, {DEPLOY_WORKFLOW_PATH: DEPLOY_WORKFLOW + "# right\n"}, "Mend it"
        )
        assert (await play.checked("pointsman/config", right.sha)).conclusion == "success"
        wrong = play.github.push("ada", SHOP, play.pull.head_ref, {DEPLOY_WORKFLOW_PATH: LACKING}, "No sha")
        check = await play.checked("pointsman/config", wrong.sha)
        assert check.conclusion == "failure"
        assert "does not declare the input" in (check.summary or "")
