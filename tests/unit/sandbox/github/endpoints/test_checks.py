"""Check runs of the App."""

import pytest

from tests.unit.sandbox.github.client import SHOP, Client, Shop

RUNS = f"{SHOP}/check-runs"
OUTPUT = {"title": "Plan", "summary": "Two services"}
NOTE = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}


def test_a_check_run_lives_from_queued_to_completed(shop: Shop, api: Client) -> None:
    made = api.post(RUNS, {"name": "pointsman/plan", "head_sha": shop.head, "external_id": "7"}).json()
    assert (made["status"], made["conclusion"], made["completed_at"]) == ("queued", None, None)
    path = f"{RUNS}/{made['id']}"
    assert api.patch(path, {"status": "in_progress"}).json()["status"] == "in_progress"
    done = api.patch(path, {"status": "completed", "conclusion": "neutral", "output": OUTPUT}).json()
    assert (done["status"], done["conclusion"], done["external_id"]) == ("completed", "neutral", "7")
    assert done["completed_at"] == "2026-11-24T19:53:20Z"
    assert [one["number"] for one in done["pull_requests"]] == [1]
    assert api.get(path).json() == done


def test_a_conclusion_alone_completes(shop: Shop, api: Client) -> None:
    made = api.post(RUNS, {"name": "x", "head_sha": shop.head, "conclusion": "success"}).json()
    assert made["status"] == "completed"
    assert shop.events() == [
        ("check_run", "created"),
        ("check_run", "completed"),
        ("check_suite", "completed"),
    ]


def test_a_completed_run_can_be_opened_again(shop: Shop, api: Client) -> None:
    made = api.post(RUNS, {"name": "x", "head_sha": shop.head, "conclusion": "success"}).json()
    again = api.patch(f"{RUNS}/{made['id']}", {"status": "in_progress"}).json()
    assert (again["conclusion"], again["completed_at"]) == (None, None)


def test_annotations_are_added_by_each_change(shop: Shop, api: Client) -> None:
    made = api.post(RUNS, {"name": "x", "head_sha": shop.head}).json()
    body = {"output": {**OUTPUT, "annotations": [NOTE] * 50}}
    changed = [api.patch(f"{RUNS}/{made['id']}", body).json() for _ in range(2)]
    assert [one["output"]["annotations_count"] for one in changed] == [50, 100]
    assert api.patch(f"{RUNS}/{made['id']}", {"output": {**OUTPUT, "annotations": [NOTE] * 51}}).status == 422


def test_a_run_for_a_commit_that_is_not_there_is_a_422(api: Client) -> None:
    answer = api.post(RUNS, {"name": "x", "head_sha": "0" * 40})
    assert (answer.status, answer.json()["message"]) == (422, f"No commit found for SHA: {'0' * 40}")


def test_two_runs_of_one_name_are_two_runs_in_one_suite(shop: Shop, api: Client) -> None:
    first, second = (api.post(RUNS, {"name": "x", "head_sha": shop.head}).json() for _ in range(2))
    assert first["id"] != second["id"]
    assert first["check_suite"] == second["check_suite"]


def test_only_ones_own_runs_can_be_changed(shop: Shop, api: Client) -> None:
    run = shop.world.run_ci("acme/shop", shop.head)
    assert api.get(f"{RUNS}/{run.id}").status == 200
    assert api.patch(f"{RUNS}/{run.id}", {"conclusion": "success"}).status == 403
    assert api.patch(f"{RUNS}/1", {"conclusion": "success"}).status == 404


def test_a_suite_is_completed_with_the_worst_of_its_newest_runs(shop: Shop, api: Client) -> None:
    for name, conclusion in (("a", "failure"), ("b", "success"), ("a", "neutral")):
        api.post(RUNS, {"name": name, "head_sha": shop.head, "conclusion": conclusion})
    found = [one["check_suite"]["conclusion"] for one in shop.payloads("check_suite")]
    assert found == ["failure", "failure", "success"]


def test_a_suite_waits_for_all_its_runs(shop: Shop, api: Client) -> None:
    first = api.post(RUNS, {"name": "a", "head_sha": shop.head}).json()
    api.post(RUNS, {"name": "b", "head_sha": shop.head, "conclusion": "success"})
    assert ("check_suite", "completed") not in shop.events()
    api.patch(f"{RUNS}/{first['id']}", {"conclusion": "success"})
    assert ("check_suite", "completed") in shop.events()


def test_a_suite_can_be_asked_for_again(shop: Shop, api: Client) -> None:
    made = api.post(RUNS, {"name": "x", "head_sha": shop.head, "conclusion": "success"}).json()
    shop.events()
    path = f"{SHOP}/check-suites/{made['check_suite']['id']}/rerequest"
    assert api.post(path).status == 201
    assert shop.events() == [("check_suite", "rerequested")]
    suites = api.get(f"{SHOP}/commits/{shop.head}/check-suites?app_id=4711").json()["check_suites"]
    assert [(one["status"], one["conclusion"]) for one in suites] == [("queued", None)]


@pytest.mark.parametrize("which", ["another App's", "no"])
def test_another_suite_cannot(shop: Shop, api: Client, which: str) -> None:
    number = shop.world.run_ci("acme/shop", shop.head).suite.id if which == "another App's" else 1
    assert api.post(f"{SHOP}/check-suites/{number}/rerequest").status == 404
