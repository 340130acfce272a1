"""The demo's second repository: acme/site, whose only service is shipped by a workflow of GitHub Actions.

It comes to the installation that acme/shop has already, as where an owner gives an App one more repository.
It must never need a deployer: whoever plays the workflow is GitHub itself.
"""

from dataclasses import dataclass

from bot.sandbox.github.actions.example import DEPLOY_WORKFLOW_PATH
from bot.sandbox.github.organisation import Organisation
from bot.sandbox.github.records import Installation, PullRequest, Repository
from bot.sandbox.github.seed import AUTHOR, CONFIGURATION_PATH, OWNER, REVIEWER

SITE = "acme/site"
SITE_CONFIGURATION = """\
version: 1
slack: {channel: C0ACMESITE}
services:
  site:
    deploy: {driver: github_actions, workflow: deploy.yml, inputs: {region: eu}}
environments:
  staging:
    url: https://staging.site.example
    start_timeout: 1m
    timeout: 2m
  production:
    url: https://site.example
    start_timeout: 1m
    timeout: 2m
"""
SITE_WORKFLOW = """\
name: Deploy
run-name: Deploy ${{ inputs.service }} to ${{ inputs.environment }} (${{ inputs.deployment }})
on:
  workflow_dispatch:
    inputs:
      sha: {description: The commit to ship, required: true, type: string}
      environment: {description: Where to, required: true, type: string}
      service: {description: What to ship, required: true, type: string}
      deployment: {description: The bot's own id, required: true, type: string}
      region: {description: Which part of the network, type: choice, options: [eu, us], default: eu}
permissions:
  contents: read
jobs:
  build:
    name: Build the pages
    runs-on: ubuntu-latest
    steps:
      - name: Check out
        uses: actions/checkout@v6
        with: {ref: "${{ inputs.sha }}"}
      - name: Render the pages
        run: make pages
      - name: Look for broken links
        run: make links
  publish:
    name: Publish to ${{ inputs.environment }}
    needs: build
    runs-on: ubuntu-latest
    environment: ${{ inputs.environment }}
    steps:
      - name: Copy the pages to the network
        run: make copy REGION=${{ inputs.region }}
      - name: Empty the caches
        run: make purge
      - name: Look at the front page
        run: make look
"""
_FRONT = "# Welcome to the shop\n\nEverything for your kitchen.\n"
_FILES = {
    "README.md": "# Site\n\nThe pages around the shop. `/deploy` starts `.github/workflows/deploy.yml`.\n",
    "Makefile": "pages:\n\tpython -m render content public\n",
    "content/about.md": "# About us\n\nThree people and a warehouse.\n",
    "content/index.md": _FRONT,
    "theme/style.css": "body { font-family: serif }\n",
}


@dataclass(frozen=True, slots=True)
class AcmeSite:
    """What the seed made."""

    repository: Repository
    pull_request: PullRequest


def seed_acme_site(world: Organisation, installation: Installation) -> AcmeSite:
    """Builds acme/site in a world that has acme/shop, and gives it to that installation of the App."""
    repository = world.add_repository("acme", "site")
    repository.description = "The pages around the shop"
    world.set_team_permission(SITE, "backend", "write")
    world.set_team_permission(SITE, "sre", "maintain")
    files = {**_FILES, CONFIGURATION_PATH: SITE_CONFIGURATION, DEPLOY_WORKFLOW_PATH: SITE_WORKFLOW}
    world.push(OWNER, SITE, "main", files, "First version")
    sans = {"theme/style.css": "body { font-family: sans-serif }\n"}
    head = world.push(AUTHOR, SITE, "main", sans, "Easier to read")
    world.run_ci(SITE, head.sha)
    world.add_to_installation(installation.id, SITE, OWNER)
    pull = world.open_pull_request(
        REVIEWER,
        SITE,
        "opening-hours",
        "Opening hours on the front page",
        {"content/index.md": f"{_FRONT}\nWe answer from 9 to 17, Monday to Friday.\n"},
        "People write at night and wonder. Shipped by the workflow `deploy.yml`.",
    )
    world.run_ci(SITE, pull.head_sha)
    return AcmeSite(repository, pull)
