"""Commits, comparisons, and what was reported about a commit."""

import pytest

from bot.sandbox.github.history import Draft
from tests.unit.sandbox.github.client import SHOP, Client, Shop


def test_commits_are_listed_newest_first(shop: Shop, api: Client) -> None:
    assert [one["commit"]["message"] for one in api.get(f"{SHOP}/commits").json()] == [
        "Navy buttons",
        "First version",
    ]
    assert api.get(f"{SHOP}/commits?sha=free-shipping").json()[0]["sha"] == shop.head
    assert api.get(f"{SHOP}/commits?sha=nothing").status == 404


@pytest.mark.parametrize(
    ("path", "count"), [("services/web", 2), ("services/api/app.py", 1), ("services/we", 0), ("nothing", 0)]
)
def test_commits_are_filtered_by_what_they_changed(api: Client, path: str, count: int) -> None:
    assert len(api.get(f"{SHOP}/commits?path={path}").json()) == count


def test_a_commit_is_found_by_branch_tag_and_sha(shop: Shop, api: Client) -> None:
    shop.world.create_tag("ada", "acme/shop", "v1")
    for ref in ("main", "heads/main", "refs/heads/main", "v1", "tags/v1", shop.main, shop.main[:7]):
        assert api.get(f"{SHOP}/commits/{ref}").json()["sha"] == shop.main
    (changed,) = api.get(f"{SHOP}/commits/{shop.head}").json()["files"]
    assert (changed["filename"], changed["status"]) == ("services/api/app.py", "modified")


@pytest.mark.parametrize("ref", ["nothing", "0" * 40, "abc", "0123456789"])
def test_a_commit_that_is_not_there_is_a_422(api: Client, ref: str) -> None:
    answer = api.get(f"{SHOP}/commits/{ref}")
    assert (answer.status, answer.json()["message"]) == (422, f"No commit found for SHA: {ref}")
    assert api.get(f"{SHOP}/commits/{ref}/check-runs").status == 422


def test_only_the_sha_can_be_asked_for(shop: Shop, api: Client) -> None:
    answer = api.get(f"{SHOP}/commits/main", accept="application/vnd.github.sha")
    assert answer.body.decode() == shop.main


def test_comparisons_tell_how_two_commits_stand(shop: Shop, api: Client) -> None:
    ahead = api.get(f"{SHOP}/compare/main...free-shipping").json()
    assert (ahead["status"], ahead["ahead_by"], ahead["behind_by"]) == ("ahead", 1, 0)
    assert [one["sha"] for one in ahead["commits"]] == [shop.head]
    assert [one["filename"] for one in ahead["files"]] == ["services/api/app.py"]
    behind = api.get(f"{SHOP}/compare/free-shipping...main").json()
    assert (behind["status"], behind["ahead_by"], behind["behind_by"]) == ("behind", 0, 1)
    assert (behind["commits"], behind["files"]) == ([], [])
    assert api.get(f"{SHOP}/compare/main...main").json()["status"] == "identical"
    fork = shop.main
    shop.world.push("lin", "acme/shop", "main", {"a": "b"})
    diverged = api.get(f"{SHOP}/compare/main...{shop.head}").json()
    assert (diverged["status"], diverged["ahead_by"], diverged["behind_by"]) == ("diverged", 1, 1)
    assert diverged["merge_base_commit"]["sha"] == fork


def test_a_comparison_lists_the_oldest_commit_first(shop: Shop, api: Client) -> None:
    for number in range(3):
        shop.world.push("ada", "acme/shop", "topic", {"a": str(number)}, f"commit {number}")
    shown = api.get(f"{SHOP}/compare/main...topic").json()
    assert [one["commit"]["message"] for one in shown["commits"]] == [
        f"commit {number}" for number in range(3)
    ]
    second = api.get(f"{SHOP}/compare/main...topic?per_page=2&page=2").json()
    assert [one["commit"]["message"] for one in second["commits"]] == ["commit 2"]
    assert (second["total_commits"], "files" in second) == (3, False)


def test_a_comparison_has_at_most_250_commits_and_300_files(shop: Shop, api: Client) -> None:
    shop.world.push("ada", "acme/shop", "many", {f"file-{number}": "x" for number in range(301)})
    for number in range(250):
        shop.world.push("ada", "acme/shop", "many", {"a": str(number)})
    shown = api.get(f"{SHOP}/compare/main...many").json()
    assert (shown["total_commits"], len(shown["commits"]), len(shown["files"])) == (251, 250, 300)


def test_a_fork_is_compared_by_its_owner(shop: Shop, api: Client) -> None:
    shop.world.open_pull_request("mallory", "mallory/shop", "evil", "Evil", {"x": "y"}, fork_of="acme/shop")
    assert api.get(f"{SHOP}/compare/main...mallory:evil").json()["ahead_by"] == 1
    assert api.get(f"{SHOP}/compare/main...nobody:evil").status == 404


def test_two_commits_without_a_common_ancestor_cannot_be_compared(shop: Shop, api: Client) -> None:
    history = shop.world.repository("acme/shop").history
    who = history.commits[shop.main].author
    stranger = history.add(Draft({}, (), who, who, "orphan", 0.0))
    answer = api.get(f"{SHOP}/compare/main...{stranger.sha}")
    assert (answer.status, "No common ancestor" in answer.json()["message"]) == (404, True)


@pytest.mark.parametrize("span", ["main", "main..free-shipping", "main...nothing", "nothing...main"])
def test_a_comparison_with_nothing_is_a_404(api: Client, span: str) -> None:
    assert api.get(f"{SHOP}/compare/{span}").status == 404


def test_the_pull_requests_of_a_commit_are_open_ones_and_the_one_merged_as_it(
    shop: Shop, api: Client
) -> None:
    def numbers(sha: str) -> list[int]:
        return [one["number"] for one in api.get(f"{SHOP}/commits/{sha}/pulls").json()]

    assert numbers(shop.head) == [1]
    assert numbers(shop.main) == []
    sha = shop.world.merge("grace", "acme/shop", 1, "squash")
    assert numbers(sha) == [1]


def test_the_latest_run_of_each_name_is_listed_or_all(shop: Shop, api: Client) -> None:
    for conclusion in ("failure", "success"):
        shop.world.run_ci("acme/shop", shop.head, conclusion, "ci/lint")
    path = f"{SHOP}/commits/{shop.head}/check-runs"
    latest = api.get(path).json()
    assert [(one["name"], one["conclusion"]) for one in latest["check_runs"]] == [
        ("ci/test", "success"),
        ("ci/lint", "success"),
    ]
    assert (latest["total_count"], api.get(f"{path}?filter=all").json()["total_count"]) == (2, 3)
    assert api.get(f"{path}?check_name=ci/lint&filter=all").json()["total_count"] == 2
    assert api.get(f"{path}?status=queued").json()["total_count"] == 0
    assert api.get(f"{path}?app_id=4711").json()["total_count"] == 0


def test_the_same_name_of_two_apps_is_two_checks(shop: Shop, api: Client) -> None:
    shop.world.post_check_run("impostor", "acme/shop", shop.head, "ci/test", conclusion="success")
    found = api.get(f"{SHOP}/commits/{shop.head}/check-runs").json()["check_runs"]
    assert [one["app"]["slug"] for one in found] == ["github-actions", "impostor"]


def test_the_suites_of_a_commit_are_listed(shop: Shop, api: Client) -> None:
    suites = api.get(f"{SHOP}/commits/{shop.head}/check-suites").json()["check_suites"]
    assert [(one["app"]["slug"], one["conclusion"]) for one in suites] == [
        ("pointsman", None),
        ("github-actions", "success"),
    ]


@pytest.mark.parametrize(
    ("states", "together"),
    [
        ([], "pending"),
        (["success", "success"], "success"),
        (["success", "pending"], "pending"),
        (["pending", "error"], "failure"),
        (["success", "failure"], "failure"),
    ],
)
def test_statuses_are_combined(shop: Shop, api: Client, states: list[str], together: str) -> None:
    for number, state in enumerate(states):
        shop.world.post_status("ada", "acme/shop", shop.head, f"context {number}", "failure")
        shop.world.post_status("ada", "acme/shop", shop.head, f"context {number}", state)
    shown = api.get(f"{SHOP}/commits/{shop.head}/status").json()
    assert (shown["state"], shown["total_count"]) == (together, len(states))
    assert [one["state"] for one in shown["statuses"]] == states
