"""The demo's second repository, which ships by a workflow."""

from bot.sandbox.github import DEPLOY_WORKFLOW_PATH
from bot.sandbox.github.access import permission_of
from bot.sandbox.github.actions.workflow_file import read_workflow
from bot.sandbox.github.site import SITE, SITE_CONFIGURATION, SITE_WORKFLOW, AcmeSite, seed_acme_site
from tests.unit.sandbox.github.client import Shop


def seeded(shop: Shop) -> AcmeSite:
    return seed_acme_site(shop.world, shop.installation)


def test_it_has_its_files_from_the_first_version_on(shop: Shop) -> None:
    made = seeded(shop).repository
    first = min(made.history.commits.values(), key=lambda commit: commit.order)
    assert first.tree[".github/pointsman.yml"].content.decode() == SITE_CONFIGURATION
    assert first.tree[DEPLOY_WORKFLOW_PATH].content.decode() == SITE_WORKFLOW


def test_its_workflow_takes_what_it_is_sent_and_names_the_run_after_the_deployment(shop: Shop) -> None:
    file = read_workflow(SITE_WORKFLOW, DEPLOY_WORKFLOW_PATH)
    assert file.inputs is not None
    assert {one.name for one in file.inputs} == {"sha", "environment", "service", "deployment", "region"}
    assert "inputs.deployment" in file.run_name
    assert [bool(job.environment) for job in file.jobs] == [False, True]


def test_grace_has_one_pull_request_there_whose_ci_is_green(shop: Shop) -> None:
    made = seeded(shop)
    assert [(one.user.login, one.state) for one in made.repository.pulls] == [("grace", "open")]
    runs = shop.api.get(f"/repos/{SITE}/commits/{made.pull_request.head_sha}/check-runs").json()
    assert [(one["name"], one["conclusion"]) for one in runs["check_runs"]] == [("ci/test", "success")]


def test_the_app_hears_that_it_may_see_it_before_it_hears_of_the_pull_request(shop: Shop) -> None:
    seeded(shop)
    events = shop.events()
    assert events[0] == ("installation_repositories", "added")
    assert ("pull_request", "opened") in events
    installed = [one.full_name for one in shop.world.installed(shop.installation.id)]
    assert installed == ["acme/shop", SITE]


def test_people_may_do_there_what_they_may_do_in_the_shop(shop: Shop) -> None:
    made = seeded(shop).repository
    people = ("olive", "ada", "grace", "lin", "mallory")
    may = {login: permission_of(shop.world, made, shop.world.account(login)) for login in people}
    assert may == {"olive": "admin", "ada": "write", "grace": "write", "lin": "maintain", "mallory": "read"}
