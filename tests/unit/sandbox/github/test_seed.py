"""The demo's world."""

from bot.sandbox.github import DEPLOY_WORKFLOW, DEPLOY_WORKFLOW_PATH, seed_acme_shop
from bot.sandbox.github.access import permission_of
from tests.unit.sandbox.github.client import Clock, Shop, new_world


def test_the_shop_has_three_services_and_two_open_pull_requests(shop: Shop) -> None:
    repository = shop.world.repository("acme/shop")
    tree = repository.history.commits[shop.main].tree
    assert {path.split("/")[1] for path in tree if path.startswith("services/")} == {"api", "web", "worker"}
    assert [(pull.user.login, pull.state) for pull in repository.pulls] == [
        ("ada", "open"),
        ("grace", "open"),
    ]


def test_everybody_may_what_their_part_needs(shop: Shop) -> None:
    repository = shop.world.repository("acme/shop")
    people = ("olive", "ada", "grace", "lin", "mallory")
    may = {login: permission_of(shop.world, repository, shop.world.account(login)) for login in people}
    assert may == {"olive": "admin", "ada": "write", "grace": "write", "lin": "maintain", "mallory": "read"}


def test_ci_is_green_on_every_head(shop: Shop) -> None:
    for pull in shop.world.repository("acme/shop").pulls:
        runs = shop.api.get(f"/repos/acme/shop/commits/{pull.head_sha}/check-runs").json()["check_runs"]
        assert [(one["name"], one["conclusion"]) for one in runs] == [("ci/test", "success")]


def test_the_bot_hears_of_its_installation_first_and_then_of_pull_requests() -> None:
    world = new_world(Clock())
    seed_acme_shop(world, "version: 1\n")
    events = [(one.event, one.action) for one in world.outbox]
    assert events[0] == ("installation", "created")
    assert events.count(("pull_request", "opened")) == 2


def test_the_shop_can_be_without_a_configuration_and_without_pull_requests() -> None:
    world = new_world(Clock())
    seeded = seed_acme_shop(world, None, pull_requests=False)
    tree = seeded.repository.history.commits[seeded.repository.branches["main"]].tree
    assert ".github/pointsman.yml" not in tree
    assert (seeded.pull_requests, seeded.repository.pulls) == ((), [])


def test_the_shop_can_have_more_files_from_the_start() -> None:
    world = new_world(Clock())
    seeded = seed_acme_shop(world, None, more_files={DEPLOY_WORKFLOW_PATH: DEPLOY_WORKFLOW})
    first = min(seeded.repository.history.commits.values(), key=lambda commit: commit.order)
    assert first.tree[DEPLOY_WORKFLOW_PATH].content.decode() == DEPLOY_WORKFLOW
