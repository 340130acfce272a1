"""Other systems that answer the bot's deployments."""

from typing import Any

import pytest

from tests.unit.sandbox.github.actions.deploying import NAME, dispatch, finish, names, step, told
from tests.unit.sandbox.github.client import SHOP, Shop

DEPLOYMENTS = f"{SHOP}/deployments"


def deploy(shop: Shop, environment: str = "staging") -> int:
    """A deployment of our App; returns its number."""
    body = {"ref": "main", "auto_merge": False, "required_contexts": [], "environment": environment}
    number: int = shop.api.post(DEPLOYMENTS, body).json()["id"]
    return number


def statuses(shop: Shop, number: int) -> list[dict[str, Any]]:
    """The statuses of a deployment, the oldest first."""
    found: list[dict[str, Any]] = shop.api.get(f"{DEPLOYMENTS}/{number}/statuses").json()
    return found[::-1]


def states(shop: Shop, number: int) -> list[str]:
    return [one["state"] for one in statuses(shop, number)]


def test_another_app_reports_how_a_deployment_goes(shop: Shop) -> None:
    number = deploy(shop)
    names(shop)
    shop.world.add_app("argo")
    shop.world.report_deployment("argo", NAME, number, "in_progress", "half way", "https://argo.example/1")
    ((name, payload),) = told(shop)
    assert (name, payload["sender"]["login"]) == ("deployment_status.created", "argo[bot]")
    status = payload["deployment_status"]
    assert (status["state"], status["description"], status["log_url"]) == (
        "in_progress",
        "half way",
        "https://argo.example/1",
    )
    assert status["creator"]["login"] == "argo[bot]"
    assert status["performed_via_github_app"]["slug"] == "argo"
    assert payload["deployment"]["performed_via_github_app"]["slug"] == "pointsman"
    assert statuses(shop, number)[0]["performed_via_github_app"]["slug"] == "argo"


@pytest.mark.parametrize(
    ("state", "description", "log_url", "words"),
    [
        ("done", "", "", "not one of"),
        ("success", "d" * 141, "", "too long"),
        ("success", "", "ftp://x", "http"),
    ],
)
def test_another_app_cannot_report_what_github_would_not_take(
    shop: Shop, state: str, description: str, log_url: str, words: str
) -> None:
    number = deploy(shop)
    with pytest.raises(ValueError, match=words):
        shop.world.report_deployment("argo", NAME, number, state, description, log_url)
    assert states(shop, number) == []


def test_an_app_is_the_same_one_each_time(shop: Shop) -> None:
    assert shop.world.add_app("argo") is shop.world.add_app("argo")


@pytest.mark.parametrize("end", ["success", "failure"])
def test_a_follower_answers_our_deployments_step_by_step(shop: Shop, end: str) -> None:
    shop.world.follow_deployments("argo", "succeed" if end == "success" else "fail")
    number = deploy(shop)
    assert states(shop, number) == []
    step(shop)
    assert states(shop, number) == ["pending"]
    finish(shop)
    assert states(shop, number) == ["pending", "in_progress", end]
    last = statuses(shop, number)[-1]
    assert last["creator"]["login"] == "argo[bot]"
    assert last["log_url"] == f"https://argo.example/deployments/{number}"
    assert last["description"]


def test_a_silent_follower_never_answers(shop: Shop) -> None:
    shop.world.follow_deployments("argo", "silent")
    number = deploy(shop)
    finish(shop)
    assert (states(shop, number), shop.world.actions.playing) == ([], {})


def test_a_late_follower_ends_when_it_is_released(shop: Shop) -> None:
    shop.world.follow_deployments("argo", "late")
    number = deploy(shop)
    finish(shop)
    assert states(shop, number) == ["pending", "in_progress"]
    shop.world.release_late()
    finish(shop)
    assert states(shop, number) == ["pending", "in_progress", "success"]


def test_a_follower_can_answer_the_next_deployment_in_another_way(shop: Shop) -> None:
    shop.world.follow_deployments("argo").play_next("fail")
    first, second = deploy(shop, "one"), deploy(shop, "two")
    finish(shop)
    assert (states(shop, first)[-1], states(shop, second)[-1]) == ("failure", "success")


def test_several_followers_answer_each_for_itself(shop: Shop) -> None:
    shop.world.follow_deployments("argo")
    shop.world.follow_deployments("flux", "fail")
    number = deploy(shop)
    finish(shop)
    told_by = {(one["creator"]["login"], one["state"]) for one in statuses(shop, number)}
    assert {("argo[bot]", "success"), ("flux[bot]", "failure")} <= told_by


def test_a_follower_leaves_githubs_own_deployments_alone(shop: Shop) -> None:
    shop.world.follow_deployments("argo")
    dispatch(shop)
    finish(shop)
    (made,) = shop.world.environment_deployments(NAME)
    assert {status.creator.login for status in made.statuses} == {"github-actions[bot]"}


def test_a_follower_drops_what_our_app_made_inactive(shop: Shop) -> None:
    shop.world.follow_deployments("argo", "late")
    dropped, other = deploy(shop, "one"), deploy(shop, "two")
    finish(shop)
    shop.api.post(f"{DEPLOYMENTS}/{dropped}/statuses", {"state": "inactive", "auto_inactive": False})
    shop.world.release_late()
    finish(shop)
    assert states(shop, dropped) == ["pending", "in_progress", "inactive"]
    assert states(shop, other)[-1] == "success"


def test_a_follower_that_was_switched_off_only_finishes(shop: Shop) -> None:
    shop.world.follow_deployments("argo")
    begun = deploy(shop, "one")
    shop.world.stop_following("argo")
    new = deploy(shop, "two")
    finish(shop)
    assert (states(shop, begun)[-1], states(shop, new)) == ("success", [])


def test_a_followers_success_makes_its_predecessor_inactive_in_its_own_name(shop: Shop) -> None:
    shop.world.follow_deployments("argo")
    older = deploy(shop)
    finish(shop)
    deploy(shop)
    finish(shop)
    last = statuses(shop, older)[-1]
    assert (last["state"], last["performed_via_github_app"]["slug"]) == ("inactive", "argo")


def test_our_own_deployment_is_announced_without_a_run(shop: Shop) -> None:
    deploy(shop)
    ((name, payload),) = told(shop)
    assert (name, payload["workflow_run"]) == ("deployment.created", None)
