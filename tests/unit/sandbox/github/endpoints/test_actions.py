"""Dispatching workflows, reading runs and jobs, cancelling."""

from typing import Any

import pytest

from bot.sandbox.github import DEPLOY_WORKFLOW, DEPLOY_WORKFLOW_PATH, Fault
from tests.unit.sandbox.github.actions.deploying import (
    INPUTS,
    NAME,
    RUNS,
    WORKFLOW,
    dispatch,
    finish,
    jobs,
    shop_with_workflow,
    step,
)
from tests.unit.sandbox.github.client import SHOP, Client, Shop

DISPATCHES = f"{WORKFLOW}/dispatches"
BODY = {"ref": "main", "inputs": INPUTS}


@pytest.fixture
def shop() -> Shop:
    return shop_with_workflow()


def test_a_dispatch_is_a_204_without_a_word(shop: Shop, api: Client) -> None:
    answer = api.post(DISPATCHES, BODY)
    assert (answer.status, answer.body) == (204, b"")
    assert api.get(RUNS).json()["total_count"] == 1


def test_where_it_is_asked_for_a_dispatch_tells_its_run(shop: Shop, api: Client) -> None:
    answer = api.post(DISPATCHES, {**BODY, "return_run_details": True})
    told = answer.json()
    run = api.get(f"{RUNS}/{told['workflow_run_id']}").json()
    assert answer.status == 200
    assert (run["url"], run["html_url"]) == (told["run_url"], told["html_url"])


def test_an_enterprise_server_that_does_not_know_run_details_ignores_the_wish(
    shop: Shop, api: Client
) -> None:
    shop.world.actions.run_details = False
    answer = api.post(DISPATCHES, {**BODY, "return_run_details": True})
    assert (answer.status, answer.body) == (204, b"")


def test_a_run_says_who_asked_for_what(shop: Shop, api: Client) -> None:
    run = api.get(f"{RUNS}/{dispatch(shop).id}").json()
    assert run["display_title"] == "Deploy api to staging (d-0123456789)"
    assert (run["name"], run["path"]) == ("Deploy", DEPLOY_WORKFLOW_PATH)
    assert (run["event"], run["status"], run["conclusion"]) == ("workflow_dispatch", "queued", None)
    assert run["actor"]["login"] == run["triggering_actor"]["login"] == "pointsman[bot]"
    assert (run["head_branch"], run["head_sha"]) == ("main", shop.main)
    assert (run["run_number"], run["run_attempt"]) == (1, 1)


def test_without_a_run_name_the_title_is_the_workflows_name(api: Client) -> None:
    shop = shop_with_workflow("name: Ship\non: workflow_dispatch\njobs: {a: {steps: [{run: make}]}}")
    shop.api.post(DISPATCHES, {"ref": "main"})
    assert shop.api.get(RUNS).json()["workflow_runs"][0]["display_title"] == "Ship"


def test_a_workflow_is_found_by_its_file_or_its_number(shop: Shop, api: Client) -> None:
    found = api.get(WORKFLOW).json()
    assert (found["name"], found["path"]) == ("Deploy", DEPLOY_WORKFLOW_PATH)
    numbered = f"{SHOP}/actions/workflows/{found['id']}"
    assert api.get(numbered).json() == found
    assert api.post(f"{numbered}/dispatches", BODY).status == 204
    assert api.get(f"{numbered}/runs").json()["total_count"] == 1


@pytest.mark.parametrize("name", ["other.yml", "1", "..%2F..%2FREADME.md", "README.md"])
def test_there_are_no_other_workflows(api: Client, name: str) -> None:
    other = f"{SHOP}/actions/workflows/{name}"
    assert api.get(other).status == 404
    assert api.get(f"{other}/runs").status == 404
    assert api.post(f"{other}/dispatches", BODY).status == 404


def test_only_yaml_files_directly_in_the_folder_are_workflows(shop: Shop, api: Client) -> None:
    files = {f".github/workflows/{name}": DEPLOY_WORKFLOW for name in ("notes.md", "deep/x.yml", "y.yaml")}
    shop.world.push("olive", NAME, "main", files)
    found = [
        api.get(f"{SHOP}/actions/workflows/{name}").status for name in ("notes.md", "deep%2Fx.yml", "y.yaml")
    ]
    assert found == [404, 404, 200]


def test_the_number_of_another_repositorys_workflow_finds_nothing(shop: Shop, api: Client) -> None:
    number = api.get(WORKFLOW).json()["id"]
    shop.world.add_repository("acme", "other")
    shop.world.push("olive", "acme/other", "main", {DEPLOY_WORKFLOW_PATH: DEPLOY_WORKFLOW})
    shop.world.add_to_installation(shop.installation.id, "acme/other", "olive")
    other = "/repos/acme/other/actions/workflows"
    assert [api.get(f"{other}/{name}").status for name in (number, "deploy.yml")] == [404, 200]


def test_a_file_has_to_be_on_the_default_branch_and_on_the_ref(shop: Shop, api: Client) -> None:
    shop.world.push("ada", NAME, "new", {".github/workflows/new.yml": DEPLOY_WORKFLOW})
    assert api.post(f"{SHOP}/actions/workflows/new.yml/dispatches", {**BODY, "ref": "new"}).status == 404
    assert api.post(DISPATCHES, {**BODY, "ref": "buy-now"}).status == 404


def test_the_file_is_taken_as_it_is_at_the_ref(shop: Shop, api: Client) -> None:
    changed = DEPLOY_WORKFLOW.replace("run-name: Deploy", "run-name: Ship")
    commit = shop.world.push("ada", NAME, "topic", {DEPLOY_WORKFLOW_PATH: changed})
    for ref in ("topic", "refs/heads/topic"):
        api.post(DISPATCHES, {**BODY, "ref": ref})
        newest = api.get(RUNS).json()["workflow_runs"][0]
        assert newest["display_title"].startswith("Ship api")
        assert (newest["head_branch"], newest["head_sha"]) == ("topic", commit.sha)


def test_a_tag_can_be_dispatched_and_a_sha_cannot(shop: Shop, api: Client) -> None:
    shop.world.create_tag("olive", NAME, "v1")
    assert api.post(DISPATCHES, {**BODY, "ref": "v1"}).status == 204
    answer = api.post(DISPATCHES, {**BODY, "ref": shop.main})
    assert (answer.status, answer.json()["message"]) == (422, f"No ref found for: {shop.main}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("on: push\njobs: {a: {steps: [{run: make}]}}", "Workflow does not have 'workflow_dispatch' trigger"),
        ("on: [", "failed to parse workflow"),
        (DEPLOY_WORKFLOW.replace("inputs.deployment", "secrets.TOKEN"), "'secrets.TOKEN' is not simulated"),
    ],
)
def test_a_workflow_that_cannot_be_dispatched_is_a_422(text: str, words: str) -> None:
    shop = shop_with_workflow(text)
    answer = shop.api.post(DISPATCHES, BODY)
    assert answer.status == 422
    assert words in answer.json()["message"]
    assert shop.api.get(RUNS).json()["total_count"] == 0
    assert shop.api.get(WORKFLOW).status == 200


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({**INPUTS, "colour": "red"}, 'Unexpected inputs provided: ["colour"]'),
        ({"sha": "a"}, "Required input 'environment' not provided"),
        ({**INPUTS, "region": "mars"}, "not in the list of allowed values"),
    ],
)
def test_inputs_that_the_file_does_not_take_are_a_422(
    shop: Shop, api: Client, inputs: dict[str, Any], words: str
) -> None:
    answer = api.post(DISPATCHES, {"ref": "main", "inputs": inputs})
    assert answer.status == 422
    assert words in answer.json()["message"]
    assert shop.world.violations == []


def test_more_than_25_inputs_are_the_clients_mistake(shop: Shop, api: Client) -> None:
    answer = api.post(DISPATCHES, {"ref": "main", "inputs": {f"i{n}": "x" for n in range(26)}})
    assert answer.status == 422
    assert "more than 25 entries" in " ".join(shop.world.violations)


def test_dispatching_needs_write_and_reading_needs_read() -> None:
    shop = shop_with_workflow()
    reader = shop.app.as_installation(shop.installation, permissions={"actions": "read"})
    run = dispatch(shop)
    assert reader.get(f"{RUNS}/{run.id}/jobs").status == 200
    assert reader.post(DISPATCHES, BODY).status == 403
    assert reader.post(f"{RUNS}/{run.id}/cancel").status == 403
    stranger = shop.app.as_installation(shop.installation, permissions={"contents": "read"})
    for path in (RUNS, WORKFLOW, f"{WORKFLOW}/runs", f"{RUNS}/{run.id}", f"{RUNS}/{run.id}/jobs"):
        assert stranger.get(path).status == 403


def test_runs_are_found_by_what_they_are(shop: Shop, api: Client) -> None:
    first = dispatch(shop)
    shop.world.push("ada", NAME, "topic", {"a": "b"})
    shop.clock.now += 1800
    assert api.post(DISPATCHES, {**BODY, "ref": "topic"}).status == 204
    second = api.get(RUNS).json()["workflow_runs"][0]

    def found(query: str) -> list[int]:
        lists = [api.get(f"{place}?{query}").json() for place in (RUNS, f"{WORKFLOW}/runs")]
        assert lists[0] == lists[1]
        return [run["id"] for run in lists[0]["workflow_runs"]]

    both = [second["id"], first.id]
    assert found("event=workflow_dispatch&actor=pointsman[bot]&status=queued") == both
    assert found("event=push") == found("actor=ada") == found("status=success") == []
    assert found("branch=topic") == found(f"head_sha={second['head_sha']}") == both[:1]
    assert (
        found("created=2026-11-24") == found("created=>=2026-11-24") == found("created=*..2027-01-01") == both
    )
    assert found(f"created=>={second['created_at']}") == found("created=2026-11-24T20:00:00Z..*") == both[:1]
    assert found(f"created=<{second['created_at']}") == both[1:]
    assert found("created=>2026-11-24") == found("created=<2026-11-24") == []
    assert found(f"created={second['created_at']}") == both[:1]
    assert found("per_page=1") == both[:1]
    assert found("per_page=1&page=2") == both[1:]
    assert api.get(f"{RUNS}?created=yesterday").status == 422


def test_a_list_that_lags_hides_the_newest_run(shop: Shop, api: Client) -> None:
    first = dispatch(shop)
    dispatch(shop)
    shop.world.faults.add(Fault("lag", times=1))
    assert [run["id"] for run in api.get(RUNS).json()["workflow_runs"]] == [first.id]


def test_jobs_are_listed_with_their_steps_once_they_began(shop: Shop, api: Client) -> None:
    run = dispatch(shop)
    (build,) = jobs(shop, run)
    assert (build["name"], build["status"], build["steps"]) == ("Build api", "queued", [])
    assert build["runner_name"] is None
    step(shop, 2)
    (build,) = jobs(shop, run)
    assert [(one["name"], one["status"]) for one in build["steps"]] == [
        ("Check out", "completed"),
        ("Build the image", "in_progress"),
        ("Push the image", "queued"),
    ]
    assert build["runner_name"] == "GitHub Actions 1"


def test_jobs_of_all_attempts_can_be_asked_for(shop: Shop, api: Client) -> None:
    run = dispatch(shop)
    finish(shop)
    shop.world.rerun_all("ada", NAME, run.id)
    finish(shop)
    assert [one["run_attempt"] for one in jobs(shop, run)] == [2, 2]
    assert [one["run_attempt"] for one in jobs(shop, run, "?filter=all")] == [1, 1, 2, 2]
    assert api.get(f"{RUNS}/{run.id}/jobs?filter=new").status == 422


def test_a_run_is_cancelled_later_and_only_once(shop: Shop, api: Client) -> None:
    run = dispatch(shop)
    answer = api.post(f"{RUNS}/{run.id}/cancel")
    assert (answer.status, answer.json()) == (202, {})
    assert api.get(f"{RUNS}/{run.id}").json()["status"] == "queued"
    step(shop)
    shown = api.get(f"{RUNS}/{run.id}").json()
    assert (shown["status"], shown["conclusion"]) == ("completed", "cancelled")
    answer = api.post(f"{RUNS}/{run.id}/cancel")
    assert answer.status == 409
    assert answer.json()["message"] == "Cannot cancel a workflow run that is completed."


def test_another_repositorys_run_is_not_there(shop: Shop, api: Client) -> None:
    run = dispatch(shop)
    shop.world.add_repository("acme", "other")
    shop.world.push("olive", "acme/other", "main", {"a": "b"})
    shop.world.add_to_installation(shop.installation.id, "acme/other", "olive")
    for path in ("", "/jobs"):
        assert api.get(f"/repos/acme/other/actions/runs/{run.id}{path}").status == 404
    assert api.get("/repos/acme/other/actions/runs").json()["total_count"] == 0
    with pytest.raises(KeyError):
        shop.world.run("acme/other", run.id)
