"""Runs of acme/site's workflow, asked for and played without an API."""

from bot.sandbox.github import DEPLOY_WORKFLOW_PATH, WorkflowRun
from bot.sandbox.github.actions.records import RunBehaviour
from bot.sandbox.github.actions.workflow_file import read_workflow
from bot.sandbox.github.acts.actions import Dispatch, dispatch, find_workflow
from bot.sandbox.github.site import SITE, SITE_WORKFLOW
from bot.sandbox.pages import Worlds


def played(worlds: Worlds, *behaviours: RunBehaviour) -> WorkflowRun:
    """A run that ships the open pull request to production, as far as it goes by itself."""
    world = worlds.github
    world.actions.play_next(*behaviours)
    repository = world.repository(SITE)
    workflow = find_workflow(world, repository, "deploy.yml")
    assert workflow is not None
    inputs = {"sha": repository.pulls[0].head_sha, "environment": "production", "service": "site"}
    inputs |= {"deployment": "d-0123456789", "region": "eu"}
    file = read_workflow(SITE_WORKFLOW, DEPLOY_WORKFLOW_PATH)
    run = dispatch(world, Dispatch(workflow, file, "main", repository.branches["main"], inputs, world.bot))
    world.play_due()
    return run
