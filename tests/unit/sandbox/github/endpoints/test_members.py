"""Who somebody is and what they may do."""

import pytest

from tests.unit.sandbox.github.client import SHOP, Client, Shop


def test_accounts_are_found_in_any_case_of_letters(api: Client) -> None:
    assert api.get("/users/ADA").json()["name"] == "Ada Author"
    assert api.get("/users/nobody").status == 404


def test_a_bots_login_is_percent_encoded(api: Client) -> None:
    shown = api.get("/users/pointsman%5Bbot%5D").json()
    assert (shown["login"], shown["type"]) == ("pointsman[bot]", "Bot")


@pytest.mark.parametrize(
    ("login", "permission", "role"),
    [
        ("olive", "admin", "admin"),
        ("lin", "write", "maintain"),
        ("ada", "write", "write"),
        ("mallory", "read", "read"),
    ],
)
def test_permissions_come_from_teams_and_from_being_public(
    api: Client, login: str, permission: str, role: str
) -> None:
    shown = api.get(f"{SHOP}/collaborators/{login}/permission").json()
    assert (shown["permission"], shown["role_name"], shown["user"]["login"]) == (permission, role, login)


def test_a_stranger_may_nothing_in_a_private_repository(shop: Shop, api: Client) -> None:
    shop.world.repository("acme/shop").private = True
    assert api.get(f"{SHOP}/collaborators/mallory/permission").json()["permission"] == "none"
    assert api.get(f"{SHOP}/collaborators/nobody/permission").status == 404


def test_the_highest_of_several_permissions_counts(shop: Shop, api: Client) -> None:
    path = f"{SHOP}/collaborators/ada/permission"
    shop.world.set_permission("acme/shop", "ada", "triage")
    assert api.get(path).json()["role_name"] == "write"
    shop.world.set_permission("acme/shop", "ada", "admin")
    assert api.get(path).json()["role_name"] == "admin"
    shop.world.set_permission("acme/shop", "ada", "none")
    shop.world.remove_team_member("acme", "backend", "ada")
    assert api.get(path).json()["role_name"] == "read"


def test_memberships_are_told(api: Client) -> None:
    assert api.get("/orgs/acme/memberships/olive").json()["role"] == "admin"
    assert api.get("/orgs/acme/memberships/ada").json()["role"] == "member"
    assert api.get("/orgs/acme/memberships/mallory").status == 404
    assert api.get("/orgs/ada/memberships/mallory").status == 404


def test_teams_and_their_members_are_told(shop: Shop, api: Client) -> None:
    assert api.get("/orgs/acme/teams/backend").json()["members_count"] == 2
    assert [one["login"] for one in api.get("/orgs/acme/teams/backend/members").json()] == ["ada", "grace"]
    assert api.get("/orgs/acme/teams/backend/memberships/ADA").json()["state"] == "active"
    assert api.get("/orgs/acme/teams/backend/memberships/lin").status == 404
    shop.world.add_team_member("acme", "backend", "mallory")
    assert api.get("/orgs/acme/teams/backend/memberships/mallory").status == 200
    assert api.get("/orgs/acme/memberships/mallory").json()["role"] == "member"


@pytest.mark.parametrize(
    "path", ["/orgs/acme/teams/nothing", "/orgs/other/teams/backend", "/orgs/no/teams/x"]
)
def test_other_teams_are_not_found(shop: Shop, api: Client, path: str) -> None:
    shop.world.add_organization("other", "olive")
    shop.world.add_team("other", "backend")
    assert api.get(path).status == 404


def test_teams_need_the_permission_for_members(shop: Shop) -> None:
    limited = shop.app.as_installation(shop.installation, permissions={"contents": "read"})
    assert limited.get("/orgs/acme/teams/backend/memberships/ada").status == 403
