"""Refs, trees and commits that an App builds."""

from tests.unit.sandbox.github.client import SHOP, Client, Shop

REFS = f"{SHOP}/git/refs"
TREES = f"{SHOP}/git/trees"
COMMITS = f"{SHOP}/git/commits"


def test_a_ref_is_found_by_its_exact_name(shop: Shop, api: Client) -> None:
    shop.world.create_tag("ada", "acme/shop", "v1")
    assert api.get(f"{SHOP}/git/ref/heads/main").json()["object"]["sha"] == shop.main
    assert api.get(f"{SHOP}/git/ref/tags/v1").json()["ref"] == "refs/tags/v1"
    for ref in ("heads/mai", "main", "pull/1/head"):
        assert api.get(f"{SHOP}/git/ref/{ref}").status == 404


def test_a_ref_is_made_once(shop: Shop, api: Client) -> None:
    body = {"ref": "refs/heads/revert/1", "sha": shop.main}
    assert [api.post(REFS, body).status for _ in range(2)] == [201, 422]
    assert shop.world.repository("acme/shop").branches["revert/1"] == shop.main
    assert ("push", None) in shop.events()


def test_a_ref_needs_a_full_name_and_a_commit(shop: Shop, api: Client) -> None:
    for ref, sha in (
        ("heads/x", shop.main),
        ("refs/x", shop.main),
        ("refs/notes/x", shop.main),
        ("refs/heads/x", "0" * 40),
    ):
        assert api.post(REFS, {"ref": ref, "sha": sha}).status == 422


def test_a_commit_is_built_out_of_a_tree_and_opened_as_a_pull_request(shop: Shop, api: Client) -> None:
    changes = [
        {"path": "new", "mode": "100644", "type": "blob", "content": "text"},
        {"path": "README.md", "mode": "100644", "type": "blob", "sha": None},
        {"path": "copy", "mode": "100644", "type": "blob", "sha": "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"},
    ]
    shop.world.push("ada", "acme/shop", "main", {"empty": ""})
    tree = api.post(TREES, {"base_tree": shop.main, "tree": changes}).json()
    body = {"message": "Change", "tree": tree["sha"], "parents": [shop.main]}
    commit = api.post(COMMITS, body).json()
    assert commit["author"]["name"] == "pointsman"
    api.post(REFS, {"ref": "refs/heads/change", "sha": commit["sha"]})
    api.post(f"{SHOP}/pulls", {"title": "Change", "head": "change", "base": "main"})
    files = {one["filename"]: one["status"] for one in api.get(f"{SHOP}/pulls/3/files").json()}
    assert files == {"README.md": "removed", "copy": "added", "new": "added"}


def test_a_tree_can_be_built_on_a_tree_or_on_nothing(shop: Shop, api: Client) -> None:
    known = shop.world.repository("acme/shop").history.commits[shop.main].tree_sha
    same = api.post(TREES, {"base_tree": known, "tree": []}).json()
    assert same["sha"] == known
    entry = {"path": "a", "mode": "100644", "type": "blob", "content": "b"}
    assert [one["path"] for one in api.post(TREES, {"tree": [entry]}).json()["tree"]] == ["a"]


def test_an_author_can_be_named(shop: Shop, api: Client) -> None:
    tree = shop.world.repository("acme/shop").history.commits[shop.main].tree_sha
    author = {"name": "Ada", "email": "ada@example.com"}
    made = api.post(COMMITS, {"message": "m", "tree": tree, "parents": [shop.main], "author": author}).json()
    assert (made["author"]["email"], made["committer"]["name"]) == ("ada@example.com", "pointsman")


def test_what_is_not_there_cannot_be_built_on(shop: Shop, api: Client) -> None:
    tree = shop.world.repository("acme/shop").history.commits[shop.main].tree_sha
    unknown = {"path": "a", "mode": "100644", "type": "blob", "sha": "1" * 40}
    assert api.post(TREES, {"base_tree": "1" * 40, "tree": []}).status == 404
    assert api.post(TREES, {"tree": [unknown]}).status == 422
    assert api.post(COMMITS, {"message": "m", "tree": "1" * 40}).status == 422
    assert api.post(COMMITS, {"message": "m", "tree": tree, "parents": ["1" * 40]}).status == 422
