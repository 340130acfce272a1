"""Pull requests over the API."""

from tests.unit.sandbox.github.client import SHOP, Client, Shop


def numbers(api: Client, query: str = "") -> list[int]:
    """The numbers in a list of pull requests."""
    return [one["number"] for one in api.get(f"{SHOP}/pulls{query}").json()]


def test_pull_requests_are_listed_by_state_the_newest_first(shop: Shop, api: Client) -> None:
    shop.world.close("ada", "acme/shop", 1)
    assert (numbers(api), numbers(api, "?state=closed"), numbers(api, "?state=all")) == ([2], [1], [2, 1])
    assert numbers(api, "?state=all&direction=asc") == [1, 2]
    assert api.get(f"{SHOP}/pulls?state=merged").status == 422


def test_pull_requests_are_sorted_by_their_last_change(shop: Shop, api: Client) -> None:
    shop.clock.now += 10
    shop.world.edit_pull_request("ada", "acme/shop", 1, title="New")
    assert numbers(api, "?sort=updated") == [1, 2]


def test_pull_requests_are_found_by_head_and_base(api: Client) -> None:
    assert numbers(api, "?head=acme:buy-now") == [2]
    assert numbers(api, "?head=mallory:buy-now") == []
    assert numbers(api, "?base=release") == []


def test_a_head_without_an_owner_filters_nothing(api: Client) -> None:
    assert numbers(api, "?head=buy-now") == [2, 1]


def test_a_pull_request_tells_what_it_is(shop: Shop, api: Client) -> None:
    shown = api.get(f"{SHOP}/pulls/1").json()
    assert (shown["head"]["sha"], shown["head"]["ref"]) == (shop.head, "free-shipping")
    assert (shown["base"]["ref"], shown["mergeable"], shown["mergeable_state"]) == ("main", True, "clean")
    assert (shown["commits"], shown["changed_files"], shown["additions"], shown["deletions"]) == (1, 1, 1, 1)
    assert (shown["user"]["login"], shown["author_association"]) == ("ada", "MEMBER")
    assert api.get(f"{SHOP}/pulls/9").status == 404


def test_a_merged_pull_request_tells_as_which_commit(shop: Shop, api: Client) -> None:
    sha = shop.world.merge("grace", "acme/shop", 1)
    shown = api.get(f"{SHOP}/pulls/1").json()
    assert (shown["merged"], shown["state"], shown["merge_commit_sha"]) == (True, "closed", sha)
    assert (shown["merged_by"]["login"], shown["commits"]) == ("grace", 1)


def test_an_issue_is_no_pull_request(shop: Shop, api: Client) -> None:
    issue = shop.world.open_issue("ada", "acme/shop", "A question")
    assert api.get(f"{SHOP}/pulls/{issue.number}").status == 404


def test_changed_files_are_listed_with_their_patch(shop: Shop, api: Client) -> None:
    shop.world.push("ada", "acme/shop", "free-shipping", {"new": "x\n", "libs/money.py": None, "bin": b"\0"})
    found = {one["filename"]: one for one in api.get(f"{SHOP}/pulls/1/files").json()}
    assert {name: one["status"] for name, one in found.items()} == {
        "bin": "added",
        "libs/money.py": "removed",
        "new": "added",
        "services/api/app.py": "modified",
    }
    assert "+    return 0.0 if total >= 50 else 4.90" in found["services/api/app.py"]["patch"]
    assert "patch" not in found["bin"]


def test_at_most_three_thousand_files_are_listed(shop: Shop, api: Client) -> None:
    shop.world.push("ada", "acme/shop", "free-shipping", {f"{number:04}": "x" for number in range(3_001)})
    assert len(api.get(f"{SHOP}/pulls/1/files?per_page=100&page=30").json()) == 100
    assert api.get(f"{SHOP}/pulls/1/files?per_page=100&page=31").json() == []


def test_commits_are_listed_oldest_first(shop: Shop, api: Client) -> None:
    commit = shop.world.push("ada", "acme/shop", "free-shipping", {"a": "b"})
    found = [one["sha"] for one in api.get(f"{SHOP}/pulls/1/commits").json()]
    assert (len(found), found[-1]) == (2, commit.sha)


def test_the_app_opens_a_pull_request_once(shop: Shop, api: Client) -> None:
    shop.world.push("ada", "acme/shop", "topic", {"a": "b"})
    body = {"title": "Topic", "head": "acme:topic", "base": "main", "body": "Why"}
    made = api.post(f"{SHOP}/pulls", body)
    assert (made.status, made.json()["number"], made.json()["user"]["login"]) == (201, 3, "pointsman[bot]")
    again = api.post(f"{SHOP}/pulls", body)
    assert (again.status, "already exists" in again.json()["errors"][0]["message"]) == (422, True)


def test_a_pull_request_without_commits_or_branches_is_a_422(shop: Shop, api: Client) -> None:
    api.post(f"{SHOP}/git/refs", {"ref": "refs/heads/same", "sha": shop.main})
    for head, base in (("same", "main"), ("nothing", "main"), ("buy-now", "nothing")):
        assert api.post(f"{SHOP}/pulls", {"title": "T", "head": head, "base": base}).status == 422
