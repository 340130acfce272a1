"""Deployments, and the defaults that surprise people."""

from typing import Any

import pytest

from tests.unit.sandbox.github.client import SHOP, Client, Shop

DEPLOYMENTS = f"{SHOP}/deployments"
CAREFUL = {"auto_merge": False, "required_contexts": []}


def deploy(api: Client, ref: str = "main", **more: Any) -> dict[str, Any]:
    """A deployment as a careful client makes it."""
    answer = api.post(DEPLOYMENTS, {"ref": ref, **CAREFUL, **more})
    assert answer.status == 201
    made: dict[str, Any] = answer.json()
    return made


def states(api: Client, number: int) -> list[str]:
    """The statuses of a deployment, the newest first."""
    return [one["state"] for one in api.get(f"{DEPLOYMENTS}/{number}/statuses").json()]


def test_a_deployment_remembers_what_it_was_made_with(shop: Shop, api: Client) -> None:
    made = deploy(api, shop.head, environment="staging/api", payload={"request": "r-1"}, description="why")
    assert (made["sha"], made["ref"], made["environment"]) == (shop.head, shop.head, "staging/api")
    assert (made["payload"], made["task"], made["description"]) == ({"request": "r-1"}, "deploy", "why")
    assert (made["production_environment"], made["creator"]["login"]) == (False, "pointsman[bot]")
    assert api.get(f"{DEPLOYMENTS}/{made['id']}").json() == made
    assert api.get(f"{DEPLOYMENTS}/1").status == 404


def test_production_is_the_default_and_is_known_as_production(api: Client) -> None:
    made = deploy(api)
    assert (made["environment"], made["production_environment"]) == ("production", True)


def test_deployments_are_found_by_what_they_are(shop: Shop, api: Client) -> None:
    first, second = deploy(api), deploy(api, shop.head, environment="staging", task="deploy:migrations")
    assert [one["id"] for one in api.get(DEPLOYMENTS).json()] == [second["id"], first["id"]]
    for query in (f"sha={shop.head}", "environment=staging", "task=deploy:migrations", f"ref={shop.head}"):
        assert [one["id"] for one in api.get(f"{DEPLOYMENTS}?{query}").json()] == [second["id"]]


def test_an_unknown_ref_is_a_422(api: Client) -> None:
    answer = api.post(DEPLOYMENTS, {"ref": "nothing"})
    assert (answer.status, answer.json()["message"]) == (422, "No ref found for: nothing")


def test_by_default_the_default_branch_is_merged_into_a_branch_that_is_behind(
    shop: Shop, api: Client
) -> None:
    shop.world.push("lin", "acme/shop", "main", {"a": "b"})
    answer = api.post(DEPLOYMENTS, {"ref": "free-shipping", "required_contexts": []})
    assert answer.status == 202
    assert answer.json() == {"message": "Auto-merged main into free-shipping on deployment."}
    assert api.get(DEPLOYMENTS).json() == []
    assert api.get(f"{SHOP}/compare/main...free-shipping").json()["behind_by"] == 0
    assert api.post(DEPLOYMENTS, {"ref": "free-shipping", "required_contexts": []}).status == 201


def test_a_conflict_on_the_way_is_a_409(shop: Shop, api: Client) -> None:
    shop.world.push("lin", "acme/shop", "main", {"services/api/app.py": "other"})
    answer = api.post(DEPLOYMENTS, {"ref": "free-shipping", "required_contexts": []})
    assert (answer.status, answer.json()["message"]) == (409, "Conflict merging main into free-shipping.")


def test_nothing_is_merged_into_a_sha(shop: Shop, api: Client) -> None:
    shop.world.push("lin", "acme/shop", "main", {"a": "b"})
    assert api.post(DEPLOYMENTS, {"ref": shop.head, "required_contexts": []}).status == 201


@pytest.mark.parametrize("conclusion", ["failure", "timed_out", None])
def test_by_default_every_check_has_to_be_green(shop: Shop, api: Client, conclusion: str | None) -> None:
    fields = {"conclusion": conclusion} if conclusion else {}
    shop.world.post_check_run("ci", "acme/shop", shop.head, "ci/lint", **fields)
    answer = api.post(DEPLOYMENTS, {"ref": shop.head})
    assert answer.status == 409
    assert answer.json()["message"] == f"Conflict: Commit status checks failed for {shop.head}."
    assert answer.json()["errors"][0]["field"] == "required_contexts"
    assert api.post(DEPLOYMENTS, {"ref": shop.head, "required_contexts": ["ci/test"]}).status == 201
    assert api.post(DEPLOYMENTS, {"ref": shop.head, "required_contexts": ["missing"]}).status == 409


def test_a_red_commit_status_counts_as_a_check(shop: Shop, api: Client) -> None:
    shop.world.post_status("ada", "acme/shop", shop.head, "legacy", "failure")
    assert api.post(DEPLOYMENTS, {"ref": shop.head}).status == 409


def test_statuses_are_listed_newest_first(api: Client) -> None:
    number = deploy(api)["id"]
    for state in ("queued", "in_progress", "success"):
        body = {"state": state, "description": "d", "log_url": "https://ci.example/1", "auto_inactive": False}
        answer = api.post(f"{DEPLOYMENTS}/{number}/statuses", body)
        assert (answer.status, answer.json()["target_url"]) == (201, "https://ci.example/1")
    assert states(api, number) == ["success", "in_progress", "queued"]
    assert api.post(f"{DEPLOYMENTS}/1/statuses", {"state": "success"}).status == 404


def succeed(api: Client, number: int, **more: Any) -> None:
    """Reports a success."""
    assert api.post(f"{DEPLOYMENTS}/{number}/statuses", {"state": "success", **more}).status == 201


def test_a_success_makes_earlier_successes_of_the_environment_inactive(shop: Shop, api: Client) -> None:
    older, failed, elsewhere = (
        deploy(api, environment=name)["id"] for name in ("staging", "staging", "other")
    )
    succeed(api, older)
    api.post(f"{DEPLOYMENTS}/{failed}/statuses", {"state": "failure"})
    succeed(api, elsewhere)
    shop.events()
    succeed(api, deploy(api, environment="staging")["id"])
    assert states(api, older) == ["inactive", "success"]
    assert (states(api, failed), states(api, elsewhere)) == (["failure"], ["success"])
    assert shop.events().count(("deployment_status", "created")) == 2


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"environment": "production"}, {}),
        ({"environment": "staging", "transient_environment": True}, {}),
        ({"environment": "staging"}, {"auto_inactive": False}),
    ],
)
def test_some_successes_stay(api: Client, earlier: dict[str, Any], later: dict[str, Any]) -> None:
    older = deploy(api, **earlier)["id"]
    succeed(api, older)
    succeed(api, deploy(api, **earlier)["id"], **later)
    assert states(api, older) == ["success"]
