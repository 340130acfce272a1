"""Files, branches, tags and the activity log."""

import base64
from typing import Any

import pytest

from tests.unit.sandbox.github.client import SHOP, Client, Shop

FILE = f"{SHOP}/contents/.github/pointsman.yml"


def test_a_file_is_read_from_the_default_branch(shop: Shop, api: Client) -> None:
    shop.world.push("ada", "acme/shop", "topic", {".github/pointsman.yml": "version: 2\n"})
    assert text(api.get(FILE).json()) == "version: 1\n"
    assert text(api.get(f"{FILE}?ref=topic").json()) == "version: 2\n"
    assert text(api.get(f"{FILE}?ref={shop.main}").json()) == "version: 1\n"


def text(shown: dict[str, Any]) -> str:
    """A file's content."""
    assert shown["encoding"] == "base64"
    content = base64.b64decode(shown["content"])
    assert shown["size"] == len(content)
    return content.decode()


def test_the_blob_id_is_gits_own(shop: Shop, api: Client) -> None:
    shop.world.push("ada", "acme/shop", "main", {"empty": ""})
    assert api.get(f"{SHOP}/contents/empty").json()["sha"] == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


def test_a_file_can_be_read_raw(api: Client) -> None:
    for accept in (
        "application/vnd.github.raw",
        "application/vnd.github.raw+json",
        "application/vnd.github.v3.raw",
    ):
        assert api.get(FILE, accept=accept).body == b"version: 1\n"


def test_long_content_is_broken_into_lines(shop: Shop, api: Client) -> None:
    shop.world.push("ada", "acme/shop", "main", {"long": "x" * 500})
    lines = api.get(f"{SHOP}/contents/long").json()["content"].splitlines()
    assert {len(line) for line in lines[:-1]} == {60}


def test_a_file_over_a_megabyte_comes_without_content(shop: Shop, api: Client) -> None:
    shop.world.push("ada", "acme/shop", "main", {"big": "x" * (1024 * 1024 + 1)})
    shown = api.get(f"{SHOP}/contents/big").json()
    assert (shown["encoding"], shown["content"]) == ("none", "")


def test_a_directory_is_a_list(api: Client) -> None:
    assert [(one["name"], one["type"]) for one in api.get(f"{SHOP}/contents/services").json()] == [
        ("api", "dir"),
        ("web", "dir"),
        ("worker", "dir"),
    ]
    assert "README.md" in [one["path"] for one in api.get(f"{SHOP}/contents").json()]
    assert "README.md" in [one["path"] for one in api.get(f"{SHOP}/contents/").json()]


def test_what_is_not_there_is_a_404(api: Client) -> None:
    assert api.get(f"{SHOP}/contents/nothing").status == 404
    missing = api.get(f"{FILE}?ref=nothing")
    assert (missing.status, missing.json()["message"]) == (404, "No commit found for the ref nothing")


def test_a_branch_has_its_head(shop: Shop, api: Client) -> None:
    assert api.get(f"{SHOP}/branches/main").json()["commit"]["sha"] == shop.main
    shop.world.push("ada", "acme/shop", "feature/x", {"a": "b"})
    assert api.get(f"{SHOP}/branches/feature/x").json()["name"] == "feature/x"
    assert api.get(f"{SHOP}/branches/nothing").status == 404


def test_tags_are_listed(shop: Shop, api: Client) -> None:
    shop.world.create_tag("ada", "acme/shop", "v1")
    shop.world.create_tag("ada", "acme/shop", "v2", shop.head)
    assert [(one["name"], one["commit"]["sha"]) for one in api.get(f"{SHOP}/tags").json()] == [
        ("v2", shop.head),
        ("v1", shop.main),
    ]


def test_activity_is_listed_newest_first(shop: Shop, api: Client) -> None:
    shop.clock.now += 60
    shop.world.push("ada", "acme/shop", "free-shipping", {"a": "b"})
    newest, oldest = api.get(f"{SHOP}/activity?ref=free-shipping").json()
    assert (newest["activity_type"], oldest["activity_type"]) == ("push", "branch_creation")
    assert (newest["before"], newest["after"]) == (oldest["after"], shop.head)
    assert (newest["timestamp"], newest["actor"]["login"]) == ("2026-11-24T19:54:20Z", "ada")
    assert api.get(f"{SHOP}/activity?ref=refs/heads/free-shipping&direction=asc").json()[0] == oldest


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("actor=grace", 1),
        ("actor=ADA", 2),
        ("activity_type=branch_creation", 3),
        ("activity_type=force_push", 0),
        ("ref=main", 2),
        ("ref=nothing", 0),
    ],
)
def test_activity_is_filtered(api: Client, query: str, count: int) -> None:
    assert len(api.get(f"{SHOP}/activity?{query}").json()) == count


def test_activity_is_limited_to_a_period(shop: Shop, api: Client) -> None:
    shop.clock.now += 2 * 86_400
    shop.world.push("ada", "acme/shop", "main", {"a": "b"})
    again = shop.app.as_installation(shop.installation)
    assert len(again.get(f"{SHOP}/activity?time_period=day").json()) == 1
    assert len(again.get(f"{SHOP}/activity?time_period=week").json()) == 5


@pytest.mark.parametrize("query", ["time_period=hour", "activity_type=shout"])
def test_an_unknown_filter_of_activity_is_a_422(api: Client, query: str) -> None:
    assert api.get(f"{SHOP}/activity?{query}").status == 422


def test_activity_is_read_by_cursor(api: Client) -> None:
    everything = [one["id"] for one in api.get(f"{SHOP}/activity").json()]
    first = api.get(f"{SHOP}/activity?per_page=2")
    link = first.headers["link"].partition(">")[0].removeprefix("<http://127.0.0.1/api/v3")
    second = api.get(link)
    assert [one["id"] for one in first.json() + second.json()] == everything[:4]


def test_a_fork_names_its_parent(shop: Shop) -> None:
    fork = shop.world.fork(shop.world.repository("acme/shop"), shop.world.account("mallory"))
    installation = shop.world.install("mallory", None, "mallory")
    shown = shop.app.as_installation(installation).get(f"/repos/{fork.full_name}").json()
    assert (shown["fork"], shown["parent"]["full_name"]) == (True, "acme/shop")
    assert "organization" not in shown


def test_the_repository_tells_its_default_branch(api: Client) -> None:
    shown = api.get(SHOP).json()
    assert (shown["default_branch"], shown["private"], shown["organization"]["login"]) == (
        "main",
        False,
        "acme",
    )
    assert api.get("/repos/acme/nothing").status == 404
