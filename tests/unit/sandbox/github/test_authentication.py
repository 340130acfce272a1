"""Who is let in, and what GitHub says to the others."""

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from bot.sandbox.github import ApiRequest
from tests.unit.sandbox.github.client import APP_ID, NOW, OTHER_KEYS, SHOP, Client, Shop, app_jwt, open_shop


def test_an_app_is_let_in_by_its_signature(shop: Shop) -> None:
    assert shop.app.get("/app").json()["id"] == APP_ID


def test_an_app_may_name_itself_by_its_client_id(shop: Shop) -> None:
    token = app_jwt(NOW, iss=shop.world.app.client_id)
    assert Client(shop.world, token).get("/app").status == 200


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"iat": int(NOW) + 1}, "'Issued at' claim ('iat')"),
        ({"iat": None}, "'Issued at' claim ('iat')"),
        ({"iat": NOW - 60.5}, "'Issued at' claim ('iat')"),
        ({"exp": int(NOW)}, "'Expiration time' claim ('exp') must be"),
        ({"exp": None}, "'Expiration time' claim ('exp') must be"),
        ({"exp": int(NOW) + 601}, "'Expiration time' claim ('exp') is too far in the future"),
    ],
)
def test_a_wrong_time_in_the_jwt_is_a_401(shop: Shop, claims: dict[str, Any], words: str) -> None:
    answer = Client(shop.world, app_jwt(NOW, **claims)).get("/app")
    assert answer.status == 401
    assert words in answer.json()["message"]


@pytest.mark.parametrize("life_seconds", [1, 540, 600])
def test_a_jwt_that_ends_within_ten_minutes_is_accepted(shop: Shop, life_seconds: int) -> None:
    token = app_jwt(NOW, exp=int(NOW) + life_seconds)
    assert Client(shop.world, token).get("/app").status == 200


def test_another_key_is_a_401(shop: Shop) -> None:
    answer = Client(shop.world, app_jwt(NOW, OTHER_KEYS[0])).get("/app")
    assert (answer.status, answer.json()["message"]) == (401, "A JSON web token could not be decoded")


def test_another_app_is_not_found(shop: Shop) -> None:
    answer = Client(shop.world, app_jwt(NOW, iss="1")).get("/app")
    assert (answer.status, answer.json()["message"]) == (404, "Integration not found")


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Basic abc", "Bearer gho_abc", "Bearer a.b.c"]
)
def test_no_usable_credential_is_a_401(shop: Shop, authorization: str) -> None:
    headers = {"user-agent": "tests", "authorization": authorization}
    assert shop.world.api(ApiRequest("GET", "/app", headers)).status == 401


def test_a_request_without_a_user_agent_is_forbidden(shop: Shop) -> None:
    answer = Client(shop.world, headers={}).get("/app")
    assert answer.status == 403
    assert "User-Agent" in answer.json()["message"]


def test_a_version_of_the_api_that_does_not_exist_is_a_400(shop: Shop) -> None:
    assert shop.app.get("/app", x_github_api_version="2022-11-28").status == 200
    assert shop.app.get("/app", x_github_api_version="2021-01-01").status == 400


def test_a_token_is_long_and_holds_dots(shop: Shop) -> None:
    token = shop.api.token or ""
    assert len(token) == 520
    assert token.startswith(f"ghs_{APP_ID}_")
    assert token.count(".") == 2


def test_two_tokens_are_never_the_same(shop: Shop) -> None:
    assert shop.app.as_installation(shop.installation).token != shop.api.token


def test_a_token_ends_after_an_hour(shop: Shop, api: Client) -> None:
    shop.clock.now += 3599
    assert api.get(SHOP).status == 200
    shop.clock.now += 1
    assert (api.get(SHOP).status, api.get(SHOP).json()["message"]) == (401, "Bad credentials")


def test_a_token_that_nobody_issued_is_a_401(shop: Shop) -> None:
    assert Client(shop.world, "ghs_4711_made.up.token").get(SHOP).status == 401


def test_a_token_does_for_the_older_scheme_too(shop: Shop, api: Client) -> None:
    headers = {"user-agent": "tests", "authorization": f"token {api.token}"}
    assert shop.world.api(ApiRequest("GET", SHOP, headers)).status == 200


def test_a_token_is_no_jwt(api: Client) -> None:
    assert api.get("/app").status == 401


def test_a_jwt_is_no_token(shop: Shop) -> None:
    answer = shop.app.get(SHOP)
    assert (answer.status, answer.json()["message"]) == (403, "Resource not accessible by integration")


def test_a_token_of_an_installation_that_is_gone_is_a_401(shop: Shop, api: Client) -> None:
    del shop.world.installations[shop.installation.id]
    assert api.get(SHOP).status == 401


def test_the_app_cannot_be_registered_with_another_kind_of_key(shop: Shop) -> None:
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    shop.world.app.public_key_pem = key.public_bytes(encoding, form).decode()
    with pytest.raises(TypeError, match="RSA"):
        shop.app.get("/app")


def test_a_suspended_installation_is_refused(shop: Shop, api: Client) -> None:
    shop.world.suspend_installation(shop.installation.id, "olive")
    assert api.get(SHOP).status == 403
    assert shop.app.post(f"/app/installations/{shop.installation.id}/access_tokens").status == 403
    shop.world.unsuspend_installation(shop.installation.id, "olive")
    assert api.get(SHOP).status == 200


def test_a_token_without_a_permission_is_refused_and_told_which(shop: Shop) -> None:
    limited = shop.app.as_installation(shop.installation, permissions={"contents": "read"})
    answer = limited.post(f"{SHOP}/check-runs", {"name": "x", "head_sha": shop.head})
    assert (answer.status, answer.json()["message"]) == (403, "Resource not accessible by integration")
    assert answer.headers["x-accepted-github-permissions"] == "checks=write"


def test_reading_is_not_writing(shop: Shop) -> None:
    limited = shop.app.as_installation(shop.installation, permissions={"checks": "read"})
    assert limited.get(f"{SHOP}/commits/main/check-runs").status == 200
    assert limited.post(f"{SHOP}/check-runs", {"name": "x", "head_sha": shop.head}).status == 403


def test_metadata_may_always_be_read(shop: Shop) -> None:
    limited = shop.app.as_installation(shop.installation, permissions={"checks": "read"})
    assert limited.get(SHOP).status == 200


def test_a_repository_outside_the_tokens_scope_is_not_found(shop: Shop) -> None:
    shop.world.add_repository("acme", "other")
    shop.world.add_to_installation(shop.installation.id, "acme/other", "olive")
    narrow = shop.app.as_installation(shop.installation, repositories=["shop"])
    wide = shop.app.as_installation(shop.installation)
    assert (narrow.get("/repos/acme/other").status, wide.get("/repos/acme/other").status) == (404, 200)


def test_a_repository_outside_the_installation_is_not_found(shop: Shop, api: Client) -> None:
    shop.world.add_repository("acme", "other")
    assert api.get("/repos/acme/other").status == 404


def test_new_permissions_count_once_an_owner_accepts_them() -> None:
    shop = open_shop(permissions={"contents": "read", "metadata": "read"})
    shop.world.app.permissions["checks"] = "write"
    path = f"/app/installations/{shop.installation.id}/access_tokens"
    assert shop.app.post(path, {"permissions": {"checks": "write"}}).status == 422
    shop.world.accept_permissions(shop.installation.id, "olive")
    assert shop.app.post(path, {"permissions": {"checks": "write"}}).status == 201
